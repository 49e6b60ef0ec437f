// The envelope of every event: CloudEvents 1.0 as JSON, with Lockstep's types and the rule for ids.
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";

export const EVENT_TYPES = [
  "MarketDataReceived",
  "MLPredictionGenerated",
  "TradingExecuted",
  "RiskThresholdBreached",
  "DivergenceDetected",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
/** Thousands a second, and all of them can be read from the journal: the bus need not sync each one to disk. */
export const BULK_EVENTS: readonly EventType[] = ["MarketDataReceived", "MLPredictionGenerated"];

const envelope = z.object({
  specversion: z.literal("1.0"),
  /** `<stream>:<seq>`: the same event decided again has the same id. Unique together with type. */
  id: z.string(),
  source: z.string(),
  type: z.enum(EVENT_TYPES),
  /** The stream's id in hex. */
  subject: z.string().regex(/^[0-9a-f]{32}$/),
  time: z.string(),
  datacontenttype: z.literal("application/json"),
  data: z.record(z.string(), z.unknown()),
});

export type CloudEvent = z.infer<typeof envelope>;

/** What happened at one record of a stream. `data` is plain JSON: 64-bit integers as decimal strings. */
export function makeEvent(o: {
  type: EventType;
  stream: string;
  seq: bigint;
  timeNs: bigint;
  data: Record<string, unknown>;
}): CloudEvent {
  return {
    specversion: "1.0",
    id: `${o.stream}:${o.seq}`,
    source: `lockstep://trading-engine/${o.type}`,
    type: o.type,
    subject: o.stream,
    time: new Date(Number(o.timeNs / 1_000_000n)).toISOString(),
    datacontenttype: "application/json",
    data: o.data,
  };
}

export const encodeEvent = (event: CloudEvent): Uint8Array => Buffer.from(JSON.stringify(event));

export function decodeEvent(bytes: Uint8Array): CloudEvent {
  try {
    return envelope.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new LockstepError("bad_request", "an event on the bus is not a CloudEvents 1.0 envelope of Lockstep", {
      cause,
    });
  }
}

/** Turns a decoded record's payload into JSON: integers of 64 bits as strings, bytes as hex. */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(toJson);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, toJson(v)]));
  return value;
}
