// One function an input kind: refuse what is out of bounds, then change the state and say what follows from it.
// Refused configuration and specifications fail closed; refused market data is counted and changes nothing.
import { alert, badTick, CRITICAL, MODEL_DIGEST_MISMATCH, refuseInput, WARNING } from "./alerts";
import {
  AHEAD_MAX_NS,
  DISTANCE_BITS,
  DISTANCE_MAX,
  isMoney,
  isTime,
  MONEY_MAX,
  POINTS_BITS,
  POINTS_MAX,
  SPAN_MS_MAX,
  TICK_SIZE_MAX,
  TICK_VALUE_MAX,
  TICK_VOLUME_MAX,
  TIME_MS_BITS,
  TIME_MS_MAX,
  TIME_NS_MAX,
  VOLUME_MAX,
  within,
} from "./bounds";
import { onIntentFill, onOrderUpdate, onPositionBooked } from "./decision/orders";
import { flatten, flattenAll } from "./decision/policy";
import { lose, MISMATCH, markAnew, markToQuote, onFill, onPosition } from "./decision/positions";
import { ARTEFACT_FINE } from "./ensemble/artefact";
import { ARTEFACT_OTHER, activateModel, activateShadow, dropShadow } from "./ensemble/model";
import { onBarClosed } from "./ensemble/predict";
import { takeModelConfig } from "./ensemble/settings";
import { check, FAULT_STREAM_START, FAULT_SYMBOL_BOUNDS } from "./fault";
import { barsHistory, barsTick } from "./features/bars";
import { takeEvent } from "./features/calendar";
import {
  Account,
  BarHistory,
  CalendarEvent,
  Fill,
  Lease,
  Link,
  ModelConfig,
  ModelDigest,
  ModelShadow,
  NewsWindow,
  OperatorCommand,
  OperatorKey,
  OrderUpdate,
  Position,
  RecordHeader,
  RISK_LIMITS_BYTES,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
  StreamStart,
  SymbolSpec,
  Tick,
} from "./generated/records";
import { countLosses } from "./risk/losses";
import { isOperator, takeOperator } from "./risk/operators";
import { KILL_SWITCH } from "./risk/reasons";
import { countRealised, slotOf, takeLimits } from "./risk/strategy";
import { ACTIVE, findDayEnd, HALTED, REDUCE_ONLY, setTradingState, tripOnLosses } from "./risk/trip";
import { takeNews } from "./risk/windows";
import { findTrips } from "./settings";
import {
  barsOf,
  commandSeen,
  dealSeen,
  INVALID,
  limitsRecord,
  market,
  PRESENT,
  RATES_MAX,
  SYMBOLS_MAX,
  stream,
  TIMEFRAMES,
  timeframeIndex,
} from "./state";
import { Market } from "./structures";

const LAYOUT_VERSION: u32 = 1;
/** Period of the price collar. */
const COLLAR_NS: i64 = 60_000_000_000;
const ACTIVATE: u16 = 1;
const REDUCE: u16 = 2;
const KILL: u16 = 4;
const FLATTEN: u16 = 5;
/** A jump of more than this part of the price, and of more than so many points, is doubted. */
const SPIKE_PART: i64 = 50;
const SPIKE_POINTS: i64 = 1_000;
const LINK_SYNCING: u8 = 1;
const LINK_LIVE: u8 = 2;
const DAY_S: i64 = 86_400;
const EDGE_PPM_MAX: i64 = 500_000;
const ATR_MILLI_MAX: i64 = 1_000_000;

