// How a kind of record is declared (records.ts).

/** A field's storage type. `bytesN` is raw, `asciiN` is NUL-padded printable ASCII. */
export type FieldType = "u8" | "u16" | "u32" | "u64" | "i32" | "i64" | "f64" | `bytes${number}` | `ascii${number}`;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly doc: string;
}

export interface RecordKind {
  /** Name in snake_case, as in SQL and docs. */
  readonly name: string;
  /** 1..4095; below 100 an input, 100..199 an output of the core, 200.. written by the journal itself. */
  readonly number: number;
  /** Layout version of this kind, 1..15. */
  readonly version: number;
  readonly doc: string;
  readonly fields: readonly Field[];
  /** A trailing group repeated `count` times; `count` is a u16 field of `fields`. */
  readonly group?: { readonly name: string; readonly count: string; readonly fields: readonly Field[] };
}

export const f = (name: string, type: FieldType, doc: string): Field => ({ name, type, doc });

/** Of bars, and of what is decided at their close. */
export const timeframe = f("timeframe_s", "u32", "bar length in seconds (60 = M1, 3600 = H1)");
