import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenCore } from "./broken-core.ts";
import { Finding } from "./core-checks.ts";
import { fuzzCore } from "./core-fuzz.ts";

test("core: 100,000 streams of records: no trap, no broken promise, everything reached", async (t) => {
  const { records, refused } = await fuzzCore({ seed: 1, inputs: 100_000 });
  t.diagnostic(`${records} records, ${refused} streams refused by name`);
  assert.ok(refused > 5_000 && records > 200_000);
});

const CANARIES = [
  {
    what: "a refused intent goes out as accepted",
    broken: { file: "risk/checks.ts", from: "verdict.accepted = accepted ? 1 : 0", to: "verdict.accepted = 1" },
    finds: /checks failed and the verdict says accepted = 1/,
  },
  {
    what: "the state changes without a word",
    broken: { file: "risk/trip.ts", from: "change.to_state = to;", to: "change.to_state = HALTED;" },
    finds: /state_change \d -> 2|changed without a state_change/,
  },
  {
    what: "a probability that is not a number",
    broken: {
      file: "ensemble/combine.ts",
      from: "return 1 / (1 + Math.exp(-Math.min(Math.max(log_odds, -LOGIT_MAX), LOGIT_MAX)));",
      to: "return log_odds == 0 ? NaN : 0 / 0;",
    },
    finds: /prediction: byte \d+ is not finite/,
  },
  {
    what: "seq is not looked at",
    broken: { file: "apply.ts", from: "check(record.seq > s.last_seq, FAULT_SEQ_ORDER);", to: "" },
    finds: /seq_order expected, it was applied/,
  },
];

for (const { what, broken, finds } of CANARIES)
  test(`core: canary: ${what}: found, with the command that repeats it`, async () => {
    const wasm = await brokenCore(broken);
    await assert.rejects(fuzzCore({ seed: 1, inputs: 50_000, wasm }), (error: Error) => {
      assert.ok(error instanceof Finding, error.stack);
      assert.match(error.message, finds);
      const [, index] = /--seed 1 --index (\d+) --inputs 1$/m.exec(error.message) ?? [];
      assert.ok(index !== undefined && /record 1: /.test(error.message), error.message);
      return true;
    });
  });
