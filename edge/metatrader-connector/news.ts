// A news item as a record, and the ids that the journal holds already: an item comes again with every fetch of its source.
import type { NewsItem as NewsRecord } from "#proto/generated/records.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import type { NewsItem } from "#proto/services/metatrader-connector.ts";

/** Ids remembered; sources show far fewer items at a time. */
const IDS_KEPT = 8_192;
const PIECE_BYTES = 8;

export class NewsIds {
  readonly #ids: Set<string>;

  constructor(ids: Iterable<string> = []) {
    this.#ids = new Set(ids);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  onRecord({ item_id }: NewsRecord): void {
    this.#ids.add(hexOf(item_id));
    if (this.#ids.size > IDS_KEPT) for (const oldest of this.#ids) if (this.#ids.delete(oldest)) break;
  }

  /** Oldest first. */
  list(): string[] {
    return [...this.#ids];
  }
}

export function newsRecord(item: NewsItem): NewsRecord {
  const encoder = new TextEncoder();
  const title = encoder.encode(item.title);
  const link = encoder.encode(item.link);
  const text = new Uint8Array(Math.ceil((title.length + link.length) / PIECE_BYTES) * PIECE_BYTES);
  text.set(title, 0);
  text.set(link, title.length);
  return {
    item_id: bytesOf(item.item_id),
    published_ms: BigInt(item.published_ms),
    fetched_ms: BigInt(item.fetched_ms),
    source: item.source,
    content_sha256: bytesOf(item.content_sha256),
    title_bytes: title.length,
    link_bytes: link.length,
    text: Array.from({ length: text.length / PIECE_BYTES }, (_, i) => ({
      piece: text.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
    })),
  };
}