// @inline
export function applyTick(tick: Tick): void {
  const s = stream();
  const symbol = <u32>tick.symbol;
  const m = tradable(symbol);
  s.ticks++;
  const bid = tick.bid_points;
  const spread = tick.ask_points - bid;
  const time_ms = tick.broker_time_ms;
  // All constant bounds at once: what has overflowed for want of another bound does not help what breaks that bound.
  const beyond =
    (<u64>((bid - 1) | (tick.ask_points - 1)) >> POINTS_BITS) |
    (<u64>spread >> DISTANCE_BITS) |
    (<u64>(time_ms - 1) >> TIME_MS_BITS);
  if (beyond != 0) return badTick(symbol, m);
  if (time_ms < m.quote_time_ms) return badTick(symbol, m);
  if (time_ms * 1_000_000 > s.time_ns + AHEAD_MAX_NS) return badTick(symbol, m);
  if (isSpike(m, bid)) return badTick(symbol, m);
  if (s.time_ns - m.collar_ns >= COLLAR_NS) {
    // The last price of the period before: a jump between two periods is a move too.
    m.collar_points = m.quote != 0 ? m.bid_points : bid;
    m.collar_ns = s.time_ns;
  }
  m.bid_points = bid;
  m.ask_points = tick.ask_points;
  m.quote_time_ms = time_ms;
  m.quote_received_ns = s.time_ns;
  if (m.quote == 0) {
    // The account's equity already holds the profit of positions that had no quote here until now.
    m.quote = 1;
    markAnew(m);
  } else if (m.position_count != 0) {
    markToQuote(m);
    tripOnLosses();
  }
  barsTick(symbol, m, time_ms);
  if (s.flattening != 0) flatten(symbol, m);
}

/** A bid far from the last one does not count, unless it is near the one before it that did not count. */
function isSpike(m: Market, bid: i64): bool {
  const suspect = m.suspect_points;
  m.suspect_points = 0;
  if (m.quote == 0 || !isFar(m.bid_points, bid)) return false;
  if (suspect != 0 && !isFar(suspect, bid)) return false;
  m.suspect_points = bid;
  return true;
}

function isFar(from: i64, to: i64): bool {
  const distance = to > from ? to - from : from - to;
  if (distance <= SPIKE_POINTS) return false;
  return distance * SPIKE_PART > from;
}

export function applyBarHistory(bar: BarHistory): void {
  const symbol = <u32>bar.symbol;
  const m = tradable(symbol);
  const timeframe = timeframeIndex(bar.timeframe_s);
  if (timeframe == TIMEFRAMES) return;
  const high = bar.high_points;
  const low = bar.low_points;
  const fine =
    isTime(bar.open_time_ms) &&
    within(low, 1, POINTS_MAX) &&
    within(high, low, POINTS_MAX) &&
    within(bar.open_points, low, high) &&
    within(bar.close_points, low, high) &&
    bar.tick_volume <= TICK_VOLUME_MAX;
  if (!fine) return refuseInput(symbol, bar.kind);
  const b = barsOf(symbol, timeframe);
  const open_time_ms = bar.open_time_ms;
  if (!barsHistory(b, open_time_ms, bar.open_points, high, low, bar.close_points, bar.tick_volume)) return;
  if (bar.score == 1) onBarClosed(symbol, m, b, timeframe, open_time_ms, false);
}

export function applySymbolSpec(spec: SymbolSpec): void {
  const symbol = <u32>spec.symbol;
  const m = tradable(symbol);
  const fine =
    within(spec.tick_size_points, 1, TICK_SIZE_MAX) &&
    within(spec.tick_value_micros, 0, TICK_VALUE_MAX) &&
    within(spec.volume_min_microlots, 1, VOLUME_MAX) &&
    within(spec.volume_max_microlots, spec.volume_min_microlots, VOLUME_MAX) &&
    within(spec.volume_step_microlots, 1, VOLUME_MAX) &&
    within(spec.volume_limit_microlots, 0, VOLUME_MAX) &&
    within(<i64>spec.stops_level_points, 0, DISTANCE_MAX) &&
    within(<i64>spec.freeze_level_points, 0, DISTANCE_MAX) &&
    spec.trade_mode <= 4;
  m.spec = fine ? PRESENT : INVALID;
  if (!fine) {
    markAnew(m);
    return refuseInput(symbol, spec.kind);
  }
  m.tick_size_points = spec.tick_size_points;
  m.tick_value_micros = spec.tick_value_micros;
  m.volume_min_microlots = spec.volume_min_microlots;
  m.volume_max_microlots = spec.volume_max_microlots;
  m.volume_step_microlots = spec.volume_step_microlots;
  m.volume_limit_microlots = spec.volume_limit_microlots;
  m.stops_level_points = spec.stops_level_points;
  m.freeze_level_points = spec.freeze_level_points;
  m.base_currency = spec.base_currency_0;
  m.profit_currency = spec.profit_currency_0;
  m.trade_mode = spec.trade_mode;
  markAnew(m);
}

