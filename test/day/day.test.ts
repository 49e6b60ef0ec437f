import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { Choices } from "../choices.ts";
import { day, movedTo } from "./day.ts";
import { plan } from "./plan.ts";

const FILE = "../shared/data/ticks/EURUSD_20140501.csv.gz";

test("day: a real day of EURUSD, short: lines cut, killed, eight hours offline, clocks changed: nothing lost, nothing twice", async (t) => {
  if (!existsSync(FILE)) {
    t.diagnostic(`NOT RUN: ${FILE} is not here (\`npm run day -- --data DIR\` takes any day of MT5 tick exports)`);
    return;
  }
  const report = await day({
    ...{ ticks: [FILE], moveDays: movedTo("2014-05-01", "2014-03-09"), speed: 6_000, seed: 3, downHours: 8 },
    ...{ disconnects: 3, terminal_restarts: 1, edge_kills: 1 },
    say: (line) => t.diagnostic(line),
  });
  assert.deepEqual(report.problems, []);
  assert.equal(report.journaled, report.market.ticks);
  assert.deepEqual(report.offsets_s, [7_200, 10_800]);
  assert.deepEqual(report.struck, { "line down": 1, disconnect: 3, "terminal restart": 1, "edge kill": 1 });
  assert.ok(report.deals > 0);
});

test("day: the plan: as many strikes as asked for, in order, inside the day, others with another seed", () => {
  const counts = { disconnects: 20, terminal_restarts: 10, edge_kills: 5 };
  const of = (seed: number) =>
    plan(new Choices(seed), { ...counts, fromMs: 1_000, toMs: 86_401_000, downMs: 28_800_000 });
  const strikes = of(1);
  assert.equal(strikes.length, 36);
  assert.ok(strikes.every(({ atMs }, i) => atMs > 1_000 && atMs < 86_401_000 && atMs >= (strikes[i - 1]?.atMs ?? 0)));
  assert.deepEqual(of(1), strikes);
  assert.notDeepEqual(of(2), strikes);
  assert.throws(() => movedTo("2014-05-01", "2014-03-10"), /no day on which/);
});
