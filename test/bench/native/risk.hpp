// The 30 pre-trade checks of an intent and its verdict: the same steps as core-wasm/assembly/risk.
#pragma once
#include <algorithm>

#include "correlation.hpp"
#include "records.hpp"
#include "series.hpp"

constexpr int POSITIONS = 16, RATES = 64, NEWS = 32;
constexpr uint8_t OPEN = 1, CLOSE = 2, BUY = 0;

inline int64_t add(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : I64_MAX) : sum;
}
inline int64_t subtract(int64_t a, int64_t b) {
  int64_t difference;
  return __builtin_sub_overflow(a, b, &difference) ? (a < 0 ? INT64_MIN : I64_MAX) : difference;
}
inline int64_t absolute(int64_t v) { return v >= 0 ? v : v == INT64_MIN ? I64_MAX : -v; }
inline int64_t floor_to(int64_t v, int64_t step) { return v % step < 0 ? v - v % step - step : v - v % step; }
inline int64_t ceil_to(int64_t v, int64_t step) { return v % step > 0 ? v - v % step + step : v - v % step; }
inline int64_t multiply_divide(int64_t a, int64_t b, int64_t c) {
  const uint64_t x = absolute(a), y = absolute(b);
  const bool small = __builtin_clzll(x | 1) + __builtin_clzll(y | 1) >= 66;
  const unsigned __int128 quotient = small ? x * y / uint64_t(c) : (unsigned __int128)x * y / uint64_t(c);
  const int64_t magnitude = quotient > uint64_t(I64_MAX) ? I64_MAX : int64_t(quotient);
  return (a ^ b) < 0 ? -magnitude : magnitude;
}

struct Position {
  uint64_t identifier = 0, ticket = 0, magic = 0;
  int64_t volume = 0, open_price = 0, opened_ms = 0, recorded_ms = 0;
  uint8_t side = 0;
};
struct InFlight {
  uint64_t id[2] = {};
  int64_t volume = 0, filled = 0, booked = 0, expires_ns = 0, updated_ms = 0;
  uint8_t side = 0, state = 0, working = 0, alerted = 0;
};
struct News {
  uint64_t event_id = 0;
  int64_t from_ms = 0, to_ms = 0;
  uint64_t currency = 0;
};

struct Market {
  int64_t bid = 0, ask = 0, time_ms = 0, received_ns = 0, collar = 0, collar_ns = 0, opened_ns = 0, opened_volume = 0;
  bool quoted = false, has_spec = false, has_limits = false, positions_unknown = false;
  uint8_t opened_side = 0, position_count = 0;
  SymbolSpec spec{};
  RiskLimits limits{};
  Position positions[POSITIONS];
  InFlight in_flight[2];
  Flow flow;
  Bars series[SERIES];
};

/** Of the whole stream. Market 0 holds what is for all symbols. */
struct State {
  uint64_t last_seq = 0, records = 0, ticks = 0, bars = 0, predictions = 0, intents = 0, accepted = 0, refused = 0, stream_id = 0, model[2] = {};
  int64_t time_ns = 0, wake_ns = 0, day_end_ns = 0, equity = 0, day_start_equity = 0, realised = 0, peak_equity = 0, margin_free = 0, drawdown_max = 0,
          daily_loss_max = 0, lease_expires_ns = 0, cool_until_ns = 0, rates[RATES] = {};
  uint32_t leverage = 0, rates_at = 0, cause_index = 0;
  uint8_t trading_state = 0, link = 0;
  bool has_account = false, day_start_known = false, peak_known = false, killed = false;
  StrategyParams params{};
  News news[NEWS];
  Market markets[SYMBOLS + 1];
  Correlations correlations;

  const Market& limits_of(int symbol) const { return markets[symbol].has_limits ? markets[symbol] : markets[0]; }
};

inline int64_t notional(const Market& m, int64_t volume) {
  if (!m.has_spec || !m.quoted) return 0;
  return multiply_divide(multiply_divide(m.bid, m.spec.tick_value, m.spec.tick_size), volume, 1000000);
}

class Judge {
  const State& s;
  const Market& m;
  const Intent& intent;
  const RiskLimits& limits;
  Verdict& verdict;
  const int symbol;
  const bool closing, limited;
  bool known, all_known;
  int64_t order, gross, net, base, profit, together, reserved = 0;

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
  /** The order only closes: said, never stopped. `usable` false: data is missing. Otherwise at most, or at least. */
  void most(bool usable, int64_t value, int64_t limit) { closing ? at_most(value, I64_MAX) : usable ? at_most(value, limit) : missing(); }
  void least(bool usable, int64_t value, int64_t limit) { closing ? at_most(value, I64_MAX) : usable ? at_least(value, limit) : missing(); }

