// What the owner of a stream sets for the models' answers: weights, heads, thresholds; and who may set what.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FEATURE_NAMES } from "#proto/features.ts";
import { ModelConfig } from "#proto/generated/records.ts";
import { encodeRecord } from "#proto/record.ts";
import { ALERT, MODEL_CONFIG_REFUSAL } from "#proto/records.ts";
import { HEAD_KIND, type ModelHead, writeArtefact } from "../models/artefact.ts";
import { randomHead } from "../models/random-model.fixture.ts";
import { Core } from "./core.ts";
import { Redecider } from "./redecide.ts";
import { type Answer, decode, LOT, MODEL_CONFIG, modelConfig, only, Script } from "./script.fixture.ts";

type Config = typeof MODEL_CONFIG;
const NAMES = ["boosted", "forest", "logistic", "perceptron", "gru"] as const;
const ALL_HEADS = MODEL_CONFIG.heads;
const M1_DIRECTION = 1;

const without = (changes: Partial<ModelHead>): Uint8Array =>
  writeArtefact({ features: FEATURE_NAMES.slice(0, 4), heads: [randomHead(5, 4, changes)], meta: {} });

/** Ready, with a model of five in a stack. */
async function stacked(changes: Partial<ModelHead> = {}): Promise<Script> {
  const s = await Script.ready();
  const artefact = without({ warm_bars: 0, ...changes });
  s.core.loadModel(artefact);
  s.model(artefact);
  return s;
}

const refusal = (answers: readonly Answer[]): number | undefined => {
  const [alert] = only(answers, "alert");
  return alert && alert.payload.code === ALERT.model_config_refused ? Number(alert.payload.value) : undefined;
};

const logOdds = (p: number): number => Math.log(p / (1 - p));
const hold = (z: number): number => Math.min(Math.max(z, -12), 12);

test("model config: all as trained: not a byte of any output is another", async () => {
  const [plain, set] = [await stacked(), await stacked()];
  assert.deepEqual(set.modelConfig({}), []);
  plain.timer(0);
  for (let i = 0; i < 20; i++) {
    const bid = 138_600 + 7 * (i % 3);
    assert.deepEqual(set.nextMinute({ bid }), plain.nextMinute({ bid }));
  }
});

test("model config: weights: the stack is that of the trained weights times what is set", async () => {
  const milli = fc.integer({ min: 0, max: 4000 });
  const s = await stacked();
  let config_version = 0;
  let bid = 138_600;
  fc.assert(
    fc.property(fc.tuple(milli, milli, milli, milli, fc.integer({ min: 1, max: 4000 })), (weights) => {
      const set = Object.fromEntries(NAMES.map((name, i) => [`${name}_weight_milli`, weights[i] as number]));
      assert.deepEqual(s.modelConfig({ ...set, config_version: ++config_version }), []);
      bid += (config_version % 5) - 2;
      const [{ payload: p }] = only(s.nextMinute({ bid }), "prediction") as [Answer];
      const trained = [0.4, 0.2, 0.3, 0.25, 0.1];
      const z = NAMES.reduce(
        (sum, name, i) =>
          sum + ((trained[i] as number) * (weights[i] as number) * hold(logOdds(p[`direction_${name}`]))) / 1000,
        0.05,
      );
      assert.ok(Math.abs(1 / (1 + Math.exp(-z)) - p.direction_stacked) < 1e-9);
      const scores = NAMES.flatMap((name, i) => (weights[i] === 0 ? [] : [p[`direction_${name}`] as number]));
      const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
      const spread = Math.sqrt(scores.reduce((sum, v) => sum + (v - mean) ** 2, 0) / scores.length);
      assert.ok(Math.abs(spread - p.direction_disagreement) < 1e-12);
      assert.equal(p.direction_models, 31);
    }),
    { numRuns: 40 },
  );
});

test("model config: contributions: trees, forest and linear model add up to what the stack moved by", async () => {
  const s = await stacked({ perceptron: undefined, gru: undefined } as Partial<ModelHead>);
  const rest: number[] = [];
  for (let i = 0; i < 40; i++) {
    const [{ payload: p }] = only(s.nextMinute({ bid: 138_600 + ((i * 37) % 23) }), "prediction") as [Answer];
    const sum = [0, 1, 2, 3].reduce((total, k) => total + (p[`contribution_${k}`] as number), 0);
    rest.push(logOdds(p.direction_stacked) - sum);
    assert.equal(new Set([0, 1, 2, 3].map((k) => p[`contribution_feature_${k}`])).size, 4);
  }
  // What is left is the same for every bar: the stack before any feature is known.
  assert.ok(rest.every((value) => Math.abs(value - (rest[0] as number)) < 1e-6));
});

