// Generated from proto/records.ts by `npm run generate`. Do not edit.
export const HEADER_BYTES: u32 = 32;

@unmanaged
export class RecordHeader {
  seq: u64;
  time_ns: i64;
  kind: u16;
  symbol: u16;
  length: u32;
  source: u32;
  check: u32;
}

/** One quote change (MqlTick). */
export const TICK_CODE: u16 = 4097;
export const TICK_BYTES: u32 = 64;
@unmanaged
export class Tick extends RecordHeader {
  broker_time_ms: i64;
  bid_points: i64;
  ask_points: i64;
  flags: u32;
  spread_points: i32;
}

/** One closed bar that the terminal had before the stream saw its ticks (MqlRates). Oldest first. */
export const BAR_HISTORY_CODE: u16 = 4098;
export const BAR_HISTORY_BYTES: u32 = 128;
@unmanaged
export class BarHistory extends RecordHeader {
  open_time_ms: i64;
  open_points: i64;
  high_points: i64;
  low_points: i64;
  close_points: i64;
  tick_volume: u64;
  timeframe_s: u32;
  spread_points: i32;
  score: u8;
}

/** What the broker says of a symbol. Defines the symbol index of the header; repeated when it changes. */
export const SYMBOL_SPEC_CODE: u16 = 4099;
export const SYMBOL_SPEC_BYTES: u32 = 192;
@unmanaged
export class SymbolSpec extends RecordHeader {
  name_0: u64;
  name_1: u64;
  base_currency_0: u64;
  profit_currency_0: u64;
  margin_currency_0: u64;
  tick_size_points: i64;
  tick_value_micros: i64;
  contract_size_micros: i64;
  volume_min_microlots: i64;
  volume_max_microlots: i64;
  volume_step_microlots: i64;
  volume_limit_microlots: i64;
  stops_level_points: i32;
  freeze_level_points: i32;
  digits: u8;
  trade_mode: u8;
  exec_mode: u8;
  filling_bits: u8;
}
export const SYMBOL_SPEC_NAME_AT: usize = 32;
export const SYMBOL_SPEC_BASE_CURRENCY_AT: usize = 48;
export const SYMBOL_SPEC_PROFIT_CURRENCY_AT: usize = 56;
export const SYMBOL_SPEC_MARGIN_CURRENCY_AT: usize = 64;

/** The trading account as the broker reports it. */
export const ACCOUNT_CODE: u16 = 4100;
export const ACCOUNT_BYTES: u32 = 128;
@unmanaged
export class Account extends RecordHeader {
  login: u64;
  currency_0: u64;
  balance_micros: i64;
  credit_micros: i64;
  profit_micros: i64;
  equity_micros: i64;
  margin_micros: i64;
  margin_free_micros: i64;
  server_time_ms: i64;
  leverage: u32;
  margin_mode: u8;
  trade_mode: u8;
  permissions: u8;
}
export const ACCOUNT_CURRENCY_AT: usize = 40;

/** An open position as the broker reports it; volume 0 says that it is gone. */
export const POSITION_CODE: u16 = 4101;
export const POSITION_BYTES: u32 = 128;
@unmanaged
export class Position extends RecordHeader {
  ticket: u64;
  identifier: u64;
  magic: u64;
  volume_microlots: i64;
  open_price_points: i64;
  stop_points: i64;
  target_points: i64;
  swap_micros: i64;
  profit_micros: i64;
  broker_time_ms: i64;
  side: u8;
}

/** What became of an order intent at the terminal. */
export const ORDER_UPDATE_CODE: u16 = 4102;
export const ORDER_UPDATE_BYTES: u32 = 128;
@unmanaged
export class OrderUpdate extends RecordHeader {
  intent_id_0: u64;
  intent_id_1: u64;
  order_ticket: u64;
  deal_ticket: u64;
  volume_filled_microlots: i64;
  volume_remaining_microlots: i64;
  price_points: i64;
  broker_time_ms: i64;
  retcode: u32;
  state: u8;
  final: u8;
}
export const ORDER_UPDATE_INTENT_ID_AT: usize = 32;

