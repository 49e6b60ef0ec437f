// config-manager before a real connector: versions, roll-back, ways in, crashes, what services read, and secrets that stay inside.
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { makeClient } from "#mesh/service/client.ts";
import { configuredEnv } from "#mesh/service/configured.ts";
import { makeLog } from "#mesh/service/log.ts";
import { parseDocument } from "#proto/configuration/document.ts";
import { configManager, type DryRun } from "#proto/services/config-manager.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import { journalSample } from "../../test/journal/decided.fixture.ts";
import { changeOf, type Person, person } from "../metatrader-connector/configure.fixture.ts";
import { startConnectorProcess } from "../metatrader-connector/tiny-ea.fixture.ts";
import { DryRuns } from "./dry-run-io.ts";
import { History } from "./history-io.ts";

const CANARY = "canary-7f3a91c4-do-not-tell";
const root = mkdtempSync(join(tmpdir(), "lockstep-config-"));
after(() => rmSync(root, { recursive: true }));

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  log(): string;
}

async function startProcess(env: Record<string, string>): Promise<Running> {
  const main = new URL("./main.ts", import.meta.url).pathname;
  const child = fork(main, {
    env: { ...process.env, LOG_LEVEL: "debug", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (log += chunk));
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { port: number }).port));
    child.once("exit", (code) => reject(new Error(`config-manager ended with ${code}: ${log}`)));
  });
  return { child, url: `http://127.0.0.1:${port}`, log: () => log };
}

