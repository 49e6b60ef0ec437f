import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzMtx1 } from "./mtx1-fuzz.ts";

test("mtx1: frames of any bytes, damaged and cut: read in order or refused, by type", () => {
  const { refused } = fuzzMtx1({ seed: 1, runs: 4000 });
  assert.ok(refused > 500 && refused < 3500, `${refused} refused`);
});
