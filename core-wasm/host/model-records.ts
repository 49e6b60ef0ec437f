// Records that name a model by its digest: its bytes must lie in the core before such a record is applied.
import { ModelDigest, ModelShadow } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";

export interface NamedModel {
  /** Where the record begins. */
  readonly at: number;
  /** Hex. */
  readonly sha256: string;
  readonly role: "live" | "shadow";
}

/** The model that the record at `at` names; undefined where it names none (a shadow that is switched off). */
export function modelNamed(view: DataView, at: number, code: number): NamedModel | undefined {
  if (code !== ModelDigest.code && code !== ModelShadow.code) return undefined;
  const codec = code === ModelDigest.code ? ModelDigest : ModelShadow;
  const { sha256, size_bytes } = codec.read(view, at);
  if (code === ModelShadow.code && size_bytes === 0) return undefined;
  return { at, sha256: Buffer.from(sha256).toString("hex"), role: code === ModelDigest.code ? "live" : "shadow" };
}

export function modelsNamed(records: Uint8Array): NamedModel[] {
  const view = viewOf(records);
  const found: NamedModel[] = [];
  walkRecords(records, (at, _length, code) => {
    const named = modelNamed(view, at, code);
    if (named) found.push(named);
  });
  return found;
}

/** Feeds records in runs, so that each model lies in the core before the record that names it. Throws what `load` throws. */
export function feedWithModels(o: {
  readonly records: Uint8Array;
  /** Puts the model into the core. */
  readonly load: (named: NamedModel) => void;
  readonly feed: (records: Uint8Array) => void;
}): void {
  let from = 0;
  for (const named of modelsNamed(o.records)) {
    if (named.at > from) o.feed(o.records.subarray(from, named.at));
    from = named.at;
    o.load(named);
  }
  o.feed(o.records.subarray(from));
}

/** Which models a stream has, hex; "" = none. */
export interface StreamModels {
  readonly live: string;
  readonly shadow: string;
}

export const NO_MODELS: StreamModels = { live: "", shadow: "" };

/** Behind the record at `at`. A live model that was the shadow changes places with it, as in the core (ensemble/model.ts). */
export function modelsAfter(before: StreamModels, view: DataView, at: number, code: number): StreamModels {
  const sha256 = modelNamed(view, at, code)?.sha256 ?? "";
  if (code === ModelShadow.code) return { ...before, shadow: sha256 };
  if (code !== ModelDigest.code) return before;
  return { live: sha256, shadow: sha256 === before.shadow ? before.live : before.shadow };
}
