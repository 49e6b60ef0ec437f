// Models from the bus to an edge's files over real mTLS and a real NATS: what each edge hears, what is fetched, and what is
// refused when the bytes on the bus are not what their digest says.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { sha256Of } from "#core-wasm/models/artefact.ts";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import { makeLog } from "#mesh/service/log.ts";
import { openRpc } from "#mesh/service/rpc.ts";
import type { LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import type { AssignedModel } from "#proto/services/models.ts";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import type { Bus } from "#storage/events/bus.ts";
import { connectBus } from "#storage/events/nats.ts";
import { openLink } from "#storage/events/nats-link.ts";
import { DISTRIBUTE_METHOD } from "#storage/replication/model-messages.ts";
import { openModelLine } from "../../edge/metatrader-connector/model-line-io.ts";
import { type RunningBridge, startBridge } from "./service.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-models-"));
const tlsDir = join(root, "tls");
const log = makeLog({ service: "test", write: () => {} });
const MODEL = sampleModel();
let nats: Nats;
let bus: Bus;
let bridge: RunningBridge;

before(async () => {
  ensureIdentity(tlsDir, ["data-bridge"]);
  nats = await startNats({ dataDir: join(root, "nats") });
  bus = await connectBus({ url: nats.url, name: "test" });
  const own = await connectBus({ url: nats.url, name: "data-bridge" });
  const tls = loadIdentity(tlsDir, "data-bridge");
  bridge = await startBridge({ bus: own, tls, log, host: "127.0.0.1", grpcPort: 0, healthPort: 0 });
});

after(async () => {
  await bridge.stop();
  await bus.close();
  await nats.stop();
  rmSync(root, { recursive: true, force: true });
});

const order = (stream_id: string, changes: Partial<AssignedModel> = {}): AssignedModel => ({
  stream_id,
  role: MODEL_ROLE.shadow,
  sha256: sha256Of(MODEL),
  size_bytes: MODEL.length,
  version: 1,
  operator: "tester",
  reason: "test",
  public_key: "0".repeat(64),
  signature: "0".repeat(128),
  ...changes,
});

/** An edge with nothing but its line for models. */
function edgeOf(streamId: string, identity = `edge/${streamId}`) {
  const directory = join(root, streamId, "models");
  mkdirSync(directory, { recursive: true });
  const heard: { assignment: ModelAssignment; bytes: Uint8Array | undefined }[] = [];
  const alarms: LockstepError[] = [];
  ensureIdentity(tlsDir, [identity]);
  const line = openModelLine({
    directory,
    open: (method, handler) => {
      const tls = loadIdentity(tlsDir, identity);
      return openRpc({ url: `localhost:${bridge.grpcPort}`, tls, server: "data-bridge", method }, handler);
    },
    onAssignment: (assignment, bytes) => heard.push({ assignment, bytes }),
    onAlarm: (error) => alarms.push(error),
  });
  line.start();
  return { line, directory, heard, alarms };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 400) throw new Error(`${what}: not within 20 s`);
    await sleep(50);
  }
}

test("distribution: an order reaches its own edge with the bytes, whole and in its files; nobody else hears of it", async () => {
  const [mine, other] = ["01".repeat(16), "02".repeat(16)];
  await bus.models.put(sha256Of(MODEL), MODEL);
  await bus.models.assign(order(mine));
  const [edge, stranger] = [edgeOf(mine), edgeOf(other)];
  await until("the order", () => edge.heard.length > 0);
  assert.deepEqual(edge.heard[0]?.bytes, MODEL);
  assert.equal(edge.heard[0]?.assignment.reason, "test");
  assert.deepEqual(readdirSync(edge.directory), [`${sha256Of(MODEL)}.lsm`]);
  // While the line stands, and without a model.
  await bus.models.assign(order(mine, { sha256: "0".repeat(64), size_bytes: 0, version: 2 }));
  await until("no shadow", () => edge.heard.length > 1);
  assert.deepEqual([edge.heard[1]?.assignment.size_bytes, edge.heard[1]?.bytes], [0, undefined]);
  assert.deepEqual([stranger.heard, stranger.alarms, edge.alarms], [[], [], []]);
  for (const { line } of [edge, stranger]) line.stop();
});

test("distribution: bytes on the bus that are not their digest's, or a file gone bad: refused and said, right ones are taken", async () => {
  const stream = "03".repeat(16);
  const link = await openLink({ url: nats.url, name: "vandal" });
  const wrong = MODEL.slice();
  wrong[100] = (wrong[100] as number) ^ 1;
  await link.js.publish(`models.${sha256Of(MODEL)}.0`, wrong.subarray(0, 256 * 1024));
  // Another edge, whose bytes are not yet held: a fresh bridge has read none.
  const own = await connectBus({ url: nats.url, name: "data-bridge" });
  const port = bridge.grpcPort;
  await bridge.stop();
  const tls = loadIdentity(tlsDir, "data-bridge");
  bridge = await startBridge({ bus: own, tls, log, host: "127.0.0.1", grpcPort: port, healthPort: 0 });
  await bus.models.assign(order(stream));
  const edge = edgeOf(stream);
  await until("the alarm", () => edge.alarms.length > 0);
  assert.deepEqual([edge.alarms[0]?.code, edge.heard], ["bad_file", []]);
  assert.match(edge.alarms[0]?.message ?? "", /publish it again/);
  await bus.models.put(sha256Of(MODEL), MODEL);
  await bus.models.assign(order(stream, { version: 2 }));
  await until("the order", () => edge.heard.length > 0);
  assert.deepEqual(edge.heard[0]?.bytes, MODEL);
  edge.line.stop();
  writeFileSync(join(edge.directory, `${sha256Of(MODEL)}.lsm`), wrong);
  const again = edgeOf(stream);
  await until("the alarm", () => again.alarms.length > 0);
  assert.deepEqual([again.alarms[0]?.code, again.heard.length], ["bad_file", 0]);
  again.line.stop();
  const third = edgeOf(stream);
  await until("the order", () => third.heard.length > 0);
  assert.deepEqual(new Uint8Array(readFileSync(join(edge.directory, `${sha256Of(MODEL)}.lsm`))), MODEL);
  third.line.stop();
  await link.nc.close();
});

test("distribution: a caller that is no edge: turned away", async () => {
  ensureIdentity(tlsDir, ["trading-engine"]);
  const tls = loadIdentity(tlsDir, "trading-engine");
  const closed = Promise.withResolvers<void>();
  const heard: Uint8Array[] = [];
  openRpc(
    { url: `localhost:${bridge.grpcPort}`, tls, server: "data-bridge", method: DISTRIBUTE_METHOD },
    { onMessage: (bytes) => heard.push(bytes), onClosed: () => closed.resolve() },
  );
  await closed.promise;
  assert.deepEqual(heard, []);
});
