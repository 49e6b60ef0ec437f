import assert from "node:assert/strict";
import { generateKeyPairSync, hash, sign } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Core } from "#core-wasm/host/core.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { Script, STREAM_ID } from "#core-wasm/host/script.fixture.ts";
import { commandMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import * as r from "#proto/generated/records.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { HEADER_BYTES, OPERATOR_COMMAND, SOURCE } from "#proto/records.ts";
import { CloudDoor } from "./cloud-door.ts";

const code = (expected: string) => (error: unknown) => error instanceof LockstepError && error.code === expected;
const NS_PER_S = 1_000_000_000n;

function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { raw: new Uint8Array(spki.subarray(-32)), sign: (message: Uint8Array) => sign(null, message, privateKey) };
}
const cloud = makeKey();

function command<T>(
  codec: Parameters<typeof encodeRecord<T>>[0],
  payload: T,
  o: Partial<r.CloudCommand> & { key?: typeof cloud; number: bigint; nowNs: bigint },
): Uint8Array {
  const { key = cloud, nowNs, ...words } = o;
  const record = encodeRecord(codec, { time_ns: 0n, source: SOURCE.cloud }, payload);
  const signed: Omit<r.CloudCommand, "signature"> = {
    stream_id: STREAM_ID,
    public_key: key.raw,
    payload_sha256: hash("sha256", record.subarray(HEADER_BYTES), "buffer"),
    issued_ns: nowNs,
    valid_until_ns: nowNs + 3_600n * NS_PER_S,
    epoch: 0,
    ordered: codec.code,
    ordered_symbol: 0,
    ...words,
  };
  const envelope = encodeRecord(
    r.CloudCommand,
    { time_ns: 0n, source: SOURCE.cloud },
    { ...signed, signature: key.sign(commandMessage(signed)) },
  );
  return Buffer.concat([envelope, record]);
}

const lease = (nowNs: bigint, forS = 3_600n): r.Lease => ({
  lease_id: new Uint8Array(16).fill(1),
  expires_ns: nowNs + forS * NS_PER_S,
  issuer: "cloud",
});

/** A stream that knows the cloud's key and requires a lease, and its door. */
async function enrolled() {
  const s = await Script.ready();
  s.limits({ lease_required: 1 });
  s.send(r.CloudKey, { public_key: cloud.raw, revoked: 0 });
  const door = new CloudDoor({ streamId: STREAM_ID, authority: () => s.core.authority() });
  const nowNs = (): bigint => BigInt(s.ms) * 1_000_000n;
  /** As the edge does: both records, at the stream's time. */
  const take = (bytes: Uint8Array): boolean => {
    const taken = door.onCommand(bytes, nowNs());
    if (!taken) return false;
    const at = r.CloudCommand.lengthOf();
    s.raw(taken.records.slice(0, at));
    s.raw(taken.records.slice(at));
    return true;
  };
  return { s, door, nowNs, take };
}

test("cloud door: a lease: taken once, and in force in the core", async () => {
  const { s, door, nowNs, take } = await enrolled();
  assert.equal(
    take(
      command(r.Lease, lease(nowNs(), 60n), { number: 1n, nowNs: nowNs(), valid_until_ns: nowNs() + 60n * NS_PER_S }),
    ),
    true,
  );
  assert.equal(s.core.authority().leaseExpiresNs, nowNs() + 60n * NS_PER_S);
  assert.equal(s.core.authority().numbers.get(r.Lease.code), 1n);
  assert.deepEqual(door.counts, { accepted: 1, repeated: 0, refused: {} });
});

test("cloud door: the same lease again after a reconnect: no second record; also after a restart", async () => {
  const { s, nowNs, take } = await enrolled();
  const bytes = command(r.Lease, lease(nowNs()), { number: 4n, nowNs: nowNs() });
  assert.equal(take(bytes), true);
  assert.equal(take(bytes), false);
  const restarted = new CloudDoor({ streamId: STREAM_ID, authority: () => s.core.authority() });
  assert.equal(restarted.onCommand(bytes, nowNs()), undefined);
  assert.deepEqual(restarted.counts, { accepted: 0, repeated: 1, refused: {} });
});

