// The 33 pre-trade checks of an intent and its verdict: the same steps as core-wasm/assembly/risk.
#pragma once
#include <bit>

#include "state.hpp"

inline int64_t notional(const Market& m, int64_t volume) {
  if (!m.has_spec || !m.quoted) return 0;
  const int64_t lot = multiply_divide(m.bid, m.spec.tick_value, m.spec.tick_size);
  return multiply_divide(lot, volume, absolute(lot) == I64_MAX ? 1 : 1000000);
}

/** Sums of what cancels out: exact, saturating at the end. */
using Exact = __int128;
inline int64_t saturated(Exact v) { return v > I64_MAX ? I64_MAX : v < INT64_MIN ? INT64_MIN : int64_t(v); }

class Judge {
  State& s;
  const Market& m;
  const Intent& intent;
  const RiskLimits& limits;
  Verdict& verdict;
  const int symbol;
  const bool limited;
  bool exit = false, whole = false, known, all_known, exposure_known;
  int64_t order, gross, together, reserved = 0, exposure;
  Exact net, base, profit;
  int slot;

  void measured(int64_t value, int64_t limit, int64_t room) { record(value, limit, room, room >= 0 ? 0 : 1); }
  void at_most(int64_t value, int64_t most) { measured(value, most, subtract(most, value)); }
  void at_least(int64_t value, int64_t least) { measured(value, least, subtract(value, least)); }
  void missing() { record(0, 0, 0, 2); }
  void record(int64_t value, int64_t limit, int64_t room, uint8_t result) {
    Check& check = verdict.checks[verdict.check_count];
    check.value = value, check.limit = limit, check.headroom = room, check.result = result;
    check.code = ++verdict.check_count;
    if (result != 0) verdict.failed_count++;
  }
  /** A verified exit: said, never stopped. `usable` false: data is missing. Otherwise at most, or at least. */
  void most(bool usable, int64_t value, int64_t limit) { exit ? at_most(value, I64_MAX) : usable ? at_most(value, limit) : missing(); }
  void least(bool usable, int64_t value, int64_t limit) { exit ? at_most(value, I64_MAX) : usable ? at_least(value, limit) : missing(); }

