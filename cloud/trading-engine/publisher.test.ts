// The queues beside the hot loop, against a port that takes nothing until it is told to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import { EVENTS_IN_FLIGHT_MAX, EVENTS_QUEUED_MAX } from "#proto/limits.ts";
import type { VerifiedPosition } from "#storage/events/bus.ts";
import { type CloudEvent, makeEvent } from "#storage/events/envelope.ts";
import { EventQueue, VerifiedPublisher } from "./publisher.ts";

const STREAM = "07".repeat(16);
const eventsFrom = (seq: number, count: number): CloudEvent[] =>
  Array.from({ length: count }, (_, i) =>
    makeEvent({ type: "TradingExecuted", stream: STREAM, seq: BigInt(seq + i), timeNs: 0n, data: {} }),
  );

/** Holds every publication until `open`; refuses the first `refusals`. */
function gatedPort(refusals = 0) {
  const taken: string[] = [];
  const gate = Promise.withResolvers<void>();
  let left = refusals;
  let open = 0;
  let most = 0;
  return {
    taken,
    gate,
    most: () => most,
    port: {
      publish: async (events: readonly CloudEvent[]) => {
        open += events.length;
        most = Math.max(most, open);
        await gate.promise;
        open -= events.length;
        if (left-- > 0) throw new LockstepError("unavailable", "not now");
        taken.push(...events.map(({ id }) => id));
      },
      subscribe: () => assert.fail("not asked for"),
    },
  };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test("events: the bus takes none: what is on the way and what is held are bounded, then all goes out once", async () => {
  const { port, taken, gate, most } = gatedPort();
  const queue = new EventQueue(port);
  let pushed = 0;
  while (await isSettled(queue.room())) {
    queue.push(eventsFrom(pushed, 100));
    pushed += 100;
  }
  assert.ok(pushed >= EVENTS_QUEUED_MAX && pushed < EVENTS_QUEUED_MAX + 100);
  assert.equal(queue.length, pushed);
  assert.ok(most() < EVENTS_IN_FLIGHT_MAX + 400);
  const room = queue.room();
  gate.resolve();
  await room;
  await queue.flushed();
  assert.equal(taken.length, pushed);
  assert.equal(new Set(taken).size, pushed);
  assert.equal(queue.length, 0);
});

test("events: flushed: waits for what was pushed before it, also before an earlier call, not for what comes after", async () => {
  const { port, taken, gate } = gatedPort();
  const queue = new EventQueue(port);
  await queue.flushed();
  queue.push(eventsFrom(1, 1_000));
  const first = queue.flushed();
  const second = queue.flushed();
  queue.push(eventsFrom(2_000, 1));
  assert.equal(await isSettled(Promise.race([first, second])), false);
  gate.resolve();
  await second;
  assert.ok(taken.length >= 1_000);
});

test("events: the bus refuses: sent again until taken", async () => {
  const { port, taken, gate } = gatedPort(2);
  const queue = new EventQueue(port);
  queue.push(eventsFrom(1, 3));
  gate.resolve();
  await queue.flushed();
  assert.equal(taken.length, 3);
});

test("verified: set many times: few go out, the last one does, also when refused at first and when stopped", async () => {
  const sent: bigint[] = [];
  let refusals = 1;
  const publisher = new VerifiedPublisher({
    publish: async ({ verified_seq }: VerifiedPosition) => {
      if (refusals-- > 0) throw new LockstepError("unavailable", "not now");
      sent.push(verified_seq);
    },
    latest: async () => undefined,
    watch: async () => {},
  });
  const position = (seq: bigint) => () => ({
    stream_id: STREAM,
    verified_seq: seq,
    batches: 0,
    records: 0,
    outputs_digest: "",
    divergences: 0,
  });
  for (let seq = 1n; seq <= 1_000n; seq++) publisher.set(position(seq));
  while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let seq = 1_001n; seq <= 2_000n; seq++) publisher.set(position(seq));
  await publisher.stop();
  assert.equal(sent.at(-1), 2_000n);
  assert.ok(sent.length <= 4);
});
