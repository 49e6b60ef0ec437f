// Deciding a stream again, without a bus: equal journals pass to the last byte, and whatever is changed is found and named.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { Core } from "#core-wasm/host/core.ts";
import { Difference } from "#core-wasm/host/redecide.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, Prediction, RiskVerdict, Tick } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { workerOf } from "./assign.ts";
import { eventsOf } from "./batch-events.ts";
import { divergenceOf } from "./compare.ts";
import {
  MODEL,
  MODEL_SHA256,
  makeJournal,
  newSigner,
  rewriteSignature,
  type SampleBatch,
  type SampleJournal,
} from "./journal.fixture.ts";
import { NotYet, StreamVerifier } from "./redecide.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

const STREAM = "07".repeat(16);
const findModel = (sha256: string) => (sha256 === MODEL_SHA256 ? MODEL : undefined);
const fresh = async (find = findModel) =>
  new StreamVerifier({ streamId: STREAM, core: await Core.load(), findModel: find });
const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;

let journal: SampleJournal;
before(async () => {
  journal = await makeJournal({ streamId: STREAM, ticks: 2_000 });
});

/** Offset of the batch's first record of a kind, or -1. */
function find(bytes: Uint8Array, kind: number): number {
  const view = viewOf(bytes);
  let found = -1;
  walkRecords(bytes, (at) => {
    if (found < 0 && view.getUint16(at + HEADER_OFFSET.kind, true) === kind) found = at;
  });
  return found;
}

test("redecide: an honest journal: every batch passes, digest and counts are the edge's", async () => {
  const verifier = await fresh();
  let records = 0;
  for (const { bytes, lastSeq, records: count } of journal.batches) {
    verifier.verify(bytes);
    records += count;
    assert.equal(verifier.position.seq, lastSeq);
  }
  assert.equal(verifier.position.records, records);
  assert.equal(verifier.position.batches, journal.batches.length);
  assert.equal(verifier.position.outputsDigest, journal.outputsDigest);
  assert.equal(verifier.counts.tick, 2_000);
  assert.ok((verifier.counts.prediction ?? 0) > 10 && (verifier.counts.order_intent ?? 0) > 0);
  assert.equal(verifier.model, MODEL_SHA256);
  assert.equal(verifier.edgeName, "edge 0707");
});

test("redecide: snapshot after any batch: another process goes on to the same digest and counts", async () => {
  const whole = await fresh();
  for (const { bytes } of journal.batches) whole.verify(bytes);
  for (const cut of [1, 2, 5, Math.floor(journal.batches.length / 2), journal.batches.length - 1]) {
    const first = await fresh();
    for (const { bytes } of journal.batches.slice(0, cut)) first.verify(bytes);
    const second = await fresh();
    second.restore(decodeSnapshot(encodeSnapshot(first.snapshot(cut))));
    assert.deepEqual(second.counts, first.counts);
    for (const { bytes } of journal.batches.slice(cut)) second.verify(bytes);
    assert.deepEqual(second.position, whole.position);
    assert.deepEqual(second.counts, whole.counts);
  }
});

test("redecide: a damaged snapshot: refused, whichever byte", async () => {
  const verifier = await fresh();
  for (const { bytes } of journal.batches.slice(0, 3)) verifier.verify(bytes);
  const good = encodeSnapshot(verifier.snapshot(3));
  const other = await fresh();
  const json = 36 + viewOf(good).getUint32(32, true);
  for (const at of [0, 33, 40, json + 1, json + 20, json + 60, json + 90, good.length - 1]) {
    const bad = new Uint8Array(good);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    assert.throws(() => other.restore(decodeSnapshot(bad)), code("snapshot_refused"), `byte ${at}`);
  }
  assert.throws(() => decodeSnapshot(good.subarray(0, 3)), code("snapshot_refused"));
});

test("redecide: one bit flipped anywhere in a batch: refused, named, not applied", async () => {
  const verifier = await fresh();
  const [head, next] = [journal.batches.slice(0, 2), journal.batches[2] as SampleBatch];
  for (const { bytes } of head) verifier.verify(bytes);
  const before = verifier.position;
  fc.assert(
    fc.property(fc.nat(next.bytes.length * 8 - 1), (bit) => {
      const bad = new Uint8Array(next.bytes);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(
        () => verifier.verify(bad),
        (error) => error instanceof LockstepError && !(error instanceof NotYet) && /seq|byte|batch/.test(error.message),
      );
      assert.deepEqual(verifier.position, before);
    }),
    { numRuns: 300 },
  );
  verifier.verify(next.bytes);
});

test("redecide: a batch missing, twice, or of another history: refused by its kind of wrong", async () => {
  const verifier = await fresh();
  const [one, two, three] = journal.batches as [SampleBatch, SampleBatch, SampleBatch];
  verifier.verify(one.bytes);
  assert.throws(() => verifier.verify(three.bytes), code("gap"));
  assert.throws(() => verifier.verify(one.bytes), code("gap"));
  const other = await makeJournal({ streamId: STREAM, ticks: 300, seed: 9 });
  const foreign = other.batches.find(({ firstSeq }) => firstSeq === two.firstSeq);
  if (foreign) assert.throws(() => verifier.verify(foreign.bytes), code("fork"));
  verifier.verify(two.bytes);
});

test("redecide: first batch of another stream, of another core, or without stream_start: not taken", async () => {
  const [one, two] = journal.batches as [SampleBatch, SampleBatch];
  const other = new StreamVerifier({ streamId: "08".repeat(16), core: await Core.load(), findModel });
  assert.throws(() => other.verify(one.bytes), code("wrong_stream"));
  const verifier = await fresh();
  assert.throws(() => verifier.verify(two.bytes), code("protocol"));
  const spoiled = await makeJournal({
    streamId: STREAM,
    ticks: 1,
    spoil: ({ index, records }) => index === 0 && records.fill(1, 80, 112),
  });
  const { bytes } = spoiled.batches[0] as SampleBatch;
  assert.throws(
    () => verifier.verify(bytes),
    (error) => error instanceof NotYet && error.code === "core_digest",
  );
});

