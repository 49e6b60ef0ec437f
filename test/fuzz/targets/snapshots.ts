// Snapshots of the core and of the edge, damaged, cut or put together from two: either they are refused by type, or what is
// taken over is exactly what was saved. A refused one leaves the core as it was.
import { createHash } from "node:crypto";
import { Core } from "#core-wasm/host/core.ts";
import { Book } from "../../../edge/metatrader-connector/book.ts";
import { packSnapshot, unpackSnapshot } from "../../../edge/metatrader-connector/edge-snapshot.ts";
import type { Picks } from "../../choices.ts";
import { prepareCorpus } from "../core-states.ts";
import { damaged, damagedText, JSON_PIECES } from "../damage.ts";
import { holds, Reached, refused, sameBytes, type Target } from "../target.ts";

const HEADER = 80;
const HASH = 48;
/** What the hash in the header can be of: a good snapshot tells which. */
const HASHES: readonly ((bytes: Uint8Array) => Buffer)[] = [
  (bytes) => createHash("sha256").update(bytes.subarray(HEADER)).digest(),
  (bytes) => createHash("sha256").update(bytes.subarray(0, HASH)).update(bytes.subarray(HEADER)).digest(),
];

export async function coreSnapshots(): Promise<Target> {
  const { states } = await prepareCorpus();
  const [a, b] = states.map(({ snapshot }) => snapshot) as [Uint8Array, Uint8Array];
  const core = await Core.load();
  const hashOf = HASHES.find((hash) => sameBytes(hash(a), a.subarray(HASH, HEADER)));
  if (!hashOf) throw new Error("a snapshot's hash is of something else now: teach test/fuzz/targets/snapshots.ts");
  const seen = new Reached(["refused: snapshot_refused", "taken", "taken with a right hash"]);
  const play = (pick: Picks): void => {
    let bytes: Uint8Array = new Uint8Array(pick.oneIn(2) ? a : b);
    // Mostly near the header and the saved digest behind the state: what lies between is covered by one hash.
    const from = pick.oneIn(2) ? 0 : bytes.length - 200;
    for (let n = pick.below(3); n > 0; n--) {
      const part = damaged(bytes.subarray(from, from + 200), b.subarray(0, 200), pick);
      bytes = pick.oneIn(4)
        ? damaged(bytes, b, pick)
        : new Uint8Array(Buffer.concat([bytes.subarray(0, from), part, bytes.subarray(from + 200)]));
    }
    const forged = bytes.length > HEADER && pick.oneIn(2);
    if (forged) bytes.set(hashOf(bytes), HASH);
    core.restore(a);
    const before = core.state().slice();
    try {
      core.restore(bytes);
    } catch (error) {
      refused(seen, error);
      holds(sameBytes(core.state(), before), "a refused snapshot changes nothing");
      return;
    }
    seen.see(forged ? "taken with a right hash" : "taken");
    holds(sameBytes(core.snapshot().subarray(HEADER), bytes.subarray(HEADER)), "what is taken is what it says");
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

const PIECES = [...JSON_PIECES, '{"$":"1"}', "[[]]", "true", '"__proto__"'];

export function edgeSnapshots(): Target {
  const seen = new Reached(["refused: snapshot_refused", "taken"]);
  const core = new Uint8Array(300).fill(5);
  const book = new Book();
  const good = packSnapshot(core, book);
  const text = book.save();
  const play = (pick: Picks): void => {
    let bytes: Uint8Array = good;
    if (pick.oneIn(2)) {
      let saved = text;
      for (let n = 1 + pick.below(3); n > 0; n--) saved = damagedText(saved, PIECES, pick);
      bytes = new Uint8Array(
        Buffer.concat([good.subarray(0, good.length - Buffer.byteLength(text)), Buffer.from(saved)]),
      );
    }
    for (let n = pick.below(3); n > 0; n--) bytes = damaged(bytes, good, pick);
    try {
      const taken = unpackSnapshot(bytes);
      // A book that was taken must be one that can be saved again.
      holds(packSnapshot(taken.core, taken.book).length > 0, "it can be saved again");
      seen.see("taken");
    } catch (error) {
      refused(seen, error);
    }
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}
