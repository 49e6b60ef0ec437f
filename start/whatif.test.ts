// The front door of the counterfactual replay: nothing changed, everything refused, and settings that do not exist.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { tickFile } from "./tick-file.fixture.ts";
import type { Difference } from "./whatif.ts";

const dir = mkdtempSync(join(tmpdir(), "lockstep-whatif-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, "EURUSD_20240102.csv");
writeFileSync(file, tickFile({ minutes: 1_000, price: 1.1, digits: 5, day: "2024.01.02" }));
/** An order at every chance, that lives until the next tick. */
const EAGER = ["--set", "enter_edge_ppm=0", "--set", "intent_life_ms=60000"];

function whatif(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["whatif.ts", file, ...args], { encoding: "utf8" });
}

function difference(...args: string[]): Difference {
  const { status, stdout, stderr } = whatif(...args, "--json");
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Difference;
}

test("whatif: a setting set to what it is: nothing is different", () => {
  const same = difference("--set", "spread_max_points=600");
  assert.deepEqual(same.base, same.changed);
  assert.deepEqual([same.only_base, same.only_changed, same.now_accepted, same.now_refused], [0, 0, 0, 0]);
  assert.equal(same.first, undefined);
  assert.match(whatif("--set", "spread_max_points=600").stdout, /Nothing is different/);
});

test("whatif: no spread is narrow enough: every opening order is refused by that check, nothing is traded", () => {
  const eager = difference(...EAGER).changed;
  assert.ok(eager.trades > 20, `${eager.trades} trades`);
  const none = difference(...EAGER, "--set", "spread_max_points=0").changed;
  assert.deepEqual([none.accepted, none.deals, none.net_micros], [0, 0, "0"]);
  assert.deepEqual(none.refused_by.spread, none.refused);
});

test("whatif: costs: the net profit is the deals' profit less their commission", () => {
  const { changed } = difference(...EAGER, "--commission", "2");
  // A tenth of a lot a deal.
  assert.equal(BigInt(changed.commission_micros), BigInt(changed.deals) * -200_000n);
  assert.equal(BigInt(changed.net_micros), BigInt(changed.profit_micros) + BigInt(changed.commission_micros));
});

test("whatif: unknown settings, numbers that are none, nothing to change: refused with what there is", () => {
  for (const [args, message] of [
    [["--set", "spread=5"], /no such setting; there are: .*spread_max_points/],
    [["--set", "spread_max_points=wide"], /give NAME=VALUE/],
    [[], /say what to change/],
    [["--set", "spread_max_points=5", "--commission=-1"], /not an amount/],
  ] as const) {
    const { status, stderr } = whatif(...args);
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
});