/** One deal (MT5's immutable execution). Deduplicated by deal ticket. */
export const FILL_CODE: u16 = 4103;
export const FILL_BYTES: u32 = 192;
@unmanaged
export class Fill extends RecordHeader {
  intent_id_0: u64;
  intent_id_1: u64;
  deal_ticket: u64;
  order_ticket: u64;
  position_id: u64;
  magic: u64;
  volume_microlots: i64;
  price_points: i64;
  commission_micros: i64;
  swap_micros: i64;
  profit_micros: i64;
  broker_time_ms: i64;
  side: u8;
  entry: u8;
  reason: u8;
}
export const FILL_INTENT_ID_AT: usize = 32;

/** Limits in force from here on. Symbol 0 in the header = every symbol without limits of its own. */
export const RISK_LIMITS_CODE: u16 = 4104;
export const RISK_LIMITS_BYTES: u32 = 256;
@unmanaged
export class RiskLimits extends RecordHeader {
  order_volume_max_microlots: i64;
  position_volume_max_microlots: i64;
  daily_loss_max_micros: i64;
  spread_max_points: i64;
  quote_age_max_ms: i64;
  day_start_offset_s: i32;
  limits_version: u32;
  order_notional_max_micros: i64;
  gross_exposure_max_micros: i64;
  net_exposure_max_micros: i64;
  currency_exposure_max_micros: i64;
  correlated_exposure_max_micros: i64;
  margin_free_min_micros: i64;
  daily_realised_loss_max_micros: i64;
  drawdown_max_micros: i64;
  collar_points: i64;
  collar_period_points: i64;
  cooldown_ms: i64;
  repeat_min_ms: i64;
  leverage_max_milli: i64;
  loss_streak_max: u32;
  orders_a_minute_max: u32;
  open_orders_max: u32;
  edge_min_ppm: i32;
  session_from_s: i32;
  session_to_s: i32;
  stop_required: u8;
  lease_required: u8;
  certainty_required: u8;
}

/** The decision policy's parameters in force from here on. Symbol 0 = every symbol without its own. */
export const STRATEGY_PARAMS_CODE: u16 = 4105;
export const STRATEGY_PARAMS_BYTES: u32 = 128;
@unmanaged
export class StrategyParams extends RecordHeader {
  volume_microlots: i64;
  hold_max_ms: i64;
  intent_life_ms: i64;
  enter_edge_ppm: i32;
  exit_edge_ppm: i32;
  stop_atr_milli: i32;
  target_atr_milli: i32;
  deviation_points: i32;
  timeframe_s: u32;
  strategy_id: u16;
  params_version: u16;
  enabled: u8;
}

/** The model that scores from here on. The core refuses it unless the bytes in its model region hash to this. */
export const MODEL_DIGEST_CODE: u16 = 4106;
export const MODEL_DIGEST_BYTES: u32 = 128;
@unmanaged
export class ModelDigest extends RecordHeader {
  sha256_0: u64;
  sha256_1: u64;
  sha256_2: u64;
  sha256_3: u64;
  size_bytes: u32;
  artefact_version: u32;
}
export const MODEL_DIGEST_SHA256_AT: usize = 32;

/** A command of a named person that sets the trading state. Only activate, the release, needs key and signature. */
export const OPERATOR_COMMAND_CODE: u16 = 8203;
export const OPERATOR_COMMAND_BYTES: u32 = 256;
@unmanaged
export class OperatorCommand extends RecordHeader {
  command_id_0: u64;
  command_id_1: u64;
  operator_0: u64;
  operator_1: u64;
  operator_2: u64;
  operator_3: u64;
  reason_0: u64;
  reason_1: u64;
  reason_2: u64;
  reason_3: u64;
  reason_4: u64;
  reason_5: u64;
  reason_6: u64;
  reason_7: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
  command: u16;
}
export const OPERATOR_COMMAND_COMMAND_ID_AT: usize = 32;
export const OPERATOR_COMMAND_OPERATOR_AT: usize = 48;
export const OPERATOR_COMMAND_REASON_AT: usize = 80;
export const OPERATOR_COMMAND_PUBLIC_KEY_AT: usize = 144;
export const OPERATOR_COMMAND_SIGNATURE_AT: usize = 176;

