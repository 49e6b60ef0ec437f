// A shadow model beside the live one: it says what it would say alone, it changes nothing else, and the two change places
// without losing anything.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { FEATURE_NAMES } from "#proto/features.ts";
import { Gap, HEADER_OFFSET, ModelDigest, ModelShadow } from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { writeArtefact } from "../models/artefact.ts";
import { randomHead } from "../models/random-model.fixture.ts";
import { Core } from "./core.ts";
import { CoreInstance } from "./instance.ts";
import { feedWithModels } from "./model-records.ts";
import { sampleModel, sampleStream } from "./sample-stream.ts";
import { type Answer, decode, only, Script } from "./script.fixture.ts";

const MODELS = [21, 22, 23].map((seed) =>
  writeArtefact({ features: FEATURE_NAMES.slice(seed - 20, 20), heads: [randomHead(seed, 40 - seed)], meta: {} }),
);
const [LIVE, SHADOW, THIRD] = MODELS as [Uint8Array, Uint8Array, Uint8Array];
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const BYTES = new Map([...MODELS, sampleModel()].map((bytes) => [hex(sha256(bytes)), bytes]));

type Order = readonly [kind: "live" | "shadow" | "off" | "nothing", model?: Uint8Array];
const NOTHING: Order = ["nothing"];

const order = ([kind, model]: Order, time_ns: bigint): Uint8Array => {
  const header = { time_ns, source: 6 };
  const named = { sha256: model ? sha256(model) : new Uint8Array(32), size_bytes: model?.length ?? 0 };
  if (kind === "live") return encodeRecord(ModelDigest, header, { ...named, artefact_version: 3 });
  if (kind === "nothing") return encodeRecord(Gap, header, { from_ms: 0n, to_ms: 0n, lost_estimate: 0, reason: 1 });
  return encodeRecord(ModelShadow, header, { ...named, artefact_version: 3 });
};

/** The sample stream with orders after so many of its records each. */
function streamWith(orders: readonly (readonly [after: number, order: Order])[], ticks = 4000): Uint8Array {
  const sample = sampleStream({ ticks, seed: 3 });
  const view = viewOf(sample);
  const parts: Uint8Array[] = [];
  let count = 0;
  walkRecords(sample, (at, length) => {
    for (const [after, what] of orders)
      if (after === count) parts.push(order(what, view.getBigInt64(at + HEADER_OFFSET.time_ns, true)));
    parts.push(sample.slice(at, at + length));
    count++;
  });
  const whole = Buffer.concat(parts);
  let seq = 0n;
  walkRecords(whole, (at) => viewOf(whole).setBigUint64(at + HEADER_OFFSET.seq, ++seq, true));
  return new Uint8Array(whole);
}

function run(core: Core, records: Uint8Array): Uint8Array {
  const outputs: Uint8Array[] = [];
  feedWithModels({
    records,
    load: (named) => core.loadModel(BYTES.get(named.sha256) as Uint8Array),
    feed: (part) => outputs.push(core.apply(part)),
  });
  return new Uint8Array(Buffer.concat(outputs));
}

const decided = async (orders: readonly (readonly [number, Order])[]): Promise<Answer[]> =>
  decode(run(await Core.load(), streamWith(orders)));

/** What a prediction says, of whichever kind it is. */
const sayings = (answers: readonly Answer[], kind: string, model: Uint8Array): Answer["payload"][] =>
  only(answers, kind)
    .filter(({ payload }) => hex(payload.model_sha256_head) === hex(sha256(model)).slice(0, 32))
    .map(({ payload: { features: _, ...said } }) => said);

const byCause = (a: { cause_seq: bigint }, b: { cause_seq: bigint }): number => Number(a.cause_seq - b.cause_seq);
const without = (outputs: readonly Answer[], kind: string): Answer[] => outputs.filter((a) => a.kind !== kind);

test("shadow: whatever it is and whenever it comes and goes: no other output changes by a byte", async () => {
  const at = fc.integer({ min: 60, max: 4000 });
  const orders = fc.array(fc.tuple(at, fc.constantFrom<Order>(["shadow", SHADOW], ["shadow", THIRD], ["off"])), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(orders, fc.constantFrom(LIVE, sampleModel()), async (drawn, live) => {
      const base = [[2, ["live", live]] as const];
      const withShadow = await decided([...base, ...drawn]);
      const plain = await decided([...base, ...drawn.map(([after]) => [after, ["nothing"]] as const)]);
      assert.deepEqual(without(withShadow, "shadow_prediction"), plain);
    }),
    { numRuns: 8 },
  );
});

test("shadow: it says what it says as the live model: scores, drift, contributions, all but the features", async () => {
  const beside = await decided([
    [2, ["live", LIVE]],
    [500, ["shadow", SHADOW]],
  ]);
  const alone = await decided([
    [2, ["nothing"]],
    [500, ["live", SHADOW]],
  ]);
  const said = sayings(beside, "shadow_prediction", SHADOW);
  assert.ok(said.length > 50);
  assert.deepEqual(said, sayings(alone, "prediction", SHADOW));
  assert.ok(only(beside, "shadow_prediction").every(({ payload }) => payload.features.length === 0));
});

