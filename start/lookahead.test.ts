import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { OrderIntent, Prediction } from "#proto/generated/records.ts";
import { prediction as somePrediction } from "#proto/prediction.fixture.ts";
import { encodeRecord } from "#proto/record.ts";
import { checkLookahead, checkWarmUp } from "./lookahead.ts";

const SAMPLE = { source: { inputs: [], models: [] }, cuts: 60, cutsFromStart: 2, seed: 7 };

/** A core whose outputs are bent by `bend` after each call. */
const bent = (bend: (inputs: Uint8Array, outputs: Uint8Array, calls: number) => void) => async (): Promise<Core> => {
  const core = await Core.load();
  const apply = core.apply.bind(core);
  let calls = 0;
  core.apply = (inputs) => {
    const outputs = apply(inputs);
    if (outputs.length > 0) bend(inputs, outputs, ++calls);
    return outputs;
  };
  return core;
};

const flip = (outputs: Uint8Array, by: number): void => {
  outputs[40] = (outputs[40] as number) ^ by;
};

test("lookahead: the command over the sample stream: held, with predictions, intents and bars before warm-up seen", () => {
  const out = execFileSync(process.execPath, ["lookahead.ts", "--cuts", "80", "--seed", "3", "--json"], {
    encoding: "utf8",
  });
  const report = JSON.parse(out);
  assert.equal(report.cuts, 80);
  assert.equal(report.cuts_from_start, 3);
  assert.ok(report.predictions > report.predictions_before_warm_up && report.predictions_before_warm_up > 0, out);
  assert.ok(report.order_intents > 100, out);
});

test("lookahead: a core that reads the end of its inbox first: found, by the output that changed", async () => {
  const load = bent((inputs, outputs) => flip(outputs, inputs.at(-64) as number));
  await assert.rejects(checkLookahead({ ...SAMPLE, load }), {
    code: "wrong_digest",
    message: /cut behind record seq \d+/,
  });
});

test("lookahead: a core that keeps something outside its snapshot: found", async () => {
  const load = bent((_inputs, outputs, calls) => flip(outputs, calls & 0xff));
  await assert.rejects(checkLookahead({ ...SAMPLE, cutsFromStart: 0, load }), { code: "wrong_digest" });
});

test("lookahead: more cuts than records, one cut, no cut from the start: each takes what there is", async () => {
  const one = await checkLookahead({ ...SAMPLE, cuts: 1, cutsFromStart: 0 });
  assert.deepEqual([one.cuts, one.cuts_from_start], [1, 0]);
  const all = await checkLookahead({ ...SAMPLE, cuts: 9, cutsFromStart: 9 });
  assert.deepEqual([all.cuts, all.cuts_from_start], [9, 9]);
});

const META = { time_ns: 1n, source: 5, symbol: 1 };
const prediction = (warm: number, cause_seq: bigint): Uint8Array =>
  encodeRecord(Prediction, META, somePrediction({ cause_seq, warm }));
const intent = (action: number, cause_seq: bigint): Uint8Array =>
  encodeRecord(OrderIntent, META, {
    cause_seq,
    intent_id: new Uint8Array(16).fill(4),
    magic: 0n,
    position_ticket: 0n,
    volume_microlots: 1n,
    price_points: 1n,
    stop_points: 0n,
    target_points: 0n,
    guard_price_points: 1n,
    expires_ns: 1n,
    deviation_points: 0,
    timeframe_s: 60,
    probability_up_ppm: 900_000,
    action,
    side: 0,
  });
const outputs = (...records: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(records));

test("warm-up: an intent behind a prediction that is not warm, or behind none: named", () => {
  assert.deepEqual(checkWarmUp(outputs(prediction(0, 4n), prediction(1, 5n), intent(1, 5n), intent(2, 9n))), {
    predictions: 2,
    predictions_before_warm_up: 1,
    order_intents: 2,
  });
  for (const [bad, why] of [
    [outputs(prediction(0, 5n), intent(1, 5n)), /before warm-up/],
    [outputs(prediction(0, 5n), intent(2, 5n)), /before warm-up/],
    [outputs(prediction(1, 4n), intent(1, 5n)), /no prediction/],
    [outputs(intent(1, 5n)), /no prediction/],
  ] as const)
    assert.throws(() => checkWarmUp(bad), { code: "wrong_digest", message: why });
});

test("lookahead: bad options: named, with what they take", () => {
  for (const args of [["--cuts", "0"], ["--cuts", "many"], ["--seed=-1"], ["no-such-file.csv"]]) {
    assert.throws(
      () => execFileSync(process.execPath, ["lookahead.ts", ...args], { encoding: "utf8", stdio: "pipe" }),
      (error: { status: number; stderr: string }) =>
        error.status === 1 && error.stderr.length > 10 && !error.stderr.includes("    at "),
      args.join(" "),
    );
  }
});
