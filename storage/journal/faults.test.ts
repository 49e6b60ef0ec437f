// The journal on a disk that fails in every way it may (test/journal/simulated-disk.ts). After each crash and reopening:
// nothing that was reported durable, and no batch that a reader was given, is lost; what is there is a gapless prefix of
// what was appended, in an unbroken chain; and a flipped bit is named, never read over.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LockstepError } from "#proto/errors.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import { concat, prediction, STREAM_ID, testSigner, ticks } from "../../test/journal/records.ts";
import { type DiskFaults, SimulatedDisk } from "../../test/journal/simulated-disk.ts";
import { readSeal, SEAL_BYTES, verifyBatch } from "./batch.ts";
import { Journal } from "./journal.ts";
import { JournalReader } from "./reader.ts";
import { isSeal } from "./scan.ts";
import { readU64, segmentNumber } from "./segment.ts";
import { latestSnapshot, saveSnapshot } from "./snapshot.ts";

const signer = testSigner();
const LIMITS = { segmentSlots: 64 + 40, batchSlots: 16 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Step =
  | { do: "append" | "outputs" | "release"; count: number }
  | { do: "arm"; faults: DiskFaults }
  | { do: "seal" | "wait" | "timers" | "read" | "truncate" | "snapshot" | "hold" | "reopen" | "kill" | "power" };

const openOptions = (disk: SimulatedDisk) => ({
  disk,
  streamId: STREAM_ID,
  signer,
  outputsDigest: () => new Uint8Array(32).fill(3),
});

class World {
  readonly disk: SimulatedDisk;
  journal: Journal | undefined;
  reader: JournalReader | undefined;
  /** Every record that is still expected or possible, by seq, as appended. */
  readonly appended = new Map<number, Uint8Array>();
  readonly delivered = new Map<bigint, Uint8Array>();
  readonly snapshots: bigint[] = [];
  nextBatch = 1n;
  acked = 0n;
  ticks = 0;
  timers: (() => void)[] = [];
  failed: LockstepError | undefined;
  reopened = 0;

  constructor(seed: number) {
    this.disk = new SimulatedDisk(seed);
  }

  /** Waits for `work`, letting held operations go; undefined when the power went first. */
  async finish<T>(work: Promise<T>): Promise<T | undefined> {
    let settled = false;
    const done = work.finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    for (let turns = 0; !settled && !this.disk.crashed; turns++) {
      assert.ok(turns < 5000, "it ends");
      this.disk.release();
      await turn();
    }
    return this.disk.crashed ? undefined : done;
  }

  async open(): Promise<void> {
    this.timers = [];
    this.failed = undefined;
    const timers = { after: (_ms: number, run: () => void) => this.addTimer(run) };
    const journal = await this.finish(Journal.open({ ...openOptions(this.disk), timers, ...LIMITS }));
    if (!journal) return;
    const { epoch } = this.disk;
    journal.onDurable = (durable, sealed) => {
      if (epoch !== this.disk.epoch) return;
      assert.ok(durable >= this.acked && sealed <= durable);
      this.acked = durable;
    };
    journal.onFailure = (error) => {
      if (epoch === this.disk.epoch) this.failed = error;
    };
    this.journal = journal;
    this.check(journal);
  }

  addTimer(run: () => void): () => void {
    this.timers.push(run);
    return () => {
      this.timers = this.timers.filter((t) => t !== run);
    };
  }

  /** The invariants, against what was appended and promised. */
  check(journal: Journal): void {
    this.reopened++;
    assert.ok(journal.lastSeq >= this.acked, `acknowledged ${this.acked}, recovered ${journal.lastSeq}`);
    assert.equal(journal.durableSeq, journal.lastSeq);
    const reader = new JournalReader({ disk: this.disk });
    const first = reader.firstSeq() as bigint;
    let seq = Number(first);
    for (const bytes of reader.records(first)) {
      const view = viewOf(bytes);
      for (let at = 0; at < bytes.length; ) {
        const length = recordLength(view, at);
        assert.equal(readU64(view, at), seq, "gapless");
        if (!isSeal(view, at)) assert.deepEqual(bytes.subarray(at, at + length), this.appended.get(seq), `seq ${seq}`);
        at += length;
        seq++;
      }
    }
    assert.equal(BigInt(seq - 1), journal.lastSeq, "all of it can be read");
    this.checkChain(reader, first, journal);
    reader.close();
    for (const known of this.appended.keys()) if (BigInt(known) > journal.lastSeq) this.appended.delete(known);
    this.acked = journal.durableSeq;
    const snapshot = latestSnapshot(this.disk, journal.durableSeq);
    const newest = this.snapshots.at(-1);
    if (newest !== undefined) assert.ok((snapshot?.seq ?? -1n) >= newest, "a saved snapshot stays");
  }

  checkChain(reader: JournalReader, first: bigint, journal: Journal): void {
    let previousHash: Uint8Array | undefined;
    let next = first;
    for (const batch of reader.batches(first)) {
      previousHash ??= readSeal(batch, viewOf(batch), batch.length - SEAL_BYTES).previousHash;
      if (next === 1n) assert.deepEqual(new Uint8Array(previousHash), new Uint8Array(32));
      const verified = verifyBatch({ batch, publicKey: signer.publicKey, previousHash, firstSeq: next });
      const delivered = this.delivered.get(next);
      if (delivered) assert.deepEqual(batch, delivered, "a delivered batch never changes");
      previousHash = verified.hash;
      next = verified.lastSeq + 1n;
    }
    assert.equal(next - 1n, journal.sealedSeq);
    assert.ok(next >= this.nextBatch, `delivered up to ${this.nextBatch}, recovered ${next}`);
  }

  read(): void {
    this.reader ??= new JournalReader({ disk: this.disk });
    for (;;) {
      const batch = this.reader.readBatch(this.nextBatch);
      if (!batch) return;
      this.delivered.set(this.nextBatch, batch);
      this.nextBatch = BigInt(readU64(viewOf(batch), batch.length - SEAL_BYTES)) + 1n;
      assert.ok(this.nextBatch - 1n <= this.acked, "only what is durable is handed out");
    }
  }

  append(records: Uint8Array): void {
    const journal = this.journal as Journal;
    journal.append(records);
    const view = viewOf(records);
    for (let at = 0; at < records.length; at += recordLength(view, at))
      this.appended.set(readU64(view, at), records.slice(at, at + recordLength(view, at)));
  }

  async step(step: Step): Promise<void> {
    const journal = this.journal;
    if (!journal) return;
    if (step.do === "append") this.append(ticks(this.ticks + 1, step.count));
    else if (step.do === "outputs") this.append(concat(Array.from({ length: step.count }, (_, i) => prediction(i))));
    else if (step.do === "release") for (let i = 0; i < step.count && this.disk.release(); i++) await turn();
    else if (step.do === "arm") this.disk.arm(step.faults);
    else if (step.do === "seal") journal.seal();
    else if (step.do === "hold") this.disk.hold = true;
    else if (step.do === "wait") await this.finish(journal.whenDurable(journal.lastSeq));
    else if (step.do === "timers") for (const run of this.timers.splice(0)) run();
    else if (step.do === "read") this.read();
    else if (step.do === "truncate") journal.truncateBelow(this.nextBatch);
    else if (step.do === "snapshot") this.snapshot(journal.durableSeq);
    else await this.restart(step.do);
    if (step.do === "append") this.ticks += step.count;
    await turn();
  }

  snapshot(seq: bigint): void {
    saveSnapshot(this.disk, { seq, bytes: ticks(this.ticks, 3) });
    this.snapshots.push(seq);
  }

  async restart(how: "reopen" | "kill" | "power"): Promise<void> {
    if (how === "reopen" && this.journal) await this.finish(this.journal.close()).catch(() => undefined);
    this.journal = undefined;
    this.reader = undefined;
    if (how === "power" || this.disk.crashed) this.disk.reboot();
    else this.disk.restart();
    await this.open();
  }
}

const count = fc.integer({ min: 1, max: 12 });
const plain = (...names: ("seal" | "wait" | "timers" | "read" | "truncate" | "snapshot" | "hold" | "reopen")[]) =>
  fc.constantFrom(...names.map((name) => ({ do: name }) as Step));
const work = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("append" as const), count }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("outputs" as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("release" as const), count }) },
  { weight: 8, arbitrary: plain("seal", "wait", "timers", "read", "truncate", "snapshot", "hold", "reopen") },
);
const cut = fc.constantFrom<Step>({ do: "power" }, { do: "kill" });
const armed = (faults: fc.Arbitrary<DiskFaults>): fc.Arbitrary<Step> =>
  faults.map((f) => ({ do: "arm", faults: f }) as Step);
