// The events of a verified batch: one for its market data, one for each prediction, fill, refused verdict and alert.

import { readBytes } from "#proto/binary.ts";
import {
  Alert,
  Bar,
  BarHistory,
  Fill,
  HEADER_OFFSET,
  Prediction,
  RiskVerdict,
  readHeader,
  Tick,
} from "#proto/generated/records.ts";
import { decodeRecord, viewOf } from "#proto/record.ts";
import { type CloudEvent, type EventType, makeEvent, toJson } from "#storage/events/envelope.ts";

/** Reads headers only, but for the few records that are events of their own. The batch was verified. */
export function eventsOf(o: { stream: string; batch: Uint8Array; lastSeq: bigint }): CloudEvent[] {
  const view = viewOf(o.batch);
  const events: CloudEvent[] = [];
  const market = { ticks: 0, bars: 0, history_bars: 0 };
  const symbols = new Set<number>();
  for (let at = 0; at < o.batch.length; at += view.getUint32(at + HEADER_OFFSET.length, true)) {
    const code = view.getUint16(at + HEADER_OFFSET.kind, true);
    if (code === Tick.code) market.ticks++;
    else if (code === Bar.code) market.bars++;
    else if (code === BarHistory.code) market.history_bars++;
    else {
      const type = eventType(code, view, at);
      if (type) events.push(recordEvent({ ...o, type, at }));
      continue;
    }
    symbols.add(view.getUint16(at + HEADER_OFFSET.symbol, true));
  }
  if (symbols.size > 0) {
    const data = {
      first_seq: view.getBigUint64(HEADER_OFFSET.seq, true).toString(),
      last_seq: o.lastSeq.toString(),
      ...market,
      symbols: [...symbols].sort((a, b) => a - b),
    };
    const timeNs = view.getBigInt64(HEADER_OFFSET.time_ns, true);
    events.push(makeEvent({ type: "MarketDataReceived", stream: o.stream, seq: o.lastSeq, timeNs, data }));
  }
  return events;
}

function eventType(code: number, view: DataView, at: number): EventType | undefined {
  if (code === Prediction.code) return "MLPredictionGenerated";
  if (code === Fill.code) return "TradingExecuted";
  if (code === Alert.code) return "RiskThresholdBreached";
  if (code === RiskVerdict.code && view.getUint8(at + RiskVerdict.offset.accepted) === 0)
    return "RiskThresholdBreached";
  return undefined;
}

function recordEvent(o: { stream: string; batch: Uint8Array; type: EventType; at: number }): CloudEvent {
  const view = viewOf(o.batch);
  const header = readHeader(view, o.at);
  const { kind, payload } = o.type === "MLPredictionGenerated" ? prediction(view, o.at) : decodeRecord(o.batch, o.at);
  const rest = toJson(payload) as Record<string, unknown>;
  const data = { kind, seq: header.seq.toString(), symbol: header.symbol, ...rest };
  return makeEvent({ type: o.type, stream: o.stream, seq: header.seq, timeNs: header.time_ns, data });
}

/** There can be thousands a second: read field by field, and without the features, which the journal has under its seq. */
function prediction(view: DataView, at: number): { kind: string; payload: Record<string, unknown> } {
  const { offset, kind } = Prediction;
  const payload = {
    cause_seq: view.getBigUint64(at + offset.cause_seq, true),
    bar_time_ms: view.getBigInt64(at + offset.bar_time_ms, true),
    probability_up: view.getFloat64(at + offset.probability_up, true),
    probability_high_volatility: view.getFloat64(at + offset.probability_high_volatility, true),
    atr_points: view.getFloat64(at + offset.atr_points, true),
    model_sha256_head: readBytes(view, at + offset.model_sha256_head, 16),
    timeframe_s: view.getUint32(at + offset.timeframe_s, true),
    horizon_s: view.getUint32(at + offset.horizon_s, true),
    probability_volatile_regime: view.getFloat64(at + offset.probability_volatile_regime, true),
    direction_disagreement: view.getFloat64(at + offset.direction_disagreement, true),
    drift_psi: view.getFloat64(at + offset.drift_psi, true),
    regime: view.getUint8(at + offset.regime),
    warm: view.getUint8(at + offset.warm),
  };
  return { kind, payload };
}
