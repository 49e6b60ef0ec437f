// What the comparison remembers of a stream, and saturating integer arithmetic: the same as core-wasm/assembly/state.ts,
// structures.ts and math/fixed.ts.
#pragma once
#include <algorithm>

#include "correlation.hpp"
#include "records.hpp"
#include "series.hpp"

constexpr int POSITIONS = 16, RATES = 64, NEWS = 32, STRATEGIES = 16;
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
  uint16_t strategy_id = 0;
  uint8_t side = 0, state = 0, working = 0, alerted = 0;
};
struct News {
  uint64_t event_id = 0;
  int64_t from_ms = 0, to_ms = 0;
  uint64_t currency = 0;
};

struct Strategy {
  int64_t exposure_max = 0, daily_loss_max = 0, realised = 0;
  uint16_t id = 0;
  bool known = false, limited = false;
};
inline uint16_t strategy_of(uint64_t magic) { return magic >> 48 & 0x7fff; }

struct Market {
  int64_t bid = 0, ask = 0, time_ms = 0, received_ns = 0, collar = 0, collar_ns = 0, opened_ns = 0, opened_volume = 0, suspect = 0;
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
  uint32_t leverage = 0, rates_at = 0, cause_index = 0, exposed = 0, news_at = 0;
  uint8_t trading_state = 0, link = 0, margin_mode = 0;
  bool has_account = false, day_start_known = false, peak_known = false, killed = false;
  StrategyParams params{};
  News news[NEWS];
  Strategy strategies[STRATEGIES];
  Market markets[SYMBOLS + 1];
  Correlations correlations;

  /** Accepted orders younger than that, back from the newest. */
  uint32_t orders_since(int64_t since) const {
    uint32_t younger = 0;
    while (younger < RATES && rates[(rates_at + RATES - 1 - younger) % RATES] > std::max<int64_t>(since, 0)) younger++;
    return younger;
  }
  uint32_t news_count() const { return news[NEWS - 1].to_ms != 0 ? NEWS : news_at; }
  const Market& limits_of(int symbol) const { return markets[symbol].has_limits ? markets[symbol] : markets[0]; }
  /** A new slot for a strategy seen for the first time; 0 = strategy 0, or no room. */
  int slot_of(uint16_t id) {
    for (int i = 1; id != 0 && i < STRATEGIES; i++) {
      Strategy& strategy = strategies[i];
      if (strategy.known && strategy.id != id) continue;
      strategy.known = true, strategy.id = id;
      return i;
    }
    return 0;
  }
  void strategy_limits(const StrategyLimits& l) {
    Strategy& strategy = strategies[slot_of(l.strategy_id)];
    strategy.limited = true, strategy.exposure_max = l.exposure_max, strategy.daily_loss_max = l.daily_loss_max;
  }
};
