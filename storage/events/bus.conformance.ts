// What every implementation of the bus must do, as tests. An implementation's own test file calls `busConformance` with
// a way to open a bus on a real engine, and one to kill that engine and start it again on the same data.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal, StreamStart, Tick } from "#proto/generated/records.ts";
import { encodeRecord, sealRecord, viewOf } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import type { Bus, JournalBatch, VerifiedPosition } from "./bus.ts";
import { type CloudEvent, makeEvent } from "./envelope.ts";
import { modelsConformance } from "./models.conformance.ts";

export interface BusUnderTest {
  open(name: string): Promise<Bus>;
  /** Kills the engine without warning and starts it again on the same data and address. */
  killAndRestart(): Promise<void>;
}

/** For what the test itself made and knows to be there. */
function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  assert.ok(item !== undefined, `item ${index} of ${items.length}`);
  return item;
}

const newStream = (): string => randomBytes(16).toString("hex");
const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;

interface TestBatch {
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  readonly bytes: Uint8Array;
}

/** A chain of batches with stream_start and ticks; seals carry seq and span but no true signature: the bus judges none. */
export function makeBatches(stream: string, sizes: readonly number[]): TestBatch[] {
  let seq = 0n;
  return sizes.map((count, index) => {
    const firstSeq = seq + 1n;
    const records = Array.from({ length: count }, (_, i) =>
      index === 0 && i === 0 ? startRecord(stream) : tickRecord(i),
    );
    const seal = encodeRecord(
      BatchSeal,
      { time_ns: 1n, source: SOURCE.journal },
      {
        stream_id: Buffer.from(stream, "hex"),
        first_seq: firstSeq,
        record_count: count,
        reserved: 0,
        previous_hash: new Uint8Array(32),
        records_sha256: new Uint8Array(32),
        outputs_digest: new Uint8Array(32),
        signature: new Uint8Array(64),
      },
    );
    for (const record of [...records, seal]) sealRecord(record, viewOf(record), 0, record.length, ++seq);
    return { firstSeq, lastSeq: seq, bytes: Buffer.concat([...records, seal]) };
  });
}

const startRecord = (stream: string): Uint8Array =>
  encodeRecord(
    StreamStart,
    { time_ns: 1n, source: SOURCE.edge },
    {
      stream_id: Buffer.from(stream, "hex"),
      edge_name: "test edge",
      core_sha256: new Uint8Array(32).fill(7),
      public_key: new Uint8Array(32).fill(9),
      layout_version: 1,
    },
  );

const tickRecord = (i: number): Uint8Array =>
  encodeRecord(
    Tick,
    { time_ns: 1n, source: SOURCE.terminal, symbol: 1 },
    { broker_time_ms: BigInt(i), bid_points: 10n, ask_points: 12n, flags: 6, spread_points: 2 },
  );

async function take(batches: AsyncIterable<JournalBatch>, count: number): Promise<JournalBatch[]> {
  const taken: JournalBatch[] = [];
  for await (const batch of batches) if (taken.push(batch) === count) break;
  return taken;
}

async function appendAll(bus: Bus, stream: string, batches: readonly TestBatch[]): Promise<void> {
  await Promise.all(batches.map(({ firstSeq, bytes }) => bus.journal.append({ stream, firstSeq, batch: bytes })));
}

