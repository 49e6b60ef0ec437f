// Many streams in one instance: each decides as if it were alone, and a fault is one stream's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { viewOf, walkRecords } from "#proto/record.ts";
import { Core, CoreFault } from "./core.ts";
import { CoreInstance } from "./instance.ts";
import { sampleModel, sampleStream } from "./sample-stream.ts";

const STREAMS = 5;

/** Its records in groups of 50 or so. */
function groups(stream: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  let [from, records] = [0, 0];
  walkRecords(stream, (at, length) => {
    if (++records % 50 !== 0) return;
    out.push(stream.subarray(from, at + length));
    from = at + length;
  });
  return [...out, stream.subarray(from)];
}

const opened = (instance: CoreInstance): Core => {
  const core = new Core(instance);
  core.loadModel(sampleModel());
  return core;
};

test("instance: streams in turns: each as if it were alone, snapshots included", async () => {
  const instance = await CoreInstance.load();
  const streams = Array.from({ length: STREAMS }, (_, i) => groups(sampleStream({ ticks: 600 + 50 * i, seed: i + 1 })));
  const cores = streams.map(() => opened(instance));
  const rounds = Math.max(...streams.map((s) => s.length));
  for (let round = 0; round < rounds; round++)
    for (const [i, stream] of streams.entries()) {
      const group = stream[round];
      if (group) (cores[i] as Core).apply(group);
    }
  for (const [i, stream] of streams.entries()) {
    const alone = await Core.load();
    alone.loadModel(sampleModel());
    for (const group of stream) alone.apply(group);
    assert.deepEqual((cores[i] as Core).outputsDigest(), alone.outputsDigest(), `stream ${i}`);
    assert.deepEqual((cores[i] as Core).snapshot(), alone.snapshot(), `stream ${i}`);
  }
});

test("instance: a stream that traps: dead itself, its neighbours go on", async () => {
  const instance = await CoreInstance.load();
  const [before, broken, after] = [opened(instance), opened(instance), opened(instance)] as const;
  const [head, ...rest] = groups(sampleStream({ ticks: 400, seed: 8 })) as [Uint8Array, ...Uint8Array[]];
  for (const core of [before, broken, after]) core.apply(head);
  const damaged = (rest[0] as Uint8Array).slice();
  viewOf(damaged).setBigUint64(0, 1n, true);
  assert.throws(() => broken.apply(damaged), CoreFault);
  assert.throws(() => broken.apply(rest[0] as Uint8Array), { code: "core_fault" });
  for (const group of rest) for (const core of [before, after]) core.apply(group);
  assert.deepEqual(before.outputsDigest(), after.outputsDigest());
  assert.deepEqual(before.snapshot(), after.snapshot());
});

test("instance: a closed stream's room: empty for the next one", async () => {
  const instance = await CoreInstance.load();
  const first = opened(instance);
  first.apply(sampleStream({ ticks: 300, seed: 2 }));
  first.close();
  const bytes = instance.memoryBytes;
  const next = opened(instance);
  assert.equal(instance.memoryBytes, bytes);
  assert.ok(next.state().every((byte) => byte === 0));
  assert.throws(() => first.apply(new Uint8Array(64)), { code: "core_fault" });
});

test("instance: a thousand streams: memory is theirs and little more", async () => {
  const instance = await CoreInstance.load();
  const before = instance.memoryBytes;
  const cores = Array.from({ length: 1000 }, () => new Core(instance));
  assert.ok(instance.memoryBytes <= before + 1000 * instance.stateBytes + 65_536);
  const stream = sampleStream({ ticks: 200, seed: 3 });
  const digests = new Set<string>();
  for (const core of [cores[0], cores[500], cores[999]] as Core[]) {
    core.loadModel(sampleModel());
    core.apply(stream);
    digests.add(Buffer.from(core.outputsDigest()).toString("hex"));
  }
  assert.equal(digests.size, 1);
});