test("model config: each head has contributions of its own", async () => {
  const s = await Script.ready();
  const logistic = { bias: 0, mean: [0, 0], scale: [1, 1] };
  const head = { timeframe_s: 60, horizon_s: 60, warm_bars: 0 };
  const artefact = writeArtefact({
    features: ["log_return_1", "log_return_5"],
    heads: [
      { ...head, kind: HEAD_KIND.direction, logistic: { ...logistic, weight: [0, 1] } },
      { ...head, kind: HEAD_KIND.high_volatility, logistic: { ...logistic, weight: [2, 0] } },
      { ...head, kind: HEAD_KIND.regime, logistic: { ...logistic, weight: [0, 3] } },
    ],
    meta: {},
  });
  s.core.loadModel(artefact);
  s.model(artefact);
  const [five, one] = [FEATURE_NAMES.indexOf("log_return_5"), FEATURE_NAMES.indexOf("log_return_1")];
  s.nextMinute({ bid: 138_600 });
  s.tick({ bid: 138_640 });
  const [{ payload: p }] = only(s.nextMinute({ bid: 138_640 }), "prediction") as [Answer];
  assert.deepEqual(
    [p.contribution_feature_0, p.volatility_contribution_feature_0, p.regime_contribution_feature_0],
    [five, one, five],
  );
  assert.ok(p.contribution_0 > 0 && p.volatility_contribution_0 > 0);
  assert.ok(Math.abs(p.regime_contribution_0 - 3 * p.contribution_0) < 1e-12);
});

test("model config: a head that is off: one half, nothing is opened; a position past its time is still left", async () => {
  const s = await Script.ready();
  s.opinion(0.9);
  s.params({ hold_max_ms: 120_000n });
  assert.deepEqual(s.modelConfig({ heads: ALL_HEADS & ~M1_DIRECTION }, { signed: false }), []);
  const answers = s.nextMinute();
  const [{ payload: p }] = only(answers, "prediction") as [Answer];
  assert.deepEqual([p.probability_up, p.direction_models, p.direction_set], [0.5, 0, 3]);
  assert.ok(p.probability_high_volatility > 0.5);
  assert.equal(only(answers, "order_intent").length, 0);
  s.position({ volume_microlots: LOT / 10n });
  assert.equal(only(s.nextMinute(), "order_intent").length, 0);
  const [exit] = only([...s.nextMinute(), ...s.nextMinute()], "order_intent");
  assert.equal(exit?.payload.action, 2);
});

test("model config: thresholds: edge, disagreement and drift keep from opening what is beyond them", async () => {
  const s = await Script.ready();
  s.opinion(0.6);
  const opens = (): number => only(s.nextMinute(), "order_intent").length;
  const free = (answers: Answer[]): void => {
    for (const { payload } of only(answers, "order_intent")) s.update(payload.intent_id);
  };
  free(s.nextMinute());
  assert.deepEqual(s.modelConfig({ edge_min_ppm: 110_000 }, { signed: false }), []);
  assert.equal(opens(), 0);
  s.modelConfig({ config_version: 2, edge_min_ppm: 90_000 });
  const answers = s.nextMinute();
  assert.equal(only(answers, "order_intent").length, 1);
  free(answers);
  const t = await stacked();
  t.params({ enter_edge_ppm: 0 });
  const first = t.nextMinute();
  assert.equal(only(first, "order_intent").length, 1);
  for (const { payload } of only(first, "order_intent")) t.update(payload.intent_id);
  const [{ payload: p }] = only(first, "prediction") as [Answer];
  assert.ok(p.direction_disagreement > 0.001);
  t.modelConfig({ disagreement_max_ppm: 1000 }, { signed: false });
  assert.equal(only(t.nextMinute(), "order_intent").length, 0);
});

test("model config: its own for a symbol counts before the one for all", async () => {
  const s = await Script.ready({ symbols: 2 });
  s.opinion(0.9);
  s.modelConfig({ heads: 0 }, { signed: false, symbol: 2 });
  const symbols = only([...s.nextMinute(), ...s.tick({ symbol: 2 })], "order_intent").map(({ symbol }) => symbol);
  assert.deepEqual(symbols, [1]);
});

