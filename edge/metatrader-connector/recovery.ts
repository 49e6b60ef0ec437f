// After any end of the process: the newest snapshot, then the journal's tail decided again and compared, then the outputs
// that a crash kept from being journaled. What cannot be decided again stops everything, loudly and once.
import { Core } from "#core-wasm/host/core.ts";
import type { CoreInstance } from "#core-wasm/host/instance.ts";
import { feedWithModels } from "#core-wasm/host/model-records.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, StreamStart } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { viewOf } from "#proto/record.ts";
import { LAYOUT_VERSION } from "#proto/records.ts";
import type { Disk } from "#proto/world.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { latestSnapshot, removeDamaged, removeSnapshotsAhead } from "#storage/journal/snapshot.ts";
import { Book } from "./book.ts";
import { unpackSnapshot } from "./edge-snapshot.ts";
import type { EdgeModel } from "./model-store-io.ts";

export interface Recovered {
  readonly core: Core;
  readonly book: Book;
  /** Decided before the crash, not journaled: to be appended before anything else. */
  readonly pending: Uint8Array;
  /** Seq of the snapshot used, 0 = none. */
  readonly snapshotSeq: bigint;
  /** Records decided again. */
  readonly replayed: number;
  /** Why a snapshot was passed over. */
  readonly notes: readonly string[];
}

interface Start {
  core: Core;
  book: Book;
  nextSeq: bigint;
  notes: string[];
}

export interface RecoveryParts {
  readonly disk: Disk;
  readonly findModel: (sha256: string) => EdgeModel;
  /** The module that decides; the built one when absent. */
  readonly wasm?: Uint8Array;
  /** The instance that the core lives in; one of its own when absent. */
  readonly cores?: CoreInstance | undefined;
  /** The journal's last record. */
  readonly lastSeq: bigint;
}

/** Throws core_digest, before anything is decided, when another module began the stream: it stays with that one. */
export async function recoverStream(o: RecoveryParts): Promise<Recovered> {
  removeSnapshotsAhead(o.disk, o.lastSeq);
  const start = await fromSnapshot(o);
  const { core, book } = start;
  const snapshotSeq = start.nextSeq - 1n;
  const redecider = new Redecider(core, { nextSeq: start.nextSeq });
  const reader = new JournalReader({ disk: o.disk });
  try {
    for (const records of reader.records(start.nextSeq)) {
      if (book.streamStart === undefined) checkBuild(core, startOf(records));
      feedWithModels({
        records,
        load: ({ sha256 }) => core.loadModel(o.findModel(sha256).bytes),
        feed: (part) => redecider.feed(part),
      });
      book.apply(records);
    }
  } finally {
    reader.close();
  }
  if (redecider.nextSeq !== o.lastSeq + 1n)
    throw new LockstepError(
      "journal_damaged",
      `the journal ends at seq ${o.lastSeq}, reading it gives ${redecider.nextSeq - 1n}: run verify`,
    );
  return {
    core,
    book,
    pending: redecider.pendingOutputs(),
    snapshotSeq,
    replayed: Number(redecider.nextSeq - start.nextSeq),
    notes: start.notes,
  };
}

async function fromSnapshot(o: RecoveryParts): Promise<Start> {
  const notes: string[] = [];
  const found = latestSnapshot(o.disk, o.lastSeq);
  for (const name of found?.damaged ?? []) notes.push(`${name} is damaged, was passed over and is removed`);
  const core = await loadCore(o);
  if (!found) return { core, book: new Book(), nextSeq: 1n, notes };
  try {
    const { core: state, book } = unpackSnapshot(found.bytes);
    checkBuild(core, book.streamStart);
    core.restore(state);
    for (const sha256 of [book.models.models.shadow, book.models.models.live])
      if (sha256 !== "") core.loadModel(o.findModel(sha256).bytes);
    removeDamaged(o.disk, found);
    return { core, book, nextSeq: found.seq + 1n, notes };
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== "snapshot_refused") throw error;
    notes.push(error.message);
    core.close();
    return { core: await loadCore(o), book: new Book(), nextSeq: 1n, notes };
  }
}

const loadCore = async ({ cores, wasm }: RecoveryParts): Promise<Core> =>
  cores ? new Core(cores) : await Core.load(wasm ? { wasm } : {});

function startOf(records: Uint8Array): StreamStart | undefined {
  const view = viewOf(records);
  return view.getUint16(HEADER_OFFSET.kind, true) === StreamStart.code ? StreamStart.read(view, 0) : undefined;
}

/** Another core would decide otherwise, or the same under another name: either way nobody could prove it. */
function checkBuild(core: Core, start: StreamStart | undefined): void {
  const began = hexOf(start?.core_sha256 ?? new Uint8Array(0));
  if (began !== hexOf(core.digest))
    throw new LockstepError(
      "core_digest",
      `core ${began || "unknown"} decided this stream, this build has ${hexOf(core.digest)}: use that build, or begin a new stream in a new LOCKSTEP_EDGE_DATA; nothing was decided`,
    );
  if (start?.layout_version !== LAYOUT_VERSION)
    throw new LockstepError(
      "unknown_version",
      `the stream has record layout ${start?.layout_version}, this build has ${LAYOUT_VERSION}: use the build that wrote it; nothing was decided`,
    );
}
