import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { FEATURE_NAMES } from "#proto/features.ts";
import { HEADER_OFFSET, ModelDigest, Prediction } from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { writeArtefact } from "../models/artefact.ts";
import { randomHead } from "../models/random-model.fixture.ts";
import { Core, CoreFault } from "./core.ts";
import { CoreInstance } from "./instance.ts";
import { sampleStream } from "./sample-stream.ts";

const ensemble = (seed: number): Uint8Array =>
  writeArtefact({ features: FEATURE_NAMES.slice(0, 20), heads: [randomHead(seed, 20)], meta: {} });
const MODELS = [11, 12, 13, 14, 15, 16].map(ensemble);
const STREAM = sampleStream({ ticks: 4000, seed: 3 });

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** The sample stream with this model named in it, cut into parts of about equal length. */
function parts(model: Uint8Array, count: number): Uint8Array[] {
  const bytes = STREAM.slice();
  const ends: number[] = [];
  walkRecords(bytes, (at, length, code) => {
    ends.push(at + length);
    if (code !== ModelDigest.code) return;
    bytes.set(sha256(model), at + ModelDigest.offset.sha256);
    viewOf(bytes).setUint32(at + ModelDigest.offset.size_bytes, model.length, true);
  });
  const cuts = Array.from({ length: count }, (_, i) => ends[Math.ceil((ends.length * (i + 1)) / count) - 1] as number);
  return cuts.map((end, i) => bytes.subarray(i === 0 ? 0 : cuts[i - 1], end));
}

const said = (outputs: Uint8Array): Prediction[] => {
  const list: Prediction[] = [];
  walkRecords(outputs, (at, _length, code) => {
    if (code === Prediction.code) list.push(Prediction.read(viewOf(outputs), at));
  });
  return list;
};

async function alone(model: Uint8Array): Promise<{ core: Core; outputs: Uint8Array }> {
  const core = await Core.load();
  core.loadModel(model);
  return { core, outputs: Buffer.concat(parts(model, 7).map((part) => core.apply(part))) };
}

test("model: all five models active: scores, contributions, drift and sets are recorded", async () => {
  const { outputs } = await alone(MODELS[0] as Uint8Array);
  const warm = said(outputs).filter((p) => p.warm === 1);
  assert.ok(warm.length > 50);
  for (const p of warm) {
    assert.deepEqual([p.direction_models, p.volatility_models, p.regime_models], [31, 0, 0]);
    assert.deepEqual([p.volatility_gru, p.probability_volatile_regime, p.volatility_set], [0.5, 0.5, 3]);
    const scores = [
      p.direction_boosted,
      p.direction_forest,
      p.direction_logistic,
      p.direction_perceptron,
      p.direction_gru,
    ];
    const mean = scores.reduce((a, b) => a + b) / 5;
    const spread = Math.sqrt(scores.reduce((sum, s) => sum + (s - mean) ** 2, 0) / 5);
    assert.ok(Math.abs(spread - p.direction_disagreement) < 1e-12);
    const sizes = [p.contribution_0, p.contribution_1, p.contribution_2, p.contribution_3].map(Math.abs);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => b - a),
    );
    assert.ok((sizes[0] as number) > 0 && p.contribution_feature_0 < 20);
  }
  assert.ok(new Set(warm.map((p) => p.direction_gru)).size > 40);
});

test("model: streams of one instance with more models than it keeps: each says what it says alone", async () => {
  const instance = await CoreInstance.load();
  const cores = MODELS.map(() => new Core(instance));
  for (const [i, core] of cores.entries()) core.loadModel(MODELS[i] as Uint8Array);
  const cut = MODELS.map((model) => parts(model, 7));
  const outputs = cores.map((): Uint8Array[] => []);
  for (let round = 0; round < 7; round++)
    for (const [i, core] of cores.entries()) outputs[i]?.push(core.apply(cut[i]?.[round] as Uint8Array));
  for (const [i, model] of MODELS.entries())
    assert.deepEqual(Buffer.concat(outputs[i] as Uint8Array[]), Buffer.from((await alone(model)).outputs));
});

test("model: a restored stream without its model's bytes: stops; with them: goes on as if nothing had been", async () => {
  const [model] = MODELS as [Uint8Array];
  const [first, ...rest] = parts(model, 7) as [Uint8Array, ...Uint8Array[]];
  const core = await Core.load();
  core.loadModel(model);
  core.apply(first);
  const snapshot = core.snapshot();
  const expected = Buffer.concat(rest.map((part) => core.apply(part)));
  const missing = await Core.load();
  missing.restore(snapshot);
  assert.throws(
    () => rest.map((part) => missing.apply(part)),
    (error: unknown) => error instanceof CoreFault && error.message.includes("model_missing"),
  );
  const found = await Core.load();
  found.loadModel(model);
  found.restore(snapshot);
  assert.deepEqual(Buffer.concat(rest.map((part) => found.apply(part))), expected);
});

test("model: the next one laid ready: the old one scores until the record names the new one, nothing else is lost", async () => {
  const [model, next] = MODELS as [Uint8Array, Uint8Array];
  const cut = parts(model, 2) as [Uint8Array, Uint8Array];
  const core = await Core.load();
  core.loadModel(model);
  core.apply(cut[0]);
  const before = core.status();
  core.loadModel(next);
  const half = parts(model, 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const old = said(core.apply(half[2])).map((p) => Buffer.from(p.model_sha256_head).toString("hex"));
  assert.deepEqual([...new Set(old)], [Buffer.from(sha256(model).subarray(0, 16)).toString("hex")]);
  const time_ns = viewOf(half[3]).getBigInt64(HEADER_OFFSET.time_ns, true);
  const swap = encodeRecord(
    ModelDigest,
    { time_ns, source: 6 },
    { sha256: sha256(next), size_bytes: next.length, artefact_version: 3 },
  );
  const rest = half[3].slice();
  let seq = core.lastSeq();
  viewOf(swap).setBigUint64(HEADER_OFFSET.seq, ++seq, true);
  walkRecords(rest, (at) => viewOf(rest).setBigUint64(at + HEADER_OFFSET.seq, ++seq, true));
  assert.deepEqual(said(core.apply(swap)), []);
  const fresh = said(core.apply(rest));
  assert.ok(fresh.length > 5 && fresh.every((p) => p.warm === 1));
  assert.deepEqual(fresh[0]?.model_sha256_head, sha256(next).slice(0, 16));
  assert.equal(core.status().symbols, before.symbols);
});
