import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzJournal } from "./journal-fuzz.ts";

test("journal: files damaged, cut, swapped and removed: a prefix of what was written or a typed refusal", async () => {
  const { refused, whole } = await fuzzJournal({ seed: 1, runs: 600 });
  assert.ok(refused > 200 && whole > 10, `${refused} refused, ${whole} untouched`);
});
