// Tick files straight into a core, as fast as it goes: no journal. Orders that the core wants are answered as expired, so
// that it goes on deciding, or, where asked for, executed by a broker on paper. The same files give the same digest, everywhere.
import { createHash } from "node:crypto";
import type { Core } from "#core-wasm/host/core.ts";
import { WIDE_LIMITS, WIDE_STRATEGY_LIMITS } from "#core-wasm/host/wide-limits.ts";
import { describeMarketFile, readTickFile, type TickBatch } from "#mesh/world/market-file-io.ts";
import { assert, LockstepError } from "#proto/errors.ts";
import {
  Account,
  HEADER_OFFSET,
  Link,
  ModelDigest,
  OrderIntent,
  OrderUpdate,
  RiskLimits,
  RiskVerdict,
  StrategyLimits,
  StrategyParams,
  StreamStart,
  SymbolSpec,
  Tick,
} from "#proto/generated/records.ts";
import { encodeRecord, type RecordMeta, viewOf, walkRecords } from "#proto/record.ts";
import { LAYOUT_VERSION, LINK, ORDER_STATE, SLOT_BYTES, SOURCE } from "#proto/records.ts";
import { PaperBroker, type PaperDeal } from "./paper-broker.ts";

/** Ticks a call: like the edge's groups. Part of the result's definition, since answers to intents come between calls. */
const GROUP_TICKS = 512;

export interface ReplayResult {
  readonly ticks: number;
  readonly predictions: number;
  readonly order_intents: number;
  readonly risk_refusals: number;
  readonly outputs_digest: string;
  readonly core_digest: string;
  readonly model_digest: string;
  readonly wall_s: number;
  /** Over the time inside the core alone. */
  readonly core_ticks_per_s: number;
  /** Over the whole run, reading and parsing the files included. */
  readonly ticks_per_s: number;
}

interface Source {
  readonly symbol: number;
  readonly batches: AsyncGenerator<TickBatch>;
  rows: TickBatch["rows"];
  at: number;
}

/** Files of one symbol follow each other by their first tick; symbols are merged by time. */
async function openSources(
  files: readonly string[],
): Promise<{ names: string[]; digits: number[]; sources: Source[] }> {
  const infos = await Promise.all(files.map(async (file) => ({ file, ...(await describeMarketFile(file)) })));
  const bars = infos.filter(({ kind }) => kind !== "ticks");
  if (bars.length > 0) throw new LockstepError("bad_file", `${bars[0]?.file} holds bars: replay takes tick exports`);
  infos.sort((a, b) => (a.first_ms ?? 0) - (b.first_ms ?? 0));
  const names = [...new Set(infos.map(({ symbol }) => symbol))].sort();
  const digits = names.map((name) => Math.max(...infos.filter((i) => i.symbol === name).map((i) => i.digits)));
  const sources = names.map((name, index) => {
    const mine = infos.filter(({ symbol }) => symbol === name).map(({ file }) => file);
    return { symbol: index + 1, batches: chain(mine, digits[index] as number), rows: [], at: 0 };
  });
  return { names, digits, sources };
}

async function* chain(files: readonly string[], digits: number): AsyncGenerator<TickBatch> {
  for (const file of files) yield* readTickFile(file, { digits });
}

async function refill(source: Source): Promise<boolean> {
  while (source.at >= source.rows.length) {
    const next = await source.batches.next();
    if (next.done) return false;
    source.rows = next.value.rows;
    source.at = 0;
  }
  return true;
}

/** Gives seq and collects what comes out. */
class Feeder {
  readonly #core: Core;
  #seq = 0n;
  coreMs = 0;
  predictions = 0;
  intents = 0;
  refusals = 0;
  /** Accepted intents, to be answered before the next ticks. */
  readonly open: { readonly symbol: number; readonly intent: OrderIntent }[] = [];
  readonly #onDecision: (decision: Decision) => void;
  readonly #onOutputs: ReplayOptions["onOutputs"];
  #intent: OrderIntent | undefined;

  constructor(core: Core, o: ReplayOptions) {
    this.#core = core;
    this.#onDecision = (decision) => o.onDecision?.(decision);
    this.#onOutputs = o.onOutputs;
  }

  feed(records: Uint8Array): void {
    const view = viewOf(records);
    for (let at = 0; at < records.length; at += view.getUint32(at + HEADER_OFFSET.length, true))
      view.setBigUint64(at + HEADER_OFFSET.seq, ++this.#seq, true);
    const began = performance.now();
    const outputs = this.#core.apply(records);
    this.coreMs += performance.now() - began;
    this.#count(outputs);
    if (outputs.length > 0) this.#onOutputs?.(outputs);
  }

  #count(outputs: Uint8Array): void {
    const view = viewOf(outputs);
    walkRecords(outputs, (at, _length, code) => {
      if ((code & 0xfff) === 102) this.predictions++;
      else if (code === OrderIntent.code) {
        this.intents++;
        this.#intent = OrderIntent.read(view, at);
      } else if (code === RiskVerdict.code) this.#judged(view, at);
    });
  }