const at = fc.integer({ min: 0, max: 60 });
const steps = (faults: fc.Arbitrary<Step>): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof({ weight: 6, arbitrary: work }, { weight: 1, arbitrary: cut }, { weight: 1, arbitrary: faults }), {
    minLength: 10,
    maxLength: 60,
    size: "max",
  });

const struck = { crash: 0, sync: 0, space: 0, short: 0 };
let reopened = 0;

/** Runs the steps; a crash or a failure ends in a restart, as it does in life. */
async function live(seed: number, plan: readonly Step[]): Promise<void> {
  const world = new World(seed);
  await world.open();
  for (const step of plan) {
    try {
      await world.step(step);
    } catch (error) {
      const expected = error instanceof LockstepError && ["journal_io", "journal_full"].includes(error.code);
      const simulated = error instanceof Error && /simulated|power/.test(error.message);
      if (!expected && !simulated) throw error;
    }
    // A disk full while opening stays so until the next restart gives space.
    for (let i = 0; (world.disk.crashed || world.failed || !world.journal) && i < 5; i++) {
      if (world.failed) assert.ok(world.disk.crashed || world.journal?.failure === world.failed);
      await world.restart(world.disk.choices.below(2) === 0 ? "kill" : "power");
    }
  }
  await world.restart("power");
  for (const fault of Object.keys(struck) as (keyof typeof struck)[]) struck[fault] += world.disk.struck[fault];
  reopened += world.reopened;
}