test("cloud door: forged, foreign, replayed, for another box, expired: refused by name, counted, nothing changes", async () => {
  const { s, door, nowNs, take } = await enrolled();
  const now = nowNs();
  assert.equal(take(command(r.Lease, lease(now), { number: 5n, nowNs: now })), true);
  const before = Buffer.from(s.core.state());
  const good = { number: 6n, nowNs: now };
  const stranger = makeKey();
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["auth_refused", command(r.Lease, lease(now), { ...good, key: stranger })],
    ["bad_signature", command(r.Lease, lease(now), { ...good, key: { ...stranger, raw: cloud.raw } })],
    ["wrong_stream", command(r.Lease, lease(now), { ...good, stream_id: new Uint8Array(16).fill(3) })],
    ["fenced", command(r.Lease, lease(now), { ...good, epoch: 1 })],
    ["replayed", command(r.Lease, lease(now, 7_200n), { number: 4n, nowNs: now })],
    ["expired", command(r.Lease, lease(now - NS_PER_S, 1n), { ...good, valid_until_ns: now })],
    ["expired", command(r.Lease, lease(now), { ...good, issued_ns: now + 6n * NS_PER_S })],
    ["expired", command(r.Lease, lease(now, 9_999n), { ...good })],
    ["protocol", command(r.Lease, lease(now), good).subarray(0, 300)],
    ["protocol", command(r.Timer, { due_ns: 1n, timer_id: 0 }, good)],
  ];
  for (const [expected, bytes] of cases) assert.throws(() => door.onCommand(bytes, now), code(expected), expected);
  assert.ok(before.equals(Buffer.from(s.core.state())), "the state is as it was");
  assert.deepEqual(door.counts.refused, {
    auth_refused: 1,
    bad_signature: 1,
    wrong_stream: 1,
    fenced: 1,
    replayed: 1,
    expired: 3,
    protocol: 2,
  });
});

test("cloud door: a release is nothing that the cloud can order; a stop is obeyed", async () => {
  const { s, door, nowNs, take } = await enrolled();
  const order = (which: number): r.OperatorCommand => ({
    command_id: new Uint8Array(16).fill(which),
    operator: "cloud",
    reason: "test",
    command: which,
    public_key: new Uint8Array(32),
    signature: new Uint8Array(64),
  });
  const release = command(r.OperatorCommand, order(OPERATOR_COMMAND.activate), { number: 1n, nowNs: nowNs() });
  assert.throws(() => door.onCommand(release, nowNs()), code("protocol"));
  assert.equal(take(command(r.OperatorCommand, order(OPERATOR_COMMAND.kill), { number: 2n, nowNs: nowNs() })), true);
  assert.equal(s.core.status().trading_state, 2);
});

test("cloud door: any bit of a command changed: never taken (property)", async () => {
  const { door, nowNs } = await enrolled();
  const bytes = command(r.Lease, lease(nowNs()), { number: 1n, nowNs: nowNs() });
  // Seq, time and check are the box's to set, in both records.
  const at = r.CloudCommand.lengthOf();
  const free = (byte: number): boolean => {
    const field = byte < at ? byte : byte - at;
    return field < 16 || (field >= 28 && field < 32);
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
      const byte = bit >> 3;
      fc.pre(!free(byte));
      const changed = new Uint8Array(bytes);
      changed[byte] = (changed[byte] as number) ^ (1 << (bit & 7));
      assert.throws(
        () => door.onCommand(changed, nowNs()),
        (error) => error instanceof LockstepError,
        `bit ${bit}`,
      );
    }),
    { numRuns: 1_000 },
  );
});

test("redecide: orders of the cloud: taken with its signature; without it, or longer by the box itself, they are found", async () => {
  const { s, nowNs, take } = await enrolled();
  assert.equal(take(command(r.Lease, lease(nowNs(), 60n), { number: 1n, nowNs: nowNs() })), true);
  const again = async (inputs: readonly Uint8Array[]): Promise<void> => {
    const redecider = new Redecider(await Core.load(), { nextSeq: 1n });
    redecider.feed(Buffer.concat(inputs));
  };
  await again(s.inputs);
  const seal = (record: Uint8Array): Uint8Array => {
    viewOf(record).setBigUint64(0, BigInt(s.inputs.length) + 1n, true);
    return record;
  };
  const meta = { time_ns: nowNs(), source: SOURCE.edge };
  const longer = seal(encodeRecord(r.Lease, meta, lease(nowNs(), 120n)));
  await assert.rejects(again([...s.inputs, longer]), code("bad_signature"));
  const shorter = seal(encodeRecord(r.Lease, meta, lease(nowNs(), 30n)));
  await again([...s.inputs, shorter]);
  const unsigned = seal(encodeRecord(r.Lease, { ...meta, source: SOURCE.cloud }, lease(nowNs(), 30n)));
  await assert.rejects(again([...s.inputs, unsigned]), code("bad_signature"));
});