  /** A verdict follows its intent. */
  #judged(view: DataView, at: number): void {
    const intent = this.#intent;
    assert(intent !== undefined, "a verdict follows its intent");
    const verdict = RiskVerdict.read(view, at);
    const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
    if (verdict.accepted === 1) this.open.push({ symbol, intent });
    else this.refusals++;
    this.#onDecision({ time_ns: view.getBigInt64(at + HEADER_OFFSET.time_ns, true), symbol, intent, verdict });
  }

  /** Nobody executes anything here. */
  answer(time_ns: bigint): void {
    for (const { symbol, intent } of this.open.splice(0)) {
      this.feed(
        encodeRecord(
          OrderUpdate,
          { time_ns, source: SOURCE.terminal, symbol },
          {
            intent_id: intent.intent_id,
            order_ticket: 0n,
            deal_ticket: 0n,
            volume_filled_microlots: 0n,
            volume_remaining_microlots: 0n,
            price_points: 0n,
            broker_time_ms: time_ns / 1_000_000n,
            retcode: 0,
            state: ORDER_STATE.expired,
            final: 1,
          },
        ),
      );
    }
  }
}

/** Other values for fields of the configuration's records, by name. */
export interface Changes {
  readonly risk_limits: Partial<RiskLimits>;
  readonly strategy_params: Partial<StrategyParams>;
}

/** One intent and what the checks said. */
export interface Decision {
  readonly time_ns: bigint;
  readonly symbol: number;
  readonly intent: OrderIntent;
  readonly verdict: RiskVerdict;
}