/** Time passed without another record. The edge appends one a second in quiet markets. */
export const TIMER_CODE: u16 = 4108;
export const TIMER_BYTES: u32 = 64;
@unmanaged
export class Timer extends RecordHeader {
  due_ns: i64;
  timer_id: u32;
}

/** State of the line to the terminal. Nothing is opened unless it is live. */
export const LINK_CODE: u16 = 4109;
export const LINK_BYTES: u32 = 64;
@unmanaged
export class Link extends RecordHeader {
  session_id: u64;
  login: u64;
  server_offset_s: i32;
  state: u8;
}

/** Ticks are missing here, and why. */
export const GAP_CODE: u16 = 4110;
export const GAP_BYTES: u32 = 64;
@unmanaged
export class Gap extends RecordHeader {
  from_ms: i64;
  to_ms: i64;
  lost_estimate: u32;
  reason: u16;
}

/** Always seq 1: whose journal this is and which module decides it. */
export const STREAM_START_CODE: u16 = 4111;
export const STREAM_START_BYTES: u32 = 192;
@unmanaged
export class StreamStart extends RecordHeader {
  stream_id_0: u64;
  stream_id_1: u64;
  edge_name_0: u64;
  edge_name_1: u64;
  edge_name_2: u64;
  edge_name_3: u64;
  core_sha256_0: u64;
  core_sha256_1: u64;
  core_sha256_2: u64;
  core_sha256_3: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  layout_version: u32;
}
export const STREAM_START_STREAM_ID_AT: usize = 32;
export const STREAM_START_EDGE_NAME_AT: usize = 48;
export const STREAM_START_CORE_SHA256_AT: usize = 80;
export const STREAM_START_PUBLIC_KEY_AT: usize = 112;

/** Leave to open positions until it expires. A newer one replaces it. */
export const LEASE_CODE: u16 = 4112;
export const LEASE_BYTES: u32 = 128;
@unmanaged
export class Lease extends RecordHeader {
  lease_id_0: u64;
  lease_id_1: u64;
  expires_ns: i64;
  issuer_0: u64;
  issuer_1: u64;
  issuer_2: u64;
  issuer_3: u64;
}
export const LEASE_LEASE_ID_AT: usize = 32;
export const LEASE_ISSUER_AT: usize = 56;

/** A time in which nothing of a currency is opened. The 32 newest are kept. */
export const NEWS_WINDOW_CODE: u16 = 4113;
export const NEWS_WINDOW_BYTES: u32 = 64;
@unmanaged
export class NewsWindow extends RecordHeader {
  event_id: u64;
  from_ms: i64;
  to_ms: i64;
  currency_0: u64;
}
export const NEWS_WINDOW_CURRENCY_AT: usize = 56;

/** Limits of one strategy over all symbols, in force from here on. Strategy 0 = every strategy without its own. */
export const STRATEGY_LIMITS_CODE: u16 = 4114;
export const STRATEGY_LIMITS_BYTES: u32 = 64;
@unmanaged
export class StrategyLimits extends RecordHeader {
  exposure_max_micros: i64;
  daily_loss_max_micros: i64;
  limits_version: u32;
  strategy_id: u16;
}

/** A scheduled event of the economic calendar (MqlCalendarValue). The 64 latest are kept, of moderate and high importance. */
export const CALENDAR_EVENT_CODE: u16 = 4115;
export const CALENDAR_EVENT_BYTES: u32 = 192;
@unmanaged
export class CalendarEvent extends RecordHeader {
  event_id: u64;
  time_ms: i64;
  currency_0: u64;
  name_0: u64;
  name_1: u64;
  name_2: u64;
  name_3: u64;
  name_4: u64;
  name_5: u64;
  name_6: u64;
  name_7: u64;
  actual_micros: i64;
  forecast_micros: i64;
  previous_micros: i64;
  importance: u8;
}
export const CALENDAR_EVENT_CURRENCY_AT: usize = 48;
export const CALENDAR_EVENT_NAME_AT: usize = 56;