  int64_t sided(int64_t v) const { return intent.side == BUY ? v : -v; }
  void add_exposure(int64_t v, bool is_known) { exposure = add(exposure, v), exposure_known &= is_known; }
  void add_symbol(int other) {
    const Market& o = s.markets[other];
    const InFlight& opening = o.in_flight[0];
    if (o.positions_unknown) all_known = exposure_known = false;
    if (o.position_count == 0 && opening.state == 0) {
      if (!o.positions_unknown && o.in_flight[1].state == 0) s.exposed &= ~(1u << (other - 1));
      return;
    }
    if (!o.has_spec || !o.quoted) all_known = false;
    int64_t longs = 0, shorts = 0, ours = 0;
    for (const Position& p : o.positions) {
      (p.side == BUY ? longs : shorts) += p.volume;
      if (strategy_of(p.magic) == strategy_of(intent.magic)) ours += p.volume;
    }
    const int64_t rest = opening.volume - opening.booked;
    if (opening.state != 0 && rest > 0) {
      reserved = add(reserved, notional(o, rest));
      (opening.side == BUY ? longs : shorts) += rest;
      if (opening.strategy_id == strategy_of(intent.magic)) ours += rest;
    }
    if (ours != 0) add_exposure(notional(o, ours), o.has_spec && o.quoted);
    gross = add(gross, notional(o, longs + shorts));
    const int64_t own = notional(o, longs - shorts);
    net += own;
    if (o.spec.base_currency == m.spec.base_currency) base += own;
    if (o.spec.profit_currency == m.spec.base_currency) base -= own;
    if (o.spec.profit_currency == m.spec.profit_currency) profit -= own;
    if (o.spec.base_currency == m.spec.profit_currency) profit += own;
    const double c = other == symbol ? 1 : s.correlations.of(symbol - 1, other - 1);
    if (std::fabs(c) < 0.7) return;
    const int64_t same = sided(c > 0 ? own : -own);
    if (same > 0) together = add(together, same);
  }
  void find_portfolio() {
    known = all_known = m.has_spec && m.quoted;
    order = gross = together = known ? notional(m, intent.volume) : 0;
    net = base = sided(order);
    profit = -net;
    slot = s.slot_of(strategy_of(intent.magic)), exposure = 0, exposure_known = true;
    add_exposure(order, known);
    for (uint32_t left = s.exposed; left != 0; left &= left - 1) add_symbol(std::countr_zero(left) + 1);
  }
  void find_exit() {
    if (intent.action != CLOSE) return;
    for (const Position& p : m.positions) {
      if (p.volume == 0 || p.ticket != intent.position_ticket) continue;
      exit = p.side != intent.side && intent.volume <= p.volume, whole = exit && intent.volume == p.volume;
      return;
    }
  }
  bool on_grid(int64_t price) const { return price > 0 && price % m.spec.tick_size == 0; }
  void off_grid(int64_t v, int64_t step) {
    const int64_t below = floor_to(v, step);
    measured(v, below, below == v ? -1 : below - v);
  }
  void grid() {
    const SymbolSpec& p = m.spec;
    const int64_t v = intent.volume;
    if (!m.has_spec || !m.quoted) return missing();
    if (!whole && v < p.volume_min) return at_least(v, p.volume_min);
    if (!whole && v % p.volume_step != 0) return off_grid(v, p.volume_step);
    if (v > p.volume_max) return at_most(v, p.volume_max);
    for (const int64_t price : {intent.price, intent.guard_price})
      if (!on_grid(price)) return off_grid(price, p.tick_size);
    for (const int64_t price : {intent.stop, intent.target})
      if (price != 0 && !on_grid(price)) return off_grid(price, p.tick_size);
    at_most(v, p.volume_max);
  }
  void position_size() {
    const bool hedging = s.margin_mode == 2;
    int64_t longs = 0, shorts = 0;
    if (m.position_count != 0)
      for (const Position& p : m.positions) (p.side == BUY ? longs : shorts) += p.volume;
    const int64_t volume = intent.side == BUY ? intent.volume : -intent.volume;
    const int64_t up_after = volume < 0 ? longs + volume : longs, down_after = volume < 0 ? shorts : shorts - volume;
    if (exit) return at_most(hedging ? std::max(up_after, down_after) : absolute(longs - shorts + volume), I64_MAX);
    if (!limited || !m.has_spec || !s.has_account || m.positions_unknown) return missing();
    const auto rest = [](const InFlight& f, uint8_t side) { return f.state == 0 || f.side != side ? 0 : std::max<int64_t>(0, f.volume - f.booked); };
    const auto pending = [&](uint8_t side) { return rest(m.in_flight[0], side) + (hedging ? 0 : rest(m.in_flight[1], side)); };
    const int64_t up = (hedging ? longs : longs - shorts) + pending(BUY) + std::max<int64_t>(volume, 0);
    const int64_t down = (hedging ? shorts : shorts - longs) + pending(1) + std::max<int64_t>(-volume, 0);
    at_most(std::max(up, down), m.spec.volume_limit != 0 ? std::min(limits.position_volume_max, m.spec.volume_limit) : limits.position_volume_max);
  }
  void stops_level() {
    if (exit) return at_most(I64_MAX, I64_MAX);
    if (!m.has_spec || !m.quoted) return missing();
    const auto room = [&](int64_t price, bool target) {
      const bool buy = intent.side == BUY;
      const int64_t reference = buy ? m.bid : m.ask;
      return buy == target ? price - reference : reference - price;
    };
    int64_t nearest = I64_MAX;
    if (intent.stop != 0) nearest = room(intent.stop, false);
    if (intent.target != 0) nearest = std::min(nearest, room(intent.target, true));
    at_least(nearest, std::max({m.spec.stops_level, m.spec.freeze_level, 1}));
  }
  void quote_age() {
    most(limited && m.quoted, std::max(s.time_ns / 1000000 - m.time_ms, (s.time_ns - m.received_ns) / 1000000), limits.quote_age_max_ms);
  }
  void lease() {
    const int64_t left = (s.lease_expires_ns - s.time_ns) / 1000000;
    if (exit || (limited && limits.lease_required == 0)) return at_most(left, I64_MAX);
    least(limited && s.lease_expires_ns != 0, left, 1);
  }
  void leverage() {
    const int64_t milli = s.equity > 0 ? multiply_divide(gross, 1000, s.equity) : I64_MAX;
    if (exit) return measured(milli, I64_MAX, 0);
    most(all_known && limited && s.has_account, milli, limits.leverage_max_milli);
  }
  void session() {
    const int64_t second = s.time_ns / 1000000000 % 86400, from = limits.session_from_s, to = limits.session_to_s;
    if (exit || (limited && from == to)) return at_most(second, I64_MAX);
    if (!limited) return missing();
    const int64_t into = (second - from + 86400) % 86400, length = (to - from + 86400) % 86400;
    measured(second, to, into < length ? length - into - 1 : into - 86400);
  }
  void news() {
    const int64_t now = s.time_ns / 1000000;
    int64_t nearest = I64_MAX;
    for (uint32_t i = 0; i < s.news_count(); i++) {
      const News& n = s.news[i];
      if (n.to_ms <= n.from_ms) continue;
      if (n.currency != 0 && n.currency != m.spec.base_currency && n.currency != m.spec.profit_currency) continue;
      nearest = std::min(nearest, now < n.from_ms ? n.from_ms - now : now < n.to_ms ? 0 : now - n.to_ms + 1);
    }
    least(limited && m.has_spec, nearest, 1);
  }
  void symbol_known() {
    if (!m.has_spec) return missing();
    const uint8_t mode = m.spec.trade_mode;
    const bool allowed = mode == 4 || mode == (intent.side == BUY ? 1 : 2) || (mode != 0 && exit);
    measured(mode, allowed ? mode : 4, allowed ? 0 : -1);
  }

public:
  Judge(State& state, int of, const Intent& in, Verdict& out)
      : s(state), m(state.markets[of]), intent(in), limits(state.limits_of(of).limits), verdict(out), symbol(of),
        limited(state.limits_of(of).has_limits) {}

