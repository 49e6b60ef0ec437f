// A replacement box before its first start: fetches the stream's log from the cloud into a directory beside, verifies every
// batch, and makes it the journal when it is whole. A cut line is dialled again and goes on where it was; a box that dies
// meanwhile begins anew.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureIdentity, loadIdentity } from "#mesh/identity/identity-io.ts";
import type { Log } from "#mesh/service/log.ts";
import { openRpc } from "#mesh/service/rpc.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { realRandom } from "#mesh/world/random.ts";
import { LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { JournalCopy } from "#storage/journal/copy.ts";
import { Restorer } from "#storage/replication/restore.ts";
import { decodePart, encodeRequest, RESTORE_METHOD } from "#storage/replication/restore-wire.ts";
import { directoryOf } from "./account-directory-io.ts";
import { readTakeover } from "./cloud-door.ts";
import type { EdgeConfig } from "./config.ts";
import { ensureStreamIdentity, openFence, type StreamIdentity } from "./identity-io.ts";

const RETRY_MS = 1_000;
/** Refusals that go away by themselves. */
const PASSING = new Set(["unavailable", "timeout", "gap", "busy"]);

/** Does nothing on a box that has a journal or was not told to take one over. */
export async function restoreWhenReplacing(o: { config: EdgeConfig; alone: boolean; log: Log }): Promise<void> {
  const { config, alone, log } = o;
  const directory = directoryOf({ root: config.LOCKSTEP_EDGE_DATA, account: config.account, alone });
  const { takeover } = openFence(directory);
  const journal = join(directory, "journal");
  if (!takeover || existsSync(journal)) return;
  const cloudUrl = config.BACKEND_URL;
  if (!cloudUrl)
    throw new LockstepError("bad_config", "a replacement box fetches its stream from the cloud: set BACKEND_URL");
  const identity = ensureStreamIdentity({ directory, random: realRandom, hasJournal: true });
  const { epoch } = readTakeover(takeover.payload);
  const began = performance.now();
  const lastSeq = await fetchJournal({ ...o, cloudUrl, identity, epoch, into: `${journal}.restoring` });
  renameSync(`${journal}.restoring`, journal);
  log.warn("the stream was fetched from the cloud", {
    stream_id: hexOf(identity.streamId),
    last_seq: lastSeq,
    seconds: Math.round(performance.now() - began) / 1000,
  });
}

interface Fetch {
  readonly config: EdgeConfig;
  readonly log: Log;
  readonly cloudUrl: string;
  readonly identity: StreamIdentity;
  readonly epoch: number;
  /** Directory for the segments. */
  readonly into: string;
}

async function fetchJournal(o: Fetch): Promise<bigint> {
  rmSync(o.into, { recursive: true, force: true });
  mkdirSync(o.into, { recursive: true, mode: 0o700 });
  const { streamId } = o.identity;
  const restorer = new Restorer(streamId);
  const segmentSlots = o.config.LOCKSTEP_SEGMENT_SLOTS;
  const copy = new JournalCopy({ disk: openDisk(o.into), streamId, segmentSlots });
  try {
    while (!restorer.ended) {
      try {
        await fetchOnce(o, restorer, copy);
      } catch (error) {
        if (!(error instanceof LockstepError) || !PASSING.has(error.code)) throw error;
        o.log.warn("the stream's way back was cut: dialling again", { next_seq: restorer.nextSeq, error });
        await sleep(RETRY_MS);
      }
    }
    if (restorer.nextSeq === 1n) throw new LockstepError("not_found", "the cloud holds nothing of this stream");
    await copy.finish();
  } catch (error) {
    await copy.close();
    throw error;
  }
  return restorer.nextSeq - 1n;
}

/** Resolves when the cloud has said that this is all. */
async function fetchOnce(o: Fetch, restorer: Restorer, copy: JournalCopy): Promise<void> {
  const { streamId, signer } = o.identity;
  const name = `edge/${hexOf(streamId)}`;
  ensureIdentity(o.config.LOCKSTEP_TLS_DIR, [name]);
  const tls = loadIdentity(o.config.LOCKSTEP_TLS_DIR, name);
  const done = Promise.withResolvers<void>();
  // Verified as they come, written one behind the other.
  let written: Promise<void> = Promise.resolve();
  const onPart = (bytes: Uint8Array): void => {
    const part = decodePart(bytes);
    if (part.type === "refusal") throw new LockstepError(part.code, `the cloud refuses: ${part.message}`);
    if (part.type === "end") {
      restorer.onEnd(part.lastSeq);
      written.then(done.resolve, done.reject);
      return;
    }
    const batch = restorer.onBatch(new Uint8Array(part.bytes));
    written = written.then(() => copy.append(batch));
    written.catch(done.reject);
  };
  const line = openRpc(
    { url: o.cloudUrl, tls, server: "data-bridge", method: RESTORE_METHOD },
    {
      onMessage: (bytes) => {
        try {
          onPart(bytes);
        } catch (error) {
          done.reject(error);
        }
      },
      onClosed: (error) => {
        if (!restorer.ended) done.reject(error ?? new LockstepError("unavailable", "the cloud closed the line"));
      },
    },
  );
  const { publicKey } = signer;
  line.send(encodeRequest({ streamId, fromSeq: restorer.nextSeq, epoch: o.epoch, publicKey }));
  try {
    await done.promise;
  } finally {
    line.cut();
    await written.catch(() => undefined);
  }
}
