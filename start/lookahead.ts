// No look-ahead, shown by cutting: a core that never gets what comes behind a record must say the same up to there as the
// core that got everything at once. And nothing is traded on before warm-up, read from the outputs themselves.
import { Core } from "#core-wasm/host/core.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, OrderIntent, Prediction } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { INTENT_ACTION } from "#proto/records.ts";
import { feedCore, type InputSource, recordEnds, type Step } from "./input-stream.ts";

/** Steps between two snapshots of the second pass: a cut begins at the last one before it. */
const SNAPSHOT_STEPS = 50;

export interface LookaheadReport {
  readonly records: number;
  readonly outputs_digest: string;
  readonly cuts: number;
  /** Of the cuts, those applied from the first record on. */
  readonly cuts_from_start: number;
  readonly predictions: number;
  readonly predictions_before_warm_up: number;
  readonly order_intents: number;
}

/** A cut lies behind `records` whole records of step `step`. */
interface Cut {
  readonly step: number;
  readonly records: number;
  readonly fromStart: boolean;
}

interface Whole {
  readonly steps: readonly Step[];
  /** Output bytes before each step, and behind the last. */
  readonly outputsAt: readonly number[];
  readonly outputs: Uint8Array;
  readonly ends: readonly (readonly number[])[];
  readonly records: number;
  readonly digest: string;
}

/** Throws wrong_digest naming the first difference. */
export async function checkLookahead(o: {
  readonly source: InputSource;
  readonly cuts: number;
  readonly cutsFromStart: number;
  readonly seed: number;
  readonly onCut?: (done: number) => void;
  /** Where fresh cores come from; default: the built module. */
  readonly load?: () => Promise<Core>;
}): Promise<LookaheadReport> {
  const load = o.load ?? (() => Core.load());
  const whole = await applyWhole(o.source, await load());
  const warm = checkWarmUp(whole.outputs);
  const cuts = chooseCuts(whole, o);
  const snapshots = cuts.some(({ fromStart }) => !fromStart) ? takeSnapshots(whole, cuts, await load()) : new Map();
  for (const [i, cut] of cuts.entries()) {
    checkCut(whole, cut, snapshots, await load());
    o.onCut?.(i + 1);
  }
  return {
    records: whole.records,
    outputs_digest: whole.digest,
    cuts: cuts.length,
    cuts_from_start: cuts.filter(({ fromStart }) => fromStart).length,
    ...warm,
  };
}

async function applyWhole(source: InputSource, core: Core): Promise<Whole> {
  const steps: Step[] = [];
  const parts: Uint8Array[] = [];
  const outputsAt = [0];
  await feedCore(core, source, (step, outputs) => {
    steps.push(step);
    parts.push(outputs);
    outputsAt.push((outputsAt.at(-1) ?? 0) + outputs.length);
  });
  const ends = steps.map((step) => (step.kind === "model" ? [] : recordEnds(step.bytes)));
  const records = ends.reduce((sum, list) => sum + list.length, 0);
  if (records === 0) throw new LockstepError("bad_file", "the stream holds no records: name another one");
  const digest = Buffer.from(core.outputsDigest()).toString("hex");
  return { steps, outputsAt, outputs: new Uint8Array(Buffer.concat(parts)), ends, records, digest };
}

/** Seeded, and the same for a stream however it is grouped; always behind the first record and behind the last but one. */
function chooseCuts(whole: Whole, o: { cuts: number; cutsFromStart: number; seed: number }): Cut[] {
  let random = (o.seed ^ 0x9e3779b9) >>> 0;
  const next = (below: number): number => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  const wanted = Math.min(o.cuts, whole.records);
  const chosen = new Set([1, Math.max(1, whole.records - 1)].slice(0, wanted));
  while (chosen.size < wanted) chosen.add(1 + next(whole.records));
  const places = [...chosen].sort((a, b) => a - b);
  // From the start: spread over the stream, the last (longest) one among them.
  const every = o.cutsFromStart === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(wanted / o.cutsFromStart));
  const cuts: Cut[] = [];
  let [step, before] = [0, 0];
  for (const [i, place] of places.entries()) {
    while (before + (whole.ends[step]?.length ?? 0) < place) before += whole.ends[step++]?.length ?? 0;
    const fromStart = (places.length - 1 - i) % every === 0 && (places.length - 1 - i) / every < o.cutsFromStart;
    cuts.push({ step, records: place - before, fromStart });
  }
  return cuts;
}

/** The whole stream once more: must say the same again, and leaves the snapshots that the cuts begin at. */
function takeSnapshots(whole: Whole, cuts: readonly Cut[], core: Core): Map<number, Uint8Array> {
  const needed = new Set(cuts.filter(({ fromStart }) => !fromStart).map(({ step }) => snapshotStep(step)));
  const snapshots = new Map<number, Uint8Array>();
  for (const [i, step] of whole.steps.entries()) {
    if (needed.has(i)) snapshots.set(i, core.snapshot());
    const outputs = give(core, step);
    const differs = firstDifference(outputs, whole.outputs.subarray(whole.outputsAt[i], whole.outputsAt[i + 1]));
    if (differs !== undefined)
      throw difference(whole, `step ${i} of a second run`, (whole.outputsAt[i] ?? 0) + differs);
  }
  return snapshots;
}