function configuration(o: {
  changes: Changes | undefined;
  first_ms: number;
  names: readonly string[];
  digits: readonly number[];
  model: Uint8Array;
  core: Core;
}): Uint8Array {
  const meta: RecordMeta = { time_ns: BigInt(o.first_ms) * 1_000_000n, source: SOURCE.operator };
  const money = 100_000_000_000n;
  const none = new Uint8Array(32);
  const parts = [
    encodeRecord(StreamStart, meta, {
      stream_id: new Uint8Array(16),
      edge_name: "replay",
      core_sha256: o.core.digest,
      public_key: none,
      layout_version: LAYOUT_VERSION,
    }),
    encodeRecord(RiskLimits, meta, {
      order_volume_max_microlots: 1_000_000n,
      position_volume_max_microlots: 2_000_000n,
      daily_loss_max_micros: money / 50n,
      spread_max_points: 600n,
      quote_age_max_ms: 10_000n,
      day_start_offset_s: 0,
      limits_version: 1,
      ...WIDE_LIMITS,
      daily_realised_loss_max_micros: money,
      drawdown_max_micros: money,
      ...o.changes?.risk_limits,
    }),
    encodeRecord(StrategyLimits, meta, WIDE_STRATEGY_LIMITS),
    encodeRecord(StrategyParams, meta, {
      volume_microlots: 100_000n,
      hold_max_ms: 3_600_000n,
      intent_life_ms: 2_000n,
      enter_edge_ppm: 15_000,
      exit_edge_ppm: 15_000,
      stop_atr_milli: 3_000,
      target_atr_milli: 4_000,
      deviation_points: 20,
      timeframe_s: 60,
      strategy_id: 1,
      params_version: 1,
      enabled: 1,
      ...o.changes?.strategy_params,
    }),
    encodeRecord(ModelDigest, meta, {
      sha256: createHash("sha256").update(o.model).digest(),
      size_bytes: o.model.length,
      artefact_version: 1,
    }),
    ...o.names.map((name, index) =>
      encodeRecord(SymbolSpec, { ...meta, symbol: index + 1 }, specOf(name, o.digits[index] as number)),
    ),
    encodeRecord(Account, meta, {
      login: 1n,
      currency: "USD",
      balance_micros: money,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: money,
      margin_micros: 0n,
      margin_free_micros: money,
      server_time_ms: BigInt(o.first_ms),
      leverage: 100,
      margin_mode: 0,
      trade_mode: 0,
      permissions: 31,
    }),
    encodeRecord(Link, meta, { session_id: 1n, login: 1n, server_offset_s: 0, state: LINK.live }),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

const specOf = (name: string, digits: number): SymbolSpec => ({
  name,
  base_currency: name.slice(0, 3),
  profit_currency: name.slice(3, 6),
  margin_currency: name.slice(0, 3),
  tick_size_points: 1n,
  tick_value_micros: 1_000_000n,
  contract_size_micros: 100_000_000_000n,
  volume_min_microlots: 10_000n,
  volume_max_microlots: 100_000_000n,
  volume_step_microlots: 10_000n,
  volume_limit_microlots: 0n,
  stops_level_points: 0,
  freeze_level_points: 0,
  digits,
  trade_mode: 4,
  exec_mode: 2,
  filling_bits: 3,
});

/** After one tick: what it executes, then what it made the core want. */
function trade(broker: PaperBroker, feeder: Feeder, view: DataView): void {
  const tick = {
    symbol: view.getUint16(HEADER_OFFSET.symbol, true),
    time_ns: view.getBigInt64(HEADER_OFFSET.time_ns, true),
    bid_points: view.getBigInt64(Tick.offset.bid_points, true),
    ask_points: view.getBigInt64(Tick.offset.ask_points, true),
  };
  for (const record of broker.tick(tick)) feeder.feed(record);
  for (const { symbol, intent } of feeder.open.splice(0)) broker.take(symbol, intent);
}

export interface ReplayOptions {
  readonly core: Core;
  readonly model: Uint8Array;
  readonly files: readonly string[];
  readonly changes?: Changes | undefined;
  /** Executes what is accepted; each tick is then a call of its own. */
  readonly paper?: { readonly commission_micros: bigint; onDeal(deal: PaperDeal): void };
  onDecision?(decision: Decision): void;
  /** What each call gave, records one after another. */
  onOutputs?(outputs: Uint8Array): void;
  onProgress?(ticks: number): void;
}

export async function replayFiles(o: ReplayOptions): Promise<ReplayResult> {
  const began = performance.now();
  const { names, digits, sources } = await openSources(o.files);
  const live: Source[] = [];
  for (const source of sources) if (await refill(source)) live.push(source);
  const earliest = (): Source =>
    live.reduce((a, b) => ((b.rows[b.at]?.time_ms ?? 0) < (a.rows[a.at]?.time_ms ?? 0) ? b : a));
  const feeder = new Feeder(o.core, o);
  const specs = new Map(names.map((name, index) => [index + 1, specOf(name, digits[index] as number)]));
  const broker = o.paper && new PaperBroker({ ...o.paper, onDeal: (deal) => o.paper?.onDeal(deal), specs });
  o.core.loadModel(o.model);
  if (live.length === 0) throw new LockstepError("bad_file", "the files hold no ticks");
  let lastMs = (earliest().rows[earliest().at] as { time_ms: number }).time_ms;
  feeder.feed(configuration({ first_ms: lastMs, names, digits, model: o.model, core: o.core, changes: o.changes }));
  const group = new Uint8Array((broker ? 1 : GROUP_TICKS) * SLOT_BYTES);
  const view = viewOf(group);
  let used = 0;
  let ticks = 0;
  const flush = (): void => {
    feeder.feed(group.subarray(0, used));
    if (broker) trade(broker, feeder, view);
    else feeder.answer(BigInt(lastMs) * 1_000_000n);
    used = 0;
  };
  while (live.length > 0) {
    const source = earliest();
    const row = source.rows[source.at++] as TickBatch["rows"][number];
    lastMs = Math.max(lastMs, row.time_ms);
    view.setBigInt64(used + HEADER_OFFSET.time_ns, BigInt(lastMs) * 1_000_000n, true);
    view.setUint16(used + HEADER_OFFSET.kind, Tick.code, true);
    view.setUint16(used + HEADER_OFFSET.symbol, source.symbol, true);
    view.setUint32(used + HEADER_OFFSET.length, SLOT_BYTES, true);
    view.setUint32(used + HEADER_OFFSET.source, SOURCE.terminal, true);
    Tick.write(view, used, {
      broker_time_ms: BigInt(row.time_ms),
      bid_points: BigInt(row.bid_points),
      ask_points: BigInt(row.ask_points),
      flags: row.flags,
      spread_points: row.ask_points - row.bid_points,
    });
    used += SLOT_BYTES;
    if (++ticks % 100_000 === 0) o.onProgress?.(ticks);
    if (used === group.length) flush();
    if (source.at >= source.rows.length && !(await refill(source))) live.splice(live.indexOf(source), 1);
  }
  if (used > 0) flush();
  const wallS = (performance.now() - began) / 1000;
  return {
    ticks,
    predictions: feeder.predictions,
    order_intents: feeder.intents,
    risk_refusals: feeder.refusals,
    outputs_digest: Buffer.from(o.core.outputsDigest()).toString("hex"),
    core_digest: Buffer.from(o.core.digest).toString("hex"),
    model_digest: createHash("sha256").update(o.model).digest("hex"),
    wall_s: Number(wallS.toFixed(3)),
    core_ticks_per_s: Math.round(ticks / (feeder.coreMs / 1000)),
    ticks_per_s: Math.round(ticks / wallS),
  };
}