async function end({ child }: Running, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

const filesUnder = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test("config-manager: versions: applied, compared, rolled back, taken over from the journal; refused where they do not belong", async () => {
  const grace = person("Grace");
  const settings = join(root, "edge.json");
  writeFileSync(settings, JSON.stringify({ operators: [{ name: grace.name, public_key: grace.public_key }] }));
  const connector = await startConnectorProcess({
    dataDir: join(root, "edge"),
    env: { LOCKSTEP_EDGE_CONFIG: settings, LOG_LEVEL: "error" },
  });
  const url = `http://127.0.0.1:${connector.port}`;
  const env = {
    LOCKSTEP_CONFIG_DATA: join(root, "config"),
    LOCKSTEP_EDGE_DATA: join(root, "edge"),
    METATRADER_CONNECTOR_URL: url,
  };
  let manager = await startProcess(env);
  try {
    let client = makeClient({ contract: configManager, url: manager.url });
    const direct = makeClient({ contract: metatraderConnector, url });
    const v0 = await client.current();
    const tighter = parseDocument({ ...v0.document, limits: { ...v0.document.limits, spread_max_points: 50 } });
    const check = await client.check({ body: { document: tighter } });
    assert.deepEqual(check.differences, [
      { path: "limits.spread_max_points", from: "600", to: "50", effect: "tightens" },
    ]);
    assert.equal(check.needs_signature, false);
    const wrong = await client.check({ body: { document: { limits: { spread_max_points: "wide" } } } });
    assert.deepEqual([wrong.problems.map(({ path }) => path), wrong.text], [["limits.spread_max_points"], ""]);
    assert.equal((await client.apply({ body: changeOf(v0, tighter) })).config_version, 1);
    const v1 = await client.current();
    const looser = parseDocument({ ...tighter, limits: { ...tighter.limits, daily_loss_max: 900 } });
    await assert.rejects(client.apply({ body: changeOf(v1, looser) }), { code: "auth_refused" });
    await assert.rejects(client.apply({ body: changeOf(v0, looser, grace) }), { code: "refused" });
    // Two at once: one of them comes too late.
    const both = await Promise.allSettled([
      client.apply({ body: changeOf(v1, looser, grace) }),
      client.apply({ body: { ...changeOf(v1, tighter), reason: "the other" } }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.equal((await client.versions()).versions.length, 3);
    // Killed, and meanwhile changed by another way in.
    await end(manager, "SIGKILL");
    const now = await direct.configuration();
    await direct.configure({ body: changeOf(now, looser, grace) });
    manager = await startProcess(env);
    client = makeClient({ contract: configManager, url: manager.url });
    const { versions } = await client.versions();
    assert.deepEqual(
      versions.map((v) => v.config_version),
      [3, 2, 1, 0],
    );
    assert.deepEqual([versions[0]?.operator, versions[3]?.operator], ["Grace", "settings file"]);
    // Back to version 1: a new version with its document.
    const old = await client.version({ params: { version: 1 } });
    await client.apply({ body: changeOf(await client.current(), parseDocument(old.document), grace) });
    const back = await client.differences({ query: { from: 1, to: 4 } });
    assert.deepEqual(back, { differences: [], needs_signature: false });
    await assert.rejects(client.version({ params: { version: 9 } }), { code: "not_found" });
    await onTheCommandLine(manager.url, grace);
  } finally {
    await end(manager);
    assert.equal(await connector.kill("SIGTERM"), 0);
  }
  const entries = filesUnder(join(root, "config", "versions")).sort();
  const second = entries[1] ?? "";
  writeFileSync(second, readFileSync(second, "utf8").replace('"reason":"a test"', '"reason":"a jest"'));
  assert.throws(() => new History(join(root, "config")), { code: "bad_file", message: /does not follow/ });
});

async function onTheCommandLine(url: string, by: Person): Promise<void> {
  const keyFile = join(root, "grace.key");
  const pem = by.key.export({ type: "pkcs8", format: "pem" }).toString();
  writeFileSync(keyFile, JSON.stringify({ name: by.name, private_key: pem }), { mode: 0o600 });
  const config = async (args: string[], input = ""): Promise<{ code: number; out: string; err: string }> => {
    const child = spawn(process.execPath, ["config.ts", ...args, "--url", url]);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.stdin.end(input);
    const code = await new Promise<number>((resolve) => child.once("close", resolve));
    return { code, out, err };
  };
  const shown = await config(["show"]);
  const edited = JSON.parse(shown.out);
  edited.limits.daily_loss_max = 1_000;
  const file = join(root, "edited.json");
  writeFileSync(file, JSON.stringify(edited));
  assert.match(
    (await config(["check", file])).out,
    /loosens +limits\.daily_loss_max: 500 -> 1000\nneeds an operator's signature/,
  );
  const unsigned = await config(["apply", file, "--name", "ann", "--reason", "more"]);
  assert.deepEqual([unsigned.code, /needs an operator's signature/.test(unsigned.err)], [2, true]);
  assert.match((await config(["apply", file, "--key", keyFile, "--reason", "more"])).out, /version 5 is in force/);
  assert.match((await config(["rollback", "4", "--name", "ann", "--reason", "less"])).out, /version 6 is in force/);
  assert.match((await config(["diff", "4", "6"])).out, /nothing is different/);
  assert.match((await config(["history"])).out, /6 {2}ann, not signed.*: less\n +5 {2}Grace, signed.*: more/);
  assert.match((await config(["secret", "FEED_KEY", "--service", "data-collector"], "s3cret-value\n")).out, /is set/);
  assert.match((await config(["secrets"])).out, /^FEED_KEY {2}for data-collector, set 2/);
  assert.equal((await config(["nonsense"])).code, 2);
}

test("config-manager: a secret: encrypted on disk, told to its service alone, in no log, answer, file, history or refusal", async () => {
  const directory = join(root, "secrets");
  const env = { LOCKSTEP_CONFIG_DATA: directory, METATRADER_CONNECTOR_URL: "http://127.0.0.1:9" };
  let manager = await startProcess(env);
  const answers: string[] = [];
  const ask = async (path: string, body?: unknown): Promise<{ status: number; text: string }> => {
    const response = await fetch(
      manager.url + path,
      body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
    );
    return { status: response.status, text: await response.text() };
  };
  const keep = async (...request: Parameters<typeof ask>): Promise<number> => {
    const { status, text } = await ask(...request);
    answers.push(text);
    return status;
  };
  const secret = { name: "ALERT_SMTP_PASSWORD", service: "market-monitor", value: CANARY };
  const token = (service: string): string => readFileSync(join(directory, "tokens", service), "utf8").trim();
  assert.equal(await keep("/secrets", secret), 200);
  assert.equal(await keep("/secrets"), 200);
  assert.equal(await keep("/secrets", { ...secret, name: "lower" }), 400);
  assert.equal(await keep("/secrets", { ...secret, service: CANARY }), 400);
  assert.equal(await keep("/secrets", { ...secret, value: CANARY.repeat(1_000) }), 400);
  assert.equal(await keep("/check", { document: { limits: { [CANARY]: 1 } } }), 503);
  assert.equal(await keep("/versions", secret), 400);
  const settings = { service: "market-monitor", token: token("market-monitor") };
  assert.equal(await keep("/service-settings", { ...settings, token: token("data-collector") }), 403);
  assert.equal(await keep("/service-settings", { service: "data-collector", token: token("data-collector") }), 200);
  assert.match((await ask("/service-settings", settings)).text, new RegExp(CANARY));
  for (const page of ["/", "/status", "/metrics", "/healthz", "/versions", "/current"]) await keep(page);
  const log = makeLog({ service: "market-monitor", write: (line) => void answers.push(line) });
  const told = await configuredEnv("market-monitor", {
    log,
    env: { CONFIG_MANAGER_URL: manager.url, CONFIG_MANAGER_TOKEN_FILE: join(directory, "tokens", "market-monitor") },
  });
  assert.equal(told.ALERT_SMTP_PASSWORD, CANARY);
  await end(manager);
  answers.push(manager.log());
  // The key is changed; the secret stays.
  const rotated = { ...env, LOCKSTEP_SECRETS_PASSPHRASE: "a long new passphrase" };
  const before = readFileSync(join(directory, "secrets.json"), "utf8");
  manager = await startProcess({ ...rotated, LOCKSTEP_SECRETS_OLD_KEY_FILE: join(directory, "secrets.key") });
  await end(manager);
  answers.push(manager.log());
  assert.notEqual(readFileSync(join(directory, "secrets.json"), "utf8"), before);
  await assert.rejects(startProcess(env), /encrypted with another key/);
  const short = { ...env, LOCKSTEP_SECRETS_PASSPHRASE: "canary-0" };
  await assert.rejects(
    startProcess(short),
    (error: Error) => /at least 12/.test(error.message) && !error.message.includes("canary-0"),
  );
  manager = await startProcess(rotated);
  assert.match((await ask("/service-settings", settings)).text, new RegExp(CANARY));
  assert.equal(await keep("/secrets/ALERT_SMTP_PASSWORD/remove", {}), 200);
  assert.deepEqual(JSON.parse((await ask("/secrets")).text), { secrets: [] });
  await end(manager);
  answers.push(manager.log(), ...filesUnder(directory).map((path) => readFileSync(path, "latin1")));
  for (const text of answers)
    assert.equal(text.includes(CANARY) || text.includes("a long new passphrase"), false, text);
  for (const path of filesUnder(directory)) assert.equal(statSync(path).mode & 0o077, 0, path);
});

test("config-manager: foreign pages, other types, too much: refused", async () => {
  const manager = await startProcess({
    LOCKSTEP_CONFIG_DATA: join(root, "doors"),
    METATRADER_CONNECTOR_URL: "http://127.0.0.1:9",
  });
  const status = async (path: string, init: RequestInit): Promise<number> =>
    (await fetch(manager.url + path, init)).status;
  const json = { "content-type": "application/json" };
  assert.equal(await status("/secrets", { headers: { origin: "http://evil.test" } }), 403);
  assert.equal(
    await status("/secrets", { method: "POST", headers: { ...json, origin: "http://evil.test" }, body: "{}" }),
    403,
  );
  assert.equal(
    await status("/secrets", { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" }),
    400,
  );
  assert.equal(await status("/check", { method: "POST", headers: json, body: "{" }), 400);
  assert.equal(await status("/check", { method: "POST", headers: json, body: `"${"x".repeat(600_000)}"` }), 400);
  assert.equal(await status("/current", {}), 503);
  assert.equal(await status("/dry-runs/none", {}), 404);
  assert.equal(await status("/dry-runs", { method: "POST", headers: json, body: '{"document":{"limits":5}}' }), 400);
  await end(manager);
});

test("config-manager: dry run: the difference that whatif gives, its progress, canceled, bounded, one at a time", async () => {
  const edgeData = join(root, "dry");
  await journalSample(join(edgeData, "journal"), { ticks: 3_000 });
  const model = sampleModel();
  mkdirSync(join(edgeData, "models"));
  writeFileSync(join(edgeData, "models", `${hash("sha256", model)}.lsm`), model);
  const directory = join(root, "runs");
  const open = (o: { edgeData: string; minutesMax: number }): DryRuns =>
    new DryRuns({ directory, edgeData: o.edgeData, limits: { minutesMax: o.minutesMax, memoryMb: 512 } });
  const ended = async (runs: DryRuns, id: string): Promise<DryRun> => {
    while (runs.state(id).state === "running") await new Promise((done) => setTimeout(done, 50));
    return runs.state(id);
  };
  const runs = open({ edgeData, minutesMax: 1 });
  const closed = parseDocument({ limits: { spread_max_points: 0 } });
  const { id } = runs.start(closed, 24);
  assert.throws(() => runs.start(closed, 24), { code: "busy" });
  const done = await ended(runs, id);
  assert.equal(done.problem, null);
  const { base, changed } = done.result as { base: { accepted: number }; changed: { accepted: number; deals: number } };
  assert.ok(base.accepted > 0);
  assert.deepEqual([changed.accepted, changed.deals, done.percent], [0, 0, 100]);
  const canceled = await runs.cancel(runs.start(closed, 24).id);
  assert.equal(canceled.state, "canceled");
  await runs.close();
  const short = open({ edgeData, minutesMax: 0.0001 });
  assert.match((await ended(short, short.start(closed, 24).id)).problem ?? "", /longer than/);
  await short.close();
  const none = open({ edgeData: join(root, "nowhere"), minutesMax: 1 });
  assert.match((await ended(none, none.start(closed, 24).id)).problem ?? "", /is no directory/);
  assert.deepEqual(readdirSync(directory), []);
});