/** Who may release a tripped or halted stream. A key counts from here on, until it is revoked. */
export const OPERATOR_KEY_CODE: u16 = 4116;
export const OPERATOR_KEY_BYTES: u32 = 128;
@unmanaged
export class OperatorKey extends RecordHeader {
  operator_0: u64;
  operator_1: u64;
  operator_2: u64;
  operator_3: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  revoked: u8;
}
export const OPERATOR_KEY_OPERATOR_AT: usize = 32;
export const OPERATOR_KEY_PUBLIC_KEY_AT: usize = 64;

/** One item of a news source, for people and later models: the core takes note of its time and of nothing else. Each item_id once. */
export const NEWS_ITEM_CODE: u16 = 4117;
export const NEWS_ITEM_BYTES: u32 = 136;
@unmanaged
export class NewsItem extends RecordHeader {
  item_id_0: u64;
  item_id_1: u64;
  published_ms: i64;
  fetched_ms: i64;
  source_0: u64;
  source_1: u64;
  source_2: u64;
  source_3: u64;
  content_sha256_0: u64;
  content_sha256_1: u64;
  content_sha256_2: u64;
  content_sha256_3: u64;
  title_bytes: u16;
  link_bytes: u16;
  text_count: u16;
}
export const NEWS_ITEM_ITEM_ID_AT: usize = 32;
export const NEWS_ITEM_SOURCE_AT: usize = 64;
export const NEWS_ITEM_CONTENT_SHA256_AT: usize = 96;
export const NEWS_ITEM_TEXT_BYTES: u32 = 8;
@unmanaged
export class NewsItemText {
  piece_0: u64;
}

/** The cloud's signature over the record that follows it at once: a lease, risk limits or a stop. Taken once. */
export const CLOUD_COMMAND_CODE: u16 = 4118;
export const CLOUD_COMMAND_BYTES: u32 = 256;
@unmanaged
export class CloudCommand extends RecordHeader {
  stream_id_0: u64;
  stream_id_1: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
  payload_sha256_0: u64;
  payload_sha256_1: u64;
  payload_sha256_2: u64;
  payload_sha256_3: u64;
  number: u64;
  issued_ns: i64;
  valid_until_ns: i64;
  epoch: u32;
  ordered: u16;
  ordered_symbol: u16;
}
export const CLOUD_COMMAND_STREAM_ID_AT: usize = 32;
export const CLOUD_COMMAND_PUBLIC_KEY_AT: usize = 48;
export const CLOUD_COMMAND_SIGNATURE_AT: usize = 80;
export const CLOUD_COMMAND_PAYLOAD_SHA256_AT: usize = 144;

/** Another box goes on with the stream from here, under its own key. First record of its first batch. Ends every lease; from here on a lease is always required. */
export const TAKEOVER_CODE: u16 = 4119;
export const TAKEOVER_BYTES: u32 = 256;
@unmanaged
export class Takeover extends RecordHeader {
  stream_id_0: u64;
  stream_id_1: u64;
  box_key_0: u64;
  box_key_1: u64;
  box_key_2: u64;
  box_key_3: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
  operator_0: u64;
  operator_1: u64;
  operator_2: u64;
  operator_3: u64;
  opens_ns: i64;
  epoch: u32;
}
export const TAKEOVER_STREAM_ID_AT: usize = 32;
export const TAKEOVER_BOX_KEY_AT: usize = 48;
export const TAKEOVER_PUBLIC_KEY_AT: usize = 80;
export const TAKEOVER_SIGNATURE_AT: usize = 112;
export const TAKEOVER_OPERATOR_AT: usize = 176;