export function applyAccount(account: Account): void {
  const s = stream();
  const fine = isMoney(account.equity_micros) && isMoney(account.margin_free_micros) && isTime(account.server_time_ms);
  s.account = fine ? 1 : 0;
  if (!fine) return refuseInput(0, account.kind);
  s.equity_micros = account.equity_micros;
  s.margin_free_micros = account.margin_free_micros;
  s.leverage = account.leverage;
  s.account_time_ms = account.server_time_ms;
  s.margin_mode = account.margin_mode;
  if (s.day_start_known == 0) {
    s.day_start_known = 1;
    s.day_start_equity_micros = account.equity_micros;
  }
  tripOnLosses();
}

export function applyPosition(position: Position): void {
  const symbol = <u32>position.symbol;
  const m = tradable(symbol);
  const closed = position.volume_microlots == 0;
  const fine =
    isTime(position.broker_time_ms) &&
    within(position.volume_microlots, 0, VOLUME_MAX) &&
    (closed || within(position.open_price_points, 1, POINTS_MAX)) &&
    position.side <= 1;
  if (!fine) {
    refuseInput(symbol, position.kind);
    return lose(symbol, m, MISMATCH, <i64>position.identifier);
  }
  onPosition(symbol, m, position);
  onPositionBooked(m, position.broker_time_ms);
}

export function applyOrderUpdate(update: OrderUpdate): void {
  const fine = within(update.volume_filled_microlots, 0, VOLUME_MAX);
  if (!fine) return refuseInput(<u32>update.symbol, update.kind);
  onOrderUpdate(update);
}

export function applyFill(fill: Fill): void {
  const symbol = <u32>fill.symbol;
  const m = tradable(symbol);
  const fine =
    within(fill.volume_microlots, 1, VOLUME_MAX) &&
    within(fill.price_points, 1, POINTS_MAX) &&
    isMoney(fill.commission_micros) &&
    isMoney(fill.swap_micros) &&
    isMoney(fill.profit_micros) &&
    isTime(fill.broker_time_ms) &&
    fill.deal_ticket != 0 &&
    fill.side <= 1;
  if (!fine) {
    refuseInput(symbol, fill.kind);
    return lose(symbol, m, MISMATCH, <i64>fill.position_id);
  }
  if (dealSeen(fill.deal_ticket)) {
    stream().duplicate_deals++;
    return;
  }
  onFill(symbol, m, fill);
  countLosses(symbol, fill);
  countRealised(fill);
  onIntentFill(fill);
  tripOnLosses();
}

export function applyRiskLimits(limits: RiskLimits): void {
  const s = stream();
  const symbol = <u32>limits.symbol;
  const m = market(symbol);
  const fine = isLimit(limits);
  m.limits = fine ? PRESENT : INVALID;
  if (fine) memory.copy(changetype<usize>(limitsRecord(symbol)), changetype<usize>(limits), RISK_LIMITS_BYTES);
  else refuseInput(symbol, limits.kind);
  // The trading day is the account's, so only the settings for all symbols say when it begins.
  if (fine && symbol == 0 && limits.day_start_offset_s != s.day_start_offset_s) {
    s.day_start_offset_s = limits.day_start_offset_s;
    findDayEnd();
    if (s.day_end_ns < s.wake_ns) s.wake_ns = s.day_end_ns;
  }
  findTrips();
  tripOnLosses();
}

