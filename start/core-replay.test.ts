import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Core } from "#core-wasm/host/core.ts";
import { replayFiles } from "./core-replay.ts";
import { tickFile } from "./tick-file.fixture.ts";

const MODEL = readFileSync("core-wasm/models/shipped/model.lsm");
test("replay: two symbols, two days, one file zipped: every tick, the same digest twice, order of files no matter", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-replay-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const files = [
    join(dir, "EURUSD_20240102.csv"),
    join(dir, "EURUSD_20240103.csv.gz"),
    join(dir, "XAUUSD_20240102.csv"),
  ] as const;
  writeFileSync(files[0], tickFile({ minutes: 120, price: 1.1, digits: 5, day: "2024.01.02" }));
  writeFileSync(files[1], gzipSync(tickFile({ minutes: 30, price: 1.11, digits: 5, day: "2024.01.03" })));
  writeFileSync(files[2], tickFile({ minutes: 120, price: 2000, digits: 3, day: "2024.01.02" }));
  const run = async (order: readonly string[]) => replayFiles({ core: await Core.load(), model: MODEL, files: order });
  const first = await run(files);
  assert.equal(first.ticks, (120 + 30 + 120) * 6);
  assert.ok(first.predictions > 200, String(first.predictions));
  assert.equal((await run([...files].reverse())).outputs_digest, first.outputs_digest);
});
