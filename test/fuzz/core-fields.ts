// What the fields of input records can hold, taken from the declarations so that a new kind or field needs no word here:
// borders of bounds.ts and their neighbours, ends of each storage type, and values seen under the same name.
import { readFileSync } from "node:fs";
import { type Layout, layoutOf, type PlacedField } from "#proto/layout.ts";
import { KINDS } from "#proto/records.ts";

/** Numbers below are inputs (proto/records.ts). */
const OUTPUT_FROM = 100;
export const INPUTS: readonly Layout[] = KINDS.filter((kind) => kind.number < OUTPUT_FROM).map(layoutOf);

/** 64-bit values as pairs of words, so that choosing one makes no bigint. */
export interface Words {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

export function wordsOf(values: Iterable<bigint>): Words {
  const all = [...new Set([...values].map((v) => BigInt.asUintN(64, v)))];
  return {
    low: Uint32Array.from(all, (v) => Number(v & 0xffff_ffffn)),
    high: Uint32Array.from(all, (v) => Number(v >> 32n)),
  };
}

const around = (v: bigint): bigint[] => [v - 1n, v, v + 1n];

/** Each named bound of core-wasm/assembly/bounds.ts. Throws when one is written in a way that is not understood here. */
function bounds(): bigint[] {
  const source = readFileSync(new URL("../../core-wasm/assembly/bounds.ts", import.meta.url), "utf8");
  return [...source.matchAll(/export const (\w+): [iu]64 = ([^;]+);/g)].map(([, name, text]) => {
    const [, base, shift] = /^([\d_]+)(?: << (\d+))?$/.exec(text as string) ?? [];
    if (base !== undefined) return BigInt(base.replaceAll("_", "")) << BigInt(shift ?? 0);
    if (text === "i32.MAX_VALUE") return 2n ** 31n - 1n;
    throw new Error(`core-wasm/assembly/bounds.ts: ${name} = ${text}: teach test/fuzz/core-fields.ts to read it`);
  });
}

export const BORDERS = wordsOf(bounds().flatMap((v) => [...around(v), ...around(-v)]));
const f64 = (v: number): bigint => new BigInt64Array(new Float64Array([v]).buffer)[0] as bigint;
export const ENDS = wordsOf([
  ...[0n, 1n, 2n, 3n, 4n, 5n, 59n, 60n, 100n, 255n, 3600n, 1_000_000n, 0x5555_5555_5555_5555n].flatMap(around),
  ...[8n, 16n, 31n, 32n, 63n, 64n].flatMap((bits) => around(2n ** (bits - 1n))),
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, Number.MAX_VALUE].map(f64),
]);

export const SMALL = wordsOf([0n, 1n, 2n, -1n]);

/** Values seen in records, by the field's name whatever its kind. */
export function poolsOf(
  records: readonly Uint8Array[],
  layoutOfRecord: (bytes: Uint8Array) => Layout,
): Map<string, Words> {
  const seen = new Map<string, Set<bigint>>();
  for (const bytes of records) {
    for (const field of layoutOfRecord(bytes).fields) {
      const values = seen.get(field.name) ?? new Set();
      seen.set(field.name, values);
      for (let at = 0; at < field.bytes; at += 8)
        values.add(valueAt(bytes, field.offset + at, Math.min(8, field.bytes)));
    }
  }
  return new Map([...seen].map(([name, values]) => [name, wordsOf(values)]));
}

/** Little-endian, unsigned. */
export function valueAt(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] as number);
  return value;
}

/** i64 prices move together: a quote or a bar stays one. */
export const isPrice = (field: PlacedField): boolean => field.type === "i64" && field.name.endsWith("_points");
/** Instants, in milliseconds or nanoseconds. */
export const isInstant = (field: PlacedField): boolean => field.type === "i64" && /_(ms|ns)$/.test(field.name);
