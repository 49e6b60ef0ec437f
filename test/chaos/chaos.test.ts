import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.ts";

test("chaos: faults on processes, engines, lines and the disk while trading: the books agree to the last tick", async (t) => {
  const report = await chaos({ rounds: 5, seed: 7, speed: "60", disk: true, say: (line) => t.diagnostic(line) });
  assert.deepEqual(report.problems, []);
  assert.ok(report.ticks > 0 && report.records > report.ticks);
});
