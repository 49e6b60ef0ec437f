// The fetching of models over lines that are cut anywhere, with restarts, old answers and damaged bytes: what is delivered is
// always whole and right.
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { MODEL_CHUNK_BYTES } from "#proto/limits.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import { AGAIN_MS, CHUNK_WITHIN_MS, type FetcherEffect, ModelFetcher } from "./model-fetcher.ts";
import {
  decodeModelCloud,
  decodeModelEdge,
  encodeModelCloud,
  encodeModelEdge,
  type ModelRequest,
} from "./model-messages.ts";
import { artefact, MemoryParts, orderFor } from "./model-parts.fixture.ts";

const random = { bytes: (n: number) => new Uint8Array(n) };
/** Fetcher, its files and its cloud; every message goes through the codec. */
class Bench {
  readonly parts = new MemoryParts();
  readonly models: Map<string, Uint8Array>;
  readonly orders: ModelAssignment[];
  readonly delivered: ModelAssignment[] = [];
  readonly alarms: string[] = [];
  readonly asked: ModelRequest[] = [];
  fetcher = new ModelFetcher({ parts: this.parts, random });
  nowMs = 0;

  constructor(models: readonly Uint8Array[], orders: readonly ModelAssignment[]) {
    this.models = new Map(models.map((bytes) => [hash("sha256", bytes), bytes]));
    this.orders = [...orders];
    this.run(this.fetcher.start());
    this.later(1);
  }

  run(effects: readonly FetcherEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "send") this.asked.push(decodeModelEdge(encodeModelEdge(effect.message)));
      else if (effect.type === "deliver") this.delivered.push(effect.assignment);
      else if (effect.type === "alarm") this.alarms.push(effect.error.code);
      else if (effect.type === "connect") this.connect();
    }
  }

  connect(): void {
    this.asked.length = 0;
    this.run(this.fetcher.onConnected());
    for (const assignment of this.orders) this.say(assignment);
  }

  say(assignment: ModelAssignment): void {
    this.tell(encodeModelCloud({ type: "order", assignment }));
  }

  tell(bytes: Uint8Array): void {
    this.run(this.fetcher.onMessage(this.nowMs, decodeModelCloud(bytes)));
  }

  /** The cloud answers what was asked last; false when nothing is asked. */
  answer(change: (data: Uint8Array) => Uint8Array = (data) => data): boolean {
    const request = this.asked.shift();
    if (!request) return false;
    const { sha256, offset } = request;
    const bytes = this.models.get(hexOf(sha256));
    if (bytes) {
      const data = change(bytes.slice(offset, offset + MODEL_CHUNK_BYTES));
      this.tell(encodeModelCloud({ type: "chunk", sha256, offset, data }));
    } else this.tell(encodeModelCloud({ type: "refusal", sha256, code: "not_found", message: "not published" }));
    return true;
  }

  later(ms: number): void {
    this.nowMs += ms;
    this.run(this.fetcher.tick(this.nowMs));
  }

  cut(): void {
    this.run(this.fetcher.onDisconnected(this.nowMs));
    this.later(20_000);
  }

  restart(): void {
    this.fetcher = new ModelFetcher({ parts: this.parts, random });
    this.run(this.fetcher.start());
    this.later(1);
  }
}

const BIG = artefact(2 * MODEL_CHUNK_BYTES + 77, 1);

test("models: fetched piece by piece, delivered once whole; a restart delivers it again without asking", () => {
  const bench = new Bench([BIG], [orderFor(BIG)]);
  let answers = 0;
  while (bench.answer()) answers++;
  assert.equal(answers, 3);
  assert.deepEqual(bench.delivered, [orderFor(BIG)]);
  bench.restart();
  assert.equal(bench.delivered.length, 2);
  assert.equal(bench.asked.length, 0);
});

