// The records that the comparison reads and writes, byte for byte as proto/records.ts lays them out, and the outbox.
#pragma once
#include <cstdint>
#include <cstring>

constexpr int SYMBOLS = 16, FEATURES = 84, CHECKS = 33;
constexpr int64_t I64_MAX = INT64_MAX;

struct Header {
  uint64_t seq;
  int64_t time_ns;
  uint16_t kind, symbol;
  uint32_t length, source, check;
};

struct Tick : Header {
  static constexpr uint16_t CODE = 4097;
  int64_t broker_time_ms, bid, ask;
  uint32_t flags;
  int32_t spread;
};

struct SymbolSpec : Header {
  static constexpr uint16_t CODE = 4099;
  uint64_t name[2], base_currency, profit_currency, margin_currency;
  int64_t tick_size, tick_value, contract_size, volume_min, volume_max, volume_step, volume_limit;
  int32_t stops_level, freeze_level;
  uint8_t digits, trade_mode, exec_mode, filling_bits, rest[52];
};

struct Account : Header {
  static constexpr uint16_t CODE = 4100;
  uint64_t login, currency;
  int64_t balance, credit, profit, equity, margin, margin_free, server_time_ms;
  uint32_t leverage;
  uint8_t margin_mode, trade_mode, permissions, rest[17];
};

struct RiskLimits : Header {
  static constexpr uint16_t CODE = 4104;
  int64_t order_volume_max, position_volume_max, daily_loss_max, spread_max, quote_age_max_ms;
  int32_t day_start_offset_s;
  uint32_t limits_version;
  int64_t order_notional_max, gross_max, net_max, currency_max, correlated_max, margin_free_min, realised_loss_max, drawdown_max, collar,
      collar_period, cooldown_ms, repeat_min_ms, leverage_max_milli;
  uint32_t loss_streak_max, orders_a_minute_max, open_orders_max;
  int32_t edge_min_ppm, session_from_s, session_to_s;
  uint8_t stop_required, lease_required, certainty_required, rest[45];
};

struct StrategyParams : Header {
  static constexpr uint16_t CODE = 4105;
  int64_t volume, hold_max_ms, intent_life_ms;
  int32_t enter_edge_ppm, exit_edge_ppm, stop_atr_milli, target_atr_milli, deviation;
  uint32_t timeframe_s;
  uint16_t strategy_id, params_version;
  uint8_t enabled, rest[43];
};

struct ModelDigest : Header {
  static constexpr uint16_t CODE = 4106;
  uint64_t sha256[4];
  uint32_t size_bytes, artefact_version;
  uint8_t rest[56];
};

struct Link : Header {
  static constexpr uint16_t CODE = 4109;
  uint64_t session_id, login;
  int32_t server_offset_s;
  uint8_t state, rest[11];
};

struct StrategyLimits : Header {
  static constexpr uint16_t CODE = 4114;
  int64_t exposure_max, daily_loss_max;
  uint32_t limits_version;
  uint16_t strategy_id;
  uint8_t rest[10];
};

struct Bar : Header {
  static constexpr uint16_t CODE = 4197;
  uint64_t cause_seq;
  int64_t open_time_ms, open, high, low, close, spread_sum;
  uint32_t timeframe_s, tick_count;
  uint8_t basis, rest[31];
};

/** What one question of a model is answered with: five models' probabilities, stacked, calibrated, their disagreement. */
struct Answer {
  double models[5], stacked, calibrated, disagreement;
};

struct Prediction : Header {
  static constexpr uint16_t CODE = 12390;
  uint64_t cause_seq;
  int64_t bar_time_ms;
  Answer direction, volatility, regime_answer;
  double atr, drift_psi, contributions[12];
  uint64_t model[2];
  uint32_t timeframe_s, horizon_s, regime_horizon_s;
  uint16_t contribution_features[12], drift_feature, feature_count;
  uint8_t direction_models, volatility_models, regime_models, direction_set, volatility_set, regime_set, regime, warm;
  double features[FEATURES];
};

struct Intent : Header {
  static constexpr uint16_t CODE = 4199;
  uint64_t cause_seq, id[2], magic, position_ticket;
  int64_t volume, price, stop, target, guard_price, expires_ns;
  int32_t deviation;
  uint32_t timeframe_s;
  int32_t up_ppm;
  uint8_t action, side, direction_set, rest[57];
};

struct Check {
  int64_t value, limit, headroom;
  uint16_t code;
  uint8_t result, pad;
  uint32_t reserved;
};

struct Verdict : Header {
  static constexpr uint16_t CODE = 4200;
  uint64_t cause_seq, id[2];
  uint8_t accepted, trading_state;
  uint16_t check_count, failed_count;
  uint8_t pad[2];
  Check checks[CHECKS];
  uint8_t rest[32];
};

static_assert(sizeof(Tick) == 64 && sizeof(SymbolSpec) == 192 && sizeof(Account) == 128 && sizeof(RiskLimits) == 256);
static_assert(sizeof(StrategyParams) == 128 && sizeof(ModelDigest) == 128 && sizeof(Link) == 64 && sizeof(Bar) == 128);
static_assert(sizeof(Prediction) == 1088 && sizeof(Intent) == 192 && sizeof(Verdict) == 1152 && sizeof(StrategyLimits) == 64);

/** A record of a matrix: as many pairs as are known follow. */
struct CorrelationPair {
  double correlation;
  uint16_t symbol_a, symbol_b;
  uint32_t intervals;
};
struct CorrelationMatrix : Header {
  static constexpr uint16_t CODE = 4203;
  uint64_t cause_seq;
  int64_t grid_time_ms;
  uint16_t pair_count;
  uint8_t pad[6];
  CorrelationPair pairs[];
};

struct Outbox {
  alignas(64) uint8_t bytes[0x80000];
  size_t used;

  template <class T> T& begin(int64_t time_ns, int symbol, size_t following = 0) {
    T& record = *reinterpret_cast<T*>(bytes + used);
    const size_t length = (sizeof(T) + following + 63) & ~size_t(63);
    memset(static_cast<void*>(&record), 0, length);
    record.time_ns = time_ns;
    record.kind = T::CODE;
    record.symbol = symbol;
    record.length = length;
    record.source = 5;
    used += length;
    return record;
  }
};
