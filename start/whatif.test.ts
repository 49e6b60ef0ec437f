// The front door of the counterfactual replay: nothing changed, everything refused, and settings that do not exist.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { WIDE_LIMITS } from "#core-wasm/host/wide-limits.ts";
import { RiskLimits } from "#proto/generated/records.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { KINDS } from "#proto/records.ts";
import { ChangedSettings, readChanges, SETTINGS, settingsHelp } from "./settings.ts";
import { tickFile } from "./tick-file.fixture.ts";
import type { Difference } from "./whatif.ts";

const NARROW = {
  order_volume_max_microlots: 1n,
  position_volume_max_microlots: 2n,
  daily_loss_max_micros: 3n,
  spread_max_points: 4n,
  quote_age_max_ms: 5n,
  day_start_offset_s: 6,
  limits_version: 7,
};
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
  const { profit_micros, commission_micros, swap_micros } = changed;
  assert.equal(BigInt(changed.net_micros), BigInt(profit_micros) + BigInt(commission_micros) + BigInt(swap_micros));
});

test("whatif: unknown settings, numbers that are none, nothing to change: refused with what there is", () => {
  for (const [args, message] of [
    [["--set", "spread_max=5"], /no such setting; nearest: spread_max_points,/],
    [["--set", "spread_max_points=wide"], /give NAME=VALUE/],
    [["--set", "stop_required=256"], /u8, which cannot hold that/],
    [["--set", "no_kind.spread_max_points=5"], /no such setting/],
    [["--set", "spread_max_points=5", "--slippage", "much"], /--slippage much/],
    [[], /say what to change/],
    [["--set", "spread_max_points=5", "--commission=-1"], /not an amount/],
  ] as const) {
    const { status, stderr } = whatif(...args);
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
});

test("settings: every numeric field of the records that set limits and parameters is there, with its unit, once in the help", () => {
  const named = KINDS.filter(({ name, number }) => number < 100 && /limits|params/.test(name));
  assert.deepEqual(
    [...new Set(SETTINGS.map(({ kind }) => kind))],
    named.map(({ name }) => name),
  );
  const numeric = named.flatMap(({ fields }) => fields.filter(({ type }) => /^[iu]/.test(type)));
  assert.equal(SETTINGS.length, numeric.length);
  const help = settingsHelp();
  for (const { name, unit } of SETTINGS)
    assert.match(help, new RegExp(`^    ${name} .*${unit === "" ? "" : `\\[${unit}\\]`}$`, "m"));
});

test("settings: a change is written into records of its kind only; one that met none is named", () => {
  const settings = new ChangedSettings(readChanges(["risk_limits.spread_max_points=-7", "hold_max_ms=1_000"]));
  const meta = { time_ns: 1n, source: 2 };
  const limits = encodeRecord(RiskLimits, meta, { ...WIDE_LIMITS, ...NARROW });
  const before = RiskLimits.read(viewOf(limits), 0);
  settings.apply(limits, 0, RiskLimits.code);
  assert.deepEqual(RiskLimits.read(viewOf(limits), 0), { ...before, spread_max_points: -7n });
  assert.throws(() => settings.checkAllMet("the journal"), {
    code: "bad_config",
    message: /strategy_params.hold_max_ms: the journal holds no/,
  });
});
