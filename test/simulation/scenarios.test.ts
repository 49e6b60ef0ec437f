// The fixed seeds, the commit's own, and every bug that was found, as a scenario by its name: the faults that it took,
// often enough to meet it again. A scenario that does not reach what it is about fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Result, simulate } from "./simulate.ts";
import type { Plan, Strike } from "./swarm.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const SEEDS = readFileSync(new URL("./seeds.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => /^\d+$/.test(line))
  .map(Number);

const explained = ({ seed, violation }: Result): string =>
  violation
    ? `seed ${seed}: ${violation.invariant}: ${violation.message}\nagain: npm run simulate -- --seed ${seed} --trace`
    : "";

/** The same few seeds under faults of one's own choice. */
async function scenario(o: {
  seeds: readonly number[];
  rates?: Partial<Record<Strike, number>>;
  change?: (plan: Plan) => Partial<Plan>;
  reaches: readonly string[];
}): Promise<void> {
  const reached = new Set<string>();
  const rates = new Map(Object.entries(o.rates ?? {}) as [Strike, number][]);
  for (const seed of o.seeds) {
    const result = await simulate({ seed, change: (plan) => ({ ...plan, rates, ...o.change?.(plan) }) });
    assert.equal(explained(result), "");
    for (const state of result.reached.keys()) reached.add(state);
  }
  for (const state of o.reaches) assert.ok(reached.has(state), `${state} was not reached`);
}

test("simulation: the fixed seeds: no promise is broken", async () => {
  for (const seed of SEEDS) assert.equal(explained(await simulate({ seed })), "");
});

test("simulation: the seed that is the commit: no promise is broken", async (t) => {
  const git = spawnSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" });
  if (git.status !== 0) {
    t.diagnostic("this is no git checkout: there is no commit to take a seed from");
    return;
  }
  assert.equal(explained(await simulate({ seed: Number.parseInt(git.stdout.slice(0, 12), 16) })), "");
});

test("simulation: one seed twice and in another process: the same trace", async () => {
  const [first, second] = [await simulate({ seed: 21 }), await simulate({ seed: 21 })];
  assert.equal(second.traceHash, first.traceHash);
  const runs = [0, 1].map(() => spawnSync(process.execPath, [MAIN, "--seed", "21", "--trace"], { encoding: "utf8" }));
  assert.equal(runs[0]?.status, 0);
  assert.equal(runs[1]?.stdout, runs[0]?.stdout);
});

test("simulation: a deliberate bug: it is found", () => {
  const args = [MAIN, "--mutant", "send-before-durable", "--seeds", "40"];
  const run = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.match(run.stdout, /^send-before-durable: killed by seed \d+, .*: write-ahead$/m);
});

test("bug: the disk fills up while a snapshot is saved: the box goes on without one", () =>
  scenario({
    seeds: [1, 2, 3],
    rates: { "disk full": 12 },
    change: () => ({ snapshotRecords: 60 }),
    reaches: ["strike: disk full", "liveness: in step"],
  }));

test("bug: a start refused over damage sealed the open batch: repaired, the stream is decided again", () =>
  scenario({
    seeds: [1, 2, 3],
    rates: { "disk damage": 8, "edge killed": 6 },
    reaches: ["halt: journal_damaged", "liveness: in step"],
  }));

test("bug: a decision in the very moment of a stop: its order does not leave", () =>
  scenario({
    seeds: [1, 2, 3, 4, 5, 6],
    rates: { "operator command": 20, "edge killed": 6 },
    reaches: ["command: kill", "command: halt", "order: open decided"],
  }));

test("bug: transactions that nobody told: found in the broker's lists", () =>
  scenario({
    seeds: [1, 2, 3, 4],
    change: ({ eaFaults }) => ({ eaFaults: { ...eaFaults, missing: 0.5 } }),
    reaches: ["order: final done", "liveness: in step"],
  }));

test("bug: the power goes between a snapshot and its records: no restart begins from the snapshot", () =>
  scenario({
    seeds: [1, 2, 3],
    rates: { "edge power at write": 20 },
    change: () => ({ snapshotRecords: 60 }),
    reaches: ["edge: power lost at a disk operation", "liveness: in step"],
  }));

test("bug: paused again while work waits: nothing that comes later overtakes it", () =>
  scenario({
    seeds: [1, 2, 3, 4, 5, 6],
    rates: { "bridge pause": 24 },
    reaches: ["bridge: paused again while work waits", "liveness: in step"],
  }));

test("bug: a netting position is turned round while nobody watches: its exposure still counts", () =>
  scenario({
    seeds: [1, 2, 3],
    rates: { "foreign trade": 20, "edge power": 4 },
    change: ({ limits }) => ({ hedging: false, limits: { ...limits, grossLots: limits.volumeLots } }),
    reaches: ["order: foreign fill", "liveness: in step"],
  }));

test("bug: two boxes under one identity: the log is the one's or the other's, and the loser deletes nothing", () =>
  scenario({
    seeds: [1, 2, 3, 4],
    rates: { "double enrolment": 8 },
    change: () => ({ cloudDies: false, snapshotRecords: 30, keepRecords: 0 }),
    reaches: ["double enrolment: the log is the second box's", "double enrolment: alarmed as a fork"],
  }));

test("bug: the power goes while a stuck disk keeps the journal behind its snapshots: the box starts again", () =>
  scenario({
    seeds: [2, 5, 9],
    rates: { "disk stuck": 12, "edge power": 8 },
    change: () => ({ cloudDies: false, snapshotRecords: 15, keepRecords: 0 }),
    reaches: ["edge: power lost", "edge: journal truncated", "liveness: in step"],
  }));

test("bug: the log is restored while the box has no line to it: the box has deleted nothing that is to be sent again", () =>
  scenario({
    seeds: [1, 10, 12, 14],
    rates: { "log restored": 12 },
    change: () => ({ cloudDies: false, snapshotRecords: 20, keepRecords: 0 }),
    reaches: ["log: restored from an older backup", "edge: journal truncated", "liveness: in step"],
  }));

test("bug: another build in place of this one: it refuses and leaves the journal as it is", () =>
  scenario({
    seeds: [1, 2, 3, 4, 5],
    rates: { "another core": 9, "newer journal": 5, "worker of another core": 4 },
    reaches: ["edge: another core: refused", "edge: newer journal: refused", "engine: another core waits"],
  }));

test("bug: a snapshot is damaged again and again: there are two again after each start", () =>
  scenario({
    seeds: [1, 2, 3],
    rates: { "snapshot damage": 12 },
    change: () => ({ snapshotRecords: 20, keepRecords: 0 }),
    reaches: ["strike: snapshot damage", "edge: journal truncated", "liveness: in step"],
  }));

test("bug: the disk stands still over two snapshots, then the box dies: it starts from one of before", () =>
  scenario({
    seeds: [1, 2, 3],
    rates: { "disk stuck": 20, "edge killed": 6, "edge power": 6 },
    change: () => ({ snapshotRecords: 15, keepRecords: 0 }),
    reaches: ["strike: disk stuck", "edge: journal truncated", "edge: resumed from a snapshot", "liveness: in step"],
  }));
