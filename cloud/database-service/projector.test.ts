import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { walkRecords } from "#proto/record.ts";
import { makeJournal } from "./journal.fixture.ts";
import { type Group, GroupBuilder } from "./projector.ts";

const journal = makeJournal({ seed: 7, batches: 12, records: 60 });

const group = (batches: readonly Uint8Array[], nextSeq: bigint): Group => {
  const builder = new GroupBuilder(nextSeq);
  for (const batch of batches) builder.add(batch);
  return builder.build();
};

/** Bytes by kind and size, rows by table: what does not depend on how batches were grouped. */
function contents(groups: readonly Group[]) {
  const raw: Record<string, string> = {};
  for (const { kind, count, parts } of groups.flatMap((g) => g.raw))
    raw[`${kind}:${count}`] = (raw[`${kind}:${count}`] ?? "") + Buffer.concat(parts).toString("latin1");
  const { edgeChanges: _, ...tables } = groups[0]!.rows;
  const rows = Object.keys(tables).map((name) => groups.flatMap((g) => g.rows[name as keyof typeof tables]));
  return { raw, rows, loose: groups.flatMap((g) => g.loose) };
}

test("projector: however batches are grouped: the same rows", () => {
  const whole = contents([group(journal.batches, 1n)]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: journal.batches.length - 1 })), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), journal.batches.length];
      const groups = at.slice(1).map((end, i) => {
        const from = at[i] ?? 0;
        return group(journal.batches.slice(from, end), from === 0 ? 1n : journal.ends[from - 1]! + 1n);
      });
      assert.deepEqual(contents(groups), whole);
    }),
    { numRuns: 30 },
  );
});

test("projector: every record: in one table, and the group says where it ends", () => {
  const { raw, loose, lastSeq, batches, records } = group(journal.batches, 1n);
  const counts: Record<string, number> = {};
  for (const { kind, parts } of raw)
    walkRecords(Buffer.concat(parts), () => {
      counts[kind] = (counts[kind] ?? 0) + 1;
    });
  for (const { kind } of loose) counts[kind] = (counts[kind] ?? 0) + 1;
  assert.deepEqual(counts, journal.counts);
  assert.equal(lastSeq, journal.lastSeq);
  assert.equal(records, Number(journal.lastSeq));
  assert.equal(batches, journal.batches.length);
});

test("projector: a missing batch: a gap, named", () => {
  const builder = new GroupBuilder(1n);
  builder.add(journal.batches[0]!);
  assert.throws(() => builder.add(journal.batches[2]!), { code: "gap", message: /stands where \d+ is expected/ });
});
