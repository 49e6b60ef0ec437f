// What a source says, judged: an item is taken whole, or refused with a reason from a closed list. Nothing is cut to fit.
import { createHash } from "node:crypto";
import { NEWS_LINK_MAX, NEWS_TITLE_MAX } from "#proto/limits.ts";
import type { NewsItem } from "#proto/services/metatrader-connector.ts";

/** Why an item or a whole answer is not taken. */
export const REFUSALS = [
  "future",
  "old",
  "no_title",
  "no_id",
  "bad_date",
  "bad_link",
  "huge",
  "too_many",
  "malformed",
  "doctype",
  "too_big",
  "too_slow",
  "bad_status",
  "unreachable",
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** An item as the source has it; text is not trusted. */
export interface RawItem {
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly link: string | undefined;
  readonly published: string | undefined;
}

/** A clock of a source may be a little ahead of ours. */
const FUTURE_MS = 300_000;
const OLD_MS = 7 * 86_400_000;
/** Ids are hashed: this only bounds the work. */
const ID_MAX = 2_048;

export interface Fetched {
  /** Name of the source. */
  readonly source: string;
  /** UTC milliseconds. */
  readonly at_ms: number;
  readonly sha256: string;
}

export function judge(raw: RawItem, { source, at_ms, sha256 }: Fetched): NewsItem | Refusal {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const title = raw.title?.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ").trim() ?? "";
  const link = raw.link?.trim() ?? "";
  const id = raw.id?.trim() || link;
  if (title === "") return "no_title";
  if (id === "") return "no_id";
  if (title.length > NEWS_TITLE_MAX || link.length > NEWS_LINK_MAX || id.length > ID_MAX) return "huge";
  if (link !== "" && !isWebAddress(link)) return "bad_link";
  const published_ms = raw.published === undefined ? 0 : Date.parse(raw.published);
  if (!Number.isSafeInteger(published_ms) || published_ms < 0) return "bad_date";
  if (published_ms > at_ms + FUTURE_MS) return "future";
  if (published_ms !== 0 && published_ms < at_ms - OLD_MS) return "old";
  const item_id = createHash("sha256").update(`${source}\0${id}`).digest("hex").slice(0, 32);
  return { item_id, published_ms, fetched_ms: at_ms, source, content_sha256: sha256, title, link };
}

function isWebAddress(link: string): boolean {
  const url = URL.parse(link);
  return url?.protocol === "https:" || url?.protocol === "http:";
}
