import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { featureIndex } from "#proto/features.ts";
import { BarHistory, HEADER_OFFSET, ModelDigest, Prediction } from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { HEAD_KIND, type ModelHead, readArtefact } from "./artefact.ts";
import { coreFeatures } from "./core-features.ts";
import { MODEL_FEATURES } from "./features.ts";
import { asInput, scoreHead } from "./plain-score.ts";
import { featuresProbe, probeBars } from "./probe.ts";
import { figuresTable } from "./report.ts";
import type { HeadReport } from "./training.ts";

const SHIPPED = new Uint8Array(readFileSync(new URL("./shipped/model.lsm", import.meta.url)));
const CARD: Record<string, unknown> = JSON.parse(
  readFileSync(new URL("./shipped/model.json", import.meta.url), "utf8"),
);
const DOCS = readFileSync(new URL("../../docs/model.md", import.meta.url), "utf8");
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Puts seq into a record and gives it. */
function numbered(record: Uint8Array, seq: number): Uint8Array {
  viewOf(record).setBigUint64(HEADER_OFFSET.seq, BigInt(seq), true);
  return record;
}

async function coreWith(artefact: Uint8Array): Promise<Core> {
  const core = await Core.load();
  core.loadModel(artefact);
  const payload = { sha256: new Uint8Array(sha256(artefact)), size_bytes: artefact.length, artefact_version: 1 };
  core.apply(numbered(encodeRecord(ModelDigest, { time_ns: 1n, source: 6 }, payload), 1));
  return core;
}

test("shipped model: its bytes: four heads, the features of the core, the card beside it, the table in the docs", async () => {
  const { features, heads, meta } = readArtefact(SHIPPED);
  assert.deepEqual(
    heads.map(({ timeframe_s, horizon_s, kind }) => [timeframe_s, horizon_s, kind]),
    [
      [60, 60, HEAD_KIND.direction],
      [60, 60, HEAD_KIND.high_volatility],
      [3600, 3600, HEAD_KIND.direction],
      [3600, 3600, HEAD_KIND.high_volatility],
    ],
  );
  assert.deepEqual(features, MODEL_FEATURES);
  const heads_said = CARD.heads as HeadReport[];
  assert.deepEqual(CARD, { sha256: sha256(SHIPPED).toString("hex"), size_bytes: SHIPPED.length, features, ...meta });
  const table = figuresTable(heads_said);
  assert.ok(DOCS.includes(table), `docs/model.md must hold this table:\n${table}`);
});

test("shipped model: the core's formulas: those it was trained on, else train it again", async () => {
  assert.equal(await featuresProbe(), readArtefact(SHIPPED).meta.features_probe_sha256);
});

test("shipped model: in the core: its probabilities are those of the artefact for the core's own features", async () => {
  const { heads } = readArtefact(SHIPPED);
  const headOf = (timeframe_s: number, kind: number) =>
    heads.find((head) => head.timeframe_s === timeframe_s && head.kind === kind) as ModelHead;
  for (const timeframe_s of [60, 3600]) {
    const core = await coreWith(SHIPPED);
    const bars = probeBars({ count: 300, timeframe_s, seed: 7 });
    const features = await coreFeatures(bars, { timeframe_s, features: MODEL_FEATURES });
    let scored = 0;
    for (const [i, bar] of bars.entries()) {
      const { time_ms, open_points, high_points, low_points, close_points, spread_points } = bar;
      const prices = { open_points, high_points, low_points, close_points };
      const time_ns = BigInt(time_ms + timeframe_s * 1000) * 1_000_000n;
      const record = encodeRecord(
        BarHistory,
        { time_ns, source: 1, symbol: 1 },
        {
          open_time_ms: BigInt(time_ms),
          ...(Object.fromEntries(Object.entries(prices).map(([k, v]) => [k, BigInt(v)])) as Record<
            keyof typeof prices,
            bigint
          >),
          tick_volume: 0n,
          timeframe_s,
          spread_points,
          score: 1,
        },
      );
      const outputs = core.apply(numbered(record, i + 2));
      walkRecords(outputs, (at, _length, code) => {
        const x = features[i];
        if (code !== Prediction.code || x === undefined) return;
        const said = Prediction.read(viewOf(outputs), at);
        assert.deepEqual(
          MODEL_FEATURES.map((name) => asInput(said.features[featureIndex(name)]?.value as number)),
          x,
        );
        assert.ok(Math.abs(said.probability_up - scoreHead(headOf(timeframe_s, 0), x).calibrated) < 1e-14);
        assert.ok(Math.abs(said.probability_high_volatility - scoreHead(headOf(timeframe_s, 1), x).calibrated) < 1e-14);
        assert.equal(said.warm, 1);
        scored++;
      });
    }
    assert.equal(scored, 201);
  }
});
