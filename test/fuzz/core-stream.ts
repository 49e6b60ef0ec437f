// Writes the records of one fuzzed stream, one after another, straight into the module's inbox. A record begins as a
// template (or, for a kind that no script sends, as zeros), is moved to the stream's time and price, and then some of
// its fields are replaced. Legal but for one record at the very end, when a stream is to be refused.
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { kindCode, type Layout, type PlacedField } from "#proto/layout.ts";
import { HEADER_BYTES } from "#proto/records.ts";
import type { Picks } from "../choices.ts";
import { BORDERS, ENDS, INPUTS, isInstant, isPrice, poolsOf, SMALL, valueAt, type Words } from "./core-fields.ts";
import type { CoreInstance } from "./core-instance.ts";
import type { Corpus, Prepared } from "./core-states.ts";

const MS_MAX = 4_611_686_018_427;
const SUB_MAX = 387_904;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A template's instant further from its own time than this is not an instant of the stream. */
const NEAR_MS = 400 * DAY_MS;
const TICK = 1;
export const STREAM_START = 15;
const IDS_MAX = 8;
const SYMBOLS_MAX = 16;

interface Template {
  readonly bytes: Uint8Array;
  readonly symbol: number;
  /** Instants as milliseconds from the template's own time, and whether the field counts nanoseconds. */
  readonly instants: readonly { readonly offset: number; readonly fromMs: number; readonly nanos: boolean }[];
  readonly prices: readonly { readonly offset: number; readonly points: number }[];
}

export interface InputKind {
  readonly name: string;
  readonly number: number;
  readonly code: number;
  readonly length: number;
  readonly fields: readonly PlacedField[];
  readonly pools: readonly (Words | undefined)[];
  readonly idAt: number;
  /** Alike in their small fields (flags, codes, states): two hundred of one class do not hide the one of another. */
  readonly classes: readonly (readonly Template[])[];
  /** No template speaks of all symbols. */
  readonly ofSymbol: boolean;
}

function templateOf(layout: Layout, bytes: Uint8Array): Template {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nowMs = Number(view.getBigInt64(HEADER_OFFSET.time_ns, true) / 1_000_000n);
  const instants = layout.fields.filter(isInstant).flatMap(({ name, offset }) => {
    const nanos = name.endsWith("_ns");
    const fromMs = Number(view.getBigInt64(offset, true)) / (nanos ? 1e6 : 1) - nowMs;
    return Math.abs(fromMs) < NEAR_MS ? [{ offset, fromMs: Math.round(fromMs), nanos }] : [];
  });
  const prices = layout.fields.filter(isPrice).flatMap(({ offset }) => {
    const points = Number(view.getBigInt64(offset, true));
    return points >= 1000 && points < 1e7 ? [{ offset, points }] : [];
  });
  return { bytes, symbol: view.getUint16(HEADER_OFFSET.symbol, true), instants, prices };
}

export function inputKinds({ templates }: Corpus): InputKind[] {
  const numberOf = (bytes: Uint8Array): number => Number(valueAt(bytes, HEADER_OFFSET.kind, 2) & 0xfffn);
  const layoutFor = (bytes: Uint8Array): Layout => INPUTS.find(({ kind }) => kind.number === numberOf(bytes)) as Layout;
  const pools = poolsOf(templates, layoutFor);
  return INPUTS.map((layout) => {
    const { kind, fields, fixedBytes } = layout;
    const own = templates.filter((bytes) => numberOf(bytes) === kind.number).map((bytes) => templateOf(layout, bytes));
    if (own.length === 0)
      own.push({ bytes: new Uint8Array(fixedBytes), symbol: 1, instants: instantsOf(fields), prices: [] });
    return {
      name: kind.name,
      number: kind.number,
      code: kindCode(kind),
      length: fixedBytes,
      fields,
      pools: fields.map((field) => pools.get(field.name)),
      idAt: fields.find((field) => field.name === "intent_id")?.offset ?? 0,
      classes: classesOf(fields, own),
      ofSymbol: own.every(({ symbol }) => symbol !== 0),
    };
  });
}

function classesOf(fields: readonly PlacedField[], templates: readonly Template[]): Template[][] {
  const small = fields.filter((field) => field.bytes <= 2);
  const alike = ({ bytes }: Template): string =>
    small.map(({ offset, bytes: size }) => valueAt(bytes, offset, size)).join();
  return [...Map.groupBy(templates, alike).values()];
}

/** A kind that no script sends yet: its instants are near the stream's time. */
const instantsOf = (fields: readonly PlacedField[]): Template["instants"] =>
  fields
    .filter(isInstant)
    .map(({ name, offset }, i) => ({ offset, fromMs: i * MINUTE_MS, nanos: name.endsWith("_ns") }));

