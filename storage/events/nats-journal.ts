// The journals' log over JetStream: one stream JOURNAL_<hex> an edge. The server syncs every message to disk, so batches
// that come while earlier ones are on the way share a message: whole batches, one behind the other. Messages can be
// neither deleted nor purged; each is published with the sequence it must get, so a gap or a double is impossible.
import { JetStreamApiCodes, JetStreamApiError, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { assert, LockstepError } from "#proto/errors.ts";
import { batchesOf, sealHash, spanOf, streamStartOf } from "./batch-bytes.ts";
import type { JournalBatch, JournalHead, JournalLog } from "./bus.ts";
import { follow, type NatsLink, pause, untilAnswered } from "./nats-link.ts";

const PREFIX = "JOURNAL_";
const nameOf = (stream: string): string => `${PREFIX}${stream}`;
const subjectOf = (stream: string): string => `journal.${stream}`;
/** New streams are told by an advisory; this is for one lost with the connection. */
const LIST_MS = 2_000;
/** Half of what a NATS server takes in a message by default. */
const MESSAGE_BYTES_MAX = 512 * 1024;
/** While one message is synced the next is on its way; what comes meanwhile shares the one after. */
const MESSAGES_UNDER_WAY = 2;
const WRONG_LAST: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

const earlierFailed = (): LockstepError =>
  new LockstepError("unavailable", "an earlier append failed: ask head where to go on");

/** Batches that wait for their message. */
interface Gathered {
  readonly firstSeq: bigint;
  readonly batches: Uint8Array[];
  bytes: number;
  readonly stored: PromiseWithResolvers<void>;
}

/** Where this process appends to a stream. */
interface Tail {
  readonly stream: string;
  index: number;
  nextSeq: bigint;
  waiting: Gathered[];
  underWay: number;
  scheduled: boolean;
  /** Settles when everything sent so far has; rejects with the first failure for ever after. */
  settled: Promise<void>;
  failed: boolean;
}

export class NatsJournalLog implements JournalLog {
  readonly #link: NatsLink;
  readonly #tails = new Map<string, Tail>();

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async head(stream: string): Promise<JournalHead | undefined> {
    this.#tails.delete(stream);
    const state = await this.#link.ask("tell a log's end", () => this.#lastIndex(stream));
    if (state === undefined) await this.#link.ask("make a log", () => this.#create(stream));
    const index = state ?? 0;
    const head = index === 0 ? undefined : await this.#readHead(stream, index);
    this.#tails.set(stream, {
      stream,
      index,
      nextSeq: (head?.lastSeq ?? 0n) + 1n,
      waiting: [],
      underWay: 0,
      scheduled: false,
      settled: Promise.resolve(),
      failed: false,
    });
    return head;
  }

  async peek(stream: string): Promise<JournalHead | undefined> {
    const index = await this.#link.ask("tell a log's end", () => this.#lastIndex(stream));
    return index === undefined || index === 0 ? undefined : this.#readHead(stream, index);
  }

  append(o: { stream: string; firstSeq: bigint; batch: Uint8Array }): Promise<void> {
    const tail = this.#tails.get(o.stream);
    assert(tail !== undefined, "head is asked before the first append");
    if (tail.failed) return Promise.reject(earlierFailed());
    if (o.firstSeq !== tail.nextSeq)
      return Promise.reject(
        new LockstepError("gap", `the log of ${o.stream} goes on at seq ${tail.nextSeq}, not ${o.firstSeq}`),
      );
    tail.nextSeq = spanOf(o.batch).lastSeq + 1n;
    let last = tail.waiting.at(-1);
    if (!last || last.bytes + o.batch.length > MESSAGE_BYTES_MAX) {
      last = { firstSeq: o.firstSeq, batches: [], bytes: 0, stored: Promise.withResolvers() };
      last.stored.promise.catch(() => {}); // the callers have their own hold of it
      tail.waiting.push(last);
    }
    last.batches.push(o.batch);
    last.bytes += o.batch.length;
    this.#schedule(tail);
    return last.stored.promise;
  }

  /** At the end of the loop's turn, so that what it brought together goes together. */
  #schedule(tail: Tail): void {
    if (tail.scheduled || tail.underWay >= MESSAGES_UNDER_WAY || tail.waiting.length === 0) return;
    tail.scheduled = true;
    setImmediate(() => {
      tail.scheduled = false;
      while (tail.underWay < MESSAGES_UNDER_WAY) {
        const gathered = tail.waiting.shift();
        if (!gathered) return;
        void this.#send(tail, gathered);
      }
    });
  }

  async #send(tail: Tail, { firstSeq, batches, stored }: Gathered): Promise<void> {
    const { stream, settled: before } = tail;
    const bytes = batches.length === 1 && batches[0] ? batches[0] : Buffer.concat(batches);
    tail.underWay++;
    tail.index++;
    const published = tail.failed
      ? Promise.reject(earlierFailed())
      : this.#publish({ stream, firstSeq, bytes, index: tail.index });
    tail.settled = Promise.all([before, published]).then(() => {});
    try {
      await tail.settled;
      stored.resolve();
    } catch (error) {
      tail.failed = true;
      stored.reject(error);
    }
    tail.underWay--;
    this.#schedule(tail);
  }

  async #publish(o: { stream: string; firstSeq: bigint; bytes: Uint8Array; index: number }): Promise<void> {
    const stored = await this.#link.ask("take a batch", () => this.#put(o));
    if (stored) return;
    // Something is there already. The same bytes: an earlier try of ours got through. Nothing: one before us failed.
    const there = await this.#link.ask("show a batch", () => this.#get(o.stream, o.index));
    const common = Math.min(there?.length ?? 0, o.bytes.length);
    if (there && Buffer.compare(there.subarray(0, common), o.bytes.subarray(0, common)) !== 0)
      throw new LockstepError("fork", `the log of ${o.stream} already has another batch from seq ${o.firstSeq}`);
    // Also when another appender put the same batches into more or fewer messages: head tells where to go on.
    if (there?.length !== o.bytes.length)
      throw new LockstepError("unavailable", `the log of ${o.stream} is not where it was: ask head where to go on`);
  }

  /** False: the log refused it, since its end is not just before `index`, or it knows the id. */
  async #put(o: { stream: string; firstSeq: bigint; bytes: Uint8Array; index: number }): Promise<boolean> {
    try {
      const ack = await this.#link.js.publish(subjectOf(o.stream), o.bytes, {
        msgID: `${o.stream}:${o.firstSeq}`,
        expect: { lastSequence: o.index - 1, streamName: nameOf(o.stream) },
      });
      return !ack.duplicate;
    } catch (error) {
      if (error instanceof JetStreamApiError && WRONG_LAST.includes(error.code)) return false;
      throw error;
    }
  }

  async *read(o: {
    stream: string;
    fromSeq: bigint;
    hint?: number;
    signal: AbortSignal;
  }): AsyncGenerator<JournalBatch> {
    const start = await untilAnswered(this.#link, () => this.#find(o), o.signal);
    if (start === undefined) return;
    for await (const message of follow(this.#link, { stream: nameOf(o.stream), start, signal: o.signal }))
      for (const bytes of batchesOf(message.data)) {
        const span = spanOf(bytes);
        // Only the first message can begin with batches that were not asked for.
        if (message.seq === start && span.lastSeq < o.fromSeq) continue;
        yield { ...span, index: message.seq, behind: message.info.pending, bytes };
      }
  }

  async *streams(signal: AbortSignal): AsyncGenerator<string> {
    const known = new Set<string>();
    let wake = new AbortController();
    const stop = () => wake.abort();
    const created = this.#link.nc.subscribe(`$JS.EVENT.ADVISORY.STREAM.CREATED.>`, { callback: stop });
    const forget = this.#link.onReconnect(stop);
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        wake = new AbortController();
        const names = (await untilAnswered(this.#link, () => this.#names(), signal)) ?? [];
        for (const name of names) {
          if (known.has(name)) continue;
          known.add(name);
          yield name;
        }
        if (!signal.aborted) await pause(LIST_MS, wake.signal);
      }
    } finally {
      created.unsubscribe();
      forget();
      signal.removeEventListener("abort", stop);
    }
  }

  async #names(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of this.#link.jsm.streams.names("journal.*"))
      if (name.startsWith(PREFIX)) names.push(name.slice(PREFIX.length));
    return names;
  }

  /** Index of the message that holds `fromSeq`, or of the one to come. Throws while there is no log. */
  async #find(o: { stream: string; fromSeq: bigint; hint?: number }): Promise<number> {
    const last = await this.#lastIndex(o.stream);
    if (last === undefined) throw new LockstepError("not_found", `no log of ${o.stream} yet`);
    const endsBefore = async (index: number) => {
      const bytes = await this.#get(o.stream, index);
      return bytes !== undefined && spanOf(bytes).lastSeq < o.fromSeq;
    };
    let low = 1; // every message below it ends before fromSeq
    let high = last + 1; // it and every message above does not
    if (o.hint !== undefined && o.hint >= 1 && o.hint <= last) {
      if (await endsBefore(o.hint)) low = o.hint + 1;
      else high = o.hint;
      if (high === o.hint && (high === 1 || (await endsBefore(high - 1)))) return high;
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await endsBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #readHead(stream: string, index: number): Promise<JournalHead> {
    const [first, last] = await this.#link.ask("show a log's ends", () =>
      Promise.all([this.#get(stream, 1), this.#get(stream, index)]),
    );
    if (!first || !last)
      throw new LockstepError(
        "journal_damaged",
        `the cloud's log of ${stream} misses its first or last batch: restore it`,
      );
    const start = streamStartOf(first);
    return {
      lastSeq: spanOf(last).lastSeq,
      lastHash: sealHash(last),
      publicKey: start.public_key,
      coreSha256: start.core_sha256,
      edgeName: start.edge_name,
    };
  }

  /** undefined: there is no such stream. */
  async #lastIndex(stream: string): Promise<number | undefined> {
    try {
      return (await this.#link.jsm.streams.info(nameOf(stream))).state.last_seq;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
      throw error;
    }
  }

  async #create(stream: string): Promise<void> {
    await this.#link.jsm.streams.add({
      name: nameOf(stream),
      subjects: [subjectOf(stream)],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      allow_direct: true,
      deny_delete: true,
      deny_purge: true,
    });
  }

  async #get(stream: string, index: number): Promise<Uint8Array | undefined> {
    return (await this.#link.jsm.direct.getMessage(nameOf(stream), { seq: index }))?.data;
  }
}
