// Pages, newest first: a page ends at a position (time, stream, seq), and the next one begins below it. Rows that arrive
// meanwhile shift nothing.
import { LockstepError } from "#proto/errors.ts";

export interface Position {
  /** In the unit of the table's time: nanoseconds or milliseconds. */
  readonly at: bigint;
  readonly stream: string;
  readonly seq: bigint;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly next: string | null;
}

export const encodePosition = ({ at, stream, seq }: Position): string =>
  Buffer.from(`${at}.${stream}.${seq}`).toString("base64url");

export function decodePosition(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const parts = /^(\d{1,19})\.([0-9a-f]{32})\.(\d{1,19})$/.exec(Buffer.from(cursor, "base64url").toString());
  const [, at, stream, seq] = parts ?? [];
  const position = { at: BigInt(at ?? -1), stream: stream ?? "", seq: BigInt(seq ?? -1) };
  if (!isHeld(position.at) || !isHeld(position.seq))
    throw new LockstepError("bad_request", "cursor: not one that this API gave: leave it out to start from the newest");
  return position;
}

/** The databases' integers are signed and have 64 bits. */
const I64_MAX = 2n ** 63n - 1n;
const isHeld = (value: bigint): boolean => value >= 0n && value <= I64_MAX;

/** `rows` holds one row more than the page when there is a next page. */
export function pageOf<Row, Item>(o: {
  rows: readonly Row[];
  limit: number;
  position: (row: Row) => Position;
  item: (row: Row) => Item;
}): Page<Item> {
  const shown = o.rows.slice(0, o.limit);
  const last = shown.at(-1);
  const more = o.rows.length > o.limit && last !== undefined;
  return { items: shown.map(o.item), next: more ? encodePosition(o.position(last)) : null };
}

/** Nearest that a signed 64-bit integer holds: no row is earlier or later. */
export function nsOf(iso: string): bigint {
  const ns = BigInt(Date.parse(iso)) * 1_000_000n;
  return ns > I64_MAX ? I64_MAX : ns < -I64_MAX ? -I64_MAX : ns;
}

/** UTC nanoseconds as ISO 8601 with all nine digits. */
export function isoOf(ns: bigint | string): string {
  const value = BigInt(ns);
  const below = ((value % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((value - below) / 1_000_000n)).toISOString().slice(0, -5);
  return `${seconds}.${below.toString().padStart(9, "0")}Z`;
}
