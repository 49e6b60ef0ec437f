// The AssemblyScript view of the records: one unmanaged class a kind, laid over the record's bytes
// (`changetype<Tick>(pointer).bid_points`). Byte and text fields come as u64 words: name_0, name_1, ...
import { fieldBytes, headerLayout, kindCode, layoutOf, type PlacedField } from "../layout.ts";
import { HEADER_BYTES, KINDS } from "../records.ts";
import { pascal } from "./records-typescript.ts";

function member(f: PlacedField): string {
  if (!/^(bytes|ascii)/.test(f.type)) return `  ${f.name}: ${f.type};`;
  return Array.from({ length: fieldBytes(f.type) / 8 }, (_, i) => `  ${f.name}_${i}: u64;`).join("\n");
}

export function recordsAssemblyscript(): string {
  const out = [
    "// Generated from proto/records.ts by `npm run generate`. Do not edit.",
    `export const HEADER_BYTES: u32 = ${HEADER_BYTES};`,
    "",
    "@unmanaged",
    "export class RecordHeader {",
    ...headerLayout().map(member),
    "}",
  ];
  for (const kind of KINDS) {
    const layout = layoutOf(kind);
    const upper = kind.name.toUpperCase();
    out.push("", `/** ${kind.doc} */`, `export const ${upper}_CODE: u16 = ${kindCode(kind)};`);
    out.push(`export const ${upper}_BYTES: u32 = ${layout.fixedBytes};`);
    out.push(
      "@unmanaged",
      `export class ${pascal(kind.name)} extends RecordHeader {`,
      ...layout.fields.map(member),
      "}",
    );
    for (const f of layout.fields.filter((g) => /^(bytes|ascii)/.test(g.type)))
      out.push(`export const ${upper}_${f.name.toUpperCase()}_AT: usize = ${f.offset};`);
    if (kind.group) {
      out.push(`export const ${upper}_${kind.group.name.toUpperCase()}_BYTES: u32 = ${layout.groupBytes};`);
      out.push(
        "@unmanaged",
        `export class ${pascal(kind.name)}${pascal(kind.group.name)} {`,
        ...layout.groupFields.map(member),
        "}",
      );
    }
  }
  return `${out.join("\n")}\n`;
}
