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
import { BLOCK, nativePeers, type Ort, onnxRuntime, type Times } from "./ensemble-peers.ts";

const ROWS = 2000;
const ROUNDS = 21;
const WARM_ROUNDS = 4;
const BATCH_ROUNDS = 15;
const AIM_NS = 6000;
const STEPS = 16;

type Round = () => Promise<Times> | Times;

const median = (values: readonly number[]): number => percentile(values, 50);

/** Row by row: written, scored, read. */
function coreSingle(scorer: Scorer, head: number, rows: Float32Array): Round {
  const floats = scorer.rowFloats(head);
  const ones = Array.from({ length: ROWS }, (_, i) => rows.subarray(i * floats, (i + 1) * floats));
  const samples = new Float64Array(ROWS);
  const { row } = scorer;
  const score = (one: Float32Array): number => {
    // Fewer than two hundred numbers: quicker by hand than by a call of `set`.
    for (let i = 0; i < one.length; i++) row[i] = one[i] as number;
    scorer.score(head, 1);
    return scorer.scores[SCORE_AT.calibrated] as number;
  };
  return () => {
    let sum = 0;
    for (const [i, one] of ones.entries()) {
      const began = performance.now();
      const p = score(one);
      samples[i] = (performance.now() - began) * 1e6;
      sum += p;
    }
    const blocks: number[] = [];
    for (let i = 0; i < ROWS; i += BLOCK) {
      row.set(rows.subarray(i * floats, (i + BLOCK) * floats));
      const began = performance.now();
      scorer.score(head, BLOCK);
      blocks.push(((performance.now() - began) * 1e6) / BLOCK);
    }
    return { ...percentiles(samples), block: median(blocks), sum };
  };
}

const percentiles = (samples: Float64Array): Pick<Times, "p50" | "p99"> => {
  samples.sort();
  return { p50: samples[ROWS >> 1] as number, p99: samples[Math.floor(ROWS * 0.99)] as number };
};

type OrtSession = Awaited<ReturnType<Ort["InferenceSession"]["create"]>>;

function ortSession(ort: Ort, path: string): Promise<OrtSession> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" };
  return ort.InferenceSession.create(path, options);
}

function ortSingle(ort: Ort, session: OrtSession, x: Float32Array): Round {
  const width = ENSEMBLE_FEATURES.length;
  return async () => {
    const samples = new Float64Array(ROWS);
    let sum = 0;
    for (let i = 0; i < ROWS; i++) {
      const one = x.subarray(i * width, (i + 1) * width);
      const began = performance.now();
      const said = await session.run({ x: new ort.Tensor("float32", one, [1, width]) });
      const p = said.p?.data[0] as number;
      samples[i] = (performance.now() - began) * 1e6;
      sum += p;
    }
    return { ...percentiles(samples), block: median([...samples]), sum };
  };
}

/**
 * Sides take turns, so that a slow spell of the machine meets all of them. Of each the median round; a ratio is the median of
 * the rounds' own ratios.
 */
class Turns {
  readonly #rounds = new Map<string, Times[]>();

  async run(sides: Readonly<Record<string, Round>>): Promise<void> {
    for (let round = 0; round < ROUNDS + WARM_ROUNDS; round++)
      for (const [name, side] of Object.entries(sides)) {
        const times = await side();
        if (round >= WARM_ROUNDS) this.#rounds.set(name, [...(this.#rounds.get(name) ?? []), times]);
      }
  }

  #of(name: string, what: keyof Times): number[] {
    return (this.#rounds.get(name) as Times[]).map((times) => times[what]);
  }

