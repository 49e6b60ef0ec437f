// The ensemble: the same 100 trees of 31 leaves by the core, onnxruntime-node, LightGBM's C API and plain C++; the shipped
// head with all five models; many rows at once. One thread, one run, rows of the core's own features.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SCORE_AT, Scorer } from "#core-wasm/host/scorer.ts";
import { readArtefact, writeArtefact } from "#core-wasm/models/artefact.ts";
import { ENSEMBLE_FEATURES } from "#core-wasm/models/features.ts";
import { importLightgbm } from "#core-wasm/models/import/lightgbm.ts";
import { probeBars } from "#core-wasm/models/probe.ts";
import { buildRows, NO_ANSWER, type Rows } from "#core-wasm/models/training/rows.ts";
import type { TreeSum } from "#core-wasm/models/trees.ts";
import { fromWheel, type Wheel } from "#storage/engines/tools.ts";
import { ORIGINALS, runPython } from "../../../start/model/python.ts";
import { type BenchRow, percentile, row, type Suite } from "../harness.ts";
import { nativePeers, type Ort, onnxRuntime } from "./ensemble-peers.ts";

const ROWS = 2000;
const ROUNDS = 10;
const WARM_ROUNDS = 3;
const AIM_NS = 6000;
const STEPS = 16;

interface Times {
  readonly p50: number;
  readonly p99: number;
}

const timesOf = (samples: readonly number[]): Times => ({ p50: percentile(samples, 50), p99: percentile(samples, 99) });

/** Row by row: written, scored, read. */
function coreSingle(scorer: Scorer, head: number, rows: Float32Array): Times & { sum: number } {
  const floats = scorer.rowFloats(head);
  const count = rows.length / floats;
  const samples: number[] = [];
  let sum = 0;
  for (let round = 0; round < ROUNDS + WARM_ROUNDS; round++)
    for (let i = 0; i < count; i++) {
      const one = rows.subarray(i * floats, (i + 1) * floats);
      const began = performance.now();
      scorer.row.set(one);
      scorer.score(head, 1);
      const p = scorer.scores[SCORE_AT.calibrated] as number;
      const ended = performance.now();
      if (round === 0) sum += p;
      if (round >= WARM_ROUNDS) samples.push((ended - began) * 1e6);
    }
  return { ...timesOf(samples), sum };
}

function coreBatch(scorer: Scorer, rows: Float32Array, seconds: number): number {
  const floats = scorer.rowFloats(0);
  const count = Math.min(scorer.rowsMax(0), rows.length / floats);
  let [scored, best] = [0, 0];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until || scored === 0) {
    const began = performance.now();
    scorer.row.set(rows.subarray(0, count * floats));
    scorer.score(0, count);
    scored += count;
    best = Math.max(best, count / ((performance.now() - began) / 1000));
  }
  return best;
}

async function ortTimes(
  ort: Ort,
  path: string,
  x: Float32Array,
  seconds: number,
): Promise<Times & { sum: number; batch: number }> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" };
  const session = await ort.InferenceSession.create(path, options);
  const width = ENSEMBLE_FEATURES.length;
  const samples: number[] = [];
  let sum = 0;
  for (let round = 0; round < ROUNDS + WARM_ROUNDS; round++)
    for (let i = 0; i < ROWS; i++) {
      const one = x.subarray(i * width, (i + 1) * width);
      const began = performance.now();
      const said = await session.run({ x: new ort.Tensor("float32", one, [1, width]) });
      const p = said.p?.data[0] as number;
      const ended = performance.now();
      if (round === 0) sum += p;
      if (round >= WARM_ROUNDS) samples.push((ended - began) * 1e6);
    }
  let batch = 0;
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until || batch === 0) {
    const began = performance.now();
    await session.run({ x: new ort.Tensor("float32", x, [ROWS, width]) });
    batch = Math.max(batch, ROWS / ((performance.now() - began) / 1000));
  }
  return { ...timesOf(samples), sum, batch };
}

/** Rows as the core takes them: inputs to a multiple of four, then the sequence. */
function packed(rows: Rows, floats: number): Float32Array {
  const [width, shapes] = [rows.features.length, 7];
  const out = new Float32Array(ROWS * floats);
  const head = (width + 3) & ~3;
  for (let i = 0; i < ROWS; i++) {
    out.set(rows.x.subarray(i * width, (i + 1) * width), i * floats);
    for (let step = 0; step < (floats - head) / 8; step++) {
      const from = (i * rows.steps + step) * shapes;
      out.set(rows.sequence.subarray(from, from + shapes), i * floats + head + step * 8);
    }
  }
  return out;
}