function isLimit(limits: RiskLimits): bool {
  return (
    within(limits.order_volume_max_microlots, 0, VOLUME_MAX) &&
    within(limits.position_volume_max_microlots, 0, VOLUME_MAX) &&
    within(limits.daily_loss_max_micros, 0, i64.MAX_VALUE) &&
    within(limits.spread_max_points, 0, DISTANCE_MAX) &&
    within(limits.quote_age_max_ms, 0, SPAN_MS_MAX) &&
    within(<i64>limits.day_start_offset_s, -86_399, 86_399) &&
    isAmount(limits.order_notional_max_micros) &&
    isAmount(limits.gross_exposure_max_micros) &&
    isAmount(limits.net_exposure_max_micros) &&
    isAmount(limits.currency_exposure_max_micros) &&
    isAmount(limits.correlated_exposure_max_micros) &&
    isAmount(limits.margin_free_min_micros) &&
    isAmount(limits.daily_realised_loss_max_micros) &&
    isAmount(limits.drawdown_max_micros) &&
    within(limits.collar_points, 0, POINTS_MAX) &&
    within(limits.collar_period_points, 0, POINTS_MAX) &&
    within(limits.cooldown_ms, 0, SPAN_MS_MAX) &&
    within(limits.repeat_min_ms, 0, SPAN_MS_MAX) &&
    within(limits.leverage_max_milli, 0, SPAN_MS_MAX) &&
    limits.orders_a_minute_max <= RATES_MAX &&
    within(<i64>limits.edge_min_ppm, 0, EDGE_PPM_MAX) &&
    within(<i64>limits.session_from_s, 0, DAY_S - 1) &&
    within(<i64>limits.session_to_s, 0, DAY_S - 1) &&
    limits.stop_required <= 1 &&
    limits.lease_required <= 1 &&
    limits.certainty_required <= 1
  );
}

function isAmount(v: i64): bool {
  return within(v, 0, MONEY_MAX);
}

export function applyStrategyParams(params: StrategyParams): void {
  const symbol = <u32>params.symbol;
  const m = market(symbol);
  const fine =
    within(params.volume_microlots, 0, VOLUME_MAX) &&
    within(params.hold_max_ms, 0, SPAN_MS_MAX) &&
    within(params.intent_life_ms, 1, SPAN_MS_MAX) &&
    within(<i64>params.enter_edge_ppm, 0, EDGE_PPM_MAX) &&
    within(<i64>params.exit_edge_ppm, 0, EDGE_PPM_MAX) &&
    within(<i64>params.stop_atr_milli, 0, ATR_MILLI_MAX) &&
    within(<i64>params.target_atr_milli, 0, ATR_MILLI_MAX) &&
    within(<i64>params.deviation_points, 0, DISTANCE_MAX);
  m.params = fine ? PRESENT : INVALID;
  if (!fine) return refuseInput(symbol, params.kind);
  m.volume_microlots = params.volume_microlots;
  m.hold_max_ms = params.hold_max_ms;
  m.intent_life_ms = params.intent_life_ms;
  m.enter_edge_ppm = params.enter_edge_ppm;
  m.exit_edge_ppm = params.exit_edge_ppm;
  m.stop_atr_milli = params.stop_atr_milli;
  m.target_atr_milli = params.target_atr_milli;
  m.deviation_points = params.deviation_points;
  m.timeframe_s = params.timeframe_s;
  m.strategy_id = params.strategy_id;
  m.enabled = params.enabled;
  // A strategy for which there is no room in the table fails closed in its checks.
  slotOf(params.strategy_id & 0x7fff);
}

export function applyStrategyLimits(limits: StrategyLimits): void {
  // An id that no magic can carry is nobody's, and takes no room from the others.
  if (limits.strategy_id > 0x7fff) return refuseInput(0, limits.kind);
  const fine = isAmount(limits.exposure_max_micros) && isAmount(limits.daily_loss_max_micros);
  if (!takeLimits(limits, fine) || !fine) refuseInput(0, limits.kind);
}

export function applyCalendarEvent(event: CalendarEvent): void {
  if (!within(event.time_ms, 0, TIME_MS_MAX) || event.importance > 3) return refuseInput(0, event.kind);
  takeEvent(event);
}