export class StreamWriter {
  readonly kinds: readonly InputKind[];
  readonly #core: CoreInstance;
  readonly #view: DataView;
  readonly #at: number;
  #pick: Picks;
  readonly #ids = new Uint32Array(IDS_MAX * 4);
  #idCount = 0;
  /** Time of the newest record: whole milliseconds and the nanoseconds behind them. */
  #ms = 0;
  #sub = 0;
  #seq = 0;
  #points = 0;
  /** One in so many records has a field replaced; 0 = none. */
  #wild = 0;
  #records = 0;
  #only = 0;
  #empty = false;
  /** The kind of the record just written. */
  kind: InputKind;

  constructor(core: CoreInstance, corpus: Corpus, pick: Picks) {
    this.kinds = inputKinds(corpus);
    this.kind = this.kinds[0] as InputKind;
    this.#core = core;
    this.#view = core.view;
    this.#at = core.inboxAt;
    this.#pick = pick;
  }

  begin(from: Prepared, pick: Picks): void {
    this.#pick = pick;
    this.#ms = from.ms;
    this.#sub = 0;
    this.#seq = from.lastSeq;
    this.#points = 0;
    this.#records = 0;
    this.#idCount = 0;
    this.#empty = from.lastSeq === 0;
    this.#wild = [0, 1, 3, 6][this.#pick.below(4)] as number;
    // Half of the streams have ticks and one kind more, so that neither drowns the other.
    this.#only = this.#pick.oneIn(2) ? this.#pick.below(this.kinds.length) : -1;
    for (const id of from.intentIds) this.learnId(new DataView(id.buffer, id.byteOffset, 16), 0);
  }

