// Orders about models at the edge: who may give them, what they become, and that what is refused changes nothing.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { harshModel } from "#core-wasm/host/harsh-stream.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { sha256Of } from "#core-wasm/models/artefact.ts";
import { type ModelAssignment, OperatorKey } from "#proto/generated/records.ts";
import { assignmentMessage } from "#proto/model-words.ts";
import { decodeRecord, walkRecords } from "#proto/record.ts";
import { MODEL_ROLE, SOURCE } from "#proto/records.ts";
import { orderFor } from "#storage/replication/model-parts.fixture.ts";
import { Book } from "./book.ts";
import { BrokerTime } from "./broker-time.ts";
import { HotPath } from "./hot-path.ts";
import { takeAssignment } from "./model-orders.ts";
import { modelOf } from "./model-store-io.ts";
import { StreamTime } from "./stream-time.ts";

const STREAM_ID = new Uint8Array(16).fill(7);
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const KEY = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
const SAMPLE = sampleModel();
const OTHER = harshModel();
const { live, shadow } = MODEL_ROLE;

/** A configured stream that knows the operator "tester", and what its journal got since. */
async function makeWorld() {
  const core = await Core.load();
  core.loadModel(SAMPLE);
  const book = new Book();
  const inputs = sampleStream({ ticks: 0, seed: 1 });
  core.apply(inputs);
  book.apply(inputs);
  const journaled: string[] = [];
  let lastSeq = book.lastSeq;
  const journal = {
    get lastSeq() {
      return lastSeq;
    },
    durableSeq: 0n,
    append(records: Uint8Array): bigint {
      walkRecords(records, (at) => {
        new DataView(records.buffer, records.byteOffset).setBigUint64(at, ++lastSeq, true);
        const { kind, header } = decodeRecord(records.slice(at));
        journaled.push(`${kind} ${header.source & 255}`);
      });
      return lastSeq;
    },
  };
  const time = new StreamTime({
    mode: "terminal",
    clock: { nowNs: () => 0n, monotonicMs: () => 0 },
    lastNs: book.lastTimeNs,
  });
  const hot = new HotPath({
    ...{ journal, core, book, time, brokerTime: new BrokerTime() },
    nowMs: () => 1,
    onOrders: () => undefined,
    onFailure: (error) => assert.fail(error),
  });
  hot.add(OperatorKey, { source: SOURCE.edge }, { operator: "tester", public_key: KEY, revoked: 0 });
  hot.commit();
  journaled.length = 0;
  return { hot, core, book, journaled, streamId: STREAM_ID };
}

function signed(assignment: ModelAssignment, streamId = STREAM_ID): ModelAssignment {
  const words = { ...assignment, public_key: KEY };
  return { ...words, signature: new Uint8Array(sign(null, assignmentMessage(streamId, words), privateKey)) };
}

test("model orders: a shadow unsigned, the live one signed: the order, then what carries it out, each once", async () => {
  const world = await makeWorld();
  const asShadow = orderFor(OTHER, { role: shadow });
  assert.equal(takeAssignment(world, asShadow, modelOf(OTHER)), "taken");
  assert.deepEqual(world.journaled, [`model_assignment ${SOURCE.cloud}`, `model_shadow ${SOURCE.cloud}`]);
  assert.equal(takeAssignment(world, asShadow, modelOf(OTHER)), "known");
  assert.deepEqual(world.book.models.models, { live: sha256Of(SAMPLE), shadow: sha256Of(OTHER) });
  assert.deepEqual([world.core.status().model_active, world.core.status().shadow_active], [true, true]);
  const asLive = signed(orderFor(OTHER, { role: live }));
  assert.equal(takeAssignment(world, asLive, modelOf(OTHER)), "taken");
  assert.deepEqual(world.book.models.models, { live: sha256Of(OTHER), shadow: sha256Of(SAMPLE) });
  assert.deepEqual(world.journaled.slice(2), [`model_assignment ${SOURCE.cloud}`, `model_digest ${SOURCE.cloud}`]);
  // The box's own configuration was not this one: it does not come back by itself.
  assert.equal(world.book.models.configured, "");
  // The same model again, by a newer order: said, and nothing else.
  takeAssignment(world, signed(orderFor(OTHER, { role: live, assignment_version: 2 })), modelOf(OTHER));
  assert.deepEqual(world.journaled.slice(4), [`model_assignment ${SOURCE.cloud}`]);
  takeAssignment(world, orderFor(undefined, { role: shadow, assignment_version: 2 }), undefined);
  assert.deepEqual(world.book.models.models, { live: sha256Of(OTHER), shadow: "" });
});

test("model orders: not signed, by a stranger, of another stream, changed behind the signature: refused, nothing is journaled", async () => {
  const world = await makeWorld();
  const order = orderFor(OTHER, { role: live });
  const stranger = { ...signed(order), operator: "stranger" };
  for (const [code, refused] of [
    ["auth_refused", order],
    ["auth_refused", stranger],
    ["auth_refused", { ...signed(orderFor(OTHER, { role: shadow })), operator: "stranger" }],
    ["bad_signature", signed(order, new Uint8Array(16).fill(8))],
    ["bad_signature", { ...signed(order), assignment_version: 2 }],
    ["bad_signature", { ...signed(order), reason: "another" }],
    ["bad_signature", { ...signed(orderFor(OTHER, { role: shadow })), role: live }],
  ] as const)
    assert.throws(() => takeAssignment(world, refused, modelOf(OTHER)), { code });
  assert.deepEqual(world.journaled, []);
  assert.equal(world.book.models.models.live, sha256Of(SAMPLE));
});