/** Goes on as a bridge does: on any failure asks head, then sends again what the log does not have. */
async function appendStubbornly(
  bus: Bus,
  o: { stream: string; batches: readonly TestBatch[]; signal: AbortSignal },
): Promise<void> {
  const { stream, batches } = o;
  while (!o.signal.aborted) {
    try {
      const head = await bus.journal.head(stream);
      const left = batches.filter(({ firstSeq }) => firstSeq > (head?.lastSeq ?? 0n));
      if (left.length === 0) return;
      await appendAll(bus, stream, left.slice(0, 50));
    } catch (error) {
      if (!code("unavailable")(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const sameBytes = (taken: readonly JournalBatch[], batches: readonly TestBatch[]) => {
  assert.equal(taken.length, batches.length);
  taken.forEach(({ bytes }, i) => {
    assert.equal(Buffer.compare(bytes, at(batches, i).bytes), 0, `batch ${i}`);
  });
};

/** Runs `body` with a bus that is closed at the end, and a signal that is aborted before. */
async function withBus(under: BusUnderTest, body: (bus: Bus, signal: AbortSignal) => Promise<void>): Promise<void> {
  const bus = await under.open("conformance");
  const gate = new AbortController();
  try {
    await body(bus, gate.signal);
  } finally {
    gate.abort();
    await bus.close();
  }
}

export function busConformance(name: string, under: BusUnderTest): void {
  modelsConformance(name, under);
  test(`${name}: journal: a new stream: no head, then the head of what was appended`, () =>
    withBus(under, async (bus) => {
      const stream = newStream();
      assert.equal(await bus.journal.head(stream), undefined);
      const batches = makeBatches(stream, [3, 1, 5]);
      await appendAll(bus, stream, batches);
      const head = await bus.journal.head(stream);
      const last = at(batches, batches.length - 1);
      assert.equal(head?.lastSeq, last.lastSeq);
      assert.equal(head?.edgeName, "test edge");
      assert.deepEqual(Buffer.from(head?.publicKey), Buffer.alloc(32, 9));
      const hash = createHash("sha256").update(last.bytes.subarray(-BatchSeal.lengthOf())).digest();
      assert.deepEqual(Buffer.from(head?.lastHash), hash);
    }));

  test(`${name}: journal: reading from any seq: starts with the batch that holds it, goes on live`, () =>
    withBus(under, async (bus, signal) => {
      const stream = newStream();
      const sizes = [1, 4, 2, 7, 1, 1, 3, 9, 2, 2, 5];
      const batches = makeBatches(stream, sizes);
      await bus.journal.head(stream);
      await appendAll(bus, stream, batches.slice(0, -1));
      for (const [i, { firstSeq, lastSeq }] of batches.slice(0, -1).entries())
        for (const fromSeq of [firstSeq, lastSeq])
          for (const hint of [undefined, 1, i, i + 1, i + 2, 99]) {
            const [first] = await take(
              bus.journal.read({ stream, fromSeq, signal, ...(hint === undefined ? {} : { hint }) }),
              1,
            );
            assert.equal(first?.firstSeq, firstSeq);
            sameBytes(first ? [first] : [], [at(batches, i)]);
          }
      const last = at(batches, batches.length - 1);
      const live = take(bus.journal.read({ stream, fromSeq: last.firstSeq, signal }), 1);
      await bus.journal.append({ stream, firstSeq: last.firstSeq, batch: last.bytes });
      sameBytes(await live, [last]);
    }));

  test(`${name}: journal: a wrong next seq: refused as gap, nothing stored`, () =>
    withBus(under, async (bus) => {
      const stream = newStream();
      const batches = makeBatches(stream, [2, 2, 2]);
      const [first, third] = [at(batches, 0), at(batches, 2)];
      await bus.journal.head(stream);
      await bus.journal.append({ stream, firstSeq: first.firstSeq, batch: first.bytes });
      await assert.rejects(bus.journal.append({ stream, firstSeq: third.firstSeq, batch: third.bytes }), code("gap"));
      assert.equal((await bus.journal.head(stream))?.lastSeq, first.lastSeq);
    }));

  test(`${name}: journal: two appenders: one log, no double, whoever is behind fails and all behind it`, () =>
    withBus(under, async (one) => {
      const two = await under.open("other");
      try {
        const stream = newStream();
        const batches = makeBatches(stream, [2, 2, 2, 2]);
        await one.journal.head(stream);
        await two.journal.head(stream);
        await appendAll(one, stream, batches);
        const other = makeBatches(stream, [3, 1, 1]);
        const results = await Promise.allSettled(
          other.map(({ firstSeq, bytes }) => two.journal.append({ stream, firstSeq, batch: bytes })),
        );
        for (const { status } of results) assert.equal(status, "rejected");
        assert.ok(results[0]?.status === "rejected" && code("fork")(results[0].reason), "other bytes at the same seq");
        await assert.rejects(
          two.journal.append({ stream, firstSeq: 9n, batch: at(other, 0).bytes }),
          code("unavailable"),
          "nothing more before head",
        );
        await two.journal.head(stream);
        sameBytes(
          await take(two.journal.read({ stream, fromSeq: 1n, signal: new AbortController().signal }), 4),
          batches,
        );
      } finally {
        await two.close();
      }
    }));

  test(`${name}: journal: the same batches again after a lost answer: taken as there already`, () =>
    withBus(under, async (bus) => {
      const two = await under.open("again");
      try {
        const stream = newStream();
        const batches = makeBatches(stream, [2, 2]);
        await bus.journal.head(stream);
        await two.journal.head(stream);
        await appendAll(bus, stream, batches);
        await appendAll(two, stream, batches);
        assert.equal((await two.journal.head(stream))?.lastSeq, at(batches, 1).lastSeq);
        const taken = await take(two.journal.read({ stream, fromSeq: 1n, signal: new AbortController().signal }), 2);
        sameBytes(taken, batches);
      } finally {
        await two.close();
      }
    }));

  test(`${name}: journal: the same batches from two appenders, cut into messages differently: no fork, no double`, () =>
    withBus(under, async (bus) => {
      const two = await under.open("otherwise");
      try {
        const stream = newStream();
        const batches = makeBatches(stream, [2, 2, 2]);
        await bus.journal.head(stream);
        await two.journal.head(stream);
        for (const batch of batches) await appendAll(bus, stream, [batch]);
        await assert.rejects(appendAll(two, stream, batches), code("unavailable"));
        await appendStubbornly(two, { stream, batches, signal: AbortSignal.timeout(10_000) });
        const taken = await take(two.journal.read({ stream, fromSeq: 1n, signal: new AbortController().signal }), 3);
        sameBytes(taken, batches);
        assert.equal((await two.journal.head(stream))?.lastSeq, at(batches, 2).lastSeq);
      } finally {
        await two.close();
      }
    }));

  test(`${name}: journal: streams: those there and those to come, each once`, () =>
    withBus(under, async (bus, signal) => {
      const before = newStream();
      const after = newStream();
      await bus.journal.head(before);
      const wanted = new Set([before, after]);
      const seen: string[] = [];
      for await (const stream of bus.journal.streams(signal)) {
        if (!wanted.has(stream)) continue;
        seen.push(stream);
        if (stream === before) await bus.journal.head(after);
        else break;
      }
      assert.deepEqual(seen, [before, after]);
    }));

  test(`${name}: verified: watchers: the latest first, the last always`, () =>
    withBus(under, async (bus) => {
      const stream = newStream();
      const position = (seq: bigint): VerifiedPosition => ({
        stream_id: stream,
        verified_seq: seq,
        batches: 1,
        records: 2 ** 40,
        outputs_digest: "00",
        divergences: 0,
      });
      assert.equal(await bus.verified.latest(stream), undefined);
      await bus.verified.publish(position(5n));
      const gate = new AbortController();
      const seen: bigint[] = [];
      const watching = bus.verified.watch({
        stream,
        signal: gate.signal,
        onLatest: ({ verified_seq }) => {
          seen.push(verified_seq);
          if (verified_seq === 2n ** 63n) gate.abort();
        },
      });
      await bus.verified.publish(position(6n));
      await bus.verified.publish(position(2n ** 63n));
      await watching;
      assert.ok(seen.every((seq, i) => i === 0 || seq > at(seen, i - 1)));
      assert.equal(seen.at(-1), 2n ** 63n);
      assert.deepEqual(await bus.verified.latest(stream), position(2n ** 63n));
    }));

  test(`${name}: events: published twice: delivered once, filtered by type and stream`, () =>
    withBus(under, async (bus, signal) => {
      const stream = newStream();
      const event = (seq: bigint, type: CloudEvent["type"]) =>
        makeEvent({ type, stream, seq, timeNs: 1_700_000_000_000_000_000n, data: { n: seq.toString() } });
      const market = [1n, 2n, 3n, 4n].map((seq) => event(seq, "MarketDataReceived"));
      await bus.events.publish([at(market, 0), at(market, 1), event(2n, "DivergenceDetected"), at(market, 2)]);
      await bus.events.publish([event(2n, "DivergenceDetected")]);
      await bus.events.publish([]);
      await bus.events.publish([...market, event(3n, "DivergenceDetected")]);
      const seen: CloudEvent[] = [];
      for await (const e of bus.events.subscribe({ type: "DivergenceDetected", stream, from: "first", signal }))
        if (seen.push(e) === 2) break;
      assert.deepEqual(seen, [event(2n, "DivergenceDetected"), event(3n, "DivergenceDetected")]);
      const bulk: CloudEvent[] = [];
      for await (const e of bus.events.subscribe({ type: "MarketDataReceived", stream, from: "first", signal }))
        if (bulk.push(e) === market.length) break;
      assert.deepEqual(bulk, market);
    }));

  test(`${name}: snapshots: the last one saved is the one there is, megabytes and all`, () =>
    withBus(under, async (bus) => {
      const stream = newStream();
      assert.equal(await bus.snapshots.latest(stream), undefined);
      await bus.snapshots.save(stream, randomBytes(100));
      const large = randomBytes(6 * 1024 * 1024);
      await bus.snapshots.save(stream, large);
      assert.equal(Buffer.compare((await bus.snapshots.latest(stream)) ?? Buffer.alloc(0), large), 0);
    }));

  test(`${name}: engine killed in the middle: readers, watchers and appenders go on, nothing lost, nothing double`, () =>
    withBus(under, async (bus, signal) => {
      const stream = newStream();
      const batches = makeBatches(
        stream,
        Array.from({ length: 400 }, (_, i) => 1 + (i % 40)),
      );
      const reading = take(bus.journal.read({ stream, fromSeq: 1n, signal }), batches.length);
      let verified = 0n;
      const watching = bus.verified.watch({ stream, signal, onLatest: (p) => (verified = p.verified_seq) });
      const appending = appendStubbornly(bus, { stream, batches, signal });
      for (let i = 0; i < 2; i++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await under.killAndRestart();
      }
      await appending;
      sameBytes(await reading, batches);
      while (!signal.aborted) {
        try {
          await bus.verified.publish({
            stream_id: stream,
            verified_seq: 77n,
            batches: 0,
            records: 0,
            outputs_digest: "",
            divergences: 0,
          });
          break;
        } catch (error) {
          assert.ok(code("unavailable")(error));
        }
      }
      while (verified !== 77n) await new Promise((resolve) => setTimeout(resolve, 10));
      void watching;
    }));
}
