// What the cloud signs: a command (a lease, risk limits, a stop) for one box of one stream, and the takeover of a stream by
// another box. A command travels as the two records that it becomes: the envelope (cloud_command) and what it orders.
import { LockstepError } from "./errors.ts";
import {
  type CloudCommand,
  CloudCommand as CloudCommandCodec,
  HEADER_OFFSET,
  LENGTH_BY_CODE,
  Lease,
  OperatorCommand,
  RiskLimits,
  type Takeover,
} from "./generated/records.ts";
import { hexOf } from "./hex.ts";
import { encodeRecord, viewOf } from "./record.ts";
import { HEADER_BYTES, OPERATOR_COMMAND, SOURCE } from "./records.ts";
import { signedLines } from "./signed-lines.ts";

/** What a command may order, by header code. */
export const ORDERED_CODES: ReadonlySet<number> = new Set([Lease.code, RiskLimits.code, OperatorCommand.code]);
/** Of the cloud's stops; nothing that gives leave. */
const STOPS: ReadonlySet<number> = new Set([
  OPERATOR_COMMAND.reduce_only,
  OPERATOR_COMMAND.halt,
  OPERATOR_COMMAND.kill,
  OPERATOR_COMMAND.flatten,
]);

/** The bytes under the signature of a command: ASCII, a line a fact. */
export const commandMessage = (c: Omit<CloudCommand, "signature">): Uint8Array =>
  signedLines(
    "lockstep cloud command 1",
    `stream ${hexOf(c.stream_id)}`,
    `epoch ${c.epoch}`,
    `number ${c.number}`,
    `issued ${c.issued_ns}`,
    `valid until ${c.valid_until_ns}`,
    `record ${c.ordered} symbol ${c.ordered_symbol}`,
    `payload ${hexOf(c.payload_sha256)}`,
  );

/** The bytes under the signature of a takeover. */
export const takeoverMessage = (t: Omit<Takeover, "signature">): Uint8Array =>
  signedLines(
    "lockstep takeover 1",
    `stream ${hexOf(t.stream_id)}`,
    `epoch ${t.epoch}`,
    `box ${hexOf(t.box_key)}`,
    `opens ${t.opens_ns}`,
    `operator ${t.operator}`,
  );

export interface RequestWords {
  readonly stream_id: string;
  readonly action: "replace" | "stop" | "limits";
  /** The stream's epoch as the operator knows it: a request counts in that one alone. */
  readonly epoch: number;
  readonly operator: string;
  /** What is asked for: the new box's key, the stop and its reason, the limits. */
  readonly detail: string;
}

/** The `detail` of a request for limits. */
export const limitsDetail = (limits: Readonly<Record<string, number | string>>): string =>
  Object.entries(limits)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(" ");

/** The bytes that an operator of the cloud signs to ask trading-engine for one of these. */
export const requestMessage = (r: RequestWords): Uint8Array =>
  signedLines(
    `lockstep cloud request 1: ${r.action}`,
    `stream ${r.stream_id}`,
    `epoch ${r.epoch}`,
    `operator ${r.operator}`,
    `detail ${r.detail}`,
  );

export interface OrderedRecord {
  readonly envelope: CloudCommand;
  /** What the envelope's payload_sha256 must be of. */
  readonly payload: Uint8Array;
  /** The ordered record, a view. */
  readonly record: Uint8Array;
}

const refuse = (what: string): LockstepError =>
  new LockstepError(
    "protocol",
    `a command of the cloud ${what}: it was changed on its way, or another release made it`,
  );

function differs(bytes: Uint8Array, at: number, from: Uint8Array): boolean {
  for (let i = 0; i < from.length; i++) if (bytes[at + i] !== from[i]) return true;
  return false;
}

/** Bytes of the envelope at `at` and the record that it orders. Throws protocol when they are not two such records. */
export function readOrdered(records: Uint8Array, at = 0): OrderedRecord {
  const view = viewOf(records);
  const bytes = CloudCommandCodec.lengthOf();
  const behind = at + bytes;
  if (records.length < behind + HEADER_BYTES) throw refuse("is cut off");
  if (view.getUint16(at + HEADER_OFFSET.kind, true) !== CloudCommandCodec.code) throw refuse("has no envelope");
  if (view.getUint32(at + HEADER_OFFSET.length, true) !== bytes) throw refuse("has an envelope of another length");
  const envelope = CloudCommandCodec.read(view, at);
  // Nothing in it but what is signed: it goes into the journal as it is.
  const plain = encodeRecord(CloudCommandCodec, { time_ns: 0n, source: SOURCE.cloud }, envelope);
  if (differs(records, at + HEADER_BYTES, plain.subarray(HEADER_BYTES))) throw refuse("has words that nobody signed");
  if (view.getUint32(at + HEADER_OFFSET.source, true) !== SOURCE.cloud)
    throw refuse("has an envelope of another source");
  if (view.getUint16(at + HEADER_OFFSET.symbol, true) !== 0) throw refuse("has an envelope with a symbol");
  const code = view.getUint16(behind + HEADER_OFFSET.kind, true);
  const length = view.getUint32(behind + HEADER_OFFSET.length, true);
  if (!ORDERED_CODES.has(code) || code !== envelope.ordered) throw refuse(`orders a record of kind ${code}`);
  if (length !== LENGTH_BY_CODE.get(code)?.fixed || records.length < behind + length)
    throw refuse(`orders a record of ${length} bytes`);
  if (view.getUint16(behind + HEADER_OFFSET.symbol, true) !== envelope.ordered_symbol)
    throw refuse("orders a record of another symbol");
  if (view.getUint32(behind + HEADER_OFFSET.source, true) !== SOURCE.cloud)
    throw refuse("orders a record of another source");
  if (code === OperatorCommand.code && !STOPS.has(OperatorCommand.read(view, behind).command))
    throw refuse("orders something that only an operator's own signature can");
  const record = records.subarray(behind, behind + length);
  return { envelope, payload: record.subarray(HEADER_BYTES), record };
}
