// The structures of which a stream's state is made (state.ts says where they lie). Fields in the order of memory, the
// wide ones first, so that nothing is padded in between.

@unmanaged
export class Stream {
  last_seq: u64;
  time_ns: i64;
  /** Nothing that time alone causes is due before this. */
  wake_ns: i64;
  day_end_ns: i64;
  stream_id_0: u64;
  stream_id_1: u64;
  model_0: u64;
  model_1: u64;
  model_2: u64;
  model_3: u64;
  shadow_0: u64;
  shadow_1: u64;
  shadow_2: u64;
  shadow_3: u64;
  equity_micros: i64;
  day_start_equity_micros: i64;
  realised_micros: i64;
  account_time_ms: i64;
  peak_equity_micros: i64;
  margin_free_micros: i64;
  /** Tightest drawdown of all limits in force; trips the trading state. */
  drawdown_max_micros: i64;
  lease_expires_ns: i64;
  /** The pause after a streak of losses ends here. */
  cool_until_ns: i64;
  /** Tightest daily loss of all limits in force; trips the trading state. */
  daily_loss_max_micros: i64;
  records: u64;
  ticks: u64;
  bad_ticks: u64;
  late_ticks: u64;
  bars: u64;
  predictions: u64;
  intents: u64;
  accepted: u64;
  refused: u64;
  duplicate_deals: u64;
  duplicate_commands: u64;
  refused_inputs: u64;
  outputs: u64;
  last_refused_alert_ns: i64;
  /** Number of the last command of the cloud that was taken, of each kind (authority.ts). */
  cloud_lease_number: u64;
  cloud_limits_number: u64;
  cloud_stop_number: u64;
  day_start_offset_s: i32;
  /** Sizes of the artefacts. */
  model_bytes: u32;
  shadow_bytes: u32;
  deals_at: u32;
  commands_at: u32;
  intent_cause_index: u32;
  leverage: u32;
  loss_streak: u32;
  rates_at: u32;
  news_at: u32;
  /** Occupied slots of the calendar and of the operators. */
  events: u32;
  operators: u32;
  cloud_keys: u32;
  /** Which box of the stream this is: 0 the one that began it, one more with each takeover. */
  epoch: u32;
  /** Bit symbol - 1: it may have a position, an order in flight, or positions that are not known; the others have none. */
  exposed: u32;
  trading_state: u8;
  link: u8;
  account: u8;
  day_start_known: u8;
  daily_loss_known: u8;
  model_active: u8;
  shadow_active: u8;
  margin_mode: u8;
  started: u8;
  killed: u8;
  peak_known: u8;
  drawdown_known: u8;
  /** 1 = every own position is to be closed, until a release. */
  flattening: u8;
}

@unmanaged
export class Market {
  quote_time_ms: i64;
  quote_received_ns: i64;
  bid_points: i64;
  ask_points: i64;
  /** A bid far from the last one, waiting for the next to confirm it; 0 = none. */
  suspect_points: i64;
  last_bad_alert_ns: i64;
  bad_ticks: u64;
  floating_micros: i64;
  /** Newest broker time of a position record with volume 0: deals up to then concern positions that are gone. */
  gone_time_ms: i64;
  // symbol_spec
  tick_size_points: i64;
  tick_value_micros: i64;
  volume_min_microlots: i64;
  volume_max_microlots: i64;
  volume_step_microlots: i64;
  volume_limit_microlots: i64;
  base_currency: u64;
  profit_currency: u64;
  /** Where the period of the price collar began. */
  collar_points: i64;
  collar_ns: i64;
  /** The last accepted opening order. */
  opened_ns: i64;
  opened_microlots: i64;
  /** The last attempt to close a position because of a flatten command. */
  flattened_ns: i64;
  // strategy_params
  volume_microlots: i64;
  hold_max_ms: i64;
  intent_life_ms: i64;
  stops_level_points: i32;
  freeze_level_points: i32;
  enter_edge_ppm: i32;
  exit_edge_ppm: i32;
  stop_atr_milli: i32;
  target_atr_milli: i32;
  deviation_points: i32;
  timeframe_s: u32;
  strategy_id: u16;
  trade_mode: u8;
  enabled: u8;
  quote: u8;
  spec: u8;
  limits: u8;
  params: u8;
  /** Not 0 = the positions are not known for sure: nothing may be opened. */
  positions_unknown: u8;
  /** Where the next identifier of a position that is gone is kept. */
  gone_at: u8;
  opened_side: u8;
  /** Occupied slots of the position table. */
  position_count: u8;
}

@unmanaged
export class Position {
  identifier: u64;
  ticket: u64;
  magic: u64;
  /** 0 = free slot. */
  volume_microlots: i64;
  open_price_points: i64;
  opened_ms: i64;
  /** Broker time of the newest position record: it holds every deal up to then. */
  recorded_ms: i64;
  side: u8;
}