test("redecide: model not here: nothing is applied, and the same batch passes when it comes", async () => {
  let here = false;
  const verifier = await fresh((sha256) => (here ? findModel(sha256) : undefined));
  const { bytes } = journal.batches[0] as SampleBatch;
  assert.throws(
    () => verifier.verify(bytes),
    (error) => error instanceof NotYet && error.message.includes(MODEL_SHA256),
  );
  here = true;
  for (const batch of journal.batches) verifier.verify(batch.bytes);
  assert.equal(verifier.position.outputsDigest, journal.outputsDigest);
});

/** Verifies until the first failure. */
async function failureOf(spoiled: SampleJournal): Promise<{ error: unknown; verifier: StreamVerifier; index: number }> {
  const verifier = await fresh();
  for (const [index, { bytes }] of spoiled.batches.entries()) {
    try {
      verifier.verify(bytes);
    } catch (error) {
      return { error, verifier, index };
    }
  }
  assert.fail("the spoiled journal passed");
}

test("redecide: an output changed at the edge and properly sealed: the difference names seq, field and both values", async () => {
  for (const [kind, offset, field] of [
    [Prediction.code, Prediction.offset.probability_up, "probability_up"],
    [RiskVerdict.code, RiskVerdict.offset.accepted, "accepted"],
  ] as const) {
    let seq = 0n;
    let batch = -1;
    const spoiled = await makeJournal({
      streamId: STREAM,
      ticks: 2_000,
      spoil: ({ index, records }) => {
        const at = batch < 0 && index > 0 ? find(records, kind) : -1;
        if (at < 0) return;
        batch = index;
        seq = viewOf(records).getBigUint64(at, true);
        records[at + offset] = (records[at + offset] ?? 0) ^ 1;
      },
    });
    const { error, verifier, index } = await failureOf(spoiled);
    assert.ok(error instanceof Difference);
    assert.equal(error.seq, seq);
    assert.equal(error.field, field);
    assert.equal(index, batch);
    assert.equal(verifier.position.seq, spoiled.batches[index - 1]?.lastSeq);
    const divergence = divergenceOf({ error, verifier, nowNs: 0n });
    assert.equal(divergence.code, "wrong_digest");
    assert.notEqual(divergence.expected, divergence.actual);
  }
});

test("redecide: a seal with another outputs digest: wrong_digest with both digests", async () => {
  const spoiled = await makeJournal({
    streamId: STREAM,
    ticks: 500,
    spoil: ({ index, outputsDigest }) => {
      if (index === 4) outputsDigest[0] = (outputsDigest[0] ?? 0) ^ 1;
    },
  });
  const { error, index } = await failureOf(spoiled);
  assert.equal(index, 4);
  assert.ok(error instanceof Difference && error.field === "outputs_digest" && error.expected.length === 64);
});

test("redecide: a record on which the core traps: core_fault with its seq, nothing more of the stream", async () => {
  let seq = 0n;
  const spoiled = await makeJournal({
    streamId: STREAM,
    ticks: 500,
    spoil: ({ index, records }) => {
      const at = index === 3 ? find(records, Tick.code) : -1;
      if (at < 0) return;
      seq = viewOf(records).getBigUint64(at, true);
      viewOf(records).setBigInt64(at + HEADER_OFFSET.time_ns, 1n, true); // time goes back
    },
  });
  const { error, verifier, index } = await failureOf(spoiled);
  assert.equal(index, 3);
  const divergence = divergenceOf({ error, verifier, nowNs: 0n });
  assert.deepEqual([divergence.code, divergence.seq], ["core_fault", seq.toString()]);
});

test("redecide: a batch signed by another key: bad_signature", async () => {
  const [one, two] = journal.batches as [SampleBatch, SampleBatch];
  const verifier = await fresh();
  verifier.verify(one.bytes);
  const forged = new Uint8Array(two.bytes);
  rewriteSignature(forged, newSigner());
  assert.throws(() => verifier.verify(forged), code("bad_signature"));
});

test("events: of a journal: one a batch for market data, one for each prediction and refused verdict", async () => {
  const verifier = await fresh();
  const events = journal.batches.flatMap(({ bytes, lastSeq }) => {
    verifier.verify(bytes);
    return eventsOf({ stream: STREAM, batch: bytes, lastSeq });
  });
  const ofType = (type: string) => events.filter((event) => event.type === type);
  assert.equal(ofType("MLPredictionGenerated").length, verifier.counts.prediction);
  const ticks = ofType("MarketDataReceived").reduce((sum, { data }) => sum + Number(data.ticks), 0);
  assert.equal(ticks, verifier.counts.tick);
  assert.equal(new Set(events.map(({ type, id }) => `${type} ${id}`)).size, events.length);
  assert.doesNotThrow(() => JSON.stringify(events));
});

test("assign: streams to workers: every stream has one, evenly, and few move when one is added", () => {
  const streams = Array.from({ length: 2_000 }, (_, i) => i.toString(16).padStart(32, "0"));
  const of = (workers: number) => streams.map((stream) => workerOf({ stream, workers }));
  assert.ok(of(1).every((worker) => worker === 0));
  const [four, five] = [of(4), of(5)];
  for (let w = 0; w < 4; w++) assert.ok(Math.abs(four.filter((x) => x === w).length - 500) < 100);
  assert.ok(streams.every((_, i) => four[i] === five[i] || five[i] === 4));
});
