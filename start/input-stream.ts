// What goes into a core, from tick exports, a journal or the made-up sample, as the very steps that a core is given:
// models and runs of whole input records. For commands that run the same stream again: on other engines, or cut short.
import { hash } from "node:crypto";
import type { Core } from "#core-wasm/host/core.ts";
import { harshModel, harshStream } from "#core-wasm/host/harsh-stream.ts";
import { feedWithModels } from "#core-wasm/host/model-records.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { replayFiles } from "./core-replay.ts";
import { isDirectory, type LastSeal, RecordedJournal } from "./journal-source.ts";
import { readModels } from "./models.ts";

const SAMPLE_TICKS = 20_000;
/** An odd number of records a step, so that steps, bars and the outbox's end do not fall together. */
const SAMPLE_STEP_RECORDS = 97;

export interface InputSource {
  /** Tick exports, or one directory of a journal, or nothing for the sample stream. */
  readonly inputs: readonly string[];
  /** Artefacts: the first scores tick exports; a journal takes the ones it names, from here or the edge's store. */
  readonly models: readonly string[];
  /** Of a journal with an unsealed end: take what is sealed. */
  readonly sealedOnly?: boolean;
}

export type Step =
  | { readonly kind: "model"; readonly bytes: Uint8Array }
  | { readonly kind: "records"; readonly bytes: Uint8Array };

/**
 * Gives the source to the core and tells each step (bytes as an own copy) with the outputs that it caused. Of a journal,
 * returns what the live run sealed last; throws wrong_digest where deciding again differs from what was journaled.
 */
export async function feedCore(
  core: Core,
  source: InputSource,
  onStep: (step: Step, outputs: Uint8Array) => void,
): Promise<LastSeal | undefined> {
  const [first] = source.inputs;
  watch(core, onStep);
  if (first === undefined) return feedSample(core);
  if (isDirectory(first)) return feedJournal(core, source);
  const [model] = readModels(source.models.slice(0, 1)).values();
  if (!model) throw new LockstepError("bad_config", "tick exports need a model to score with: give --model FILE");
  await replayFiles({ core, model, files: source.inputs });
  return undefined;
}

/** Whoever uses this core from here on is overheard. */
function watch(core: Core, onStep: (step: Step, outputs: Uint8Array) => void): void {
  const apply = core.apply.bind(core);
  const loadModel = core.loadModel.bind(core);
  core.apply = (bytes) => {
    const outputs = apply(bytes);
    if (bytes.length > 0) onStep({ kind: "records", bytes: bytes.slice() }, outputs);
    return outputs;
  };
  core.loadModel = (bytes) => {
    loadModel(bytes);
    onStep({ kind: "model", bytes: bytes.slice() }, new Uint8Array(0));
  };
}

/**
 * The sample stream with the harsh model as its shadow, then the harsh stream behind it: the two models change places, and a
 * shadow scores all along.
 */
function feedSample(core: Core): undefined {
  const sample = sampleStream({ ticks: SAMPLE_TICKS, seed: 3, shadow: harshModel() });
  const models = new Map([sampleModel(), harshModel()].map((bytes) => [hash("sha256", bytes), bytes]));
  for (const records of [sample, harshStream(sample)])
    feedWithModels({
      records,
      load: ({ sha256 }) => core.loadModel(models.get(sha256) as Uint8Array),
      feed: (part) => feedInSteps(core, part),
    });
}

function feedInSteps(core: Core, records: Uint8Array): void {
  const ends = recordEnds(records);
  for (let from = 0; from < ends.length; from += SAMPLE_STEP_RECORDS) {
    const last = Math.min(from + SAMPLE_STEP_RECORDS, ends.length) - 1;
    core.apply(records.subarray(ends[from - 1] ?? 0, ends[last]));
  }
}

/** The sealed batches' inputs as they were journaled; outputs and seals are compared on the way. */
function feedJournal(core: Core, { inputs, models, sealedOnly = false }: InputSource): LastSeal | undefined {
  const [path = "", ...more] = inputs;
  if (more.length > 0) throw new LockstepError("bad_config", `${path} is a journal: name it alone`);
  const journal = new RecordedJournal({ path, models, sealedOnly });
  const redecider = new Redecider(core);
  for (const batch of journal.batches(core.digest))
    feedWithModels({
      records: batch,
      load: ({ sha256 }) => core.loadModel(journal.model(sha256)),
      feed: (records) => redecider.feed(records),
    });
  return journal.seal;
}

/** Byte behind each record. */
export function recordEnds(records: Uint8Array): number[] {
  const view = viewOf(records);
  const ends: number[] = [];
  for (let at = 0; at < records.length; ) {
    at += view.getUint32(at + HEADER_OFFSET.length, true);
    ends.push(at);
  }
  return ends;
}
