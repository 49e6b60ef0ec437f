// Shapes that several services' contracts share. 64-bit integers are decimal strings: a JSON number cannot hold them.
import { z } from "zod";

export const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
/** What a person writes and signs: no control characters. */
export const words = (most: number) =>
  z.string().regex(new RegExp(`^[ -~]{1,${most}}$`), `1 to ${most} ASCII characters`);
export const StreamId = hex(32);
/** u64 as a decimal string. */
export const U64 = z.string().regex(/^\d{1,20}$/);
/** i64 as a decimal string. */
export const I64 = z.string().regex(/^-?\d{1,19}$/);
export const Side = z.enum(["buy", "sell"]);
export const Action = z.enum(["open", "close"]);
export const CheckResult = z.enum(["pass", "fail", "missing_data"]);
export const TradingState = z.enum(["active", "reduce_only", "halted"]);
export const LinkState = z.enum(["down", "syncing", "live"]);
export const OrderState = z.enum([
  "none",
  "received",
  "sending",
  "sent",
  "working",
  "partial",
  "done",
  "rejected",
  "expired",
  "unknown",
  "not_found",
]);
/** The MT5 name of a symbol. */
export const SymbolName = z.string().regex(/^[ -~]{1,16}$/, "1 to 16 printable ASCII characters");
/** Where a page ended; given back to get the next one. */
export const PageCursor = z.string().max(120);

/** Newest first, at most `max` rows a page. */
export const paging = (max: number) => ({
  limit: z.coerce.number().int().min(1).max(max).default(Math.min(100, max)),
  cursor: PageCursor.optional(),
});

/** ISO 8601 in UTC, from the year 1 on: no database has a year 0. */
export const Instant = z.iso.datetime().regex(/^(?!0000)/, "years begin with 0001");

/** Bounds of a time range; `from` included, `to` not. */
export const range = { from: Instant.optional(), to: Instant.optional() };

export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: PageCursor.nullable() });
