// What a counterfactual run may change: every numeric field of the records that set limits or parameters, as records.ts
// declares them. A kind is a setting by its name, so that those to come are found too.
import { LockstepError } from "#proto/errors.ts";
import { type AnyCodec, CODEC_BY_CODE } from "#proto/generated/records.ts";
import { viewOf } from "#proto/record.ts";
import { KINDS } from "#proto/records.ts";

const SETTING_KIND = /_(limits|params)$/;
const INPUTS_BELOW = 100;
const INTEGER = /^([iu])(8|16|32|64)$/;
const NEAREST = 3;

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_micros$/, "millionths of the account currency"],
  [/_microlots$/, "millionths of a lot"],
  [/_points$/, "points"],
  [/_ms$/, "milliseconds"],
  [/_s$/, "seconds"],
  [/_ppm$/, "millionths"],
  [/_milli$/, "thousandths"],
];

interface Setting {
  readonly kind: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly doc: string;
}

export interface Change {
  readonly kind: string;
  readonly name: string;
  readonly value: bigint;
}

export const SETTINGS: readonly Setting[] = KINDS.filter(
  ({ name, number }) => number < INPUTS_BELOW && SETTING_KIND.test(name),
).flatMap(({ name: kind, fields }) =>
  fields
    .filter(({ type }) => INTEGER.test(type))
    .map(({ name, type, doc }) => ({ kind, name, type, doc, unit: UNITS.find(([of]) => of.test(name))?.[1] ?? "" })),
);

/** One line a setting, for --help. */
export function settingsHelp(): string {
  const wide = Math.max(...SETTINGS.map(({ name }) => name.length));
  const lines = (kind: string): string[] =>
    SETTINGS.filter((s) => s.kind === kind).map(
      ({ name, unit, doc }) => `    ${name.padEnd(wide)}  ${doc}${unit === "" ? "" : ` [${unit}]`}`,
    );
  return [...new Set(SETTINGS.map(({ kind }) => kind))].flatMap((kind) => [`  ${kind}`, ...lines(kind)]).join("\n");
}

/** `name=value` or `kind.name=value`, whole numbers in the field's unit. Throws bad_config with the nearest names. */
export function readChanges(texts: readonly string[]): Change[] {
  return texts.map((text) => {
    const [, kind, name, digits] = /^(?:([a-z_0-9]+)\.)?([a-z_0-9]+)=(-?[0-9][0-9_]*)$/.exec(text) ?? [];
    if (name === undefined || digits === undefined)
      throw new LockstepError("bad_config", `--set ${text}: give NAME=VALUE, a whole number in the field's unit`);
    const setting = settingOf(name, kind);
    return { kind: setting.kind, name, value: bounded(BigInt(digits.replaceAll("_", "")), setting) };
  });
}

function settingOf(name: string, kind: string | undefined): Setting {
  const found = SETTINGS.filter((s) => s.name === name && (kind === undefined || s.kind === kind));
  const [setting, ...more] = found;
  if (setting !== undefined && more.length === 0) return setting;
  const why =
    setting === undefined
      ? `there is no such setting; nearest: ${nearest(name).join(", ")} (--help lists all)`
      : `say which: ${found.map((s) => `${s.kind}.${s.name}`).join(" or ")}`;
  throw new LockstepError("bad_config", `--set ${kind === undefined ? "" : `${kind}.`}${name}: ${why}`);
}

function bounded(value: bigint, { name, type }: Setting): bigint {
  const [, sign, size] = INTEGER.exec(type) as RegExpExecArray;
  const bits = Number(size);
  const kept = sign === "u" ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  if (kept === value) return value;
  throw new LockstepError("bad_config", `--set ${name}=${value}: the field is ${type}, which cannot hold that`);
}

function nearest(name: string): string[] {
  const names = [...new Set(SETTINGS.map((s) => s.name))];
  return names.sort((a, b) => distance(name, a) - distance(name, b)).slice(0, NEAREST);
}

/** Levenshtein's: insertions, deletions and replacements from one to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Rewrites settings in place; knows which changes ever met a record. */
export class ChangedSettings {
  readonly #byKind = new Map<string, Change[]>();
  readonly #unmet: Set<Change>;

  constructor(changes: readonly Change[]) {
    this.#unmet = new Set(changes);
    for (const change of changes) this.#byKind.set(change.kind, [...(this.#byKind.get(change.kind) ?? []), change]);
  }

  /** One whole record at `at`; left alone when nothing of its kind is changed. */
  apply(records: Uint8Array, at: number, code: number): void {
    if (this.#byKind.size === 0) return;
    const codec = CODEC_BY_CODE.get(code) as (AnyCodec & { kind: string }) | undefined;
    const changes = codec && this.#byKind.get(codec.kind);
    if (codec === undefined || changes === undefined) return;
    const view = viewOf(records);
    const fields = codec.read(view, at) as unknown as Record<string, bigint | number>;
    for (const change of changes) {
      fields[change.name] = typeof fields[change.name] === "bigint" ? change.value : Number(change.value);
      this.#unmet.delete(change);
    }
    (codec.write as (view: DataView, at: number, fields: unknown) => void)(view, at, fields);
  }

  /** Throws bad_config when a change met no record that it could change. */
  checkAllMet(where: string): void {
    const [first] = this.#unmet;
    if (first === undefined) return;
    throw new LockstepError(
      "bad_config",
      `--set ${first.kind}.${first.name}: ${where} holds no ${first.kind} record, so that nothing would change`,
    );
  }
}
