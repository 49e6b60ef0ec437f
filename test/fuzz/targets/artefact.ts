// Model artefacts from anywhere. What the host reads the core takes, and written again it is the same bytes; what the core
// takes, in whatever layout, it can score with, without trapping.
import { createHash } from "node:crypto";
import { HEAD_KIND, readArtefact, TIMEFRAMES_S, writeArtefact } from "#core-wasm/models/artefact.ts";
import { randomHead } from "#core-wasm/models/random-model.fixture.ts";
import { FEATURE_NAMES } from "#proto/features.ts";
import { Alert, HEADER_OFFSET, ModelDigest, Tick } from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { ALERT, SOURCE } from "#proto/records.ts";
import type { Picks } from "../../choices.ts";
import { builtModule, CoreInstance } from "../core-instance.ts";
import { ensembleModel, type Prepared, prepareCorpus } from "../core-states.ts";
import { damaged } from "../damage.ts";
import { holds, Reached, refused, sameBytes, type Target } from "../target.ts";

const REALS = [0, 1, -1, 1e-12, 9e-13, 1e6, 1e6 + 1, 5e-324, Number.NaN, Infinity, -Infinity, 0.5];
const WHOLES = [0, 1, 2, 60, 3600, 8, 9, 81, 82, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1_000_000, 1_000_001];

/** A small model that every check lets through. */
function written(pick: Picks): Uint8Array {
  const features = FEATURE_NAMES.slice(0, 1 + pick.below(5));
  const heads = Array.from({ length: 1 + pick.below(3) }, (_, i) => {
    const asked = {
      timeframe_s: TIMEFRAMES_S[i] as number,
      horizon_s: 1 + pick.below(1000),
      kind: pick.oneIn(2) ? HEAD_KIND.direction : HEAD_KIND.high_volatility,
      warm_bars: pick.below(100),
    };
    const head = randomHead(pick.below(2 ** 31), features.length, asked);
    return pick.oneIn(3) ? { ...asked, logistic: head.logistic } : head;
  });
  return writeArtefact({ features, heads, meta: pick.oneIn(2) ? {} : { text: "x".repeat(pick.below(40)) } });
}

/** One number of the layout, at its own alignment, set to an end. */
function edited(bytes: Uint8Array, pick: Picks): Uint8Array {
  const out = new Uint8Array(bytes);
  const view = viewOf(out);
  const words = Math.floor(out.length / 4);
  if (words === 0) return out;
  const at = pick.below(Math.min(words, pick.oneIn(2) ? 8 : words)) * 4;
  if (pick.oneIn(2) && at % 8 === 0 && at + 8 <= out.length)
    view.setFloat64(at, REALS[pick.below(REALS.length)] as number, true);
  else if (pick.oneIn(3)) view.setUint16(at, WHOLES[pick.below(WHOLES.length)] as number, true);
  else view.setUint32(at, WHOLES[pick.below(WHOLES.length)] as number, true);
  return out;
}

export async function artefact(): Promise<Target> {
  const { states } = await prepareCorpus();
  const from = states.find(({ name }) => name === "buying") as Prepared;
  const seen = new Reached(["refused: model_refused", "taken", "host alone refused", "core refused too", "scored"]);
  const core = new CoreInstance(builtModule(), ensembleModel());
  const modelBytesMax = core.modelBytesMax;

  const offer = (bytes: Uint8Array): boolean => {
    core.restore(from.state, from.model);
    core.putModel(bytes);
    const sha256 = new Uint8Array(createHash("sha256").update(bytes).digest());
    const payload = { sha256, size_bytes: bytes.length, artefact_version: 3 };
    const record = encodeRecord(
      ModelDigest,
      { time_ns: BigInt(from.ms + 1) * 1_000_000n, source: SOURCE.edge },
      payload,
    );
    viewOf(record).setBigUint64(HEADER_OFFSET.seq, BigInt(from.lastSeq + 1), true);
    core.bytes.set(record, core.inboxAt);
    const fault = core.apply(record.length);
    holds(fault === undefined, `the core trapped on a model: ${fault}`);
    let alerted = false;
    const outputs = core.outputs();
    walkRecords(outputs, (at, _length, code) => {
      if (code === Alert.code && Alert.read(viewOf(outputs), at).code === ALERT.model_digest_mismatch) alerted = true;
    });
    holds(core.modelActive() !== alerted, "a model is active, or an alert says that it is not");
    return core.modelActive();
  };

  const play = (pick: Picks): void => {
    let bytes = written(pick);
    for (let n = pick.below(3); n > 0; n--)
      bytes = pick.below(3) === 0 ? damaged(bytes, bytes, pick) : edited(bytes, pick);
    if (bytes.length > modelBytesMax) return;
    let readable = false;
    let looser = false;
    let why = "";
    try {
      const model = readArtefact(bytes);
      readable = true;
      const again = writeArtefact(model);
      const metaBytes = viewOf(again).getUint32(20, true);
      holds(
        sameBytes(again.subarray(24, again.length - metaBytes), bytes.subarray(24, again.length - metaBytes)),
        "heads are written as they were read",
      );
    } catch (error) {
      refused(seen, error);
      // For people only, or where the writer puts things: the core looks at what it reads, wherever it lies.
      why = (error as Error).message;
      looser = /meta|reserved|behind its feature list|not laid out as the writer/.test(why);
    }
    const active = offer(bytes);
    if (readable) holds(active, "what the host reads the core takes");
    else if (!looser) holds(!active, `what the host refuses the core refuses: ${why}`);
    if (!active) {
      seen.see("core refused too");
      return;
    }
    seen.see(readable ? "taken" : "host alone refused");
    score(core, from);
    seen.see("scored");
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

/** Quotes on the next minutes close bars, which the heads score. */
function score(core: CoreInstance, from: Prepared): void {
  for (let minute = 1; minute <= 2; minute++) {
    const ms = BigInt(from.ms + minute * 60_000);
    const quote = { broker_time_ms: ms, bid_points: 138_600n, ask_points: 138_610n, flags: 6, spread_points: 10 };
    const record = encodeRecord(Tick, { time_ns: ms * 1_000_000n, source: SOURCE.terminal, symbol: 1 }, quote);
    viewOf(record).setBigUint64(HEADER_OFFSET.seq, BigInt(from.lastSeq + 1 + minute), true);
    core.bytes.set(record, core.inboxAt);
    const fault = core.apply(record.length);
    holds(fault === undefined, `the core trapped scoring a model that it took: ${fault}`);
  }
}
