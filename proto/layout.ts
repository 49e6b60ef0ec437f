// Computes where each field lies. Fields follow one another in declared order after the header, each at its natural
// alignment (checked, never padded silently): a declaration that would need a hole is refused.
import { type Field, type FieldType, HEADER, HEADER_BYTES, type RecordKind, SLOT_BYTES } from "./records.ts";

export interface PlacedField extends Field {
  readonly offset: number;
  readonly bytes: number;
}

export interface Layout {
  readonly kind: RecordKind;
  readonly fields: readonly PlacedField[];
  /** Bytes up to the group, or of the whole record when there is none (then a multiple of 64). */
  readonly fixedBytes: number;
  readonly groupFields: readonly PlacedField[];
  readonly groupBytes: number;
}

const SCALAR_BYTES: Record<string, number> = { u8: 1, u16: 2, u32: 4, u64: 8, i32: 4, i64: 8, f64: 8 };

export function fieldBytes(type: FieldType): number {
  const scalar = SCALAR_BYTES[type];
  if (scalar !== undefined) return scalar;
  return Number(/^(?:bytes|ascii)(\d+)$/.exec(type)?.[1]);
}

function place(fields: readonly Field[], start: number, owner: string): { placed: PlacedField[]; end: number } {
  let offset = start;
  const placed = fields.map((field) => {
    const bytes = fieldBytes(field.type);
    const alignment = SCALAR_BYTES[field.type] ?? 8;
    if (offset % alignment !== 0)
      throw new Error(`${owner}.${field.name} would lie at ${offset}, not aligned to ${alignment}: reorder the fields`);
    const at = { ...field, offset, bytes };
    offset += bytes;
    return at;
  });
  return { placed, end: offset };
}

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

export function layoutOf(kind: RecordKind): Layout {
  const { placed, end } = place(kind.fields, HEADER_BYTES, kind.name);
  if (!kind.group)
    return { kind, fields: placed, fixedBytes: roundUp(end, SLOT_BYTES), groupFields: [], groupBytes: 0 };
  const group = place(kind.group.fields, 0, `${kind.name}.${kind.group.name}`);
  if (group.end % 8 !== 0) throw new Error(`${kind.name}.${kind.group.name} must be a multiple of 8 bytes`);
  return { kind, fields: placed, fixedBytes: roundUp(end, 8), groupFields: group.placed, groupBytes: group.end };
}

export const headerLayout = (): PlacedField[] => {
  const { placed, end } = place(HEADER, 0, "header");
  if (end !== HEADER_BYTES) throw new Error(`the header is ${end} bytes, not ${HEADER_BYTES}`);
  return placed;
};

/** The number as it stands in a header: kind number and version. */
export const kindCode = (kind: RecordKind): number => kind.number | (kind.version << 12);
