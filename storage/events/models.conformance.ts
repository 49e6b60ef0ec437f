// What every implementation of the bus must do with models, as tests; part of bus.conformance.ts.
import assert from "node:assert/strict";
import { hash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { MODEL_BYTES_MAX } from "#proto/limits.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import type { AssignedModel } from "#proto/services/models.ts";
import type { BusUnderTest } from "./bus.conformance.ts";
import type { Bus } from "./bus.ts";

const order = (stream_id: string, changes: Partial<AssignedModel> = {}): AssignedModel => ({
  stream_id,
  role: MODEL_ROLE.live,
  sha256: randomBytes(32).toString("hex"),
  size_bytes: 1000,
  version: 1,
  operator: "an operator",
  reason: "a reason",
  public_key: "0".repeat(64),
  signature: "0".repeat(128),
  ...changes,
});

async function with2(under: BusUnderTest, body: (one: Bus, other: Bus, signal: AbortSignal) => Promise<void>) {
  const [one, other] = [await under.open("one"), await under.open("other")];
  const gate = new AbortController();
  try {
    await body(one, other, gate.signal);
  } finally {
    gate.abort();
    await one.close();
    await other.close();
  }
}

export function modelsConformance(name: string, under: BusUnderTest): void {
  test(`${name}: models: of every size: kept under their digest, found by another process, also behind a kill`, () =>
    with2(under, async (one, other) => {
      const artefacts = [1, 4096, 262_144, 262_145, MODEL_BYTES_MAX].map((size) => new Uint8Array(randomBytes(size)));
      for (const bytes of artefacts) await one.models.put(hash("sha256", bytes), bytes);
      await one.models.put(hash("sha256", artefacts[1] as Uint8Array), artefacts[1] as Uint8Array);
      assert.equal(await other.models.get("0".repeat(64)), undefined);
      await under.killAndRestart();
      for (const bytes of artefacts)
        assert.equal(Buffer.compare((await other.models.get(hash("sha256", bytes))) ?? new Uint8Array(0), bytes), 0);
    }));

  test(`${name}: models: bytes of another digest, none, or too many: refused, and nothing is there`, () =>
    with2(under, async (one, other) => {
      const bytes = new Uint8Array(randomBytes(100));
      const wrong = hash("sha256", "something else");
      for (const [sha256, given] of [
        [wrong, bytes],
        [hash("sha256", new Uint8Array(0)), new Uint8Array(0)],
        [hash("sha256", new Uint8Array(MODEL_BYTES_MAX + 1)), new Uint8Array(MODEL_BYTES_MAX + 1)],
      ] as const) {
        await assert.rejects(one.models.put(sha256, given), { code: "bad_file" });
        assert.equal(await other.models.get(sha256), undefined);
      }
    }));

  test(`${name}: models: orders: the newest of each role and stream, told to who watches from before, from later, and over a kill`, () =>
    with2(under, async (one, other, signal) => {
      const stream = randomBytes(16).toString("hex");
      const seen: AssignedModel[] = [];
      const watching = other.models.watch({ stream, signal, onOrder: (o) => seen.push(o) });
      const [live, shadow] = [order(stream), order(stream, { role: MODEL_ROLE.shadow, version: 7 })];
      await one.models.assign(live);
      await one.models.assign(shadow);
      await one.models.assign(order(randomBytes(16).toString("hex")));
      assert.deepEqual(await one.models.assigned(stream), [live, shadow]);
      await under.killAndRestart();
      const newer = order(stream, { version: 2 });
      for (let tries = 0; ; tries++) {
        try {
          await one.models.assign(newer);
          break;
        } catch (error) {
          if (tries > 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
      assert.deepEqual(await other.models.assigned(stream), [newer, shadow]);
      const late: AssignedModel[] = [];
      const watchingLate = other.models.watch({ stream, signal, onOrder: (o) => late.push(o) });
      for (let tries = 0; tries < 200 && (late.length < 2 || !seen.some((o) => o.version === 2)); tries++)
        await new Promise((resolve) => setTimeout(resolve, 25));
      assert.deepEqual(new Set(late.map(({ version }) => version)), new Set([2, 7]));
      assert.deepEqual(seen.at(-1), newer);
      void Promise.allSettled([watching, watchingLate]);
    }));
}