  /** An intent that the core wants: later records can speak of it. */
  learnId(view: DataView, at: number): void {
    const slot = (this.#idCount % IDS_MAX) * 4;
    for (let i = 0; i < 4; i++) this.#ids[slot + i] = view.getUint32(at + i * 4, true);
    this.#idCount++;
  }

  get seq(): number {
    return this.#seq;
  }

  /** The next legal record, at the inbox's beginning; returns its length. `last` prefers a quote that closes a bar. */
  write(last: boolean): number {
    const kind = this.#choose(last);
    this.#tick(last);
    this.#seq += this.#pick.oneIn(32) ? 1 + this.#pick.below(1000) : 1;
    this.#fill(kind);
    if (this.#wild !== 0 && this.#pick.oneIn(this.#wild))
      for (let n = 1 + this.#pick.below(3); n > 0; n--) this.#change(kind);
    this.#records++;
    return kind.length;
  }

  #choose(last: boolean): InputKind {
    const kinds = this.kinds;
    let n = last || this.#pick.below(4) === 0 ? TICK : 0;
    if (n === 0) n = this.#only >= 0 ? (kinds[this.#only] as InputKind).number : 1 + this.#pick.below(kinds.length);
    // Only the first record of an empty stream may be a stream_start.
    if (n === STREAM_START && !(this.#empty && this.#records === 0)) n = TICK;
    this.kind = kinds.find((kind) => kind.number === n) ?? (kinds[0] as InputKind);
    return this.kind;
  }

  #tick(last: boolean): void {
    const pick = this.#pick;
    const step = last ? 11 : pick.below(16);
    const before = this.#ms;
    if (step >= 5 && step < 10) this.#ms += 1 + pick.below(2_000);
    else if (step < 12 && step >= 10)
      this.#ms += MINUTE_MS - (this.#ms % MINUTE_MS) + pick.below(2) * pick.below(1_500);
    else if (step === 12) this.#ms += pick.below(2 * MINUTE_MS);
    else if (step === 13) this.#ms += 3_600_000 - (this.#ms % 3_600_000);
    else if (step === 14) this.#ms += pick.below(2 * DAY_MS);
    else if (step === 15 && pick.oneIn(8)) this.#far();
    else if (step === 4) this.#sub = Math.min(999_999, this.#sub + pick.below(1000));
    if (this.#ms > before && this.#ms < MS_MAX) this.#sub = 0;
    if (this.#ms >= MS_MAX) {
      this.#sub = before < MS_MAX ? this.#pick.below(SUB_MAX + 1) : Math.min(this.#sub, SUB_MAX);
      this.#ms = MS_MAX;
    }
  }

  /** A stream that sleeps for years, at most to the end of time. */
  #far(): void {
    if (this.#pick.oneIn(4)) this.#ms = MS_MAX;
    else this.#ms += this.#pick.below(0xffff_ffff) * (1 + this.#pick.below(40));
  }

  #fill(kind: InputKind): void {
    const { bytes } = this.#core;
    const pick = this.#pick;
    const view = this.#view;
    const at = this.#at;
    const alike = kind.classes[pick.below(kind.classes.length)] as readonly Template[];
    const template = alike[pick.below(alike.length)] as Template;
    const from = template.bytes;
    for (let i = HEADER_BYTES; i < from.length; i++) bytes[at + i] = from[i] as number;
    view.setUint32(at + HEADER_OFFSET.seq, this.#seq, true);
    view.setUint32(at + HEADER_OFFSET.seq + 4, 0, true);
    this.#nanos(at + HEADER_OFFSET.time_ns, this.#ms, this.#sub);
    view.setUint16(at + HEADER_OFFSET.kind, kind.code, true);
    view.setUint32(at + HEADER_OFFSET.length, kind.length, true);
    view.setUint32(at + HEADER_OFFSET.source, 1, true);
    view.setUint32(at + HEADER_OFFSET.check, 0, true);
    let symbol = template.symbol;
    if (pick.oneIn(4)) symbol = kind.ofSymbol ? 1 + pick.below(2) : pick.below(3);
    if (this.#wild !== 0 && pick.oneIn(16)) symbol = 1 + pick.below(SYMBOLS_MAX);
    view.setUint16(at + HEADER_OFFSET.symbol, symbol, true);
    for (const { offset, fromMs, nanos } of template.instants) {
      // Often an instant near the stream's own, whatever the template's was: a late deal, a bar yet unknown. An old
      // bar changes nothing, and one far ahead shuts out those after it.
      let near = fromMs;
      if (pick.oneIn(4)) near = pick.below(2 * MINUTE_MS) - MINUTE_MS;
      else if (pick.oneIn(8)) near = pick.below(10 * MINUTE_MS) - 5 * MINUTE_MS;
      const ms = Math.max(0, this.#ms + near);
      if (nanos) this.#nanos(at + offset, ms, 0);
      else this.#number(at + offset, ms);
    }
    if (template.prices.length > 0)
      this.#points += pick.below(41) - 20 + (pick.oneIn(32) ? pick.below(4001) - 2000 : 0);
    for (const { offset, points } of template.prices) this.#number(at + offset, Math.max(1, points + this.#points));
    if (kind.idAt !== 0 && this.#idCount > 0 && !pick.oneIn(8)) this.#writeId(at + kind.idAt);
  }

  #writeId(at: number): void {
    const slot = this.#pick.below(Math.min(this.#idCount, IDS_MAX)) * 4;
    for (let i = 0; i < 4; i++) this.#view.setUint32(at + i * 4, this.#ids[slot + i] as number, true);
  }

  #change(kind: InputKind): void {
    const pick = this.#pick;
    if (kind.fields.length === 0) return;
    const which = pick.below(kind.fields.length);
    const field = kind.fields[which] as PlacedField;
    if (kind.number === STREAM_START && field.name === "layout_version") return;
    const word = field.bytes > 8 ? pick.below(field.bytes / 8) * 8 : 0;
    const at = this.#at + field.offset + word;
    const size = Math.min(8, field.bytes);
    const way = pick.below(10);
    const pool = kind.pools[which];
    if (way < 2) this.#flip(at, size);
    else if (way < 4 && pool) this.#put(at, size, pool);
    else if (way < 6) this.#put(at, size, BORDERS);
    else if (way < 7) this.#put(at, size, ENDS);
    else if (way < 9 || size < 4) this.#put(at, size, SMALL);
    else this.#view.setInt32(at, this.#view.getInt32(at, true) + pick.below(200) - 100, true);
  }

  #flip(at: number, size: number): void {
    const to = at + this.#pick.below(size);
    this.#view.setUint8(to, this.#view.getUint8(to) ^ (1 << this.#pick.below(8)));
  }

  /** The low bytes of a value of the list. */
  #put(at: number, size: number, words: Words): void {
    const which = this.#pick.below(words.low.length);
    const low = words.low[which] as number;
    if (size === 1) this.#view.setUint8(at, low & 0xff);
    else if (size === 2) this.#view.setUint16(at, low & 0xffff, true);
    else {
      this.#view.setUint32(at, low, true);
      if (size === 8) this.#view.setUint32(at + 4, words.high[which] as number, true);
    }
  }

  /** A whole number of at most 2^53 as an i64. */
  #number(at: number, value: number): void {
    this.#view.setUint32(at, value % 2 ** 32, true);
    this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  }

  /** Milliseconds and nanoseconds as an i64 of nanoseconds, exactly: in two halves, since the product passes 2^53. */
  #nanos(at: number, ms: number, sub: number): void {
    const top = Math.floor(ms / 2 ** 22) * 1e6;
    const bottom = (top % 2 ** 10) * 2 ** 22 + (ms % 2 ** 22) * 1e6 + sub;
    this.#view.setUint32(at, bottom % 2 ** 32, true);
    this.#view.setUint32(at + 4, Math.floor(top / 2 ** 10) + Math.floor(bottom / 2 ** 32), true);
  }
}
