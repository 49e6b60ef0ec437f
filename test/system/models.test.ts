// A model's way to an edge while the market runs: published, ordered as a shadow, fetched over a line that is cut in the
// middle, made the live one, kept over a kill of the edge, and taken back. Edge and cloud decide the same all along.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readArtefact, sha256Of, writeArtefact } from "#core-wasm/models/artefact.ts";
import { assignModel, cloudAt, publishModel } from "../../start/model/distribute.ts";
import { SHIPPED_MODEL } from "../../start/models.ts";
import { makeOperatorKey } from "../../start/operator.ts";
import { parseStartOptions, type StartOptions } from "../../start/options.ts";
import { type System, startSystem, urlOf } from "../../start/system.ts";
import { Wire } from "../chaos/wire.ts";

interface Status {
  readonly stream_id: string;
  readonly model_digest: string;
  readonly shadow_digest: string;
  readonly model_refused: { readonly code: string } | null;
  readonly counts: Readonly<Record<string, number>>;
}

async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = performance.now() + 90_000; performance.now() < end; await sleep(50)) {
    const found = await ask();
    if (found !== undefined) return found;
  }
  throw new Error(`${what}: not within 90 s`);
}

/** The shipped one, a little more hopeful. */
function secondModel(): Uint8Array {
  const shipped = readArtefact(new Uint8Array(readFileSync(SHIPPED_MODEL)));
  const heads = shipped.heads.map((head) =>
    head.stacker ? { ...head, stacker: { ...head.stacker, bias: head.stacker.bias + 0.05 } } : head,
  );
  return writeArtefact({ ...shipped, heads });
}

async function open(dir: string): Promise<{ system: System; wire: Wire }> {
  const args = ["--speed", "60", "--seed", "5", "--symbols", "EURUSD", "--data", dir, "--ports", "auto"];
  let line: Wire | undefined;
  const system = await startSystem(
    parseStartOptions(args) as StartOptions,
    () => undefined,
    async (name, port) => {
      if (name !== "replication") return port;
      const made = await Wire.before(port);
      line = made.wire;
      return made.port;
    },
  );
  return { system, wire: line as Wire };
}

test("models: published, fetched over a cut, a shadow, live, kept over a kill, taken back: edge and cloud decide the same", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-models-"));
  const { system, wire } = await open(dir);
  t.after(async () => {
    await system.supervisor.stop();
    await wire.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const { ports } = system;
  const cloud = cloudAt(urlOf(ports.engine));
  const status = async (): Promise<Status | undefined> => {
    const response = await fetch(`${urlOf(ports.connector)}/status`).catch(() => undefined);
    return response?.ok ? ((await response.json()) as Status) : undefined;
  };
  const models = async (live: string, shadow: string): Promise<Status> =>
    until(`live ${live.slice(0, 8)}, shadow ${shadow.slice(0, 8)}`, async () => {
      const now = await status();
      return now?.model_digest === live && now.shadow_digest === shadow ? now : undefined;
    });
  const shadowSaid = (now: Status | undefined): number => now?.counts.shadow_prediction ?? 0;
  await until("the terminal live", () => (system.terminal().live === true ? true : undefined));
  const { stream_id: streamId, model_digest: shipped } = (await status()) as Status;
  const second = secondModel();
  const file = join(dir, "second.lsm");
  writeFileSync(file, second);
  const { sha256 } = await publishModel(cloud, file);
  assert.equal(sha256, sha256Of(second));
  const [key, name] = [join(dir, "operator.key"), "somebody"];

  await t.test("as a shadow, unsigned, over a line that is cut in the middle of its bytes", async () => {
    const slow = wire.delay(60, 20_000);
    await assignModel(cloud, { streamId, role: "shadow", sha256, reason: "try it", name });
    const part = join(dir, "edge", "models", `${sha256}.part`);
    const size = await until("some of its bytes", () => statSync(part, { throwIfNoEntry: false })?.size || undefined);
    assert.ok(size < second.length);
    wire.cut();
    await models(shipped, sha256);
    assert.deepEqual(readdirSync(join(dir, "edge", "models")).sort(), [`${shipped}.lsm`, `${sha256}.lsm`].sort());
    assert.deepEqual(new Uint8Array(readFileSync(join(dir, "edge", "models", `${sha256}.lsm`))), second);
    await until("what the shadow says", async () => (shadowSaid(await status()) > 3 ? true : undefined));
    void slow;
  });

  await t.test("as the live one: not without a signature, and then at once; the other is the shadow", async () => {
    const order = { streamId, role: "live", sha256, reason: "it is better" } as const;
    await assert.rejects(assignModel(cloud, { ...order, name }), { code: "auth_refused" });
    // A key that the box does not know: the cloud cannot tell, the box can.
    makeOperatorKey(join(dir, "stranger.key"), "stranger");
    await assignModel(cloud, { ...order, key: join(dir, "stranger.key") });
    const { model_refused } = await until("the refusal", async () => {
      const now = await status();
      return now?.model_refused ? now : undefined;
    });
    assert.equal(model_refused?.code, "auth_refused");
    assert.equal((await status())?.model_digest, shipped);
    await assignModel(cloud, { ...order, key });
    assert.equal((await models(sha256, shipped)).model_refused, null);
  });

  await t.test("the edge is killed: it comes back with the model that its journal names", async () => {
    const before = shadowSaid(await status());
    process.kill(system.supervisor.pids()["metatrader-connector"] as number, "SIGKILL");
    await sleep(200);
    await models(sha256, shipped);
    await until("more of what the shadow says", async () => (shadowSaid(await status()) > before ? true : undefined));
  });

  await t.test("taken back, and the shadow switched off", async () => {
    await publishModel(cloud, SHIPPED_MODEL);
    await assignModel(cloud, { streamId, role: "live", sha256: shipped, reason: "it was not", key });
    await models(shipped, sha256);
    await assignModel(cloud, { streamId, role: "shadow", sha256: undefined, reason: "enough", name });
    await models(shipped, "");
  });

  await t.test("the cloud has decided the same, and the journal proves it by the bytes beside it", async () => {
    const verified = await until("the cloud at the same models", async () => {
      const [engine] = await cloud.listStreams();
      return engine?.model_digest === shipped && engine.shadow_digest === "" ? engine : undefined;
    });
    assert.equal(verified.divergences, 0);
    assert.ok((verified.counts.model_assignment ?? 0) >= 4 && (verified.counts.shadow_prediction ?? 0) > 4);
    await system.supervisor.stop();
    const journal = join(dir, "edge", "journal");
    const proof = execFileSync(process.execPath, ["verify.ts", journal, "--model", file, "--json"], {
      encoding: "utf8",
    });
    assert.match(proof, new RegExp(streamId));
    rmSync(file);
    assert.ok(existsSync(join(dir, "edge", "models", `${sha256}.lsm`)));
    execFileSync(process.execPath, ["verify.ts", journal], { encoding: "utf8" });
    const compared = execFileSync(process.execPath, ["model.ts", "compare", "--journal", journal, "--json"], {
      encoding: "utf8",
    });
    const rows = JSON.parse(compared) as { head: string; bars: number; agreement: number; answered: number }[];
    for (const row of rows) assert.ok(row.bars > 0 && row.agreement >= 0 && row.agreement <= 1);
    t.diagnostic(`compared: ${rows.map(({ head, bars }) => `${head} ${bars}`).join(", ")}`);
  });
});
