// The command over the sample and harsh stream, on engines that are fetched where they are not there: one that cannot be had
// fails here, as it does for the person at the terminal.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import type { Engine } from "./catalogue.ts";
import { type EnginesReport, runEngines } from "./run.ts";

const SAMPLE = { inputs: [], models: [] };

test("engines: V8 of two Nodes, JavaScriptCore, Cranelift and an interpreter: the same outputs, digest and state, twice each", (t) => {
  const only = "node24,node20,bun,wasmtime,pulley";
  const run = spawnSync(process.execPath, ["engines.ts", "--json", "--only", only], { encoding: "utf8" });
  const report = JSON.parse(run.stdout || "{}") as EnginesReport;
  for (const e of report.engines ?? []) t.diagnostic("failed" in e ? `${e.engine}: not run: ${e.failed}` : e.version);
  assert.equal(run.status, 0, run.stderr + run.stdout);
  assert.equal(report.equal, true);
  assert.deepEqual(
    report.engines.map((e) => e.engine),
    only.split(","),
  );
  for (const e of report.engines) {
    assert.ok(!("failed" in e));
    assert.equal(e.outputs_digest, report.recorded.outputs_digest);
    assert.equal(e.state_sha256, report.recorded.state_sha256);
    assert.ok(e.records > 30_000 && e.seconds > 0, JSON.stringify(e));
  }
});

/** An "engine" that says `changed` where the honest one said something else. */
const saying = (changed: object): Engine => {
  const program = `
    const { execFileSync } = require("node:child_process");
    const [, driver, ...rest] = process.argv;
    const said = JSON.parse(execFileSync(process.execPath, [driver, ...rest], { encoding: "utf8" }));
    console.log(JSON.stringify({ ...said, ...${JSON.stringify(changed)} }));`;
  const driver = new URL("./driver.mjs", import.meta.url).pathname;
  return {
    name: "liar",
    how: "test",
    find: async () => ({ command: process.execPath, args: ["-e", program, driver] }),
  };
};

test("engines: one that differs is named with what differs; the same one honest is equal", async () => {
  const honest = await runEngines({ engines: [saying({})], source: SAMPLE });
  assert.equal(honest.equal, true, JSON.stringify(honest.engines));
  for (const name of ["outputs_digest", "outputs_sha256", "state_sha256"]) {
    const report = await runEngines({ engines: [saying({ [name]: "00" })], source: SAMPLE });
    assert.equal(report.equal, false);
    const [liar] = report.engines;
    assert.ok(liar && !("failed" in liar));
    assert.match(
      liar.differs.join("\n"),
      new RegExp(`^${name} is 00, recorded was [0-9a-f]{64}\n${name} is 00.*new instances$`),
    );
  }
});

test("engines: one that cannot be had, one that dies, one that says nothing: not run, never a pass", async () => {
  const failing = (find: Engine["find"]): Engine => ({ name: "absent", how: "test", find });
  for (const [engine, why] of [
    [failing(() => Promise.reject(new LockstepError("engine_missing", "nowhere to be had"))), /nowhere to be had/],
    [
      failing(async () => ({ command: process.execPath, args: ["-e", "throw new Error('out of steam')"] })),
      /out of steam/,
    ],
    [failing(async () => ({ command: process.execPath, args: ["-e", ""] })), /JSON/],
    [failing(async () => ({ command: "no-such-binary", args: [] })), /ENOENT/],
  ] as const) {
    const report = await runEngines({ engines: [engine], source: SAMPLE });
    assert.equal(report.equal, false);
    const [absent] = report.engines;
    assert.ok(absent && "failed" in absent);
    assert.match(absent.failed, why);
  }
});

test("engines: an engine of no such name: refused with those there are", () => {
  assert.throws(
    () => execFileSync(process.execPath, ["engines.ts", "--only", "v7"], { encoding: "utf8", stdio: "pipe" }),
    (error: { status: number; stderr: string }) => error.status === 1 && /no engine "v7".*node24/.test(error.stderr),
  );
});
