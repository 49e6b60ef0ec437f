// Breaks the record in the inbox in a way that its sender could: the module has to refuse it by name.
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { LAYOUT_VERSION, SLOT_BYTES } from "#proto/records.ts";
import type { Picks } from "../choices.ts";
import type { CoreInstance } from "./core-instance.ts";
import { STREAM_START, type StreamWriter } from "./core-stream.ts";

export interface Illegal {
  /** Bytes to hand to the module. */
  readonly bytes: number;
  /** Names of the faults with which it may answer. */
  readonly faults: readonly string[];
  /** Whether it may also be applied: not every kind reads its symbol. */
  readonly mayPass?: boolean;
}

const LENGTHS = [0, 1, 32, 63, 65, 64, 128, 192, 256, 4096, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const TIME_NS_MAX = 2n ** 62n;

/** The record of `length` bytes at the inbox's beginning, whose predecessor had seq `before`. */
export function breakRecord(o: {
  core: CoreInstance;
  writer: StreamWriter;
  pick: Picks;
  length: number;
  before: number;
}): Illegal {
  const { core, pick, length, writer } = o;
  const { view, inboxAt: at } = core;
  switch (pick.below(8)) {
    case 0: {
      const said = LENGTHS[pick.below(LENGTHS.length)] as number;
      view.setUint32(at + HEADER_OFFSET.length, said === length ? length + SLOT_BYTES : said, true);
      return { bytes: length, faults: ["record_length", "record_cut"] };
    }
    case 1: {
      const code = pick.oneIn(2) ? pick.below(0x1_0000) : writer.kind.code ^ (1 << (12 + pick.below(4)));
      const known = writer.kinds.some((kind) => kind.code === code);
      view.setUint16(at + HEADER_OFFSET.kind, known ? 0x1fff : code, true);
      return { bytes: length, faults: ["kind_unknown"] };
    }
    case 2:
      view.setBigUint64(at + HEADER_OFFSET.seq, BigInt(pick.oneIn(2) ? o.before : pick.below(o.before + 1)), true);
      return { bytes: length, faults: ["seq_order"] };
    case 3: {
      const time = [0n, -1n, -(2n ** 63n), TIME_NS_MAX + 1n, 2n ** 63n - 1n][pick.below(5)] as bigint;
      view.setBigInt64(at + HEADER_OFFSET.time_ns, time, true);
      return { bytes: length, faults: ["time_order", "time_bounds"] };
    }
    case 4:
      return { bytes: 1 + pick.below(length - 1), faults: ["record_cut"] };
    case 5:
      view.setUint16(at + HEADER_OFFSET.symbol, 17 + pick.below(0xffff - 17), true);
      return { bytes: length, faults: ["symbol_bounds"], mayPass: writer.kind.name !== "tick" };
    case 6:
      return { bytes: core.inboxBytesMax + 1 + pick.below(1000), faults: ["inbox_bounds"] };
    default:
      return startAgain(o);
  }
}

/** A stream_start where none belongs, or of a layout that this build does not know. */
function startAgain({ core, writer, before }: { core: CoreInstance; writer: StreamWriter; before: number }): Illegal {
  const { view, bytes, inboxAt: at } = core;
  const start = writer.kinds.find((kind) => kind.number === STREAM_START);
  const version = start?.fields.find((field) => field.name === "layout_version");
  if (!start || !version) throw new Error("no stream_start is declared");
  bytes.fill(0, at + 32, at + start.length);
  view.setUint16(at + HEADER_OFFSET.kind, start.code, true);
  view.setUint32(at + HEADER_OFFSET.length, start.length, true);
  view.setUint32(at + version.offset, before === 0 ? LAYOUT_VERSION + 1 : LAYOUT_VERSION, true);
  return { bytes: start.length, faults: ["stream_start"] };
}