  bool judge() {
    verdict.cause_seq = s.last_seq, verdict.id[0] = intent.id[0], verdict.id[1] = intent.id[1], verdict.trading_state = s.trading_state;
    find_exit(), find_portfolio();
    const int64_t age_of_pause = s.cool_until_ns - s.time_ns, edge = absolute(intent.up_ppm - 500000);
    int64_t open_orders = 1;
    at_most(s.trading_state, exit ? 2 : 0);
    symbol_known(), grid();
    most(limited, intent.volume, limits.order_volume_max);
    position_size();
    const int64_t loss = exit && !s.day_start_known ? 0 : subtract(s.day_start_equity, s.equity);
    most(limited && s.has_account && s.day_start_known, loss, std::min(limits.daily_loss_max, s.daily_loss_max));
    most(limited && m.quoted, m.ask - m.bid, limits.spread_max);
    quote_age();
    most(true, s.killed, 0);
    lease(), stops_level();
    const bool usable = all_known && limited;
    most(known && limited, order, limits.order_notional_max);
    most(usable, gross, limits.gross_max);
    most(usable, absolute(saturated(net)), limits.net_max);
    most(usable && m.spec.base_currency != 0 && m.spec.profit_currency != 0, std::max(absolute(saturated(base)), absolute(saturated(profit))), limits.currency_max);
    most(usable, together, limits.correlated_max);
    exit ? at_most(s.margin_free, I64_MAX)
         : usable && s.has_account && s.leverage != 0 ? at_least(subtract(s.margin_free, add(order, reserved) / s.leverage), limits.margin_free_min)
                                                      : missing();
    leverage();
    most(limited, subtract(0, s.realised), limits.realised_loss_max);
    const int64_t fall = exit && !s.peak_known ? 0 : subtract(s.peak_equity, s.equity);
    most(limited && s.has_account && s.peak_known, fall, std::min(limits.drawdown_max, s.drawdown_max));
    most(limited, age_of_pause > 0 ? (age_of_pause + 999999) / 1000000 : 0, 0);
    most(limited && m.quoted && m.has_spec, (absolute(2 * intent.guard_price - (m.bid + m.ask)) + 1) / 2, limits.collar);
    most(limited && m.quoted, absolute(m.bid - m.collar), limits.collar_period);
    most(limited, 1 + s.orders_since(s.time_ns - 60000000000), limits.orders_a_minute_max);
    const bool same = m.opened_ns != 0 && m.opened_side == intent.side && m.opened_volume == intent.volume;
    least(limited, same ? (s.time_ns - m.opened_ns) / 1000000 : I64_MAX, limits.repeat_min_ms);
    for (uint32_t left = s.exposed; left != 0; left &= left - 1)
      for (const InFlight& f : s.markets[std::countr_zero(left) + 1].in_flight) open_orders += f.state != 0;
    most(limited, open_orders, limits.open_orders_max);
    session(), news();
    least(limited, intent.stop, limits.stop_required);
    least(limited, edge, limits.edge_min_ppm);
    const Strategy &own = s.strategies[slot], &bounds = own.limited ? own : s.strategies[0];
    most(slot != 0 && exposure_known && bounds.limited, exposure, bounds.exposure_max);
    most(slot != 0 && bounds.limited, slot != 0 ? subtract(0, own.realised) : 0, bounds.daily_loss_max);
    const int64_t answers = std::popcount(uint8_t(intent.direction_set & 3));
    exit || (limited && limits.certainty_required == 0) ? at_most(answers, I64_MAX)
    : limited                                            ? measured(answers, 1, answers == 1 ? 0 : -1)
                                                         : missing();
    verdict.accepted = verdict.failed_count == 0 && verdict.check_count == CHECKS;
    return verdict.accepted;
  }
};