  value(name: string, what: keyof Times): number {
    return median(this.#of(name, what));
  }

  /** What the peer would have taken in the median round of `name`, by the median ratio of the two. */
  peer(name: string, peer: string, what: keyof Times): number {
    const own = this.#of(name, what);
    return this.value(name, what) * median(this.#of(peer, what).map((v, i) => v / (own[i] as number)));
  }
}

/** Rows a second of both, many rows a call, by turns: the best round of each. */
async function batches(scorer: Scorer, rows: Float32Array, peer: () => Promise<unknown>): Promise<[number, number]> {
  const count = Math.min(scorer.rowsMax(0), ROWS);
  const best: [number, number] = [0, 0];
  const rate = (n: number, began: number): number => n / ((performance.now() - began) / 1000);
  for (let round = 0; round < BATCH_ROUNDS; round++) {
    const began = performance.now();
    scorer.row.set(rows.subarray(0, count * scorer.rowFloats(0)));
    scorer.score(0, count);
    best[0] = Math.max(best[0], rate(count, began));
    const second = performance.now();
    await peer();
    best[1] = Math.max(best[1], rate(ROWS, second));
  }
  return best;
}

/** Rows as the core takes them: inputs to a multiple of four, then the sequence. */
function packed(rows: Rows, floats: number): Float32Array {
  const [width, shapes] = [rows.features.length, 7];
  const out = new Float32Array(ROWS * floats);
  const head = (width + 3) & ~3;
  for (let i = 0; i < ROWS; i++) {
    out.set(rows.x.subarray(i * width, (i + 1) * width), i * floats);
    const steps = (floats - head) / 8;
    for (let step = 0; step < steps; step++) {
      const from = ((i + 1) * rows.steps - steps + step) * shapes;
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

/** Rows of the core's features, the trees trained on them in both forms, and their importer's nodes, in files. */
async function prepare(folder: string): Promise<{ rows: Rows; x: Float32Array; part: TreeSum }> {
  const bars = probeBars({ count: ROWS + 200, timeframe_s: 3600, seed: 5 });
  const rows = await buildRows([{ symbol: "A", timeframe_s: 3600, bars }], {
    features: ENSEMBLE_FEATURES,
    steps: STEPS,
  });
  const x = rows.x.slice(0, ROWS * ENSEMBLE_FEATURES.length);
  writeFileSync(join(folder, "x.f32"), new Uint8Array(x.buffer));
  const answers = (rows.answers[1] as Uint8Array).slice(0, ROWS).map((y) => (y === NO_ANSWER ? 0 : y));
  writeFileSync(join(folder, "y.u8"), answers);
  writeFileSync(join(folder, "shape.json"), JSON.stringify({ features: ENSEMBLE_FEATURES }));
  await runPython(ORIGINALS, [fileURLToPath(new URL("./ensemble_models.py", import.meta.url)), folder]);
  const { part } = importLightgbm(readFileSync(join(folder, "lightgbm.txt"), "utf8"));
  writeFileSync(join(folder, "nodes"), nodesFile(part));
  return { rows, x, part };
}

const ORT = "onnxruntime-node, same trees, one thread";
const LIGHTGBM = "LightGBM's C API, single row fast, same trees";
const PLAIN = "plain C++ -O3 on the same nodes";
const TREES = "100 trees of 31 leaves";

function resultRows(turns: Turns, heads: readonly string[], [own, ort]: readonly [number, number]): BenchRow[] {
  const ns = { unit: "ns", better: "less" } as const;
  const against = (what: "p50" | "p99", peer: string, name: string, said: string): BenchRow =>
    row({
      ...ns,
      name: `${TREES}, single row against ${name}, ${what}`,
      value: turns.value("trees", what),
      peer: said,
      peerValue: turns.peer("trees", peer, what),
    });
  const worst = (what: "p50" | "p99"): number => Math.max(...heads.map((head) => turns.value(head, what)));
  return [
    against("p50", "ort", "onnxruntime-node", ORT),
    against("p99", "ort", "onnxruntime-node", ORT),
    against("p50", "lightgbm", "lightgbm", LIGHTGBM),
    against("p99", "lightgbm", "lightgbm", LIGHTGBM),
    row({
      ...ns,
      name: `${TREES}, row by row, the module alone against its floor`,
      value: turns.value("trees", "block"),
      peer: PLAIN,
      peerValue: turns.peer("trees", "plain", "block"),
    }),
    against("p50", "plain", "its floor, with the host's call", PLAIN),
    ...(["p50", "p99"] as const).map((what) =>
      row({
        ...ns,
        name: `five models, stacked and calibrated, single row of the slowest shipped H1 head, ${what}`,
        value: worst(what),
        peer: "the aim",
        peerValue: AIM_NS,
      }),
    ),
    row({
      name: `${TREES}, many rows a call, against onnxruntime-node`,
      unit: "rows/s",
      better: "more",
      value: own,
      peer: `onnxruntime-node, ${ROWS} rows a call, one thread`,
      peerValue: ort,
    }),
  ];
}

async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-ensemble-"));
  try {
    const { rows, x, part } = await prepare(folder);
    const head = { timeframe_s: 3600, horizon_s: 3600, kind: 0, warm_bars: 0, boosted: part };
    const trees = await Scorer.load(writeArtefact({ features: ENSEMBLE_FEATURES, heads: [head], meta: {} }));
    const shipped = new Uint8Array(readFileSync("core-wasm/models/shipped/model.lsm"));
    const five = await Scorer.load(shipped);
    const h1 = readArtefact(shipped).heads.flatMap(({ timeframe_s, kind }, i) =>
      timeframe_s === 3600 ? [{ name: `head ${kind}`, i }] : [],
    );
    const lightgbm = ORIGINALS.find(({ project }) => project === "lightgbm") as Wheel;
    const library = join(dirname((await fromWheel(lightgbm)) as string), "lib/lib_lightgbm.so");
    const ort = await onnxRuntime();
    const session = await ortSession(ort, join(folder, "trees.onnx"));
    const native = nativePeers({ folder, library, inputs: ENSEMBLE_FEATURES.length, rows: ROWS });
    const turns = new Turns();
    await turns.run({
      trees: coreSingle(trees, 0, packed(rows, trees.rowFloats(0))),
      plain: () => native.round("plain"),
      lightgbm: () => native.round("lightgbm"),
      ort: ortSingle(ort, session, x),
      ...Object.fromEntries(h1.map(({ name, i }) => [name, coreSingle(five, i, packed(rows, five.rowFloats(i)))])),
    });
    native.end();
    same("onnxruntime-node", turns.value("trees", "sum"), turns.value("ort", "sum"));
    same("LightGBM", turns.value("trees", "sum"), turns.value("lightgbm", "sum"));
    const all = new ort.Tensor("float32", x, [ROWS, ENSEMBLE_FEATURES.length]);
    const rates = await batches(trees, packed(rows, trees.rowFloats(0)), () => session.run({ x: all }));
    return resultRows(
      turns,
      h1.map(({ name }) => name),
      rates,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const suite: Suite = { name: "ensemble", run };