test("model config: refused by name, and nothing of it is in force: bounds, version, unsigned loosening", async () => {
  const s = await Script.ready();
  const { bounds, version, unsigned } = MODEL_CONFIG_REFUSAL;
  const none = Object.fromEntries(NAMES.map((name) => [`${name}_weight_milli`, 0]));
  for (const wrong of [
    none,
    { heads: 2 ** 18 },
    { gru_weight_milli: 4001 },
    { edge_min_ppm: 500_001 },
    { disagreement_max_ppm: 1_000_001 },
    { drift_max_milli: 1_000_001 },
    { volatile_ppm: 1_000_001 },
  ] as Partial<Config>[])
    assert.equal(refusal(s.modelConfig(wrong)), bounds, JSON.stringify(wrong));
  assert.equal(refusal(s.modelConfig({ config_version: 0 })), version);
  assert.equal(refusal(s.modelConfig({ boosted_weight_milli: 999 }, { signed: false })), unsigned);
  assert.equal(refusal(s.modelConfig({ heads: 1, edge_min_ppm: 50_000 }, { signed: false })), undefined);
  assert.equal(refusal(s.modelConfig({ config_version: 1 })), version);
  assert.equal(refusal(s.modelConfig({ config_version: 2, heads: 3 }, { signed: false })), unsigned);
  assert.equal(
    refusal(s.modelConfig({ config_version: 2, heads: 1, edge_min_ppm: 49_999 }, { signed: false })),
    unsigned,
  );
  assert.equal(refusal(s.modelConfig({ config_version: 2, heads: 3, edge_min_ppm: 0 })), undefined);
  s.operatorKey({ revoked: 1 });
  assert.equal(refusal(s.modelConfig({ config_version: 3 })), unsigned);
});

/** What may be opened under a configuration, told plainly. */
function opens(c: Config, o: { up: number; disagreement: number; drift: number; head: number }): boolean {
  return (
    ((c.heads >> o.head) & 1) === 1 &&
    Math.abs(o.up - 0.5) * 1e6 >= c.edge_min_ppm &&
    o.disagreement * 1e6 <= c.disagreement_max_ppm &&
    (c.drift_max_milli === 0 || o.drift <= c.drift_max_milli / 1000)
  );
}

test("model config: whatever is taken unsigned opens nothing that was not open before", async () => {
  const draw = fc.record({
    heads: fc.constantFrom(ALL_HEADS, 0, 1, 3, 5, 7),
    edge_min_ppm: fc.constantFrom(0, 10_000, 20_000),
    disagreement_max_ppm: fc.constantFrom(1_000_000, 200_000, 100_000),
    drift_max_milli: fc.constantFrom(0, 100, 250),
    forest_weight_milli: fc.constantFrom(1000, 1000, 500),
  });
  const asked = fc.record({
    up: fc.double({ min: 0, max: 1, noNaN: true }),
    disagreement: fc.double({ min: 0, max: 0.5, noNaN: true }),
    drift: fc.double({ min: 0, max: 1, noNaN: true }),
    head: fc.integer({ min: 0, max: 17 }),
  });
  const s = await Script.ready();
  let config_version = 0;
  let taken = 0;
  fc.assert(
    fc.property(draw, draw, fc.array(asked, { minLength: 20, maxLength: 20 }), (before, after, cases) => {
      assert.equal(refusal(s.modelConfig({ ...before, config_version: ++config_version })), undefined);
      if (refusal(s.modelConfig({ ...after, config_version: ++config_version }, { signed: false })) !== undefined)
        return;
      taken++;
      assert.equal(before.forest_weight_milli, after.forest_weight_milli);
      for (const one of cases)
        assert.ok(!opens({ ...MODEL_CONFIG, ...after }, one) || opens({ ...MODEL_CONFIG, ...before }, one));
    }),
    { numRuns: 300 },
  );
  assert.ok(taken > 10);
});

test("model config: decided again: a signature that is not good stops it, a good one does not", async () => {
  const s = await Script.ready();
  s.modelConfig({ boosted_weight_milli: 0 });
  const outputs: Uint8Array[] = [];
  const replay = async (last: Uint8Array): Promise<void> => {
    const core = await Core.load();
    if (s.artefact) core.loadModel(s.artefact);
    const redecider = new Redecider(core);
    for (const record of [...s.inputs.slice(0, -1), last]) redecider.feed(record);
    outputs.push(redecider.pendingOutputs());
  };
  const last = s.inputs.at(-1) as Uint8Array;
  await replay(last);
  assert.equal(only(decode(outputs[0] as Uint8Array), "alert").length, 0);
  const words = modelConfig({ boosted_weight_milli: 0 });
  const forged = encodeRecord(
    ModelConfig,
    { time_ns: BigInt(s.ms) * 1_000_000n, source: 1 },
    { ...words, boosted_weight_milli: 4000 },
  );
  forged.set(last.subarray(0, 8));
  await assert.rejects(replay(forged), { code: "bad_signature" });
});
