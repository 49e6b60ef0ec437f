// Equal digests everywhere: the box, the cloud, a fresh core over the observer's copy from record 1, and the newest
// snapshot with the tail behind it; and projections that equal the fold of the journal.
import { Core } from "#core-wasm/host/core.ts";
import { feedWithModels } from "#core-wasm/host/model-records.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { LockstepError } from "#proto/errors.ts";
import { BatchSeal, HEADER_OFFSET } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { latestSnapshot } from "#storage/journal/snapshot.ts";
import { GroupBuilder } from "../../../cloud/database-service/projector.ts";
import { unpackSnapshot } from "../../../edge/metatrader-connector/edge-snapshot.ts";
import { MemoryTables } from "../memory-tables.ts";
import type { System } from "../system.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Feeds records `from` to `to`, each model's bytes put in place before the record that names it. */
function feed(system: System, core: Core, redecider: Redecider, o: { from: number; to: number }): void {
  if (o.from > o.to) return;
  const records = system.canon.slice(o.from, o.to);
  feedWithModels({
    records,
    load: ({ sha256 }) => {
      const model = system.box.model(sha256);
      if (model) core.loadModel(model.bytes);
    },
    feed: (part) => redecider.feed(part),
  });
}

/** While the box is up and all it has decided is durable. */
export async function checkDigests(system: System): Promise<void> {
  const { world, canon, box } = system;
  const { edge } = box;
  const lastSeq = canon.lastSeq;
  if (!edge || Number(edge.journal.lastSeq) !== lastSeq) return;
  const said = hex(edge.core.outputsDigest());
  const fresh = await Core.load();
  const redecider = new Redecider(fresh, { nextSeq: 1n });
  decideAgain(system, "a fresh replay", () => feed(system, fresh, redecider, { from: 1, to: lastSeq }));
  if (hex(fresh.outputsDigest()) !== said)
    world.fail(
      "equal digests",
      `a fresh replay to ${lastSeq} gives ${hex(fresh.outputsDigest())}, the box has ${said}`,
    );
  const found = latestSnapshot(box.disk, BigInt(lastSeq));
  if (!found) return;
  world.reach("digest: snapshot and tail compared");
  const restored = await Core.load();
  const { core, book } = unpackSnapshot(found.bytes);
  restored.restore(core);
  for (const sha256 of [book.models.models.shadow, book.models.models.live]) {
    const model = system.box.model(sha256);
    if (model) restored.loadModel(model.bytes);
  }
  const tail = new Redecider(restored, { nextSeq: found.seq + 1n });
  decideAgain(system, "snapshot and tail", () =>
    feed(system, restored, tail, { from: Number(found.seq) + 1, to: lastSeq }),
  );
  if (hex(restored.outputsDigest()) !== said)
    world.fail("equal digests", `snapshot ${found.seq} and its tail give another digest than the box has`);
}

function decideAgain(system: System, what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    system.world.fail("equal digests", `${what}: ${error.code}: ${error.message}`);
  }
}

/** What the projector has, however often batches came and whatever was killed, is one fold of the verified journal. */
export function checkProjection(system: System): void {
  const { world, projector, canon } = system;
  const { tables } = projector;
  const { seq, batches } = tables.cursor;
  if (seq === 0n) return;
  const wanted = new MemoryTables();
  const builder = new GroupBuilder(1n);
  let count = 0;
  for (const batch of batchesTo(canon.slice(1, Number(seq)))) {
    builder.add(batch);
    count++;
  }
  const group = builder.build();
  for (const { kind, parts } of group.raw) wanted.write(kind, parts);
  for (const { seq: at, kind } of group.loose) wanted.writeLoose(at, kind);
  wanted.fold(group.rows);
  const fail = (what: string): never => world.fail("projections are a fold of the journal", what);
  if (count !== batches) fail(`${batches} batches are projected to seq ${seq}, there are ${count}`);
  if (tables.doubled > 0) fail(`${tables.doubled} records were written twice`);
  const counted = [...tables.records.keys()].filter((at) => at <= Number(seq));
  if (counted.length !== Number(seq)) fail(`${counted.length} rows up to seq ${seq}`);
  for (const at of counted)
    if (tables.records.get(at) !== wanted.records.get(at)) fail(`record ${at} is a row of ${tables.records.get(at)}`);
  if (tables.rows.size !== wanted.rows.size) fail(`${tables.rows.size} rows, the fold has ${wanted.rows.size}`);
  for (const [name, row] of wanted.rows)
    if (tables.rows.get(name) !== row) fail(`${name} is ${tables.rows.get(name)}, the fold says ${row}`);
  world.reach("projection: compared");
}

function* batchesTo(records: Uint8Array): Generator<Uint8Array> {
  const view = viewOf(records);
  let from = 0;
  for (let at = 0; at < records.length; ) {
    const isSeal = view.getUint16(at + HEADER_OFFSET.kind, true) === BatchSeal.code;
    at += view.getUint32(at + HEADER_OFFSET.length, true);
    if (!isSeal) continue;
    yield records.subarray(from, at);
    from = at;
  }
}