/** Random plans, `numRuns` at a time until the faults have struck often enough; a fault that is not met in ten times is no test. */
async function property(faults: fc.Arbitrary<DiskFaults>, numRuns: number, met: () => boolean): Promise<void> {
  for (let times = 0; times === 0 || !met(); times++) {
    assert.ok(times < 10, `the faults were met: ${JSON.stringify({ struck, reopened })}`);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), steps(armed(faults)), (seed, plan) => live(seed, plan)),
      { numRuns, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
    );
  }
}

test("journal: power cut at any operation: nothing durable lost, a gapless prefix in an unbroken chain", () =>
  property(fc.record({ crashAt: at }), 150, () => struck.crash > 50 && reopened > 300));

test("journal: a sync fails once and then lies: sticky, and reopening makes durable what it recovers", () =>
  property(fc.record({ syncFailsAt: at }), 100, () => struck.sync > 30));

test("journal: disk full or short write at any point: sticky, nothing acknowledged is lost", () =>
  property(
    fc.oneof(fc.record({ spaceLeft: fc.integer({ min: 0, max: 20_000 }) }), fc.record({ shortWriteAt: at })),
    100,
    () => struck.space > 20 && struck.short > 20,
  ));

test("journal: no faults, long: nothing torn", async () => {
  const world = new World(5);
  await world.open();
  for (let i = 0; i < 300; i++) {
    await world.step({ do: "append", count: 1 + (i % 12) });
    if (i % 4 === 0) await world.step({ do: "wait" });
    if (i % 9 === 0) await world.step({ do: "read" });
    if (i % 50 === 49) {
      await world.step({ do: "reopen" });
      assert.equal(world.journal?.tornBytes, 0);
    }
  }
});

/** A closed journal of several segments, and where its records lie. */
async function written(): Promise<World> {
  const world = new World(11);
  await world.open();
  for (let i = 0; i < 12; i++) {
    await world.step({ do: "append", count: 1 + (i % 5) });
    if (i % 3 === 0) await world.step({ do: "outputs", count: 2 });
    if (i % 2 === 0) await world.step({ do: "wait" });
  }
  await world.finish((world.journal as Journal).close());
  world.disk.restart();
  return world;
}

test("journal: any bit of a sealed region flipped: reading or opening names it, nothing damaged is handed out", async () => {
  const world = await written();
  const segments = world.disk.listSync().filter((name) => segmentNumber(name) !== undefined);
  const reader = new JournalReader({ disk: world.disk });
  const whole = [...reader.batches(1n)];
  reader.close();
  assert.ok(whole.length > 3 && segments.length > 2);
  const used = segments.slice(0, -1);
  let flips = 0;
  for (const name of used) {
    const file = world.disk.openSync(name, "read");
    const bytes = new Uint8Array(file.sizeSync());
    file.readSync(bytes, 0);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    // Every 37th bit: all of them in turn as the layout shifts against 37.
    for (let bit = flips % 37; bit < end * 8; bit += 37) {
      const inMark = name === used.at(-1) && bit >= (Math.ceil(end / 64) - 1) * 512;
      if (inMark) continue;
      world.disk.flipBit(name, bit);
      flips++;
      const seen: Uint8Array[] = [];
      const damaged = new JournalReader({ disk: world.disk });
      let named: unknown;
      try {
        for (const batch of damaged.batches(1n)) seen.push(batch);
      } catch (error) {
        named = error;
      }
      damaged.close();
      assert.deepEqual(seen, whole.slice(0, seen.length));
      assert.equal((named as LockstepError | undefined)?.code, "journal_damaged", `${name} bit ${bit}`);
      assert.match((named as LockstepError).message, new RegExp(`${name} is damaged at byte \\d+, seq \\d+`));
      const opens = flips % 10 === 0 && name === used.at(-1);
      if (opens)
        await assert.rejects(Journal.open({ ...openOptions(world.disk), ...LIMITS }), { code: "journal_damaged" });
      world.disk.flipBit(name, bit);
    }
  }
  assert.ok(flips > 1000);
});
