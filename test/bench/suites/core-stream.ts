// What the core is measured with: the real week's ticks of two symbols (made-up ones where the data is absent) behind a
// configuration that has every minute's close want an order, which the limits refuse: features and risk steps are all
// taken, and nothing has to be answered. And the module alone: calls over its inbox, without host, copies and digest.
// Processor time of the thread, not the clock's, and not what V8 collects beside it: whoever else uses the machine does not count as long as there are caches enough.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plainSpec } from "#core-wasm/host/plain-spec.ts";
import { sampleStream } from "#core-wasm/host/sample-stream.ts";
import { WIDE_LIMITS, WIDE_STRATEGY_LIMITS } from "#core-wasm/host/wide-limits.ts";
import { ARTEFACT_VERSION, writeArtefact } from "#core-wasm/models/artefact.ts";
import { NEUTRAL_FEATURES, neutralHead } from "#core-wasm/models/neutral-head.ts";
import { describeMarketFile, readTickFile } from "#mesh/world/market-file-io.ts";
import {
  Account,
  HEADER_OFFSET,
  Link,
  ModelDigest,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
  SymbolSpec,
  Tick,
} from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { SLOT_BYTES, SOURCE } from "#proto/records.ts";

const DATA = new URL("../../../../shared/data/ticks/", import.meta.url);
const MODULE = new URL("../../../core-wasm/build/core.wasm", import.meta.url);
const GROUP_BYTES = 4096 * SLOT_BYTES;
/** Ten lots, where one is allowed. */
const ORDER_MICROLOTS = 10_000_000n;

export interface BenchStream {
  readonly what: string;
  readonly ticks: number;
  /** Whole records, seq from 1. */
  readonly bytes: Uint8Array;
  readonly artefact: Uint8Array;
}

interface Row {
  readonly time_ms: number;
  readonly symbol: number;
  readonly bid: number;
  readonly ask: number;
}

export async function benchStream(): Promise<BenchStream> {
  const real = existsSync(DATA);
  const ticks = real ? await realTicks() : sampleTicks();
  const artefact = writeArtefact({
    features: NEUTRAL_FEATURES,
    heads: [60, 3600].map((s) => ({ ...neutralHead(s), warm_bars: 0 })),
    meta: {},
  });
  const head = configuration(viewOf(ticks).getBigInt64(HEADER_OFFSET.time_ns, true), artefact);
  const bytes = new Uint8Array(Buffer.concat([head, ticks]));
  let seq = 0n;
  walkRecords(bytes, (at) => viewOf(bytes).setBigUint64(at + HEADER_OFFSET.seq, ++seq, true));
  const what = real ? "the real week" : "made-up ticks (no real data here)";
  return { what, ticks: ticks.length / SLOT_BYTES, bytes, artefact };
}

function configuration(time_ns: bigint, artefact: Uint8Array): Uint8Array {
  const header = { time_ns, source: SOURCE.edge };
  const sha256 = new Uint8Array(createHash("sha256").update(artefact).digest());
  return Buffer.concat([
    encodeRecord(ModelDigest, header, { sha256, size_bytes: artefact.length, artefact_version: ARTEFACT_VERSION }),
    encodeRecord(RiskLimits, header, {
      order_volume_max_microlots: 1_000_000n,
      position_volume_max_microlots: 100_000_000n,
      daily_loss_max_micros: 1_000_000_000n,
      spread_max_points: 1_000n,
      quote_age_max_ms: 10_000n,
      day_start_offset_s: 0,
      limits_version: 1,
      ...WIDE_LIMITS,
    }),
    encodeRecord(StrategyLimits, header, WIDE_STRATEGY_LIMITS),
    encodeRecord(StrategyParams, header, {
      volume_microlots: ORDER_MICROLOTS,
      hold_max_ms: 600_000n,
      intent_life_ms: 2_000n,
      enter_edge_ppm: 0,
      exit_edge_ppm: 10_000,
      stop_atr_milli: 2_000,
      target_atr_milli: 3_000,
      deviation_points: 10,
      timeframe_s: 60,
      strategy_id: 1,
      params_version: 1,
      enabled: 1,
    }),
    specification(header, 1, "EURUSD", 5),
    specification(header, 2, "XAUUSD", 2),
    encodeRecord(Account, header, {
      login: 1n,
      currency: "USD",
      balance_micros: 10_000_000_000n,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: 10_000_000_000n,
      margin_micros: 0n,
      margin_free_micros: 10_000_000_000n,
      server_time_ms: time_ns / 1_000_000n,
      leverage: 100,
      margin_mode: 0,
      trade_mode: 0,
      permissions: 31,
    }),
    encodeRecord(Link, header, { session_id: 1n, login: 1n, server_offset_s: 0, state: 2 }),
  ]);
}