  int64_t sided(int64_t v) const { return intent.side == BUY ? v : subtract(0, v); }
  void add_symbol(int other) {
    const Market& o = s.markets[other];
    const InFlight& opening = o.in_flight[0];
    if (o.positions_unknown) all_known = false;
    if (o.position_count == 0 && opening.state == 0) return;
    if (!o.has_spec || !o.quoted) all_known = false;
    int64_t longs = 0, shorts = 0;
    for (const Position& p : o.positions) (p.side == BUY ? longs : shorts) += p.volume;
    const int64_t rest = opening.volume - opening.booked;
    if (opening.state != 0 && rest > 0) {
      reserved = add(reserved, notional(o, rest));
      (opening.side == BUY ? longs : shorts) += rest;
    }
    gross = add(gross, notional(o, longs + shorts));
    const int64_t own = notional(o, longs - shorts);
    net = add(net, own);
    if (o.spec.base_currency == m.spec.base_currency) base = add(base, own);
    if (o.spec.profit_currency == m.spec.base_currency) base = subtract(base, own);
    if (o.spec.profit_currency == m.spec.profit_currency) profit = subtract(profit, own);
    if (o.spec.base_currency == m.spec.profit_currency) profit = add(profit, own);
    const double c = other == symbol ? 1 : s.correlations.of(symbol - 1, other - 1);
    if (std::fabs(c) < 0.7) return;
    const int64_t same = sided(c > 0 ? own : subtract(0, own));
    if (same > 0) together = add(together, same);
  }
  void find_portfolio() {
    known = all_known = m.has_spec && m.quoted;
    order = gross = together = known ? notional(m, intent.volume) : 0;
    net = base = sided(order);
    profit = subtract(0, net);
    for (int other = 1; other <= SYMBOLS; other++) add_symbol(other);
  }
  bool reducing() const {
    if (!closing) return false;
    for (const Position& p : m.positions)
      if (p.volume != 0 && p.ticket == intent.position_ticket) return p.side != intent.side && intent.volume <= p.volume;
    return false;
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
    if (v < p.volume_min) return at_least(v, p.volume_min);
    if (v > p.volume_max) return at_most(v, p.volume_max);
    if (v % p.volume_step != 0) return off_grid(v, p.volume_step);
    for (const int64_t price : {intent.price, intent.guard_price})
      if (!on_grid(price)) return off_grid(price, p.tick_size);
    for (const int64_t price : {intent.stop, intent.target})
      if (price != 0 && !on_grid(price)) return off_grid(price, p.tick_size);
    at_most(v, p.volume_max);
  }
  void position_size() {
    if (!limited || !m.has_spec || m.positions_unknown) return missing();
    int64_t most_allowed = limits.position_volume_max, own = 0;
    if (m.spec.volume_limit != 0) most_allowed = std::min(most_allowed, m.spec.volume_limit);
    for (const Position& p : m.positions) own += p.side == BUY ? p.volume : -p.volume;
    if (reducing()) return at_most(absolute(own + (intent.side == BUY ? intent.volume : -intent.volume)), std::max(absolute(own), most_allowed));
    const auto pending = [&](uint8_t side) {
      int64_t sum = 0;
      for (const InFlight& f : m.in_flight) sum += f.state == 0 || f.side != side ? 0 : std::max<int64_t>(0, f.volume - f.booked);
      return sum;
    };
    const int64_t longs = own + pending(BUY) + (intent.side == BUY ? intent.volume : 0), shorts = pending(1) - own + (intent.side == BUY ? 0 : intent.volume);
    at_most(std::max(longs, shorts), most_allowed);
  }
  void stops_level() {
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
    if (!limited || !m.quoted) return missing();
    at_most(std::max(s.time_ns / 1000000 - m.time_ms, (s.time_ns - m.received_ns) / 1000000), limits.quote_age_max_ms);
  }
  void lease() {
    const int64_t left = (s.lease_expires_ns - s.time_ns) / 1000000;
    if (closing || (limited && limits.lease_required == 0)) return at_most(left, I64_MAX);
    least(limited && s.lease_expires_ns != 0, left, 1);
  }
  void leverage() {
    const int64_t milli = s.equity > 0 ? multiply_divide(gross, 1000, s.equity) : I64_MAX;
    if (closing) return measured(milli, I64_MAX, 0);
    most(all_known && limited && s.has_account, milli, limits.leverage_max_milli);
  }
  void session() {
    const int64_t second = s.time_ns / 1000000000 % 86400, from = limits.session_from_s, to = limits.session_to_s;
    if (closing || (limited && from == to)) return at_most(second, I64_MAX);
    if (!limited) return missing();
    const int64_t into = (second - from + 86400) % 86400, length = (to - from + 86400) % 86400;
    measured(second, to, into < length ? length - into - 1 : into - 86400);
  }
  void news() {
    const int64_t now = s.time_ns / 1000000;
    int64_t nearest = I64_MAX;
    for (const News& n : s.news) {
      if (n.to_ms <= n.from_ms) continue;
      if (n.currency != 0 && n.currency != m.spec.base_currency && n.currency != m.spec.profit_currency) continue;
      nearest = std::min(nearest, now < n.from_ms ? n.from_ms - now : now < n.to_ms ? 0 : now - n.to_ms + 1);
    }
    least(limited && m.has_spec, nearest, 1);
  }
  void symbol_known() {
    if (!m.has_spec) return missing();
    const uint8_t mode = m.spec.trade_mode;
    const bool allowed = mode == 4 || mode == (intent.side == BUY ? 1 : 2) || (mode != 0 && reducing());
    measured(mode, allowed ? mode : 4, allowed ? 0 : -1);
  }

public:
  Judge(const State& state, int of, const Intent& in, Verdict& out)
      : s(state), m(state.markets[of]), intent(in), limits(state.limits_of(of).limits), verdict(out), symbol(of), closing(in.action == CLOSE),
        limited(state.limits_of(of).has_limits) {}

