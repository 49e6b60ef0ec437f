// One history file to the connector. It is read twice as a stream: first to the end, judged; then, only when all of it is
// sound, its bars are handed over in parts. Nothing but one part is held, whatever its size; a second try goes on behind
// what the connector has.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { describeMarketFile, type MarketFileInfo, readBarFile, readTickFile } from "#mesh/world/market-file-io.ts";
import type { BrokerZone } from "#proto/broker-zone.ts";
import { LockstepError } from "#proto/errors.ts";
import { HISTORY_BARS_A_CALL } from "#proto/limits.ts";
import type { HistoryBars, HistoryState } from "#proto/services/metatrader-connector.ts";
import type { Listed, Outcome } from "../files/inbox.ts";
import { type Bar, BarBuilder, type Timeframe } from "./bars.ts";
import { HistoryCheck, timeframeOf } from "./check.ts";

const AGAIN_MS = 30_000;

export interface HistoryDelivery {
  readonly zone: BrokerZone;
  /** UTC milliseconds. */
  readonly utc: () => number;
  /** Checked between two batches: the service stops. */
  readonly stopping: () => boolean;
  readonly state: (symbol: string) => Promise<HistoryState>;
  readonly deliver: (body: HistoryBars) => Promise<{ accepted: number; staged: number; known: number }>;
}

interface Judged {
  readonly info: MarketFileInfo;
  readonly sha256: string;
  readonly rows: number;
}

export interface Progress {
  readonly file: string;
  readonly phase: "checking" | "handing over";
  readonly rows: number;
  /** Known once the file has been checked. */
  readonly of: number | undefined;
}

export class HistoryFiles {
  readonly counts = { files: 0, rows: 0, bars: 0, accepted: 0, known: 0, staged: 0 };
  readonly refused: Record<string, number> = {};
  progress: Progress | undefined;
  readonly #o: HistoryDelivery;
  /** Files that were judged sound, by name, size and time. */
  readonly #judged = new Map<string, Judged>();

  constructor(options: HistoryDelivery) {
    this.#o = options;
  }

  async handle(path: string, file: Listed): Promise<Outcome> {
    const key = `${file.name} ${file.bytes} ${file.modified_ms}`;
    try {
      const judged = this.#judged.get(key) ?? (await this.#judge(path));
      this.#judged.set(key, judged);
      if (this.#judged.size > 1_000) for (const oldest of this.#judged.keys()) if (this.#judged.delete(oldest)) break;
      return await this.#handOver(path, judged);
    } catch (error) {
      if (error instanceof LockstepError) this.#count(error);
      throw error;
    } finally {
      this.progress = undefined;
    }
  }

  #count({ code, message }: LockstepError): void {
    if (code !== "bad_file" && code !== "refused" && code !== "not_found") return;
    const why = code === "bad_file" ? (/^([a-z_]+): /.exec(message)?.[1] ?? "malformed") : code;
    this.refused[why] = (this.refused[why] ?? 0) + 1;
  }