function specification(
  header: { time_ns: bigint; source: number },
  symbol: number,
  name: string,
  digits: number,
): Uint8Array {
  return encodeRecord(SymbolSpec, { ...header, symbol }, plainSpec(name, digits));
}

async function realTicks(): Promise<Uint8Array> {
  const rows: Row[] = [];
  const files = readdirSync(DATA).filter((name) => /\.csv(\.gz)?$/.test(name));
  const infos = await Promise.all(
    files.map(async (name) => ({
      path: join(DATA.pathname, name),
      ...(await describeMarketFile(join(DATA.pathname, name))),
    })),
  );
  const names = [...new Set(infos.map(({ symbol }) => symbol))].sort();
  for (const { path, symbol } of infos) {
    const digits = Math.max(...infos.filter((i) => i.symbol === symbol).map((i) => i.digits));
    for await (const batch of readTickFile(path, { digits }))
      for (const r of batch.rows)
        rows.push({ time_ms: r.time_ms, symbol: names.indexOf(symbol) + 1, bid: r.bid_points, ask: r.ask_points });
  }
  rows.sort((a, b) => a.time_ms - b.time_ms);
  return tickRecords(rows);
}

function tickRecords(rows: readonly Row[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * SLOT_BYTES);
  const view = viewOf(bytes);
  for (const [i, r] of rows.entries()) {
    const at = i * SLOT_BYTES;
    view.setBigInt64(at + HEADER_OFFSET.time_ns, BigInt(r.time_ms) * 1_000_000n, true);
    view.setUint16(at + HEADER_OFFSET.kind, Tick.code, true);
    view.setUint16(at + HEADER_OFFSET.symbol, r.symbol, true);
    view.setUint32(at + HEADER_OFFSET.length, SLOT_BYTES, true);
    view.setUint32(at + HEADER_OFFSET.source, SOURCE.terminal, true);
    Tick.write(view, at, {
      broker_time_ms: BigInt(r.time_ms),
      bid_points: BigInt(r.bid),
      ask_points: BigInt(r.ask),
      flags: 6,
      spread_points: r.ask - r.bid,
    });
  }
  return bytes;
}

function sampleTicks(): Uint8Array {
  const stream = sampleStream({ ticks: 400_000, seed: 1 });
  const ticks: Uint8Array[] = [];
  walkRecords(stream, (at, length, code) => {
    if (code === Tick.code) ticks.push(stream.slice(at, at + length));
  });
  return new Uint8Array(Buffer.concat(ticks));
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  inboxAt(): number;
  outboxAt(): number;
  stateAt(): number;
  stateBytes(): number;
  modelAt(): number;
  apply(bytes: number): number;
  outboxBytes(): number;
}

/** The module without its host. Only the calls themselves are timed; inputs and outputs are copied between them. */
export class BareModule {
  readonly #exports: Exports;
  readonly #memory: Uint8Array;

  private constructor(exports: Exports) {
    this.#exports = exports;
    this.#memory = new Uint8Array(exports.memory.buffer);
  }

  static async load(artefact: Uint8Array): Promise<BareModule> {
    const { instance } = await WebAssembly.instantiate(readFileSync(MODULE), {});
    const module = new BareModule(instance.exports as unknown as Exports);
    module.#memory.set(artefact, module.#exports.modelAt());
    return module;
  }

  /** From an empty state: nanoseconds of processor time inside the module, and the outputs. */
  run(records: Uint8Array): { readonly ns: number; readonly outputs: Uint8Array } {
    const e = this.#exports;
    this.#memory.fill(0, e.stateAt(), e.stateAt() + e.stateBytes());
    const outputs: Uint8Array[] = [];
    let micros = 0;
    for (let at = 0; at < records.length; ) {
      const part = records.subarray(at, at + groupBytes(records, at));
      this.#memory.set(part, e.inboxAt());
      const began = process.threadCpuUsage();
      const consumed = e.apply(part.length);
      const { user, system } = process.threadCpuUsage(began);
      micros += user + system;
      outputs.push(this.#memory.slice(e.outboxAt(), e.outboxAt() + e.outboxBytes()));
      at += consumed;
    }
    return { ns: micros * 1000, outputs: new Uint8Array(Buffer.concat(outputs)) };
  }
}

/** Whole records of at most GROUP_BYTES. */
function groupBytes(records: Uint8Array, from: number): number {
  const view = viewOf(records);
  let end = from;
  while (end < records.length) {
    const length = view.getUint32(end + HEADER_OFFSET.length, true);
    if (end + length - from > GROUP_BYTES) break;
    end += length;
  }
  return end - from;
}