export const IN_FLIGHT_NONE: u8 = 0;
export const IN_FLIGHT_SENT: u8 = 1;
/** Final at the broker, but fills that it reported have not arrived: their volume stays reserved. */
export const IN_FLIGHT_BOOKING: u8 = 2;

@unmanaged
export class InFlight {
  intent_id_0: u64;
  intent_id_1: u64;
  volume_microlots: i64;
  /** As order updates report it. */
  filled_microlots: i64;
  /** As fills report it. */
  booked_microlots: i64;
  expires_ns: i64;
  updated_ms: i64;
  strategy_id: u16;
  side: u8;
  state: u8;
  /** 1 = the broker has it and still works on it: no news is good news. */
  working: u8;
  alerted: u8;
}

/** What a symbol's ticks have been like lately. */
@unmanaged
export class Flow {
  /** bid + ask of the last tick. */
  mid_doubled: i64;
  time_ms: i64;
  spread_mean: f64;
  gap_ms_mean: f64;
  imbalance: f64;
  return_mean: f64;
  square_mean: f64;
  /** Ticks so far, up to where the means no longer care. */
  count: u32;
  /** Of the last change of the mid: 1, -1, 0 = none yet. */
  direction: i32;
  // Totals since ever, modulo their size: a bar's own are the difference between its end and its beginning.
  ticks: u32;
  ups: u32;
  downs: u32;
  flips: u32;
  spreads_points: u64;
  /** Squared returns of the mid in units of 1e-20. */
  squares: u64;
}

@unmanaged
export class Bars {
  /** Opening time of the open bar; meaningful while end_ms is not 0. */
  open_time_ms: i64;
  /** First millisecond after the open bar, 0 = none is open; 1 in a series not made by time. */
  end_ms: i64;
  open_points: i64;
  high_points: i64;
  low_points: i64;
  close_points: i64;
  spread_sum_points: u64;
  /** Squared returns of the mid in units of 1e-20. */
  squares: u64;
  /** Range at which an open range bar closes. */
  range_points: i64;
  /** Opening time of the newest closed bar, our own or from history. */
  last_open_time_ms: i64;
  tick_count: u32;
  ups: u32;
  downs: u32;
  flips: u32;
  /** Closed bars taken in by the indicators. */
  count: u32;
  /** UTC day that the two sums below are of. */
  vwap_day: i32;
  vwap_price_sum: f64;
  vwap_volume_sum: f64;
  gain: f64;
  loss: f64;
  ema_10: f64;
  ema_20: f64;
  ema_50: f64;
  macd_fast: f64;
  macd_slow: f64;
  macd_signal: f64;
  atr_14: f64;
  atr_50: f64;
  move_up: f64;
  move_down: f64;
  move_range: f64;
  adx: f64;
  // Of the newest closed bar, for the features that are not in a ring.
  last_square_sum: f64;
  last_spread_mean: f64;
  last_imbalance: f64;
  last_flips: f64;
}

/** A time in which nothing of a currency is opened. */
@unmanaged
export class NewsWindow {
  event_id: u64;
  from_ms: i64;
  to_ms: i64;
  /** As the record has it; 0 = every currency. */
  currency: u64;
}

/** What the strategies of the magics have done today, and may do. */
@unmanaged
export class Strategy {
  exposure_max_micros: i64;
  daily_loss_max_micros: i64;
  realised_micros: i64;
  id: u16;
  known: u8;
  limits: u8;
}

@unmanaged
export class CalendarEvent {
  event_id: u64;
  time_ms: i64;
  currency: u64;
  importance: u8;
}

/** Who may release the stream. */
@unmanaged
export class OperatorKey {
  name_0: u64;
  name_1: u64;
  name_2: u64;
  name_3: u64;
  key_0: u64;
  key_1: u64;
  key_2: u64;
  key_3: u64;
}

/** Whose commands and takeovers from the cloud count. */
@unmanaged
export class CloudKey {
  key_0: u64;
  key_1: u64;
  key_2: u64;
  key_3: u64;
}

/** A model_config in force. */
@unmanaged
export class ModelSettings {
  version: u32;
  heads: u32;
  boosted_milli: u32;
  forest_milli: u32;
  logistic_milli: u32;
  perceptron_milli: u32;
  gru_milli: u32;
  edge_min_ppm: u32;
  disagreement_max_ppm: u32;
  drift_max_milli: u32;
  volatile_ppm: u32;
  present: u32;
}

/** How the model's inputs of a series are spread: the running block's counts follow, a byte a bin. */
@unmanaged
export class Drift {
  /** Of the last whole block. */
  psi: f64;
  /** Which of the model's features it is of. */
  feature: u32;
  /** Bars in the running block. */
  count: u32;
}

/** Symbols' mids at the last grid point and the moving products of their five-minute returns. */
@unmanaged
export class Correlations {
  due_ns: i64;
  started: u32;
}
