import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import pg from "pg";
import { startPostgres } from "./postgres.ts";
import { findPostgres, SHARED_ROOT, unprivilegedUser } from "./postgres-binaries.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-pg-"));
chmodSync(root, 0o755); // the user who runs PostgreSQL must get through
after(() => rmSync(root, { recursive: true, force: true }));

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Starts PostgreSQL in a process of its own, which can then be killed. */
async function startInChild(dataDir: string): Promise<{ url: string; pid: number; kill(): Promise<void> }> {
  const code = `import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, "postgres.ts"))};
    const pg = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(JSON.stringify({ url: pg.url, pid: pg.pid })); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const line = await new Promise<string>((done) => createInterface({ input: child.stdout }).once("line", done));
  return {
    ...JSON.parse(line),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

test("postgres: stop and start on the same data: rows are there, password and database stay", async () => {
  const dataDir = join(root, "stop");
  const first = await startPostgres({ dataDir });
  assert.equal(first.version, "18");
  await ask(first.url, "create table t (a int); insert into t values (7)");
  await first.stop();
  const second = await startPostgres({ dataDir });
  assert.deepEqual(await ask(second.url, "select a from t"), [{ a: 7 }]);
  assert.equal(new URL(second.url).password, new URL(first.url).password);
  await second.stop();
});

test("postgres: parent killed, server left running: the next start ends it and keeps its rows", async () => {
  const dataDir = join(root, "orphan");
  const orphan = await startInChild(dataDir);
  await ask(orphan.url, "create table t (a int); insert into t values (1)");
  await assert.rejects(startPostgres({ dataDir }), { code: "busy" });
  await orphan.kill();
  const next = await startPostgres({ dataDir });
  assert.notEqual(next.pid, orphan.pid);
  await assert.rejects(ask(orphan.url, "select 1"));
  assert.deepEqual(await ask(next.url, "select a from t"), [{ a: 1 }]);
  await next.stop();
});

test("postgres: kill -9 of parent and server: committed rows survive, a pid file of a stranger does not stop the start", async () => {
  const dataDir = join(root, "killed");
  const killed = await startInChild(dataDir);
  await ask(killed.url, "create table t (a int); insert into t values (1)");
  await killed.kill();
  process.kill(killed.pid, "SIGKILL");
  const pidFile = join(dataDir, "cluster", "postmaster.pid");
  const lines = readFileSync(pidFile, "utf8").split("\n");
  const stranger = spawn("sleep", ["60"], { uid: 65534, gid: 65534 });
  writeFileSync(pidFile, [String(stranger.pid), ...lines.slice(1)].join("\n"));
  const next = await startPostgres({ dataDir });
  assert.deepEqual(await ask(next.url, "select a from t"), [{ a: 1 }]);
  await next.stop();
  stranger.kill("SIGKILL");
});

test("postgres: data under a closed home: the cluster lies where its user can reach it", async () => {
  const home = join(root, "home");
  mkdirSync(home, { mode: 0o700 });
  const dataDir = join(home, "checkout", "data");
  const server = await startPostgres({ dataDir });
  assert.deepEqual(await ask(server.url, "select 1 as one"), [{ one: 1 }]);
  await server.stop();
  if (process.getuid?.() === 0) {
    const instance = readFileSync(join(dataDir, "instance"), "utf8");
    const place = join(SHARED_ROOT, `lockstep-postgres-data-${instance}`);
    assert.ok(existsSync(join(place, "cluster", "PG_VERSION")));
    server.removeData();
    assert.equal(existsSync(place), false);
  }
});

test("postgres: installed without npm's scripts, under a closed home: a whole copy is made, and kept while it is equal", () => {
  const closed = join(root, "closed", "package");
  mkdirSync(closed, { recursive: true });
  const source = findPostgres().native;
  cpSync(source, join(closed, "native"), { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  chmodSync(join(root, "closed"), 0o700);
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const shipped = { native: join(closed, "native"), version: `test-${process.pid}` };
  const found = findPostgres(user, shipped);
  const copied = found.native !== shipped.native;
  assert.equal(copied, user !== undefined); // whoever is not root reaches his own home
  if (copied) {
    writeFileSync(join(found.native, "bin", "postgres"), "damaged");
    assert.equal(findPostgres(user, shipped).native, found.native);
    assert.ok(lstatSync(join(found.native, "bin", "postgres")).size > 1_000_000);
    rmSync(dirname(found.native), { recursive: true, force: true });
  }
});

test("postgres: a server at POSTGRES_URL: it is used and not stopped", async () => {
  const server = await startPostgres({ dataDir: join(root, "never"), url: "postgres://elsewhere/x" });
  assert.equal(server.url, "postgres://elsewhere/x");
  assert.equal(server.pid, undefined);
  await server.stop();
  assert.equal(existsSync(join(root, "never")), false);
});
