import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Choices } from "../choices.ts";
import { runTarget } from "./runner.ts";
import { changed, decodeTape, encodeTape, Tape } from "./tape.ts";
import { Finding } from "./target.ts";
import { openTarget, readCorpus, TARGETS } from "./targets.ts";
import { BOUNDS, watchTarget } from "./watch.ts";

for (const [name, { what, smoke }] of Object.entries(TARGETS).filter(([, entry]) => entry.smoke > 0))
  test(`fuzz: ${name}: ${smoke} inputs: ${what}: nothing found`, async (t) => {
    const target = await openTarget(name);
    t.after(() => target.close?.());
    const { reached } = await runTarget(target, { name, seed: 1, index: 0, inputs: smoke, corpus: readCorpus(name) });
    assert.ok(
      reached.filter(([, count]) => count > 0).length > 1,
      "a generator that reaches one outcome only is blind",
    );
  });

const CANARY = { seed: 1, index: 0, inputs: 1_000_000 };
const message = async (run: Promise<unknown>): Promise<string> => {
  const error = await run.then(
    () => assert.fail("the canary was not found"),
    (e: Error) => e,
  );
  assert.ok(error instanceof Finding, error.stack);
  return error.message;
};

test("fuzz: canary that throws: found, made smaller, and the printed tape throws again", async () => {
  const found = await message(watchTarget({ ...CANARY, name: "canary-crash" }));
  assert.match(found, /^canary-crash: input \d+ of seed 1: planted: 17 and 3 met/);
  const [, again] = /^again: npm run fuzz -- (.*)$/m.exec(found) ?? [];
  const [, small, all, tape] = /^smaller \((\d+) of (\d+) choices\): .*--tape (\S+)$/m.exec(found) ?? [];
  assert.ok(again && tape && Number(small) < Number(all), found);
  for (const args of [again.split(" "), ["canary-crash", "--tape", tape]])
    assert.throws(
      () => execFileSync(process.execPath, ["test/fuzz/main.ts", ...args], { stdio: "pipe" }),
      (error: { status: number; stderr: Buffer }) => error.status === 1 && /planted: 17 and 3/.test(`${error.stderr}`),
      args.join(" "),
    );
});

test("fuzz: canary that never ends: cut, with the input's command", async () => {
  const found = await message(watchTarget({ ...CANARY, name: "canary-hang" }, { ...BOUNDS, hangMs: 1_500 }));
  assert.match(found, /^canary-hang: input (\d+) of seed 1: it did not end within 1500 ms\nagain: .* --index \1 /);
});

test("fuzz: canary that keeps what it got: cut at the bound of the process", async () => {
  const found = await message(watchTarget({ ...CANARY, name: "canary-memory" }, { ...BOUNDS, growthMb: 200 }));
  assert.match(found, /^canary-memory: input \d+ of seed 1: the process grew by more than 200 MB/);
});

test("fuzz: canary that fills its heap: cut at the bound of the heap", async () => {
  const found = await message(watchTarget({ ...CANARY, name: "canary-heap" }, { ...BOUNDS, heapMb: 48 }));
  assert.match(found, /^canary-heap: input \d+ of seed 1: its heap grew by more than 48 MB/);
});

test("fuzz: canary that reaches nothing: named as blind", async () => {
  const found = await message(watchTarget({ ...CANARY, inputs: 2_000, name: "canary-blind" }));
  assert.match(found, /never reached in 2000 inputs of seed 1: the deep end/);
});

test("fuzz: coverage: the tape that reaches a rare branch of product code is kept, and few others", async () => {
  const grown = await watchTarget({ name: "replication-wire", seed: 1, index: 0, inputs: 512, grow: true });
  assert.ok(grown.type === "grown" && grown.corpus.length > 1 && grown.corpus.length < 60 && grown.blocks > 1_000);
});

test("fuzz: tapes: written and read again, changed, played behind their end", () => {
  const pick = new Choices(1);
  const words = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? pick.word() : pick.below(200)));
  assert.deepEqual(decodeTape(encodeTape(words)), words);
  for (let i = 0; i < 100; i++) assert.ok(changed(words, words, pick).every((word) => word >= 0 && word < 2 ** 32));
  const tape = new Tape([7]);
  assert.deepEqual([tape.below(10), tape.below(10), tape.drawn], [7, 0, [7, 0]]);
});

test("fuzz: the command: lists its targets, refuses what it does not know", () => {
  const list = execFileSync(process.execPath, ["test/fuzz/main.ts", "--list"], { encoding: "utf8" });
  for (const name of Object.keys(TARGETS)) assert.ok(list.includes(name), name);
  assert.throws(
    () => execFileSync(process.execPath, ["test/fuzz/main.ts", "nonsense"], { stdio: "pipe" }),
    (error: { status: number }) => error.status === 2,
  );
});