test("models: cut anywhere, restarted, asked twice: goes on where it stood, and ends with the very bytes", async () => {
  const step = fc.constantFrom("answer", "answer", "answer", "cut", "restart", "stale", "wait");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bench = new Bench([BIG], [orderFor(BIG)]);
      for (const what of steps) {
        const before = bench.parts.partBytes(hash("sha256", BIG));
        if (what === "answer") bench.answer();
        else if (what === "cut") bench.cut();
        else if (what === "restart") bench.restart();
        else if (what === "wait") bench.later(CHUNK_WITHIN_MS + 1);
        else {
          const data = BIG.slice(MODEL_CHUNK_BYTES, 2 * MODEL_CHUNK_BYTES);
          const sha256 = orderFor(BIG).sha256;
          if (bench.asked[0]?.offset !== MODEL_CHUNK_BYTES)
            bench.tell(encodeModelCloud({ type: "chunk", sha256, offset: MODEL_CHUNK_BYTES, data }));
        }
        assert.ok(bench.parts.has(hash("sha256", BIG)) || bench.parts.partBytes(hash("sha256", BIG)) >= before);
      }
      // A line that only looks alive is given up first.
      for (let i = 0; i < 3; i++) {
        bench.later(20_000);
        if (bench.fetcher.connected) while (bench.answer());
      }
      assert.deepEqual(Buffer.from(bench.parts.whole.get(hash("sha256", BIG)) as Uint8Array), Buffer.from(BIG));
      assert.ok(bench.delivered.length >= 1);
      assert.deepEqual(bench.alarms, []);
    }),
    { numRuns: 100 },
  );
});

test("models: a wrong byte anywhere: refused and said, never delivered; fetched anew when it is right", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (piece, at, flip) => {
      const bench = new Bench([BIG], [orderFor(BIG)]);
      for (let i = 0; i < 3; i++)
        bench.answer((data) => {
          if (i === piece) data[at % data.length] = (data[at % data.length] as number) ^ flip;
          return data;
        });
      assert.deepEqual([bench.alarms, bench.delivered.length], [["bad_file"], 0]);
      assert.equal(bench.answer(), false);
      bench.later(AGAIN_MS);
      while (bench.answer());
      assert.deepEqual(bench.delivered, [orderFor(BIG)]);
    }),
    { numRuns: 30 },
  );
});

test("models: pieces beyond the order's size, and a model that the cloud does not have: said, tried again later", () => {
  const bench = new Bench([BIG], [orderFor(BIG, { size_bytes: 10 })]);
  bench.answer();
  assert.deepEqual([bench.alarms, bench.delivered], [["bad_file"], []]);
  const missing = new Bench([], [orderFor(BIG)]);
  missing.answer();
  assert.deepEqual(missing.alarms, ["not_found"]);
  assert.equal(missing.asked.length, 0);
  missing.models.set(hash("sha256", BIG), BIG);
  missing.later(AGAIN_MS);
  while (missing.answer());
  assert.equal(missing.delivered.length, 1);
});

test("models: a newer order of the role: the older one is given up; an older one changes nothing; no shadow needs no bytes", () => {
  const other = artefact(100, 9);
  const bench = new Bench([BIG, other], [orderFor(BIG)]);
  bench.answer();
  const newer = orderFor(other, { assignment_version: 2 });
  bench.say(newer);
  bench.answer();
  while (bench.answer());
  assert.deepEqual(bench.delivered, [newer]);
  const off = orderFor(undefined, { assignment_version: 3 });
  bench.say(off);
  assert.deepEqual(bench.delivered.at(-1), off);
  const live = orderFor(BIG, { role: MODEL_ROLE.live });
  bench.say(live);
  while (bench.answer());
  assert.deepEqual(bench.delivered.at(-1), live);
});

test("models: messages: bounds of every field: refused as protocol", () => {
  const { live, shadow } = MODEL_ROLE;
  for (const changes of [
    { role: 0 },
    { role: 3 },
    { sha256: new Uint8Array(31) },
    { size_bytes: 2 * 1024 * 1024 + 1 },
    { size_bytes: 0 },
    { assignment_version: 0 },
    { operator: "" },
    { operator: "x".repeat(33) },
    { reason: "two\nlines" },
    { public_key: new Uint8Array(3) },
    { signature: new Uint8Array(63) },
    { role: live, sha256: new Uint8Array(32), size_bytes: 0 },
    { role: shadow, sha256: new Uint8Array(32), size_bytes: 5 },
  ] as Partial<ModelAssignment>[])
    assert.throws(
      () => decodeModelCloud(encodeModelCloud({ type: "order", assignment: orderFor(BIG, changes) })),
      { code: "protocol" },
      JSON.stringify(changes),
    );
  const sha256 = new Uint8Array(32);
  for (const data of [new Uint8Array(0), new Uint8Array(MODEL_CHUNK_BYTES + 1)])
    assert.throws(() => decodeModelCloud(encodeModelCloud({ type: "chunk", sha256, offset: 0, data })), {
      code: "protocol",
    });
  assert.throws(() => decodeModelEdge(encodeModelEdge({ type: "request", sha256, offset: 2 * 1024 * 1024 })), {
    code: "protocol",
  });
  assert.throws(() => decodeModelEdge(new Uint8Array([1, 2, 3])), { code: "protocol" });
});
