// Writes frames of the EA, field by field from the declarations: plausible values by name, ends of each type, rows that
// are there or only counted. What comes out has a right envelope and any content.

import { type FrameType, type PlacedWireField, placeWire, type WireField } from "#proto/mtx1/declare.ts";
import type { Framer } from "#proto/mtx1/frame.ts";
import { type SessionMac, sealFrame } from "#proto/mtx1/frame.ts";
import { FRAME_HEADER_BYTES, FRAMES, MAC_BYTES } from "#proto/mtx1.ts";
import { viewOf } from "#proto/record.ts";
import type { Picks } from "../../choices.ts";

export const EA_FRAMES = FRAMES.filter(({ from }) => from !== "connector");

const REALS = [0, -0, 1, -1, 0.01, 0.1, 100, 1e-5, 1e-300, 5e-324, 1e15, 9e15, 1e300, Number.NaN, Infinity, -Infinity];
const WHOLES = [
  0n,
  1n,
  2n,
  3n,
  7n,
  255n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  -1n,
  -(2n ** 63n),
];
const TEXTS = ["", "EURUSD", "USD", "Demo", "x".repeat(255), "\u0000", "é€", "A".repeat(17)];

/** What a sender of the session would write, by the field's name; undefined = any. */
export type Plausible = (field: WireField) => bigint | number | string | Uint8Array | undefined;

export interface Writing {
  readonly pick: Picks;
  readonly plausible: Plausible;
  /** Only plausible values, lengths and counts. */
  readonly calm: boolean;
}

function put(view: DataView, at: number, field: PlacedWireField, o: Writing): void {
  const { pick } = o;
  if (field.type.startsWith("pad")) return;
  const likely = !o.calm && pick.oneIn(8) ? undefined : o.plausible(field);
  if (field.type === "f64") {
    const value = typeof likely === "number" ? likely : (REALS[pick.below(REALS.length)] as number);
    view.setFloat64(at, value, true);
    return;
  }
  if (likely instanceof Uint8Array) {
    for (let i = 0; i < field.bytes; i++) view.setUint8(at + i, likely[i] ?? 0);
    return;
  }
  if (field.bytes > 8) {
    const fill = pick.below(256);
    for (let i = 0; i < field.bytes; i++) view.setUint8(at + i, fill);
    return;
  }
  const value =
    likely === undefined ? (WHOLES[pick.below(WHOLES.length)] as bigint) : BigInt(Math.trunc(Number(likely)));
  if (field.bytes === 1) view.setUint8(at, Number(value & 0xffn));
  else if (field.bytes === 2) view.setUint16(at, Number(value & 0xffffn), true);
  else if (field.bytes === 4) view.setUint32(at, Number(value & 0xffff_ffffn), true);
  else view.setBigUint64(at, BigInt.asUintN(64, typeof likely === "bigint" ? likely : value), true);
}

function strings(fields: readonly WireField[], { pick, calm, plausible }: Writing): Uint8Array[] {
  return fields.map((field) => {
    const likely = plausible(field);
    const known = typeof likely === "string" && (calm || pick.oneIn(2)) ? likely : undefined;
    const text = Buffer.from(known ?? (TEXTS[pick.below(TEXTS.length)] as string)).subarray(0, 255);
    const head =
      field.type === "str8" ? Buffer.from([text.length]) : Buffer.from([text.length & 255, text.length >> 8]);
    if (!calm && pick.oneIn(16)) head[0] = pick.below(256);
    return Buffer.concat([head, text]);
  });
}

function fixed(fields: readonly PlacedWireField[], bytes: number, o: Writing): Buffer {
  const out = Buffer.alloc(bytes);
  for (const field of fields) put(viewOf(out), field.offset, field, o);
  return out;
}

/** The payload of one frame. */
export function payloadOf(frame: FrameType, o: Writing): Uint8Array {
  const { pick, calm } = o;
  const head = placeWire(frame.fields, 0, frame.name);
  const headBytes = fixed(head.fixed, head.end, o);
  const parts: Uint8Array[] = [headBytes, ...strings(head.strings, o)];
  const { group } = frame;
  if (group) {
    const count = pick.below(5);
    const counter = head.fixed.find(({ name }) => name === group.count) as PlacedWireField;
    const said = !calm && pick.oneIn(16) ? pick.below(0x1_0000) : count;
    if (counter.bytes === 2) headBytes.writeUInt16LE(said, counter.offset);
    else if (counter.bytes === 4) headBytes.writeUInt32LE(said, counter.offset);
    else headBytes[counter.offset] = said;
    const row = placeWire(group.fields, group.prefixed ? 4 : 0, frame.name);
    for (let i = 0; i < count; i++) {
      const rowBytes = Buffer.concat([fixed(row.fixed, row.end, o), ...strings(row.strings, o)]);
      if (group.prefixed) rowBytes.writeUInt32LE(!calm && pick.oneIn(32) ? pick.below(400) : rowBytes.length, 0);
      parts.push(rowBytes);
    }
  }
  const whole = Buffer.concat(parts);
  return !calm && pick.oneIn(32) ? whole.subarray(0, pick.below(whole.length + 1)) : whole;
}

/** The frame around a payload, numbered and sealed as the session's next. */
export function sealed(
  frame: FrameType,
  payload: Uint8Array,
  o: { framer: Framer; mac: SessionMac | undefined },
): Uint8Array {
  const mac = frame.mac ? o.mac : undefined;
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length + (mac ? MAC_BYTES : 0));
  bytes.set(payload, FRAME_HEADER_BYTES);
  sealFrame(bytes, viewOf(bytes), frame.number, { seq: ++o.framer.seq, ack: o.framer.ack, ...(mac && { mac }) });
  return bytes;
}
