import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenCore } from "./broken-core.ts";
import { coreTarget } from "./core-fuzz.ts";
import { runTarget } from "./runner.ts";
import { Finding } from "./target.ts";

const RUN = { name: "core", seed: 1, index: 0, corpus: [] };

test("core: 100,000 streams of records: no trap, no broken promise, everything reached", async (t) => {
  const { reached } = await runTarget(await coreTarget(), { ...RUN, inputs: 100_000 });
  const refused = reached.find(([name]) => name === "stream refused by name")?.[1] ?? 0;
  t.diagnostic(`${refused} streams refused by name`);
  assert.ok(refused > 5_000);
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
  {
    what: "a bar's low of 0 let in, whose logarithm has no bounds",
    broken: { file: "inputs.ts", from: "within(low, 1, POINTS_MAX)", to: "within(low, 0, POINTS_MAX)" },
    finds: /trapped: not_finite/,
  },
];

for (const { what, broken, finds } of CANARIES)
  test(`core: canary: ${what}: found, with the command that repeats it`, async () => {
    const target = await coreTarget(await brokenCore(broken));
    await assert.rejects(runTarget(target, { ...RUN, inputs: 50_000 }), (error: Error) => {
      assert.ok(error instanceof Finding, error.stack);
      assert.match(error.message, finds);
      const [, index] = /npm run fuzz -- core --seed 1 --index (\d+) --inputs 1$/m.exec(error.message) ?? [];
      assert.ok(index !== undefined && /record 1: /.test(error.message), error.message);
      return true;
    });
  });