const snapshotStep = (step: number): number => step - (step % SNAPSHOT_STEPS);

function checkCut(whole: Whole, cut: Cut, snapshots: ReadonlyMap<number, Uint8Array>, core: Core): void {
  const from = cut.fromStart ? 0 : snapshotStep(cut.step);
  const snapshot = cut.fromStart ? undefined : snapshots.get(from);
  if (snapshot) {
    core.restore(snapshot);
    // It keeps those that it scores with, and the newest.
    for (const step of whole.steps.slice(0, from)) if (step.kind === "model") give(core, step);
  }
  const said: Uint8Array[] = whole.steps.slice(from, cut.step).map((step) => give(core, step));
  const bytes = whole.steps[cut.step]?.bytes ?? new Uint8Array(0);
  const end = whole.ends[cut.step]?.[cut.records - 1] ?? 0;
  said.push(core.apply(bytes.subarray(0, end)));
  const where = `the stream cut behind record seq ${seqAt(whole, cut)}`;
  const startAt = whole.outputsAt[from] ?? 0;
  compare(whole, where, startAt, Buffer.concat(said));
  // What follows must be exactly the rest: then the cut core also said everything that was due at the cut.
  said.push(core.apply(bytes.subarray(end)));
  compare(whole, `${where}, then continued`, startAt, Buffer.concat(said), whole.outputsAt[cut.step + 1]);
}

/** What was said must stand in the whole run's outputs from `startAt` on, and end at `endAt` where that is known. */
function compare(whole: Whole, where: string, startAt: number, said: Uint8Array, endAt?: number): void {
  const expected = whole.outputs.subarray(startAt, startAt + said.length);
  const differs = firstDifference(said, expected);
  if (differs !== undefined) throw difference(whole, where, startAt + differs);
  if (endAt !== undefined && startAt + said.length !== endAt) throw difference(whole, where, startAt + said.length);
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length : at;
}

/** Names the output of the whole run in which byte `at` lies. */
function difference(whole: Whole, where: string, at: number): LockstepError {
  let found = "behind its last output";
  let count = 0;
  walkRecords(whole.outputs, (start, length, code) => {
    count++;
    if (at < start || at >= start + length) return;
    const time_ns = viewOf(whole.outputs).getBigInt64(start + HEADER_OFFSET.time_ns, true);
    found = `output ${count} (kind ${code & 0xfff}, time_ns ${time_ns}), byte ${at - start}`;
  });
  return new LockstepError(
    "wrong_digest",
    `${where}: its outputs are not the beginning of the whole run's: first difference at ${found}; what decided there knew, or kept, more than the records before it`,
  );
}

function give(core: Core, step: Step): Uint8Array {
  if (step.kind === "records") return core.apply(step.bytes);
  core.loadModel(step.bytes);
  return new Uint8Array(0);
}

function seqAt(whole: Whole, cut: Cut): bigint {
  const bytes = whole.steps[cut.step]?.bytes ?? new Uint8Array(0);
  return viewOf(bytes).getBigUint64((whole.ends[cut.step]?.[cut.records - 2] ?? 0) + HEADER_OFFSET.seq, true);
}

/** Every opening intent must follow a warm prediction of the same cause; no intent at all may follow one that is not warm. */
export function checkWarmUp(
  outputs: Uint8Array,
): Pick<LookaheadReport, "predictions" | "predictions_before_warm_up" | "order_intents"> {
  const view = viewOf(outputs);
  let [predictions, cold, intents] = [0, 0, 0];
  let cause = -1n;
  /** Of the running cause, by symbol and timeframe: was it warm? */
  const warm = new Map<string, boolean>();
  walkRecords(outputs, (at, _length, code) => {
    const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
    if (code === Prediction.code) {
      const p = Prediction.read(view, at);
      if (p.cause_seq !== cause) warm.clear();
      cause = p.cause_seq;
      warm.set(`${symbol} ${p.timeframe_s}`, p.warm === 1);
      predictions++;
      if (p.warm !== 1) cold++;
    } else if (code === OrderIntent.code) {
      intents++;
      const i = OrderIntent.read(view, at);
      const known = i.cause_seq === cause ? warm.get(`${symbol} ${i.timeframe_s}`) : undefined;
      if (known === true || (known === undefined && i.action !== INTENT_ACTION.open)) return;
      const what = known === false ? "a prediction from before warm-up" : "no prediction";
      throw new LockstepError(
        "wrong_digest",
        `order intent ${Buffer.from(i.intent_id).toString("hex")} (symbol ${symbol}, cause seq ${i.cause_seq}) follows ${what}: it must not be traded on`,
      );
    }
  });
  return { predictions, predictions_before_warm_up: cold, order_intents: intents };
}