  async #judge(path: string): Promise<Judged> {
    const { zone, utc } = this.#o;
    const info = await describeMarketFile(path, { zone });
    const check = new HistoryCheck({ name: basename(path), nowMs: utc() });
    if (info.kind === "ticks")
      for await (const { rows } of readTickFile(path, { zone })) {
        for (const row of rows) check.onTick(row);
        this.#onRows(path, { phase: "checking", rows: check.rows, of: undefined });
      }
    else {
      const timeframe = timeframeOf(basename(path), info.timeframe_s);
      for await (const { rows } of readBarFile(path, { zone })) {
        for (const row of rows) check.onBar(row, timeframe);
        this.#onRows(path, { phase: "checking", rows: check.rows, of: undefined });
      }
    }
    check.end();
    this.counts.files++;
    this.counts.rows += check.rows;
    return { info, sha256: await hashOf(path), rows: check.rows };
  }

  #onRows(path: string, progress: Omit<Progress, "file">): void {
    this.progress = { file: basename(path), ...progress };
    if (this.#o.stopping()) throw new LockstepError("unavailable", "the collector stops: the file is read again later");
  }

  async #handOver(path: string, judged: Judged): Promise<Outcome> {
    const { symbol } = judged.info;
    const before = await this.#o.state(symbol);
    const parts = new Parts(judged, basename(path), before);
    for await (const rows of this.#barsOf(path, judged, parts)) {
      this.#onRows(path, { phase: "handing over", rows, of: judged.rows });
      for (const body of parts.take(false)) await this.#deliver(body);
    }
    for (const body of parts.take(true)) await this.#deliver(body);
    this.counts.bars += parts.bars;
    const waits = before.state === "waiting" ? await this.#o.state(symbol) : before;
    return waits.state === "waiting"
      ? { state: "again", afterMs: AGAIN_MS, why: `waits until the terminal tells ${symbol}` }
      : { state: "done", why: `${parts.bars} bars` };
  }

  /** Rows read so far, after each batch. */
  async *#barsOf(path: string, { info }: Judged, parts: Parts): AsyncGenerator<number> {
    const { zone } = this.#o;
    const nowMs = this.#o.utc();
    let read = 0;
    if (info.kind === "bars") {
      const timeframe = timeframeOf(basename(path), info.timeframe_s);
      for await (const { rows } of readBarFile(path, { zone })) {
        for (const row of rows) {
          // A bar that was open when the file was written is no closed one.
          if (row.time_ms + timeframe * 1000 > nowMs) continue;
          const { open_points, high_points, low_points, close_points, tick_volume, spread_points } = row;
          parts.add(timeframe, [
            row.time_ms,
            open_points,
            high_points,
            low_points,
            close_points,
            tick_volume,
            spread_points,
          ]);
        }
        read += rows.length;
        yield read;
      }
      return;
    }
    const builder = new BarBuilder((timeframe, bar) => parts.add(timeframe, bar));
    for await (const { rows } of readTickFile(path, { zone })) {
      for (const { time_ms, bid_points, ask_points } of rows)
        if (bid_points > 0 && ask_points > 0) builder.onTick(time_ms, bid_points, ask_points);
      read += rows.length;
      yield read;
    }
    builder.end();
  }

  async #deliver(body: HistoryBars): Promise<void> {
    const { accepted, known, staged } = await this.#o.deliver(body);
    this.counts.accepted += accepted;
    this.counts.known += known;
    this.counts.staged += staged;
  }
}

/** Bars by timeframe until they are as many as go into one call; those that the connector has are passed over. */
class Parts {
  bars = 0;
  readonly #judged: Judged;
  readonly #source: string;
  readonly #newest: Readonly<Record<string, number>>;
  readonly #waiting = new Map<Timeframe, Bar[]>();

  constructor(judged: Judged, name: string, { newest }: HistoryState) {
    this.#judged = judged;
    this.#source = name.replace(/[^!-~]/g, "_").slice(0, 32);
    this.#newest = newest;
  }

  add(timeframe: Timeframe, bar: Bar): void {
    this.bars++;
    if (bar[0] <= (this.#newest[timeframe] ?? -1)) return;
    const list = this.#waiting.get(timeframe);
    if (list) list.push(bar);
    else this.#waiting.set(timeframe, [bar]);
  }

  *take(all: boolean): Generator<HistoryBars> {
    for (const [timeframe_s, list] of this.#waiting)
      while (list.length >= HISTORY_BARS_A_CALL || (all && list.length > 0))
        yield {
          source: this.#source,
          content_sha256: this.#judged.sha256,
          symbol: this.#judged.info.symbol,
          digits: this.#judged.info.digits,
          timeframe_s,
          bars: list.splice(0, HISTORY_BARS_A_CALL),
        };
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