/** Whose commands and takeovers from the cloud count. A key counts from here on, until it is revoked. */
export const CLOUD_KEY_CODE: u16 = 4124;
export const CLOUD_KEY_BYTES: u32 = 128;
@unmanaged
export class CloudKey extends RecordHeader {
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  revoked: u8;
}
export const CLOUD_KEY_PUBLIC_KEY_AT: usize = 32;

/** The model that scores beside the live one from here on and is never traded on. The core refuses it unless the bytes in its model region hash to this. */
export const MODEL_SHADOW_CODE: u16 = 4120;
export const MODEL_SHADOW_BYTES: u32 = 128;
@unmanaged
export class ModelShadow extends RecordHeader {
  sha256_0: u64;
  sha256_1: u64;
  sha256_2: u64;
  sha256_3: u64;
  size_bytes: u32;
  artefact_version: u32;
}
export const MODEL_SHADOW_SHA256_AT: usize = 32;

/** How the models' answers are put together and from when they count. Symbol 0 in the header = every symbol without its own. Before the first one all is as trained. */
export const MODEL_CONFIG_CODE: u16 = 4121;
export const MODEL_CONFIG_BYTES: u32 = 320;
@unmanaged
export class ModelConfig extends RecordHeader {
  operator_0: u64;
  operator_1: u64;
  operator_2: u64;
  operator_3: u64;
  reason_0: u64;
  reason_1: u64;
  reason_2: u64;
  reason_3: u64;
  reason_4: u64;
  reason_5: u64;
  reason_6: u64;
  reason_7: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
  config_version: u32;
  heads: u32;
  boosted_weight_milli: u32;
  forest_weight_milli: u32;
  logistic_weight_milli: u32;
  perceptron_weight_milli: u32;
  gru_weight_milli: u32;
  edge_min_ppm: u32;
  disagreement_max_ppm: u32;
  drift_max_milli: u32;
  volatile_ppm: u32;
}
export const MODEL_CONFIG_OPERATOR_AT: usize = 32;
export const MODEL_CONFIG_REASON_AT: usize = 64;
export const MODEL_CONFIG_PUBLIC_KEY_AT: usize = 128;
export const MODEL_CONFIG_SIGNATURE_AT: usize = 160;

/** Who ordered a model for this stream, and why; the model_digest or model_shadow that follows carries it out. For people and proofs: the core takes note of its time and of nothing else. */
export const MODEL_ASSIGNMENT_CODE: u16 = 4122;
export const MODEL_ASSIGNMENT_BYTES: u32 = 320;
@unmanaged
export class ModelAssignment extends RecordHeader {
  operator_0: u64;
  operator_1: u64;
  operator_2: u64;
  operator_3: u64;
  reason_0: u64;
  reason_1: u64;
  reason_2: u64;
  reason_3: u64;
  reason_4: u64;
  reason_5: u64;
  reason_6: u64;
  reason_7: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
  sha256_0: u64;
  sha256_1: u64;
  sha256_2: u64;
  sha256_3: u64;
  size_bytes: u32;
  assignment_version: u32;
  role: u8;
}
export const MODEL_ASSIGNMENT_OPERATOR_AT: usize = 32;
export const MODEL_ASSIGNMENT_REASON_AT: usize = 64;
export const MODEL_ASSIGNMENT_PUBLIC_KEY_AT: usize = 128;
export const MODEL_ASSIGNMENT_SIGNATURE_AT: usize = 160;
export const MODEL_ASSIGNMENT_SHA256_AT: usize = 224;

