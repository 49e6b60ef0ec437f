// Asks each source when it is due, and hands what is new to the connector, which makes records of it. What the connector
// has not taken waits in a bounded queue; the oldest goes first, counted.
import type { Log } from "#mesh/service/log.ts";
import type { NewsSource } from "#proto/configuration/services.ts";
import { LockstepError } from "#proto/errors.ts";
import { NEWS_ITEMS_A_CALL } from "#proto/limits.ts";
import type { NewsItem } from "#proto/services/metatrader-connector.ts";
import { Source } from "./feeds/source.ts";
import { fetchSource } from "./fetch-io.ts";

const TICK_MS = 1_000;
const QUEUE_MAX = 1_000;

export interface CollectorOptions {
  readonly sources: readonly NewsSource[];
  readonly timeoutMs: number;
  readonly log: Log;
  /** Monotonic, and UTC, milliseconds. */
  readonly now: () => number;
  readonly utc: () => number;
  /** Resolves when the items are durable in the journal. */
  readonly deliver: (items: NewsItem[]) => Promise<{ accepted: number; repeated: number }>;
}

export class Collector {
  readonly sources: readonly Source[];
  readonly counts = { delivered: 0, known: 0, dropped: 0 };
  readonly #o: CollectorOptions;
  readonly #etags = new Map<Source, string>();
  readonly #asking = new Set<Source>();
  readonly #queue: NewsItem[] = [];
  #delivering = false;
  #timer: NodeJS.Timeout | undefined;
  /** Why the connector did not take the last items. */
  problem: string | undefined;

  constructor(options: CollectorOptions) {
    this.#o = options;
    this.sources = options.sources.map((config) => new Source(config));
  }

  get waiting(): number {
    return this.#queue.length;
  }

  start(): void {
    this.tick();
    this.#timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  tick(): void {
    for (const source of this.sources)
      if (!this.#asking.has(source) && source.isDue(this.#o.now())) void this.#ask(source);
    if (!this.#delivering && this.#queue.length > 0) void this.#deliver();
  }

  async #ask(source: Source): Promise<void> {
    const { now, utc, timeoutMs, log } = this.#o;
    this.#asking.add(source);
    source.onAsked(now());
    const answer = await fetchSource(source.config.url, { etag: this.#etags.get(source), timeoutMs });
    this.#asking.delete(source);
    if (answer.kind === "unchanged") return source.onUnchanged();
    if (answer.kind === "refused") {
      source.onFailure(answer.refusal, now());
    } else {
      const items = source.onAnswer(answer.text, { sha256: answer.sha256, utc: utc(), now: now() });
      if (answer.etag && !source.problem) this.#etags.set(source, answer.etag);
      this.#enqueue(items);
    }
    if (source.problem) log.warn("source refused", { source: source.config.name, refusal: source.problem });
  }

  #enqueue(items: readonly NewsItem[]): void {
    this.#queue.push(...items);
    const over = this.#queue.length - QUEUE_MAX;
    if (over <= 0) return;
    this.#queue.splice(0, over);
    this.counts.dropped += over;
  }

  async #deliver(): Promise<void> {
    this.#delivering = true;
    const items = this.#queue.slice(0, NEWS_ITEMS_A_CALL);
    try {
      const { accepted, repeated } = await this.#o.deliver(items);
      this.counts.delivered += accepted;
      this.counts.known += repeated;
      // By identity: the queue may have lost its oldest meanwhile.
      const taken = new Set(items);
      this.#queue.splice(0, this.#queue.length, ...this.#queue.filter((item) => !taken.has(item)));
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      if (this.problem === undefined) this.#o.log.warn("connector did not take items", { error });
      this.problem = error.message;
    } finally {
      this.#delivering = false;
    }
  }
}
