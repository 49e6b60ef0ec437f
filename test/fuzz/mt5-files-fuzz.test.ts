import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzMt5Files } from "./mt5-files-fuzz.ts";

test("mt5-files: damaged files in random chunks: refused or read, the same way however they are cut", (t) => {
  const { rounds, refused } = fuzzMt5Files({ seed: 1, rounds: 3000 });
  t.diagnostic(`${refused} of ${rounds} refused`);
  assert.ok(refused > rounds / 10 && refused < rounds);
});