/** Another configuration is in force: what of it the core obeys follows as records, before anything else is decided. The core takes note of its time and of nothing else. */
export const CONFIG_CHANGE_CODE: u16 = 4126;
export const CONFIG_CHANGE_BYTES: u32 = 320;
@unmanaged
export class ConfigChange extends RecordHeader {
  document_sha256_0: u64;
  document_sha256_1: u64;
  document_sha256_2: u64;
  document_sha256_3: u64;
  previous_sha256_0: u64;
  previous_sha256_1: u64;
  previous_sha256_2: u64;
  previous_sha256_3: u64;
  operator_0: u64;
  operator_1: u64;
  operator_2: u64;
  operator_3: u64;
  reason_0: u64;
  reason_1: u64;
  reason_2: u64;
  reason_3: u64;
  reason_4: u64;
  reason_5: u64;
  reason_6: u64;
  reason_7: u64;
  public_key_0: u64;
  public_key_1: u64;
  public_key_2: u64;
  public_key_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
  config_version: u32;
}
export const CONFIG_CHANGE_DOCUMENT_SHA256_AT: usize = 32;
export const CONFIG_CHANGE_PREVIOUS_SHA256_AT: usize = 64;
export const CONFIG_CHANGE_OPERATOR_AT: usize = 96;
export const CONFIG_CHANGE_REASON_AT: usize = 128;
export const CONFIG_CHANGE_PUBLIC_KEY_AT: usize = 192;
export const CONFIG_CHANGE_SIGNATURE_AT: usize = 224;

/** Where the next so many calendar and history inputs came from. The core takes note of its time and of nothing else. */
export const PROVENANCE_CODE: u16 = 4128;
export const PROVENANCE_BYTES: u32 = 128;
@unmanaged
export class Provenance extends RecordHeader {
  source_0: u64;
  source_1: u64;
  source_2: u64;
  source_3: u64;
  content_sha256_0: u64;
  content_sha256_1: u64;
  content_sha256_2: u64;
  content_sha256_3: u64;
  received_ms: i64;
  inputs: u32;
}
export const PROVENANCE_SOURCE_AT: usize = 32;
export const PROVENANCE_CONTENT_SHA256_AT: usize = 64;

/** A bar that the core closed. */
export const BAR_CODE: u16 = 4197;
export const BAR_BYTES: u32 = 128;
@unmanaged
export class Bar extends RecordHeader {
  cause_seq: u64;
  open_time_ms: i64;
  open_points: i64;
  high_points: i64;
  low_points: i64;
  close_points: i64;
  spread_sum_points: i64;
  timeframe_s: u32;
  tick_count: u32;
  basis: u8;
}

/** One scoring of the model, at the close of a bar. Scores that the model does not have are one half; the `..._models` bits say which it has. */
export const PREDICTION_CODE: u16 = 12390;
export const PREDICTION_BYTES: u32 = 416;
@unmanaged
export class Prediction extends RecordHeader {
  cause_seq: u64;
  bar_time_ms: i64;
  direction_boosted: f64;
  direction_forest: f64;
  direction_logistic: f64;
  direction_perceptron: f64;
  direction_gru: f64;
  direction_stacked: f64;
  probability_up: f64;
  direction_disagreement: f64;
  volatility_boosted: f64;
  volatility_forest: f64;
  volatility_logistic: f64;
  volatility_perceptron: f64;
  volatility_gru: f64;
  volatility_stacked: f64;
  probability_high_volatility: f64;
  volatility_disagreement: f64;
  regime_boosted: f64;
  regime_forest: f64;
  regime_logistic: f64;
  regime_perceptron: f64;
  regime_gru: f64;
  regime_stacked: f64;
  probability_volatile_regime: f64;
  regime_disagreement: f64;
  atr_points: f64;
  drift_psi: f64;
  contribution_0: f64;
  contribution_1: f64;
  contribution_2: f64;
  contribution_3: f64;
  volatility_contribution_0: f64;
  volatility_contribution_1: f64;
  volatility_contribution_2: f64;
  volatility_contribution_3: f64;
  regime_contribution_0: f64;
  regime_contribution_1: f64;
  regime_contribution_2: f64;
  regime_contribution_3: f64;
  model_sha256_head_0: u64;
  model_sha256_head_1: u64;
  timeframe_s: u32;
  horizon_s: u32;
  regime_horizon_s: u32;
  contribution_feature_0: u16;
  contribution_feature_1: u16;
  contribution_feature_2: u16;
  contribution_feature_3: u16;
  volatility_contribution_feature_0: u16;
  volatility_contribution_feature_1: u16;
  volatility_contribution_feature_2: u16;
  volatility_contribution_feature_3: u16;
  regime_contribution_feature_0: u16;
  regime_contribution_feature_1: u16;
  regime_contribution_feature_2: u16;
  regime_contribution_feature_3: u16;
  drift_feature: u16;
  feature_count: u16;
  direction_models: u8;
  volatility_models: u8;
  regime_models: u8;
  direction_set: u8;
  volatility_set: u8;
  regime_set: u8;
  regime: u8;
  warm: u8;
}
export const PREDICTION_MODEL_SHA256_HEAD_AT: usize = 352;
export const PREDICTION_FEATURES_BYTES: u32 = 8;
@unmanaged
export class PredictionFeatures {
  value: f64;
}

