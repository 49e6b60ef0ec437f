// All risk checks of one intent with their recorded verdict: the same bars from ticks with a strategy that wants an order at
// each close, less the same without one; the module alone, and with its host, which digests the outputs. Floor: a bare SHA-256 of node over bytes of the verdict's size.
import { createHash } from "node:crypto";
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { HEADER_OFFSET, RiskVerdict, StrategyParams, Tick } from "#proto/generated/records.ts";
import { REASONS } from "#proto/reasons.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import { type BenchRow, median, row } from "../harness.ts";
import { BareModule } from "./core-stream.ts";

const MINUTES = 5_000;
const MS_PER_MINUTE = 60_000n;
/** Short and many, in turns: what a neighbour takes falls on both sides of a difference, or on few of them. */
const ROUNDS = 101;

/** The sample's configuration, then one tick a minute; every close wants an order, or none does. */
function minutes(enabled: boolean): Uint8Array {
  const head = sampleStream({ ticks: 1, seed: 1 });
  const view = viewOf(head);
  walkRecords(head, (at, _length, code) => {
    if (code !== StrategyParams.code) return;
    const params = StrategyParams.read(view, at);
    // An order that the limits refuse: the next close is free to want another.
    StrategyParams.write(view, at, {
      ...params,
      enter_edge_ppm: 0,
      volume_microlots: 1n << 40n,
      enabled: enabled ? 1 : 0,
    });
  });
  const last = head.slice(-SLOT_BYTES);
  const from = viewOf(last);
  const seq = from.getBigUint64(HEADER_OFFSET.seq, true);
  const time_ns = from.getBigInt64(HEADER_OFFSET.time_ns, true);
  const broker_ms = from.getBigInt64(Tick.offset.broker_time_ms, true);
  const out = new Uint8Array(head.length + MINUTES * SLOT_BYTES);
  out.set(head);
  const ticks = new DataView(out.buffer, head.length);
  for (let i = 0; i < MINUTES; i++) {
    const at = i * SLOT_BYTES;
    out.set(last, head.length + at);
    const step = BigInt(i + 1);
    ticks.setBigUint64(at + HEADER_OFFSET.seq, seq + step, true);
    ticks.setBigInt64(at + HEADER_OFFSET.time_ns, time_ns + step * MS_PER_MINUTE * 1_000_000n, true);
    ticks.setBigInt64(at + Tick.offset.broker_time_ms, broker_ms + step * MS_PER_MINUTE, true);
  }
  return out;
}

/** One round through the module alone, or through its host. */
type Round = (stream: Uint8Array) => { readonly ns: number; readonly outputs: Uint8Array };

async function hosted(): Promise<Round> {
  const core = await Core.load();
  core.loadModel(sampleModel());
  const empty = core.snapshot();
  return (stream) => {
    core.restore(empty);
    const began = process.threadCpuUsage();
    const outputs = core.apply(stream);
    const { user, system } = process.threadCpuUsage(began);
    return { ns: (user + system) * 1000, outputs };
  };
}

function verdictsIn(outputs: Uint8Array): number {
  let verdicts = 0;
  walkRecords(outputs, (_at, _length, code) => {
    if (code === RiskVerdict.code) verdicts++;
  });
  return verdicts;
}

/** With an order wanted at each close less without, in turns: nanoseconds an intent, the median of all rounds. */
function intentNs(round: Round): number {
  const wanted = minutes(true);
  const idle = minutes(false);
  const verdicts = verdictsIn(round(wanted).outputs);
  if (verdicts < MINUTES * 0.9) throw new Error(`only ${verdicts} verdicts in ${MINUTES} minutes`);
  return median(Array.from({ length: ROUNDS }, () => (round(wanted).ns - round(idle).ns) / verdicts));
}

function hashNs(bytes: number): number {
  const message = new Uint8Array(bytes);
  const once = (): number => {
    const began = process.threadCpuUsage();
    for (let i = 0; i < MINUTES; i++) createHash("sha256").update(message).digest();
    const { user, system } = process.threadCpuUsage(began);
    return ((user + system) * 1000) / MINUTES;
  };
  return median(Array.from({ length: ROUNDS }, once));
}

export async function risk(): Promise<BenchRow[]> {
  const module = await BareModule.load(sampleModel());
  const bytes = RiskVerdict.lengthOf({ checks: REASONS } as unknown as RiskVerdict);
  const floor = hashNs(bytes);
  const what = `risk: one intent, its id and tag, ${REASONS.length} checks, both records written`;
  const peer = { unit: "ns", peer: `node's SHA-256 (OpenSSL) of the verdict's ${bytes} bytes alone`, peerValue: floor };
  return [
    row({
      name: `${what}; the module alone`,
      ...peer,
      value: intentNs((stream) => module.run(stream)),
      better: "less",
    }),
    row({
      name: `${what}, copied out and digested by the host`,
      ...peer,
      value: intentNs(await hosted()),
      better: "less",
    }),
  ];
}