  bool judge() {
    verdict.cause_seq = s.last_seq, verdict.id[0] = intent.id[0], verdict.id[1] = intent.id[1], verdict.trading_state = s.trading_state;
    find_portfolio();
    const int64_t age_of_pause = s.cool_until_ns - s.time_ns, edge = absolute(intent.up_ppm - 500000);
    int64_t orders = 1, open_orders = 1;
    at_most(s.trading_state, reducing() ? 1 : 0);
    symbol_known(), grid();
    limited ? at_most(intent.volume, limits.order_volume_max) : missing();
    position_size();
    const int64_t loss = closing && !s.day_start_known ? 0 : subtract(s.day_start_equity, s.equity);
    most(limited && s.has_account && s.day_start_known, loss, std::min(limits.daily_loss_max, s.daily_loss_max));
    most(limited && m.quoted, m.ask - m.bid, limits.spread_max);
    quote_age();
    most(true, s.killed, 0);
    lease(), stops_level();
    const bool usable = all_known && limited;
    most(known && limited, order, limits.order_notional_max);
    most(usable, gross, limits.gross_max);
    most(usable, absolute(net), limits.net_max);
    most(usable && m.spec.base_currency != 0 && m.spec.profit_currency != 0, std::max(absolute(base), absolute(profit)), limits.currency_max);
    most(usable, together, limits.correlated_max);
    closing ? at_most(s.margin_free, I64_MAX)
            : usable && s.has_account && s.leverage != 0 ? at_least(subtract(s.margin_free, add(order, reserved) / s.leverage), limits.margin_free_min)
                                                         : missing();
    leverage();
    most(limited, subtract(0, s.realised), limits.realised_loss_max);
    const int64_t fall = closing && !s.peak_known ? 0 : subtract(s.peak_equity, s.equity);
    most(limited && s.has_account && s.peak_known, fall, std::min(limits.drawdown_max, s.drawdown_max));
    most(limited, age_of_pause > 0 ? (age_of_pause + 999999) / 1000000 : 0, 0);
    most(limited && m.quoted && m.has_spec, (absolute(2 * intent.guard_price - (m.bid + m.ask)) + 1) / 2, limits.collar);
    most(limited && m.quoted, absolute(m.bid - m.collar), limits.collar_period);
    for (const int64_t at : s.rates) orders += at != 0 && at > s.time_ns - 60000000000;
    most(limited, orders, limits.orders_a_minute_max);
    const bool same = m.opened_ns != 0 && m.opened_side == intent.side && m.opened_volume == intent.volume;
    least(limited, same ? (s.time_ns - m.opened_ns) / 1000000 : I64_MAX, limits.repeat_min_ms);
    for (int other = 1; other <= SYMBOLS; other++)
      for (const InFlight& f : s.markets[other].in_flight) open_orders += f.state != 0;
    most(limited, open_orders, limits.open_orders_max);
    session(), news();
    least(limited, intent.stop, limits.stop_required);
    least(limited, edge, limits.edge_min_ppm);
    verdict.accepted = verdict.failed_count == 0 && verdict.check_count == CHECKS;
    return verdict.accepted;
  }
};
