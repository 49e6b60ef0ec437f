// core FILE OUT ROUNDS: the core's work in plain C++, for the comparison only. Reads input records (proto/records.ts) into an
// inbox of the module's size, takes the module's steps from validation over bars, 84 features, scores and the policy to the
// 32 checks, and writes the same output records into an outbox: OUT gets the bytes, which must be the module's. Left out is
// what the file never asks for: fills, positions, order updates, alerts, history, and every model but the one logistic head. Only apply() is timed, in processor time.
// Prints {"ns_per_tick": best round, "ns": [of each round]}.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "features.hpp"
#include "risk.hpp"
#include "sha256.hpp"

constexpr size_t INBOX_BYTES = 0x40000, OUTBOX_RESERVE = 0x40000;
constexpr int64_t SECOND = 1000000000, NEVER = I64_MAX;

static void refuse(const char* why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

struct Core {
  State s;
  Outbox out;
  Windows windows;

  static int64_t due(const Bars& b, const Market& m) { return std::max(b.end_ms * 1000000, m.received_ns) + SECOND; }

  size_t apply(const uint8_t* inbox, size_t bytes) {
    out.used = 0;
    size_t at = 0;
    while (at < bytes && out.used <= sizeof(out.bytes) - OUTBOX_RESERVE) {
      const Header& h = *reinterpret_cast<const Header*>(inbox + at);
      if (bytes - at < 64 || h.length < 64 || h.length > bytes - at) refuse("cut record");
      if (h.seq <= s.last_seq || h.time_ns < s.time_ns || h.time_ns < 1 || h.time_ns > int64_t(1) << 62) refuse("order of records");
      s.last_seq = h.seq, s.time_ns = h.time_ns, s.cause_index = 0;
      if (h.time_ns >= s.wake_ns) wake(h.kind == Tick::CODE ? h.symbol : 0);
      dispatch(h);
      s.records++;
      at += h.length;
    }
    return at;
  }

  template <class T> static const T& as(const Header& h) {
    if (h.length != sizeof(T)) refuse("length of a record");
    return static_cast<const T&>(h);
  }
  void dispatch(const Header& h) {
    if (h.symbol > SYMBOLS) refuse("symbol");
    switch (h.kind) {
      case Tick::CODE: return tick(as<Tick>(h));
      case SymbolSpec::CODE: s.markets[h.symbol].spec = as<SymbolSpec>(h), s.markets[h.symbol].has_spec = true; return;
      case Account::CODE: return account(as<Account>(h));
      case RiskLimits::CODE: return limits(as<RiskLimits>(h));
      case StrategyParams::CODE: s.params = as<StrategyParams>(h), s.slot_of(s.params.strategy_id & 0x7fff); return;
      case StrategyLimits::CODE: return s.strategy_limits(as<StrategyLimits>(h));
      case ModelDigest::CODE: memcpy(s.model, as<ModelDigest>(h).sha256, 16); return;
      case Link::CODE: s.link = as<Link>(h).state; return;
      default: refuse("kind of a record");
    }
  }
  void account(const Account& a) {
    s.has_account = true, s.equity = a.equity, s.margin_free = a.margin_free, s.leverage = a.leverage, s.margin_mode = a.margin_mode;
    if (!s.day_start_known) s.day_start_known = true, s.day_start_equity = a.equity;
    if (!s.peak_known || s.equity > s.peak_equity) s.peak_known = true, s.peak_equity = s.equity;
  }
  void limits(const RiskLimits& l) {
    s.markets[l.symbol].limits = l, s.markets[l.symbol].has_limits = true;
    s.daily_loss_max = l.daily_loss_max, s.drawdown_max = l.drawdown_max;
  }

  // ---- time
  void wake(int ticking) {
    s.wake_ns = NEVER;
    if (s.time_ns >= s.day_end_ns) {
      s.day_end_ns = s.time_ns - s.time_ns % (86400 * SECOND) + 86400 * SECOND;
      for (Strategy& strategy : s.strategies) strategy.realised = 0;
      s.realised = 0, s.day_start_known = s.has_account, s.day_start_equity = s.equity;
    }
    if (s.time_ns >= s.correlations.due_ns)
      s.correlations.step(s.time_ns, [&](int i) { return s.markets[i + 1].quoted ? double(s.markets[i + 1].bid + s.markets[i + 1].ask) : 0.0; },
                          [&](int64_t grid_ns) { if (grid_ns % (3600 * SECOND) == 0) record_matrix(grid_ns / 1000000); });
    int64_t next = std::min(s.day_end_ns, s.correlations.due_ns);
    for (int symbol = 1; symbol <= SYMBOLS; symbol++) {
      Market& m = s.markets[symbol];
      if (!m.quoted) continue;
      for (int i = 0; i < TIMEFRAMES; i++) {
        if (m.series[i].end_ms == 0) continue;
        const int64_t at = due(m.series[i], m);
        if (symbol != ticking && s.time_ns >= at) close(symbol, m, i);
        else next = std::min(next, at);
      }
      for (const InFlight& f : m.in_flight)
        if (f.state != 0 && !f.working && !f.alerted) next = std::min(next, f.expires_ns + 90 * SECOND);
    }
    s.wake_ns = std::min(s.wake_ns, next);
  }

  void record_matrix(int64_t grid_time_ms) {
    const Correlations& c = s.correlations;
    size_t pairs = 0;
    for (int a = 0; a < SYMBOLS; a++)
      for (int b = a + 1; b < SYMBOLS; b++) pairs += c.known(a, b);
    if (pairs == 0) return;
    CorrelationMatrix& matrix = out.begin<CorrelationMatrix>(s.time_ns, 0, pairs * sizeof(CorrelationPair));
    matrix.cause_seq = s.last_seq, matrix.grid_time_ms = grid_time_ms, matrix.pair_count = pairs;
    CorrelationPair* pair = matrix.pairs;
    for (int a = 0; a < SYMBOLS; a++)
      for (int b = a + 1; b < SYMBOLS; b++)
        if (c.known(a, b)) *pair++ = {c.of(a, b) + 0.0, uint16_t(a + 1), uint16_t(b + 1), c.intervals(a, b)};
  }

  // ---- ticks and bars
  void tick(const Tick& t) {
    if (t.symbol == 0) refuse("symbol");
    Market& m = s.markets[t.symbol];
    s.ticks++;
    const int64_t bid = t.bid, ask = t.ask, spread = ask - bid, ms = t.broker_time_ms;
    if ((uint64_t((bid - 1) | (ask - 1)) >> 40 | uint64_t(spread) >> 31 | uint64_t(ms - 1) >> 43) != 0 || ms < m.time_ms ||
        ms * 1000000 > s.time_ns + 86400 * SECOND || is_spike(m, bid))
      refuse("bad tick");
    if (s.time_ns - m.collar_ns >= 60 * SECOND) m.collar = m.quoted ? m.bid : bid, m.collar_ns = s.time_ns;
    m.bid = bid, m.ask = ask, m.time_ms = ms, m.received_ns = s.time_ns;
    if (!m.quoted) m.quoted = true;
    else if (m.position_count != 0) refuse("position");
    Bars &minute = m.series[0], &by_ticks = m.series[TICK_SERIES], &by_range = m.series[RANGE_SERIES];
    if (ms >= minute.end_ms) {
      for (int i = 0; i < TIMEFRAMES; i++)
        if (m.series[i].end_ms != 0 && ms >= m.series[i].end_ms) close(t.symbol, m, i);
      if (begin(m, 0, ms, bid)) minute.begin_flow(m.flow);
    }
    if (by_ticks.end_ms == 0) by_ticks.begin(ms, 1, bid), by_ticks.begin_flow(m.flow);
    if (by_range.end_ms == 0) {
      by_range.begin(ms, 1, bid), by_range.begin_flow(m.flow);
      const double mean = m.flow.ticks == 0 ? double(spread) : m.flow.spread_mean;
      by_range.range = std::max<int64_t>(1, int64_t(std::floor(mean * 16 + 0.5)));
    }
    m.flow.step(ms, bid, ask);
    if (minute.end_ms != 0) minute.take(bid);
    by_ticks.take(bid);
    if (m.flow.ticks - by_ticks.tick_count >= 256) close(t.symbol, m, TICK_SERIES);
    by_range.take(bid);
    if (by_range.high - by_range.low >= by_range.range) close(t.symbol, m, RANGE_SERIES);
  }
  static bool is_far(int64_t from, int64_t to) {
    const int64_t distance = std::abs(to - from);
    return distance > 1000 && distance * 50 > from;
  }
  /** A bid far from the last one does not count, unless it is near the one before it that did not count. */
  static bool is_spike(Market& m, int64_t bid) {
    const int64_t suspect = m.suspect;
    m.suspect = 0;
    if (!m.quoted || !is_far(m.bid, bid)) return false;
    if (suspect != 0 && !is_far(suspect, bid)) return false;
    m.suspect = bid;
    return true;
  }
  bool begin(Market& m, int i, int64_t time_ms, int64_t price) {
    Bars& b = m.series[i];
    const int64_t length = LENGTH_S[i] * 1000, open_ms = time_ms - time_ms % length;
    if (open_ms <= b.last_open_time_ms) return false;
    b.begin(open_ms, open_ms + length, price);
    s.wake_ns = std::min(s.wake_ns, due(b, m));
    return true;
  }
  void close(int symbol, Market& m, int i) {
    Bars& b = m.series[i];
    if (i == 0 || i >= TIMEFRAMES) b.end_flow(m.flow);
    Bar& bar = out.begin<Bar>(s.time_ns, symbol);
    bar.cause_seq = s.last_seq, bar.open_time_ms = b.open_time_ms;
    bar.open = b.open, bar.high = b.high, bar.low = b.low, bar.close = b.close, bar.spread_sum = b.spread_sum;
    bar.timeframe_s = i < TIMEFRAMES ? LENGTH_S[i] : 0, bar.tick_count = b.tick_count, bar.basis = i < TIMEFRAMES ? 0 : i - TIMEFRAMES + 1;
    s.bars++;
    b.end_ms = 0;
    b.last_open_time_ms = b.open_time_ms;
    b.step();
    if (i + 1 < TIMEFRAMES) {
      Bars& parent = m.series[i + 1];
      if (parent.end_ms != 0 || begin(m, i + 1, b.open_time_ms, b.open)) parent.take_child(b);
    }
    if (i == 0 || i == 3) predict(symbol, m, b, i);
  }

  // ---- scores and orders
  /** The file's heads: direction by one logistic regression of one input. */
  void predict(int symbol, Market& m, Bars& b, int i) {
    double mean, strongest, features[FEATURES];
    s.correlations.peers(symbol - 1, mean, strongest);
    Features{b, windows}.write(features, m.flow, m.ask - m.bid, mean, strongest, Nearness{0, 0, 0});
    const volatile double bias = 0, center = 0, scale = 1, weight = 0;
    const double term = weight * (double(as_input(features[0])) - center) / scale, z = bias + term;
    const bool warm = b.count >= 51;
    Prediction& p = out.begin<Prediction>(s.time_ns, symbol);
    p.cause_seq = s.last_seq, p.bar_time_ms = b.last_open_time_ms, p.atr = b.atr();
    p.model[0] = s.model[0], p.model[1] = s.model[1];
    p.timeframe_s = p.horizon_s = p.regime_horizon_s = LENGTH_S[i], p.warm = warm, p.feature_count = FEATURES;
    p.direction = {{0.5, 0.5, probability(z), 0.5, 0.5}, probability(z), probability(z), 0};
    p.volatility = p.regime_answer = {{0.5, 0.5, 0.5, 0.5, 0.5}, 0.5, 0.5, 0};
    p.contributions[0] = term + 0.0;
    p.direction_models = 4, p.direction_set = p.volatility_set = p.regime_set = 3;
    memcpy(p.features, features, sizeof features);
    s.predictions++;
    if (warm) decide(symbol, m, LENGTH_S[i], p.direction.calibrated, p.atr);
  }
  static double probability(double z) { return 1 / (1 + std::exp(-std::min(std::max(z, -700.0), 700.0))); }
  static float as_input(double v) { return float(std::min(std::max(v, -1e30), 1e30)) + 0.0f; }
  void decide(int symbol, Market& m, uint32_t timeframe_s, double up, double atr) {
    if (s.params.enabled == 0 || s.params.timeframe_s != timeframe_s || s.link != 2 || !m.quoted) return;
    const int32_t up_ppm = int32_t(std::floor(up * 1000000 + 0.5)), edge = up_ppm - 500000;
    if (m.in_flight[1].state != 0 || m.position_count != 0 || m.in_flight[0].state != 0) return;
    if (edge >= s.params.enter_edge_ppm) open(symbol, m, BUY, up_ppm, atr);
    else if (-edge >= s.params.enter_edge_ppm) open(symbol, m, 1, up_ppm, atr);
  }
  static int64_t distance(const Market& m, double atr, int32_t milli) {
    return std::max({int64_t(std::floor(atr * milli / 1000 + 0.5)), int64_t(m.spec.stops_level), int64_t(1)});
  }
  static int64_t price(const Market& m, bool above, int64_t points, uint8_t side) {
    const int64_t reference = side == BUY ? m.bid : m.ask, tick = m.spec.tick_size;
    const int64_t at = above ? ceil_to(reference + points, tick) : floor_to(reference - points, tick);
    return at > 0 ? at : -tick;
  }
  void open(int symbol, Market& m, uint8_t side, int32_t up_ppm, double atr) {
    const StrategyParams& p = s.params;
    Intent& o = out.begin<Intent>(s.time_ns, symbol);
    o.cause_seq = s.last_seq;
    o.id[0] = __builtin_bswap64(s.last_seq << 8 | s.cause_index++), o.id[1] = s.stream_id;
    o.magic = uint64_t(p.strategy_id & 0x7fff) << 48 | (sha256_tail(o.id) & 0xffffffffffff);
    o.price = side == BUY ? m.ask : m.bid;
    o.expires_ns = add(s.time_ns, p.intent_life_ms * 1000000);
    o.deviation = p.deviation, o.timeframe_s = p.timeframe_s, o.up_ppm = up_ppm, o.action = OPEN, o.side = side, o.direction_set = 3, o.volume = p.volume;
    if (m.has_spec) {
      o.guard_price = side == BUY ? floor_to(m.ask + p.deviation, m.spec.tick_size) : ceil_to(m.bid - p.deviation, m.spec.tick_size);
      o.stop = p.stop_atr_milli == 0 ? 0 : price(m, side != BUY, distance(m, atr, p.stop_atr_milli), side);
      o.target = p.target_atr_milli == 0 ? 0 : price(m, side == BUY, distance(m, atr, p.target_atr_milli), side);
    }
    s.intents++;
    if (!Judge(s, symbol, o, out.begin<Verdict>(s.time_ns, symbol)).judge()) return void(s.refused++);
    s.accepted++;
    s.rates[s.rates_at] = s.time_ns, s.rates_at = (s.rates_at + 1) % RATES;
    s.exposed |= 1u << (symbol - 1);
    m.opened_ns = s.time_ns, m.opened_side = side, m.opened_volume = o.volume;
    InFlight& f = m.in_flight[0];
    f.id[0] = o.id[0], f.id[1] = o.id[1], f.volume = o.volume, f.expires_ns = o.expires_ns, f.strategy_id = strategy_of(o.magic), f.side = side, f.state = 1;
    s.wake_ns = std::min(s.wake_ns, f.expires_ns);
  }
};

static double now_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 4) return fprintf(stderr, "core FILE OUT ROUNDS\n"), 2;
  FILE* file = fopen(argv[1], "rb");
  if (!file) return perror(argv[1]), 1;
  fseek(file, 0, SEEK_END);
  std::vector<uint8_t> records(ftell(file)), outputs;
  rewind(file);
  if (fread(records.data(), 1, records.size(), file) != records.size()) refuse("cut file");
  const auto inbox = std::make_unique<uint8_t[]>(INBOX_BYTES);
  std::vector<double> rounds;
  uint64_t ticks = 0;
  for (int round = 0; round < atoi(argv[3]); round++) {
    const auto core = std::make_unique<Core>();
    double ns = 0;
    outputs.clear();
    for (size_t at = 0; at < records.size();) {
      size_t end = at;
      while (end < records.size()) {
        const uint32_t length = reinterpret_cast<const Header*>(records.data() + end)->length;
        if (end + length - at > INBOX_BYTES) break;
        end += length;
      }
      memcpy(inbox.get(), records.data() + at, end - at);
      const double began = now_ns();
      at += core->apply(inbox.get(), end - at);
      ns += now_ns() - began;
      outputs.insert(outputs.end(), core->out.bytes, core->out.bytes + core->out.used);
    }
    ticks = core->s.ticks;
    rounds.push_back(ns / ticks);
  }
  FILE* to = fopen(argv[2], "wb");
  if (!to || fwrite(outputs.data(), 1, outputs.size(), to) != outputs.size() || fclose(to) != 0) return perror(argv[2]), 1;
  printf("{\"ns_per_tick\": %.3f, \"ns\": [", *std::min_element(rounds.begin(), rounds.end()));
  for (size_t i = 0; i < rounds.size(); i++) printf("%s%.3f", i ? ", " : "", rounds[i]);
  printf("]}\n");
}
