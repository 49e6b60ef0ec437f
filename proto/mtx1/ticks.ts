// TICKS without objects and bigint: the hot path reads each row straight from the frame.
import { LockstepError } from "../errors.ts";
import { Ticks } from "../generated/mtx1.ts";
import { TICKS_ROWS_MAX } from "../mtx1.ts";
import { viewOf } from "../record.ts";

const HEAD = Ticks.offset;
const ROW = Ticks.row;

export interface TicksHead {
  readonly symbolId: number;
  readonly source: number;
  readonly flags: number;
  readonly count: number;
  /** Broker time; whole milliseconds stay exact in a double for 285,000 years. */
  readonly baseMsc: number;
}

/** i64 as a double; exact up to 2^53. */
export const readI64 = (view: DataView, at: number): number =>
  view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);

export function readTicksHead(payload: Uint8Array, view = viewOf(payload)): TicksHead {
  if (payload.length < Ticks.fixed) throw new LockstepError("bad_frame", "ticks is cut off in its head");
  const count = view.getUint32(HEAD.count, true);
  if (count > TICKS_ROWS_MAX || Ticks.fixed + count * ROW.bytes > payload.length)
    throw new LockstepError("bad_frame", `ticks says it has ${count} rows, its payload has ${payload.length} bytes`);
  return {
    symbolId: view.getUint16(HEAD.symbol_id, true),
    source: view.getUint8(HEAD.source),
    flags: view.getUint8(HEAD.flags),
    count,
    baseMsc: readI64(view, HEAD.base_msc),
  };
}

/** Calls `visit` for each row, oldest first. */
export function eachTick(
  payload: Uint8Array,
  visit: (brokerMs: number, flags: number, bid: number, ask: number, index: number) => void,
): TicksHead {
  const view = viewOf(payload);
  const head = readTicksHead(payload, view);
  for (let i = 0, at: number = Ticks.fixed; i < head.count; i++, at += ROW.bytes)
    visit(
      head.baseMsc + view.getInt32(at + ROW.dt_ms, true),
      view.getUint32(at + ROW.flags, true),
      view.getFloat64(at + ROW.bid, true),
      view.getFloat64(at + ROW.ask, true),
      i,
    );
  return head;
}

/** Writes one row at `at` of a payload. */
export function writeTickRow(
  view: DataView,
  at: number,
  row: { dtMs: number; flags: number; bid: number; ask: number; last: number; volume: number },
): void {
  view.setInt32(at + ROW.dt_ms, row.dtMs, true);
  view.setUint32(at + ROW.flags, row.flags, true);
  view.setFloat64(at + ROW.bid, row.bid, true);
  view.setFloat64(at + ROW.ask, row.ask, true);
  view.setFloat64(at + ROW.last, row.last, true);
  view.setFloat64(at + ROW.volume_real, row.volume, true);
}