test("shadow: made the live one and taken back: each goes on with its own drift counters, as if it had been there all along", async () => {
  const orders = [
    [2, ["live", LIVE]],
    [500, ["shadow", SHADOW]],
    [12_000, ["live", SHADOW]],
    [16_000, ["live", LIVE]],
  ] as const satisfies readonly (readonly [number, Order])[];
  const nothing = (index: number, what: Order) =>
    orders.map(([after], i) => [after, i === index ? what : NOTHING] as const);
  const ticks = 20_000;
  const answers = async (list: readonly (readonly [number, Order])[]): Promise<Answer[]> =>
    decode(run(await Core.load(), streamWith(list, ticks)));
  const swapped = await answers(orders);
  for (const [model, alone] of [
    [LIVE, await answers(nothing(0, ["live", LIVE]))],
    [SHADOW, await answers(nothing(1, ["live", SHADOW]))],
  ] as const) {
    const said = [...sayings(swapped, "prediction", model), ...sayings(swapped, "shadow_prediction", model)];
    const expected = sayings(alone, "prediction", model);
    assert.ok(expected.some(({ drift_psi }) => drift_psi > 0));
    assert.deepEqual(said.sort(byCause), expected);
  }
  const lives = only(swapped, "prediction").map(({ payload }) => hex(payload.model_sha256_head));
  assert.equal(new Set(lives).size, 2);
});

test("shadow: without heads for a bar length that the live one has none for either: its own prediction has the features", async () => {
  const s = await Script.ready();
  const m5 = writeArtefact({
    features: FEATURE_NAMES.slice(0, 5),
    heads: [randomHead(31, 5, { timeframe_s: 300, horizon_s: 300 })],
    meta: {},
  });
  s.shadow(m5);
  const answers: Answer[] = [];
  for (let i = 0; i < 6; i++) answers.push(...s.nextMinute());
  const [said, ...more] = only(answers, "shadow_prediction");
  assert.deepEqual(
    [said?.payload.timeframe_s, said?.payload.features.length, more.length],
    [300, FEATURE_NAMES.length, 0],
  );
});

test("shadow: bytes that are not the named ones, or no model: alert that says it is the shadow's, the live one goes on", async () => {
  const s = await Script.ready();
  const named = { sha256: sha256(LIVE), size_bytes: LIVE.length, artefact_version: 3 };
  const [other] = s.send(ModelShadow, named);
  assert.deepEqual(
    [other?.kind, other?.payload.code, other?.payload.value, other?.payload.limit],
    ["alert", 1, -1n, 1n],
  );
  const [damaged] = s.shadow(new Uint8Array(80));
  assert.deepEqual([damaged?.payload.value, damaged?.payload.severity], [2n, 1]);
  const answers = s.nextMinute();
  assert.deepEqual([only(answers, "prediction").length, only(answers, "shadow_prediction").length], [1, 0]);
  assert.deepEqual([s.core.status().model_active, s.core.status().shadow_active], [true, false]);
});

test("shadow: streams of one instance, each with two models of its own: each says what it says alone, restored too", async () => {
  const pairs = [
    [LIVE, SHADOW],
    [SHADOW, THIRD],
    [THIRD, LIVE],
    [sampleModel(), SHADOW],
  ] as const;
  const streams = pairs.map(([live, shadow]) =>
    streamWith([
      [2, ["live", live]],
      [70, ["shadow", shadow]],
      [2000, ["live", shadow]],
    ]),
  );
  const instance = await CoreInstance.load();
  const cores = streams.map(() => new Core(instance));
  const outputs = cores.map((): Uint8Array[] => []);
  const cuts = streams.map((records) => {
    const ends: number[] = [0];
    walkRecords(records, (at, length) => ends.push(at + length));
    return [0, 1, 2, 3, 4, 5].map((i) => ends[Math.floor(((ends.length - 1) * i) / 5)] as number);
  });
  for (let part = 0; part < 5; part++)
    for (const [i, core] of cores.entries()) {
      const records = streams[i]?.subarray(cuts[i]?.[part], cuts[i]?.[part + 1]) as Uint8Array;
      outputs[i]?.push(run(core, records));
    }
  for (const [i, records] of streams.entries()) {
    const alone = run(await Core.load(), records);
    assert.ok(Buffer.concat(outputs[i] as Uint8Array[]).equals(Buffer.from(alone)));
    const [live, shadow] = pairs[i] as readonly [Uint8Array, Uint8Array];
    const restored = await Core.load();
    restored.restore(cores[i]?.snapshot() as Uint8Array);
    // Changed places in the stream: either order finds them.
    for (const bytes of [shadow, live]) restored.loadModel(bytes);
    const seq = restored.lastSeq() + 1n;
    const { time_ns } = decode(alone).at(-1) as Answer;
    const later = encodeRecord(
      Gap,
      { time_ns: time_ns + 120_000_000_000n, source: 6 },
      {
        from_ms: 0n,
        to_ms: 0n,
        lost_estimate: 0,
        reason: 1,
      },
    );
    viewOf(later).setBigUint64(HEADER_OFFSET.seq, seq, true);
    const goesOn = decode(restored.apply(later));
    assert.deepEqual(goesOn, decode((cores[i] as Core).apply(later)));
    assert.equal(only(goesOn, "shadow_prediction").length, 1);
  }
});