/** From here on this model scores, or none: one whose bytes are not the named ones never does. */
export function applyModelDigest(model: ModelDigest): void {
  const refused = activateModel(model);
  if (refused == ARTEFACT_FINE) return;
  alert(0, MODEL_DIGEST_MISMATCH, CRITICAL, refused == ARTEFACT_OTHER ? -1 : <i64>refused, 0);
}

/** From here on this model scores beside the live one, or none does. The alert's limit 1 says that it is about the shadow. */
export function applyModelShadow(model: ModelShadow): void {
  if (model.size_bytes == 0) return dropShadow();
  const refused = activateShadow(model);
  if (refused == ARTEFACT_FINE) return;
  alert(0, MODEL_DIGEST_MISMATCH, WARNING, refused == ARTEFACT_OTHER ? -1 : <i64>refused, 1);
}

export function applyModelConfig(config: ModelConfig): void {
  takeModelConfig(config);
}

export function applyOperatorCommand(command: OperatorCommand): void {
  const s = stream();
  const nameless = (command.command_id_0 | command.command_id_1) == 0;
  // A release is a known person's, whose signature the host has verified, and counts once; any other command only takes away.
  const unfounded = command.command == ACTIVATE && (nameless || command.reason_0 == 0 || !isOperator(command));
  if (command.command < ACTIVATE || command.command > FLATTEN || unfounded) return refuseInput(0, command.kind);
  // Without an id it cannot be told from a repetition, and is obeyed each time.
  if (!nameless && commandSeen(command.command_id_0, command.command_id_1)) {
    s.duplicate_commands++;
    return;
  }
  if (command.command == ACTIVATE) release();
  else if (command.command == KILL) {
    s.killed = 1;
    restrict(HALTED, KILL_SWITCH);
  } else if (command.command == FLATTEN) {
    s.flattening = 1;
    restrict(HALTED, 0);
    flattenAll();
  } else restrict(command.command == REDUCE ? REDUCE_ONLY : HALTED, 0);
  tripOnLosses();
}

/** Towards halted only: the way back is a release. */
function restrict(to: u8, reason: u16): void {
  if (to > stream().trading_state) setTradingState(to, reason);
}

function release(): void {
  const s = stream();
  s.killed = 0;
  s.flattening = 0;
  s.peak_equity_micros = s.equity_micros;
  setTradingState(ACTIVE, 0);
}

export function applyOperatorKey(key: OperatorKey): void {
  if (key.operator_0 == 0 || !takeOperator(key)) refuseInput(0, key.kind);
}

export function applyTimer(): void {
  if (stream().flattening != 0) flattenAll();
}

export function applyLease(lease: Lease): void {
  if (!within(lease.expires_ns, 1, TIME_NS_MAX)) return refuseInput(0, lease.kind);
  stream().lease_expires_ns = lease.expires_ns;
}

export function applyNewsWindow(news: NewsWindow): void {
  const fine = isTime(news.from_ms) && isTime(news.to_ms) && news.from_ms <= news.to_ms;
  if (!fine) return refuseInput(0, news.kind);
  takeNews(news);
}

export function applyLink(link: Link): void {
  // A state this build does not know is not live.
  const state: u8 = link.state <= LINK_LIVE ? link.state : 0;
  stream().link = state;
  if (state != LINK_SYNCING) return;
  // The terminal now tells all its positions.
  for (let symbol: u32 = 1; symbol <= SYMBOLS_MAX; symbol++) market(symbol).positions_unknown = 0;
}

export function applyStreamStart(start: StreamStart): void {
  const s = stream();
  check(s.records == 0 && start.layout_version == LAYOUT_VERSION, FAULT_STREAM_START);
  s.stream_id_0 = start.stream_id_0;
  s.stream_id_1 = start.stream_id_1;
}

/** The market of a record that must have a symbol. */
function tradable(symbol: u32): Market {
  check(symbol - 1 < SYMBOLS_MAX, FAULT_SYMBOL_BOUNDS);
  return market(symbol);
}
