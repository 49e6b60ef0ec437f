// The backtest's page: its figures are those of the run, its charts are there, it needs nothing from outside.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ReplayResult } from "./core-replay.ts";
import { barChart, lineChart } from "./svg.ts";
import { tickFile } from "./tick-file.fixture.ts";

const dir = mkdtempSync(join(tmpdir(), "lockstep-report-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, "EURUSD_20240102.csv");
writeFileSync(file, tickFile({ minutes: 1_000, price: 1.1, digits: 5, day: "2024.01.02" }));

function report(name: string): { html: string; result: ReplayResult } {
  const path = join(dir, name);
  const args = ["replay.ts", file, "--report", path, "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return { html: readFileSync(path, "utf8"), result: JSON.parse(stdout) as ReplayResult };
}

test("report: figures of the run, charts, tables with base rates, nothing from outside; the same bytes twice", () => {
  const { html, result } = report("one.html");
  for (const figure of [result.outputs_digest, result.ticks.toLocaleString("en-US"), String(result.predictions)])
    assert.ok(html.includes(`<td>${figure}</td>`), figure);
  const accepted = result.order_intents - result.risk_refusals;
  assert.ok(html.includes(`${result.order_intents} (${accepted} accepted, ${result.risk_refusals} refused)`));
  assert.ok((html.match(/<svg /g) ?? []).length >= 6);
  assert.ok(html.includes("share of yes (base rate)") && html.includes("best constant answer"));
  assert.doesNotMatch(html, /https?:|<script|NaN|Infinity|undefined/);
  assert.equal(report("two.html").html, html);
});

test("report: an amount that is none: refused, no page", () => {
  const args = ["replay.ts", file, "--report", join(dir, "three.html"), "--commission=-1"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /not an amount/);
});

test("charts: no values, one value, equal values: still numbers; text is escaped", () => {
  const axis = { label: "<x>", format: (v: number) => v.toFixed(1) };
  const chart = { title: 'a "title"', description: "", x: axis, y: axis };
  for (const svg of [
    lineChart(chart, []),
    lineChart(chart, [[5, 5]]),
    barChart(chart, []),
    barChart(chart, [{ name: "&", value: 0 }]),
  ]) {
    assert.doesNotMatch(svg, /NaN|Infinity/);
    assert.ok(svg.includes("&lt;x&gt;") && svg.includes("a &quot;title&quot;"));
  }
});