function nodesFile(sum: TreeSum): Uint8Array {
  const out = new DataView(new ArrayBuffer(4 + sum.first.length * 8 + sum.threshold.length * 8));
  out.setUint32(0, sum.first.length, true);
  for (const [i, first] of sum.first.entries()) {
    out.setUint32(4 + 8 * i, first, true);
    out.setUint32(8 + 8 * i, sum.depth[i] as number, true);
  }
  const at = 4 + sum.first.length * 8;
  for (const [i, threshold] of sum.threshold.entries()) {
    out.setFloat32(at + 8 * i, threshold, true);
    out.setUint16(at + 8 * i + 4, sum.input[i] as number, true);
    out.setUint16(at + 8 * i + 6, sum.left[i] as number, true);
  }
  return new Uint8Array(out.buffer);
}

function same(name: string, a: number, b: number): void {
  if (!(Math.abs(a - b) < 1e-6 * ROWS))
    throw new Error(`${name} says something else: probabilities sum to ${b}, the core's to ${a}`);
}

async function run({ seconds }: { readonly seconds: number }): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-ensemble-"));
  try {
    const bars = probeBars({ count: ROWS + 200, timeframe_s: 3600, seed: 5 });
    const rows = await buildRows([{ symbol: "A", timeframe_s: 3600, bars }], {
      features: ENSEMBLE_FEATURES,
      steps: STEPS,
    });
    const width = ENSEMBLE_FEATURES.length;
    const x = rows.x.slice(0, ROWS * width);
    writeFileSync(join(folder, "x.f32"), new Uint8Array(x.buffer));
    const answers = (rows.answers[1] as Uint8Array).slice(0, ROWS).map((y) => (y === NO_ANSWER ? 0 : y));
    writeFileSync(join(folder, "y.u8"), answers);
    writeFileSync(join(folder, "shape.json"), JSON.stringify({ features: ENSEMBLE_FEATURES }));
    await runPython(ORIGINALS, [fileURLToPath(new URL("./ensemble_models.py", import.meta.url)), folder]);
    const { part } = importLightgbm(readFileSync(join(folder, "lightgbm.txt"), "utf8"));
    writeFileSync(join(folder, "nodes"), nodesFile(part));
    const head = { timeframe_s: 3600, horizon_s: 3600, kind: 0, warm_bars: 0, boosted: part };
    const trees = await Scorer.load(writeArtefact({ features: ENSEMBLE_FEATURES, heads: [head], meta: {} }));
    const shipped = new Uint8Array(readFileSync("core-wasm/models/shipped/model.lsm"));
    const five = await Scorer.load(shipped);
    const index = readArtefact(shipped).heads.findIndex((h) => h.timeframe_s === 3600 && h.kind === 0);
    const lightgbm = ORIGINALS.find(({ project }) => project === "lightgbm") as Wheel;
    const library = join(dirname((await fromWheel(lightgbm)) as string), "lib/lib_lightgbm.so");

    const own = coreSingle(trees, 0, packed(rows, trees.rowFloats(0)));
    const all = coreSingle(five, index, packed(rows, five.rowFloats(index)));
    const ort = await ortTimes(await onnxRuntime(), join(folder, "trees.onnx"), x, seconds);
    const native = nativePeers({ folder, library, inputs: width, rows: ROWS });
    same("onnxruntime-node", own.sum, ort.sum);
    same("LightGBM", own.sum, native.lightgbm.sum);
    const batch = coreBatch(trees, packed(rows, trees.rowFloats(0)), seconds);
    const ns = { unit: "ns", better: "less" } as const;
    const what = "100 trees of 31 leaves, single row";
    return [
      row({
        ...ns,
        name: `${what} against onnxruntime-node, p50`,
        value: own.p50,
        peer: "onnxruntime-node, same trees, one thread",
        peerValue: ort.p50,
      }),
      row({
        ...ns,
        name: `${what} against onnxruntime-node, p99`,
        value: own.p99,
        peer: "onnxruntime-node, same trees, one thread",
        peerValue: ort.p99,
      }),
      row({
        ...ns,
        name: `${what} against lightgbm, p50`,
        value: own.p50,
        peer: "LightGBM's C API, single row fast, same trees",
        peerValue: native.lightgbm.p50,
      }),
      row({
        ...ns,
        name: `${what} against lightgbm, p99`,
        value: own.p99,
        peer: "LightGBM's C API, single row fast, same trees",
        peerValue: native.lightgbm.p99,
      }),
      row({
        ...ns,
        name: `${what} against its floor, p50`,
        value: own.p50,
        peer: "plain C++ -O3 on the same nodes",
        peerValue: native.plain.p50,
      }),
      row({
        ...ns,
        name: "five models, stacked and calibrated, single row of the shipped H1 head, p50",
        value: all.p50,
        peer: "the aim",
        peerValue: AIM_NS,
      }),
      row({
        ...ns,
        name: "five models, stacked and calibrated, single row of the shipped H1 head, p99",
        value: all.p99,
        peer: "the aim",
        peerValue: AIM_NS,
      }),
      row({
        name: "100 trees of 31 leaves, many rows a call, against onnxruntime-node",
        unit: "rows/s",
        better: "more",
        value: batch,
        peer: `onnxruntime-node, ${ROWS} rows a call, one thread`,
        peerValue: ort.batch,
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const suite: Suite = { name: "ensemble", run };
