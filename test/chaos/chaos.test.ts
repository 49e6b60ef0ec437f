import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.ts";

test("chaos: kill -9 of edge, bridge, engine and bus while trading: nothing lost, nothing sent twice, digests agree", async (t) => {
  const report = await chaos({ rounds: 6, seed: 7, speed: "60", say: (line) => t.diagnostic(line) });
  assert.deepEqual(report.problems, []);
});
