// Tick files straight into a core, as fast as it goes: no journal. Orders that the core wants are answered as expired, so
// that it goes on deciding, or, where asked for, executed by a broker on paper. The same files give the same digest, everywhere.
import { createHash } from "node:crypto";
import type { Core } from "#core-wasm/host/core.ts";
import { plainSpec } from "#core-wasm/host/plain-spec.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, Tick } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { SLOT_BYTES, SOURCE } from "#proto/records.ts";
import { type Decision, Feeder } from "./feeder.ts";
import { PaperBroker, type PaperCosts } from "./paper-broker.ts";
import type { PaperDeal } from "./paper-records.ts";
import { BALANCE_MICROS, REPLAY_LEVERAGE, replayConfiguration } from "./replay-configuration.ts";
import { type Change, ChangedSettings } from "./settings.ts";
import { openTickSources, refill, type TickSource } from "./tick-sources.ts";

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
  /** Over the time inside the core and the host around it; with orders on paper over the whole run. */
  readonly core_ticks_per_s: number;
  /** Over the whole run, reading and parsing the files included. */
  readonly ticks_per_s: number;
}

export interface ReplayOptions {
  readonly core: Core;
  readonly model: Uint8Array;
  readonly files: readonly string[];
  readonly changes?: readonly Change[] | undefined;
  /** Executes what is accepted; each tick is then a call of its own. */
  readonly paper?: { readonly costs: PaperCosts; onDeal(deal: PaperDeal): void };
  onDecision?(decision: Decision): void;
  /** What each call gave, records one after another. */
  onOutputs?(outputs: Uint8Array): void;
  onProgress?(ticks: number): void;
}

function openBroker(paper: NonNullable<ReplayOptions["paper"]>, names: readonly string[], digits: readonly number[]) {
  const specs = new Map(names.map((name, index) => [index + 1, plainSpec(name, digits[index] as number)]));
  const broker = new PaperBroker({ costs: paper.costs, onDeal: (deal) => paper.onDeal(deal), specs });
  broker.setAccount({ base_micros: BALANCE_MICROS, leverage: REPLAY_LEVERAGE });
  return broker;
}

function changeSettings(records: Uint8Array, changes: readonly Change[] = []): Uint8Array {
  const changed = new ChangedSettings(changes);
  walkRecords(records, (at, _length, code) => changed.apply(records, at, code));
  changed.checkAllMet("a replay of tick files");
  return records;
}

export async function replayFiles(o: ReplayOptions): Promise<ReplayResult> {
  const began = performance.now();
  const { names, digits, sources } = await openTickSources(o.files);
  const live: TickSource[] = [];
  for (const source of sources) if (await refill(source)) live.push(source);
  const earliest = (): TickSource =>
    live.reduce((a, b) => ((b.rows[b.at]?.time_ms ?? 0) < (a.rows[a.at]?.time_ms ?? 0) ? b : a));
  const feeder = new Feeder(o.core, o);
  const broker = o.paper && openBroker(o.paper, names, digits);
  o.core.loadModel(o.model);
  if (live.length === 0) throw new LockstepError("bad_file", "the files hold no ticks");
  let lastMs = (earliest().rows[earliest().at] as { time_ms: number }).time_ms;
  const first = replayConfiguration({ first_ms: lastMs, names, digits, model: o.model, core: o.core });
  feeder.feed(changeSettings(first, o.changes));
  const group = new Uint8Array((broker ? 1 : GROUP_TICKS) * SLOT_BYTES);
  const view = viewOf(group);
  let used = 0;
  let ticks = 0;
  const flush = (): void => {
    if (broker) feeder.tickOnPaper(group, view, 0, broker);
    else {
      feeder.feed(group.subarray(0, used));
      feeder.answerExpired(BigInt(lastMs) * 1_000_000n);
    }
    used = 0;
  };
  while (live.length > 0) {
    const source = earliest();
    const row = source.rows[source.at++] as TickSource["rows"][number];
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
    predictions: feeder.decisions.predictions,
    order_intents: feeder.decisions.intents,
    risk_refusals: feeder.decisions.refusals,
    outputs_digest: Buffer.from(o.core.outputsDigest()).toString("hex"),
    core_digest: Buffer.from(o.core.digest).toString("hex"),
    model_digest: createHash("sha256").update(o.model).digest("hex"),
    wall_s: Number(wallS.toFixed(3)),
    core_ticks_per_s: Math.round(ticks / (broker ? wallS : feeder.coreMs / 1000)),
    ticks_per_s: Math.round(ticks / wallS),
  };
}