/** An order that the core wants. It leaves the edge only if the verdict that follows accepts it. */
export const ORDER_INTENT_CODE: u16 = 4199;
export const ORDER_INTENT_BYTES: u32 = 192;
@unmanaged
export class OrderIntent extends RecordHeader {
  cause_seq: u64;
  intent_id_0: u64;
  intent_id_1: u64;
  magic: u64;
  position_ticket: u64;
  volume_microlots: i64;
  price_points: i64;
  stop_points: i64;
  target_points: i64;
  guard_price_points: i64;
  expires_ns: i64;
  deviation_points: i32;
  timeframe_s: u32;
  probability_up_ppm: i32;
  action: u8;
  side: u8;
  direction_set: u8;
}
export const ORDER_INTENT_INTENT_ID_AT: usize = 40;

/** Every pre-trade check of one intent, passed or not. Follows its intent. */
export const RISK_VERDICT_CODE: u16 = 4200;
export const RISK_VERDICT_BYTES: u32 = 64;
@unmanaged
export class RiskVerdict extends RecordHeader {
  cause_seq: u64;
  intent_id_0: u64;
  intent_id_1: u64;
  accepted: u8;
  trading_state: u8;
  check_count: u16;
  failed_count: u16;
}
export const RISK_VERDICT_INTENT_ID_AT: usize = 40;
export const RISK_VERDICT_CHECKS_BYTES: u32 = 32;
@unmanaged
export class RiskVerdictChecks {
  value: i64;
  limit: i64;
  headroom: i64;
  code: u16;
  result: u8;
  pad: u8;
  reserved: u32;
}

/** The trading state changed. */
export const STATE_CHANGE_CODE: u16 = 4201;
export const STATE_CHANGE_BYTES: u32 = 64;
@unmanaged
export class StateChange extends RecordHeader {
  cause_seq: u64;
  from_state: u8;
  to_state: u8;
  reason: u16;
}

/** Something a person should know. */
export const ALERT_CODE: u16 = 4202;
export const ALERT_BYTES: u32 = 64;
@unmanaged
export class Alert extends RecordHeader {
  cause_seq: u64;
  value: i64;
  limit: i64;
  code: u16;
  severity: u8;
}

/** The matrix of correlations at a whole hour: five-minute log returns of the mids, moving over about a day. */
export const CORRELATION_CODE: u16 = 4203;
export const CORRELATION_BYTES: u32 = 56;
@unmanaged
export class Correlation extends RecordHeader {
  cause_seq: u64;
  grid_time_ms: i64;
  pair_count: u16;
}
export const CORRELATION_PAIRS_BYTES: u32 = 16;
@unmanaged
export class CorrelationPairs {
  correlation: f64;
  symbol_a: u16;
  symbol_b: u16;
  intervals: u32;
}

