// Journal records are rows of ClickHouse's RowBinary format as they lie: little-endian fields of fixed width one after
// the other. This makes, from the declared layout, the structure that reads them and the INSERT ... SELECT over it.
import { assert } from "#proto/errors.ts";
import { layoutOf, type PlacedField } from "#proto/layout.ts";
import { HEADER, KINDS, SLOT_BYTES } from "#proto/records.ts";
import { TABLE_OF_KIND } from "./tables/all.ts";
import { COMMON_SOURCES, type Table } from "./tables/table.ts";

const SQL_TYPE: Readonly<Record<string, string>> = {
  u8: "UInt8",
  u16: "UInt16",
  u32: "UInt32",
  u64: "UInt64",
  i32: "Int32",
  i64: "Int64",
  f64: "Float64",
};

const sqlType = (type: string): string => SQL_TYPE[type] ?? `FixedString(${type.replace(/\D+/, "")})`;
const quote = (name: string): string => `\`${name}\``;

/** Columns of one record of `kind` whose trailing group has `count` elements, as a RowBinary structure. */
export function rowStructure(kind: string, count: number): string {
  const layout = layoutFor(kind);
  const parts = HEADER.map(({ name, type }) => `${quote(name)} ${sqlType(type)}`);
  let at = 32;
  const pad = (bytes: number): void => {
    if (bytes > 0) parts.push(`${quote(`pad_${at}`)} FixedString(${bytes})`);
    at += bytes;
  };
  const put = (fields: readonly PlacedField[], base: number, prefix: string): void => {
    for (const { name, type, offset, bytes } of fields) {
      pad(base + offset - at);
      parts.push(`${quote(prefix + name)} ${sqlType(type)}`);
      at += bytes;
    }
  };
  put(layout.fields, 0, "");
  if (layout.kind.group) pad(layout.fixedBytes - at);
  for (let i = 0; i < count; i++)
    put(layout.groupFields, layout.fixedBytes + i * layout.groupBytes, `${layout.kind.group?.name}_${i}_`);
  pad(Math.ceil(at / SLOT_BYTES) * SLOT_BYTES - at);
  return parts.join(", ");
}

function layoutFor(kind: string) {
  const declared = KINDS.find(({ name }) => name === kind);
  assert(declared !== undefined, `a table reads records of kind ${kind}, which is not declared`);
  return layoutOf(declared);
}

/** `INSERT INTO table SELECT ... FROM` over the structure above; the caller appends where the bytes are. */
export function insertSelect(o: { kind: string; count: number; stream: string }): string {
  const table = TABLE_OF_KIND.get(o.kind);
  assert(table !== undefined, `no table takes raw records of kind ${o.kind}`);
  const values = { ...COMMON_SOURCES, ...table.sources[o.kind] };
  const stored = storedColumns(table);
  const selected = stored.map((name) => {
    if (name === "stream_id") return `'${o.stream}'`;
    const sql = values[name];
    assert(sql !== undefined, `${table.name}.${name} has no source in ${o.kind}`);
    return groupArray({ kind: o.kind, count: o.count, sql });
  });
  return `INSERT INTO ${table.name} (${stored.map(quote).join(", ")}) SELECT ${selected.join(", ")} FROM`;
}

export const storedColumns = (table: Table): string[] =>
  table.columns.filter(({ alias }) => alias === undefined).map(({ name }) => name);

/** `<group>_<field>` stands for the array of that field over the group; a field's name is quoted, other SQL stays. */
function groupArray(o: { kind: string; count: number; sql: string }): string {
  const { kind, groupFields, fields } = layoutFor(o.kind);
  const member = groupFields.find(({ name }) => o.sql === `${kind.group?.name}_${name}`);
  if (member) {
    const names = Array.from({ length: o.count }, (_, i) => quote(`${kind.group?.name}_${i}_${member.name}`));
    return `CAST([${names.join(", ")}], 'Array(${sqlType(member.type)})')`;
  }
  return fields.some(({ name }) => name === o.sql) ? quote(o.sql) : o.sql;
}
