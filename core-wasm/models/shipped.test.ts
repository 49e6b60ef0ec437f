import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { FEATURE_COUNT, FEATURE_NAMES, featureIndex, SEQUENCE_FEATURES } from "#proto/features.ts";
import { BarHistory, HEADER_OFFSET, ModelDigest, Prediction } from "#proto/generated/records.ts";
import type { BarRow } from "#proto/mt5-files.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { readArtefact } from "./artefact.ts";
import { ENSEMBLE_FEATURES } from "./features.ts";
import { MODEL_NAMES, type ModelHead } from "./heads.ts";
import { asInput, scoreHead } from "./plain-score.ts";
import { featuresProbe, probeBars } from "./probe.ts";
import { buildRows } from "./training/rows.ts";

const SHIPPED = new Uint8Array(readFileSync(new URL("./shipped/model.lsm", import.meta.url)));
const CARD: Record<string, unknown> = JSON.parse(
  readFileSync(new URL("./shipped/model.json", import.meta.url), "utf8"),
);
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Puts seq into a record and gives it. */
function numbered(record: Uint8Array, seq: number): Uint8Array {
  viewOf(record).setBigUint64(HEADER_OFFSET.seq, BigInt(seq), true);
  return record;
}

async function coreWith(artefact: Uint8Array): Promise<Core> {
  const core = await Core.load();
  core.loadModel(artefact);
  const payload = { sha256: new Uint8Array(sha256(artefact)), size_bytes: artefact.length, artefact_version: 3 };
  core.apply(numbered(encodeRecord(ModelDigest, { time_ns: 1n, source: 6 }, payload), 1));
  return core;
}

test("shipped model: its bytes: nine heads of five models, features of the core, the card beside it", () => {
  const { features, heads, meta } = readArtefact(SHIPPED);
  assert.deepEqual(
    heads.map(({ timeframe_s, kind }) => [timeframe_s, kind]),
    [60, 300, 3600].flatMap((timeframe_s) => [0, 1, 2].map((kind) => [timeframe_s, kind])),
  );
  assert.deepEqual(features, ENSEMBLE_FEATURES);
  for (const head of heads) {
    for (const name of MODEL_NAMES) assert.ok(head[name], name);
    assert.ok(head.stacker && head.calibrator && head.drift && head.conformal);
  }
  const { measured, ...card } = CARD;
  assert.ok(Array.isArray(measured) && measured.length >= 3 && measured.every((head) => !head.in_sample));
  assert.deepEqual(card, { sha256: sha256(SHIPPED).toString("hex"), size_bytes: SHIPPED.length, features, ...meta });
});

test("shipped model: the core's formulas: those it was trained on, else train it again", async () => {
  assert.equal(await featuresProbe(), readArtefact(SHIPPED).meta.features_probe_sha256);
});

function history(bar: BarRow, timeframe_s: number): Uint8Array {
  return encodeRecord(
    BarHistory,
    { time_ns: BigInt(bar.time_ms + timeframe_s * 1000) * 1_000_000n, source: 1, symbol: 1 },
    {
      open_time_ms: BigInt(bar.time_ms),
      open_points: BigInt(bar.open_points),
      high_points: BigInt(bar.high_points),
      low_points: BigInt(bar.low_points),
      close_points: BigInt(bar.close_points),
      tick_volume: 0n,
      timeframe_s,
      spread_points: bar.spread_points,
      score: 1,
    },
  );
}

test("shipped model: in the core: its answers are those of the plain code for rows built outside", async () => {
  const { heads, features } = readArtefact(SHIPPED);
  for (const timeframe_s of [60, 3600]) {
    const headOf = (kind: number) =>
      heads.find((head) => head.timeframe_s === timeframe_s && head.kind === kind) as ModelHead;
    const steps = Math.max(...heads.map((head) => head.gru?.steps ?? 1));
    const core = await coreWith(SHIPPED);
    const bars = probeBars({ count: 400, timeframe_s, seed: 7 });
    const rows = await buildRows([{ symbol: "A", timeframe_s, bars }], { features, steps });
    let scored = 0;
    for (const [i, bar] of bars.entries()) {
      const outputs = core.apply(numbered(history(bar, timeframe_s), i + 2));
      walkRecords(outputs, (at, _length, code) => {
        const row = rows.known_ms.indexOf(bar.time_ms + timeframe_s * 1000);
        if (code !== Prediction.code || row < 0) return;
        const said = Prediction.read(viewOf(outputs), at);
        const x = rows.x.subarray(row * features.length, (row + 1) * features.length);
        assert.deepEqual(
          features.map((name) => asInput(said.features[featureIndex(name)]?.value as number)),
          [...x],
        );
        const width = SEQUENCE_FEATURES.length;
        const sequence = Array.from({ length: steps }, (_, step) =>
          rows.sequence.subarray((row * steps + step) * width, (row * steps + step + 1) * width),
        );
        const [direction, volatility, regime] = [0, 1, 2].map((kind) => scoreHead(headOf(kind), x, sequence));
        for (const [a, b] of [
          [said.probability_up, direction?.calibrated],
          [said.probability_high_volatility, volatility?.calibrated],
          [said.probability_volatile_regime, regime?.calibrated],
          [said.direction_gru, direction?.scores[4]],
          [said.regime_gru, regime?.scores[4]],
        ] as const)
          assert.ok(Math.abs((a as number) - (b as number)) < 2e-6, `${a} is not ${b}`);
        assert.deepEqual([said.warm, said.direction_models, said.features.length], [1, 31, FEATURE_COUNT]);
        assert.ok(FEATURE_NAMES[said.contribution_feature_0]);
        if (i > 360) assert.ok(said.drift_psi > 0);
        scored++;
      });
    }
    assert.equal(scored, 301);
  }
});
