// The bundle as a box gets it: written into an empty folder, far from the checkout, and run there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startProcess } from "../service-process.ts";
import { bundleEdge, edgeServices } from "./edge.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "lockstep-bundle-"));
const box = join(work, "box");
const settings = {
  LOCKSTEP_ACCOUNTS: "1@Demo",
  LOCKSTEP_EA_SECRET: "a secret of a test",
  LOCKSTEP_EDGE_DATA: join(work, "data"),
  METATRADER_CONNECTOR_URL: "http://127.0.0.1:1",
};

before(() => bundleEdge(ROOT, box));
after(() => rmSync(work, { recursive: true, force: true }));

test("bundle: every edge service: starts from it, with nothing of the checkout", { timeout: 120_000 }, async () => {
  for (const name of edgeServices()) {
    const running = await startProcess({
      name,
      main: join(box, "edge", name, "main.ts"),
      env: { ...settings, PORT: "0", LOG_LEVEL: "error" },
    });
    const answer = await fetch(`http://127.0.0.1:${running.ready.port}/metrics`);
    await running.stop();
    assert.equal(answer.status, 200, name);
    assert.equal(await running.exitCode, 0, `${name} stops cleanly when its parent lets go of the line`);
  }
});

test("bundle: carried over: sha256sum agrees, and names a file that was changed", () => {
  const sums = () => spawnSync("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: box, encoding: "utf8" });
  assert.equal(sums().status, 0);
  const file = join(box, "operator.ts");
  const before = readFileSync(file);
  writeFileSync(file, `${before}\n`);
  assert.match(sums().stdout, /operator\.ts: FAILED/);
  writeFileSync(file, before);
});

test("bundle: a folder that is not empty: refused", () => {
  assert.throws(() => bundleEdge(ROOT, box), { code: "bad_config", message: /not empty/ });
});

test("box: settings that a service refuses: said, and it does not go on", () => {
  const run = spawnSync(process.execPath, [join(box, "box.ts")], {
    cwd: work,
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: process.env.PATH },
  });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /metatrader-connector ended with code 1/);
});
