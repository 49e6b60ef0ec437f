import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readOrdered } from "#proto/cloud-command.ts";
import { Lease, OperatorCommand } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { viewOf } from "#proto/record.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import type { StreamAuthority } from "#storage/events/bus.ts";
import {
  authorityOf,
  BOUND_MS,
  commandsOf,
  LEASE_MS,
  live,
  makeSigner,
  NOW_MS,
  verifiedAt,
} from "./command.fixture.ts";

const signer = makeSigner();
const enrolled = authorityOf({ cloudKeys: [signer.publicKey] });

function leaseOf({ commands }: StreamAuthority): Lease {
  const ordered = commands
    .map((hex) => readOrdered(bytesOf(hex)))
    .find(({ envelope }) => envelope.ordered === Lease.code);
  assert.ok(ordered, "a lease is among the commands");
  return Lease.read(viewOf(ordered.record), 0);
}

test("leases: a stream that lives: granted within two seconds, renewed each third, never shortened", () => {
  const stored = live(commandsOf({ signer }), { fromMs: NOW_MS, toMs: NOW_MS + 2 * LEASE_MS, authority: enrolled });
  assert.equal(stored.length, 6);
  const expiries = stored.map((authority) => Number(leaseOf(authority).expires_ns / 1_000_000n));
  assert.ok((expiries[0] ?? 0) <= NOW_MS + 2_000 + LEASE_MS && (expiries[0] ?? 0) > NOW_MS + LEASE_MS);
  for (const [i, expiry] of expiries.entries())
    if (i > 0) assert.ok(expiry - (expiries[i - 1] ?? 0) >= LEASE_MS / 3, "renewed when a third is over");
  assert.deepEqual(
    stored.map(({ number }) => number),
    ["1", "2", "3", "4", "5", "6"],
  );
});

test("leases: not enrolled, a difference, a backlog, another epoch: nothing is granted, and the status says why", () => {
  const window = { fromMs: NOW_MS, toMs: NOW_MS + 10_000 };
  const cases = [
    [authorityOf({ cloudKeys: [makeSigner().publicKey] }), {}, "not_enrolled"],
    [enrolled, { divergences: 1 }, "stopped"],
    [enrolled, { behind: 3 }, "waiting"],
    [enrolled, { timeNs: 0n }, "waiting"],
    [authorityOf({ cloudKeys: [signer.publicKey], epoch: 1 }), {}, "waiting"],
  ] as const;
  for (const [authority, state, expected] of cases) {
    const commands = commandsOf({ signer });
    assert.deepEqual(live(commands, { ...window, authority, state }), []);
    assert.equal(commands.status().state, expected);
    assert.notEqual(commands.status().reason, "");
  }
});

test("leases: a box that catches up a day in seconds: nothing until its time is at the world's pace", () => {
  const commands = commandsOf({ signer });
  for (let i = 0; i <= 10; i++) {
    const dayAgo = NOW_MS - 86_400_000 + (i * 86_400_000) / 10;
    assert.equal(commands.onVerified(verifiedAt(dayAgo, enrolled), NOW_MS + i * 500), undefined);
  }
  const stored = live(commands, { fromMs: NOW_MS + 5_500, toMs: NOW_MS + 9_000, authority: enrolled });
  assert.equal(stored.length, 1);
});

test("leases: a box that fell silent: not renewed, and granted again when it lives again", () => {
  const commands = commandsOf({ signer });
  live(commands, { fromMs: NOW_MS, toMs: NOW_MS + 5_000, authority: enrolled });
  for (let ms = NOW_MS + 6_000; ms < NOW_MS + LEASE_MS; ms += 60_000)
    assert.equal(commands.onVerified(verifiedAt(NOW_MS + 5_000, enrolled), ms), undefined);
  assert.equal(commands.status().state, "waiting");
  const again = NOW_MS + LEASE_MS;
  assert.equal(live(commands, { fromMs: again, toMs: again + 5_000, authority: enrolled }).length, 1);
});

test("replacement: granted no sooner than the last lease of the box before has surely ended, whatever is tried (property)", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3_000, max: 3 * LEASE_MS }),
      fc.integer({ min: 0, max: 2 * LEASE_MS }),
      fc.integer({ min: 1_000, max: 120_000 }),
      fc.boolean(),
      (lived, dead, stepMs, restarted) => {
        const commands = commandsOf({ signer });
        const before = live(commands, { fromMs: NOW_MS, toMs: NOW_MS + lived, authority: enrolled, stepMs: 1_000 });
        const last = before.at(-1);
        const replacedMs = NOW_MS + lived + dead;
        const boxKey = new Uint8Array(32).fill(7);
        const taken = commands.replace({ operator: "ann", boxKey, issuedNs: 1n, nowMs: replacedMs });
        assert.equal(taken.epoch, 1);
        const next = restarted ? commandsOf({ signer, stored: taken }) : commands;
        const authority = authorityOf({ cloudKeys: [signer.publicKey], epoch: 1 });
        const grantedAt: number[] = [];
        for (
          let ms = replacedMs;
          ms < replacedMs + 2 * LEASE_MS && grantedAt.length === 0;
          ms += Math.min(stepMs, 10_000)
        )
          if (next.onVerified(verifiedAt(ms, authority), ms)) grantedAt.push(ms);
        assert.equal(grantedAt.length, 1, "it is granted in the end");
        // The box before wrote the time of its lease before it was granted: by its own clock it ends within LEASE_MS.
        const ended = last ? Number(leaseOf(last).expires_ns / 1_000_000n) : 0;
        assert.ok((grantedAt[0] ?? 0) >= ended + (last ? BOUND_MS - 2_000 : 0));
      },
    ),
    { numRuns: 40 },
  );
});

test("orders: the newest of each kind is kept; a takeover signs stops anew for the new box, never the lease", () => {
  const commands = commandsOf({ signer });
  live(commands, { fromMs: NOW_MS, toMs: NOW_MS + 3_000, authority: enrolled });
  const stop = (command: number, fill: number) =>
    commands.order(
      OperatorCommand,
      {
        command_id: new Uint8Array(16).fill(fill),
        operator: "ann",
        reason: "test",
        command,
        public_key: new Uint8Array(32),
        signature: new Uint8Array(64),
      },
      1n,
    );
  stop(OPERATOR_COMMAND.reduce_only, 1);
  const after = stop(OPERATOR_COMMAND.kill, 2);
  assert.equal(after.commands.length, 2);
  const taken = commands.replace({ operator: "ann", boxKey: new Uint8Array(32).fill(7), issuedNs: 1n, nowMs: NOW_MS });
  const [only, ...more] = taken.commands.map((hex) => readOrdered(bytesOf(hex)));
  assert.equal(more.length, 0);
  assert.equal(only?.envelope.epoch, 1);
  assert.equal(OperatorCommand.read(viewOf(only?.record ?? new Uint8Array()), 0).command, OPERATOR_COMMAND.kill);
});
