// The same bytes on every compiler: V8's baseline and optimising WebAssembly compilers share no code generation.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const PROGRAM = `
  import { createHash } from "node:crypto";
  import { Core } from "./core-wasm/host/core.ts";
  import { sampleModel, sampleStream } from "./core-wasm/host/sample-stream.ts";
  const core = await Core.load();
  core.loadModel(sampleModel());
  const outputs = core.apply(sampleStream({ ticks: 20000, seed: 3 }));
  const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
  console.log(outputs.length, hash(outputs), hash(core.snapshot()));
`;
const ROOT = new URL("../../", import.meta.url);

const run = (...flags: string[]): string =>
  execFileSync(process.execPath, [...flags, "--input-type=module-typescript", "-e", PROGRAM], {
    cwd: ROOT,
    encoding: "utf8",
  });

test("engines: baseline only, optimised only, the usual mixture: the same outputs and the same state", () => {
  const usual = run();
  assert.match(usual, /^\d{5,} [0-9a-f]{64} [0-9a-f]{64}\n$/);
  assert.equal(run("--liftoff", "--no-wasm-tier-up"), usual);
  assert.equal(run("--no-liftoff", "--no-wasm-tier-up"), usual);
});
