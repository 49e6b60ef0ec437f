// The TypeScript codec of the records: one interface and one codec object a kind.
import { headerLayout, kindCode, type Layout, layoutOf, type PlacedField } from "../layout.ts";
import { KINDS } from "../records.ts";

export const pascal = (name: string): string => name.replace(/(^|_)([a-z])/g, (_, __, c: string) => c.toUpperCase());

const TS_TYPE: Record<string, string> = {
  u8: "number",
  u16: "number",
  u32: "number",
  i32: "number",
  u64: "bigint",
  i64: "bigint",
  f64: "number",
};
const ACCESS: Record<string, string> = {
  u8: "Uint8",
  u16: "Uint16",
  u32: "Uint32",
  i32: "Int32",
  u64: "BigUint64",
  i64: "BigInt64",
  f64: "Float64",
};

const tsType = (f: PlacedField): string => TS_TYPE[f.type] ?? (f.type.startsWith("ascii") ? "string" : "Uint8Array");
const endian = (f: PlacedField): string => (f.bytes === 1 ? "" : ", true");

function readField(f: PlacedField, base: string): string {
  const at = `${base} + ${f.offset}`;
  if (ACCESS[f.type]) return `view.get${ACCESS[f.type]}(${at}${f.bytes === 1 ? "" : ", true"})`;
  return `${f.type.startsWith("ascii") ? "readAscii" : "readBytes"}(view, ${at}, ${f.bytes})`;
}

function writeField(f: PlacedField, base: string, from: string): string {
  const at = `${base} + ${f.offset}`;
  if (ACCESS[f.type]) return `view.set${ACCESS[f.type]}(${at}, ${from}.${f.name}${endian(f)});`;
  return `${f.type.startsWith("ascii") ? "writeAscii" : "writeBytes"}(view, ${at}, ${f.bytes}, ${from}.${f.name}, "${f.name}");`;
}

const docComment = (doc: string, indent = ""): string => (doc ? `${indent}/** ${doc} */\n` : "");
const members = (fields: readonly PlacedField[]): string =>
  fields.map((f) => `${docComment(f.doc, "  ")}  readonly ${f.name}: ${tsType(f)};`).join("\n");

function kindSource(layout: Layout): string {
  const { kind } = layout;
  const name = pascal(kind.name);
  const group = kind.group;
  const fields = layout.fields.filter((f) => f.name !== group?.count);
  const count = layout.fields.find((f) => f.name === group?.count);
  const groupType = `${name}${pascal(group?.name ?? "")}`;
  const out: string[] = [];
  if (group) out.push(`export interface ${groupType} {\n${members(layout.groupFields)}\n}\n`);
  out.push(
    `${docComment(kind.doc)}export interface ${name} {\n${members(fields)}${group ? `\n  readonly ${group.name}: readonly ${groupType}[];` : ""}\n}\n`,
  );
  const length = group
    ? `lengthOf(v: ${name}): number {\n    return Math.ceil((${layout.fixedBytes} + ${layout.groupBytes} * v.${group.name}.length) / 64) * 64;\n  }`
    : `lengthOf(_v?: ${name}): number {\n    return ${layout.fixedBytes};\n  }`;
  const groupRead =
    group && count
      ? `,\n      ${group.name}: readGroup(at, ${layout.fixedBytes}, ${layout.groupBytes}, ${readField(count, "at")}, (item) => ({\n${layout.groupFields.map((f) => `        ${f.name}: ${readField(f, "item")},`).join("\n")}\n      }))`
      : "";
  const groupWrite =
    group && count
      ? `\n    view.setUint16(at + ${count.offset}, v.${group.name}.length, true);\n    v.${group.name}.forEach((g, i) => {\n      const item = at + ${layout.fixedBytes} + i * ${layout.groupBytes};\n${layout.groupFields.map((f) => `      ${writeField(f, "item", "g")}`).join("\n")}\n    });`
      : "";
  out.push(`export const ${name} = {
  kind: "${kind.name}",
  code: ${kindCode(kind)},
  /** Offsets in bytes from the start of the record. */
  offset: { ${layout.fields.map((f) => `${f.name}: ${f.offset}`).join(", ")} },
  ${length},
  /** The payload of the record at byte \`at\`; the header is read with readHeader. */
  read(view: DataView, at: number): ${name} {
    return {
${fields.map((f) => `      ${f.name}: ${readField(f, "at")}`).join(",\n")}${groupRead},
    };
  },
  /** Writes the payload; the bytes must be zero where the kind has none. */
  write(view: DataView, at: number, v: ${name}): void {
${fields.map((f) => `    ${writeField(f, "at", "v")}`).join("\n")}${groupWrite}
  },
} as const;
`);
  return out.join("\n");
}

export function recordsTypescript(): string {
  const header = headerLayout();
  const layouts = KINDS.map(layoutOf);
  return `// Generated from proto/records.ts by \`npm run generate\`. Do not edit.
import { readAscii, readBytes, readGroup, writeAscii, writeBytes } from "../binary.ts";

/** The first 32 bytes of each record. */
export interface Header {
${members(header)}
}

export const HEADER_OFFSET = { ${header.map((f) => `${f.name}: ${f.offset}`).join(", ")} } as const;

export function readHeader(view: DataView, at: number): Header {
  return {
${header.map((f) => `    ${f.name}: ${readField(f, "at")}`).join(",\n")},
  };
}

export function writeHeader(view: DataView, at: number, v: Header): void {
${header.map((f) => `  ${writeField(f, "at", "v")}`).join("\n")}
}

${layouts.map(kindSource).join("\n")}
/** Every kind by its header code. */
export const CODEC_BY_CODE = new Map<number, AnyCodec>([
${layouts.map((l) => `  [${kindCode(l.kind)}, ${pascal(l.kind.name)}],`).join("\n")}
]);

export type AnyCodec = ${layouts.map((l) => `typeof ${pascal(l.kind.name)}`).join(" | ")};

/** Least and, where there is no group, only length of each kind in bytes. */
export const LENGTH_BY_CODE: ReadonlyMap<number, { readonly fixed: number; readonly group: number; readonly countAt: number }> = new Map([
${layouts.map((l) => `  [${kindCode(l.kind)}, { fixed: ${l.fixedBytes}, group: ${l.groupBytes}, countAt: ${l.fields.find((f) => f.name === l.kind.group?.count)?.offset ?? 0} }],`).join("\n")}
]);
`;
}
