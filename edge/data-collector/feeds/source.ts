// One source: when it is due, what of its answers is new, and what it was refused for. A machine: `due`, `onAnswer`,
// `onFailure`; items come out once each as long as they are remembered (the connector remembers for longer).

import type { NewsSource } from "#proto/configuration/services.ts";
import type { NewsItem } from "#proto/services/metatrader-connector.ts";
import { type Fetched, judge, type RawItem, type Refusal } from "./item.ts";
import { parseJson } from "./json.ts";
import { parseXml } from "./xml.ts";

const IDS_KEPT = 2_048;
const PAUSE_MAX_MS = 3_600_000;
/** New items an hour: a source that says more is broken or lies. */
const ITEMS_AN_HOUR = 200;
const HOUR_MS = 3_600_000;

export interface SourceCounts {
  fetched: number;
  taken: number;
  repeated: number;
  rate_limited: number;
  refused: Partial<Record<Refusal, number>>;
}

export class Source {
  readonly config: NewsSource;
  readonly counts: SourceCounts = { fetched: 0, taken: 0, repeated: 0, rate_limited: 0, refused: {} };
  /** What it was last refused as a whole for; undefined after a good answer. */
  problem: Refusal | undefined;
  readonly #seen = new Set<string>();
  #dueMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #hourMs = Number.NEGATIVE_INFINITY;
  #inHour = 0;

  constructor(config: NewsSource) {
    this.config = config;
  }

  /** Times here are monotonic milliseconds, but for what an item itself says. */
  isDue(now: number): boolean {
    return now >= this.#dueMs;
  }

  onAsked(now: number): void {
    this.#dueMs = now + this.config.every_s * 1000;
  }

  /** The same answer as before: nothing to read. */
  onUnchanged(): void {
    this.counts.fetched++;
    this.#good();
  }

  onAnswer(text: string, o: { sha256: string; utc: number; now: number }): NewsItem[] {
    this.counts.fetched++;
    const raw = this.config.format === "json" ? parseJson(text, this.config.fields) : parseXml(text);
    if (typeof raw === "string") {
      this.onFailure(raw, o.now);
      return [];
    }
    this.#good();
    const fetched: Fetched = { source: this.config.name, at_ms: o.utc, sha256: o.sha256 };
    return raw.flatMap((item) => this.#take(item, fetched, o.now));
  }

  #take(raw: RawItem, fetched: Fetched, now: number): NewsItem[] {
    const item = judge(raw, fetched);
    if (typeof item === "string") {
      this.#refuse(item);
      return [];
    }
    if (this.#seen.has(item.item_id)) {
      this.counts.repeated++;
      return [];
    }
    if (now - this.#hourMs >= HOUR_MS) {
      this.#hourMs = now;
      this.#inHour = 0;
    }
    if (this.#inHour >= ITEMS_AN_HOUR) {
      // Not remembered: it is taken from a later answer, if it is still there.
      this.counts.rate_limited++;
      return [];
    }
    this.#inHour++;
    this.#seen.add(item.item_id);
    if (this.#seen.size > IDS_KEPT) for (const oldest of this.#seen) if (this.#seen.delete(oldest)) break;
    this.counts.taken++;
    return [item];
  }

  /** The whole answer is not taken; asked again later and later. */
  onFailure(refusal: Refusal, now: number): void {
    this.problem = refusal;
    this.#refuse(refusal);
    const pauseMs = this.config.every_s * 1000 * 2 ** Math.min(++this.#failures, 10);
    this.#dueMs = now + Math.min(PAUSE_MAX_MS, pauseMs);
  }

  #good(): void {
    this.problem = undefined;
    this.#failures = 0;
  }

  #refuse(refusal: Refusal): void {
    this.counts.refused[refusal] = (this.counts.refused[refusal] ?? 0) + 1;
  }
}
