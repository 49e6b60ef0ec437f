// The core's indicators against TA-Lib: committed answers for a made-up series, and TA-Lib itself for real bars.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { coreFeatures } from "#core-wasm/models/core-features.ts";
import { WARM_BARS } from "#core-wasm/models/neutral-head.ts";
import { FEATURE_NAMES } from "#proto/features.ts";
import { type BarRow, Mt5FileParser } from "#proto/mt5-files.ts";
import { goldenBars } from "./golden-bars.ts";
import { TALIB_FEATURES, talibValue } from "./talib-features.ts";
import { askTalib, type TalibAnswer } from "./talib-io.ts";

const GOLDEN = new URL("./talib-golden.json", import.meta.url);
const DATA = new URL("../../../shared/data/bars/", import.meta.url);
/** Relative; of 1 where the value is below it. */
const TOLERANCE = 1e-9;
const NAMES = Object.keys(TALIB_FEATURES);

/** Compares every feature at every warm bar; returns how many values were held against each other. */
async function compare(bars: readonly BarRow[], answer: TalibAnswer, timeframe_s: number): Promise<number> {
  const rows = await coreFeatures(bars, { timeframe_s, features: NAMES });
  let compared = 0;
  for (const [i, row] of rows.entries()) {
    if (row === undefined) continue;
    for (const [k, name] of NAMES.entries()) {
      const expected = talibValue(name, i, bars, answer);
      if (expected === undefined) continue;
      const actual = row.values[k] as number;
      if (!(Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))))
        assert.fail(`bar ${i}: ${name} is ${actual}, TA-Lib says ${expected}`);
      compared++;
    }
  }
  return compared;
}

function readBars(name: string): BarRow[] {
  const bars: BarRow[] = [];
  const parser = new Mt5FileParser({ name, onBar: (row) => bars.push(row) });
  parser.push(gunzipSync(readFileSync(new URL(name, DATA))));
  parser.end();
  return bars;
}

test("TA-Lib: every formula names a feature of the catalogue, two dozen indicators at least", () => {
  assert.deepEqual(
    NAMES.filter((name) => !FEATURE_NAMES.includes(name)),
    [],
  );
  assert.ok(NAMES.length >= 24);
});

test("TA-Lib: its committed answers for a made-up series: equal to 1e-9", async () => {
  const bars = goldenBars();
  const answer = JSON.parse(readFileSync(GOLDEN, "utf8")) as TalibAnswer;
  const warm = bars.length - (WARM_BARS - 1);
  assert.equal(await compare(bars, answer, 60), warm * NAMES.length);
});

test("TA-Lib: itself, on real bars of four symbols: equal to 1e-9", async (t) => {
  if (!existsSync(DATA)) return t.diagnostic("../shared/data/bars is absent: only committed answers were compared");
  for (const name of readdirSync(DATA)) {
    const bars = readBars(name);
    const answer = await askTalib(bars);
    if (answer === undefined) return t.diagnostic("TA-Lib cannot be had here: only committed answers were compared");
    const compared = await compare(bars, answer, name.includes("_H1") ? 3600 : 60);
    t.diagnostic(`${name}: ${compared.toLocaleString("en-US")} values compared`);
    assert.ok(compared > bars.length * NAMES.length * 0.9);
  }
});