/** What the shadow model says of the same bar, as a prediction; never traded on. Without features where the live model's prediction of the bar, which comes before it, has them. */
export const SHADOW_PREDICTION_CODE: u16 = 4220;
export const SHADOW_PREDICTION_BYTES: u32 = 416;
@unmanaged
export class ShadowPrediction extends RecordHeader {
  cause_seq: u64;
  bar_time_ms: i64;
  direction_boosted: f64;
  direction_forest: f64;
  direction_logistic: f64;
  direction_perceptron: f64;
  direction_gru: f64;
  direction_stacked: f64;
  probability_up: f64;
  direction_disagreement: f64;
  volatility_boosted: f64;
  volatility_forest: f64;
  volatility_logistic: f64;
  volatility_perceptron: f64;
  volatility_gru: f64;
  volatility_stacked: f64;
  probability_high_volatility: f64;
  volatility_disagreement: f64;
  regime_boosted: f64;
  regime_forest: f64;
  regime_logistic: f64;
  regime_perceptron: f64;
  regime_gru: f64;
  regime_stacked: f64;
  probability_volatile_regime: f64;
  regime_disagreement: f64;
  atr_points: f64;
  drift_psi: f64;
  contribution_0: f64;
  contribution_1: f64;
  contribution_2: f64;
  contribution_3: f64;
  volatility_contribution_0: f64;
  volatility_contribution_1: f64;
  volatility_contribution_2: f64;
  volatility_contribution_3: f64;
  regime_contribution_0: f64;
  regime_contribution_1: f64;
  regime_contribution_2: f64;
  regime_contribution_3: f64;
  model_sha256_head_0: u64;
  model_sha256_head_1: u64;
  timeframe_s: u32;
  horizon_s: u32;
  regime_horizon_s: u32;
  contribution_feature_0: u16;
  contribution_feature_1: u16;
  contribution_feature_2: u16;
  contribution_feature_3: u16;
  volatility_contribution_feature_0: u16;
  volatility_contribution_feature_1: u16;
  volatility_contribution_feature_2: u16;
  volatility_contribution_feature_3: u16;
  regime_contribution_feature_0: u16;
  regime_contribution_feature_1: u16;
  regime_contribution_feature_2: u16;
  regime_contribution_feature_3: u16;
  drift_feature: u16;
  feature_count: u16;
  direction_models: u8;
  volatility_models: u8;
  regime_models: u8;
  direction_set: u8;
  volatility_set: u8;
  regime_set: u8;
  regime: u8;
  warm: u8;
}
export const SHADOW_PREDICTION_MODEL_SHA256_HEAD_AT: usize = 352;
export const SHADOW_PREDICTION_FEATURES_BYTES: u32 = 8;
@unmanaged
export class ShadowPredictionFeatures {
  value: f64;
}

/** Closes a batch: all records since the previous seal. Chained, signed; the leaf of the audit log. The signature covers the record's bytes before `signature`, with check as 0. */
export const BATCH_SEAL_CODE: u16 = 4297;
export const BATCH_SEAL_BYTES: u32 = 256;
@unmanaged
export class BatchSeal extends RecordHeader {
  stream_id_0: u64;
  stream_id_1: u64;
  first_seq: u64;
  record_count: u32;
  reserved: u32;
  previous_hash_0: u64;
  previous_hash_1: u64;
  previous_hash_2: u64;
  previous_hash_3: u64;
  records_sha256_0: u64;
  records_sha256_1: u64;
  records_sha256_2: u64;
  records_sha256_3: u64;
  outputs_digest_0: u64;
  outputs_digest_1: u64;
  outputs_digest_2: u64;
  outputs_digest_3: u64;
  signature_0: u64;
  signature_1: u64;
  signature_2: u64;
  signature_3: u64;
  signature_4: u64;
  signature_5: u64;
  signature_6: u64;
  signature_7: u64;
}
export const BATCH_SEAL_STREAM_ID_AT: usize = 32;
export const BATCH_SEAL_PREVIOUS_HASH_AT: usize = 64;
export const BATCH_SEAL_RECORDS_SHA256_AT: usize = 96;
export const BATCH_SEAL_OUTPUTS_DIGEST_AT: usize = 128;
export const BATCH_SEAL_SIGNATURE_AT: usize = 160;
