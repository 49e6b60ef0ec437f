// How a frame of MTX1 is declared, and where its fields then lie.

/** `bytesN` is raw, `padN` is zeros nobody reads, `str8` and `str16` are UTF-8 after a length of one or two bytes. */
export type WireType =
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "i32"
  | "i64"
  | "f64"
  | `bytes${number}`
  | `pad${number}`
  | "str8"
  | "str16";

export interface WireField {
  readonly name: string;
  readonly type: WireType;
  readonly doc: string;
}

export interface WireGroup {
  readonly name: string;
  /** Field of the head that counts the rows. */
  readonly count: string;
  readonly fields: readonly WireField[];
  /** True: each row starts with a u32 of its own length (not among `fields`), so that rows may grow. */
  readonly prefixed: boolean;
}

export interface FrameType {
  readonly name: string;
  readonly number: number;
  readonly from: "ea" | "connector" | "both";
  /** True: refused without a MAC. */
  readonly mac: boolean;
  readonly doc: string;
  readonly fields: readonly WireField[];
  readonly group?: WireGroup;
}

export const f = (name: string, type: WireType, doc = ""): WireField => ({ name, type, doc });
export const pad = (bytes: number): WireField => ({ name: "", type: `pad${bytes}`, doc: "" });
const SCALAR_BYTES: Record<string, number> = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8, i64: 8, f64: 8 };

/** Bytes of a fixed field; a string counts its length bytes only. */
export function wireBytes(type: WireType): number {
  if (type === "str8") return 1;
  if (type === "str16") return 2;
  return SCALAR_BYTES[type] ?? Number(/^(?:bytes|pad)(\d+)$/.exec(type)?.[1]);
}

export interface PlacedWireField extends WireField {
  readonly offset: number;
  readonly bytes: number;
}

/** Fixed fields with their offsets, then the strings. Refuses a declaration that is not naturally aligned. */
export function placeWire(fields: readonly WireField[], start: number, owner: string) {
  const fixed: PlacedWireField[] = [];
  const strings: WireField[] = [];
  let offset = start;
  for (const field of fields) {
    if (field.type.startsWith("str")) {
      strings.push(field);
      continue;
    }
    if (strings.length > 0) throw new Error(`${owner}.${field.name} stands after a string: move it before`);
    const bytes = wireBytes(field.type);
    if (offset % (SCALAR_BYTES[field.type] ?? 1) !== 0)
      throw new Error(`${owner}.${field.name} would lie at ${offset}: add padding`);
    fixed.push({ ...field, offset, bytes });
    offset += bytes;
  }
  return { fixed, strings, end: offset };
}
