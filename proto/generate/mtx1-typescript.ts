// The TypeScript codec of MTX1: one interface and one codec object a frame type. Reads are bounds-checked: a payload
// that is too short for what it says is refused as bad_frame, extra bytes at its end are ignored.
import { type FrameType, type PlacedWireField, placeWire, type WireField, type WireGroup } from "../mtx1/declare.ts";
import { FRAMES } from "../mtx1.ts";
import { pascal } from "./records-typescript.ts";

const ACCESS: Record<string, string> = {
  u8: "Uint8",
  u16: "Uint16",
  u32: "Uint32",
  i32: "Int32",
  u64: "BigUint64",
  i64: "BigInt64",
  f64: "Float64",
};

const isPad = (f: WireField): boolean => f.type.startsWith("pad");
const tsType = (f: WireField): string => {
  if (f.type.startsWith("str")) return "string";
  if (f.type.startsWith("bytes")) return "Uint8Array";
  return f.type === "u64" || f.type === "i64" ? "bigint" : "number";
};
const member = (f: WireField): string => `${f.doc ? `  /** ${f.doc} */\n` : ""}  readonly ${f.name}: ${tsType(f)};\n`;

function readFixed(f: PlacedWireField, base: string): string {
  const at = `${base} + ${f.offset}`;
  const access = ACCESS[f.type];
  if (access) return `view.get${access}(${at}${f.bytes === 1 ? "" : ", true"})`;
  return `readBytes(view, ${at}, ${f.bytes})`;
}

function writeFixed(f: PlacedWireField, base: string, from: string): string {
  const at = `${base} + ${f.offset}`;
  const access = ACCESS[f.type];
  if (access) return `view.set${access}(${at}, ${from}.${f.name}${f.bytes === 1 ? "" : ", true"});`;
  return `writeBytes(view, ${at}, ${f.bytes}, ${from}.${f.name}, "${f.name}");`;
}

const stringBytes = (strings: readonly WireField[], from: string): string =>
  strings.map((f) => ` + ${f.type === "str8" ? 1 : 2} + utf8Length(${from}.${f.name})`).join("");
const objectOf = (fixed: readonly PlacedWireField[], strings: readonly WireField[], base: string): string[] => [
  ...fixed.filter((f) => !isPad(f)).map((f) => `${f.name}: ${readFixed(f, base)}`),
  ...strings.map((f) => `${f.name}: text.${f.type}()`),
];

function groupSource(frame: FrameType, group: WireGroup, headEnd: number, type: string) {
  const row = placeWire(group.fields, group.prefixed ? 4 : 0, `${frame.name}.${group.name}`);
  const reader = row.strings.length > 0;
  const bytes = `${row.end}${stringBytes(row.strings, "row")}`;
  const text = reader ? `\n      const text = new TextReader(view, item + ${row.end}, rowEnd, "${frame.name}");` : "";
  const fields = objectOf(row.fixed, row.strings, "item").join(", ");
  const read = group.prefixed
    ? `    const ${group.name}: ${type}[] = [];
    let item = at + ${headEnd};
    for (let i = 0; i < count; i++) {
      const rowEnd = rowEndOf(view, item, end, ${row.end}, "${frame.name}");${text}
      ${group.name}.push({ ${fields} });
      item = rowEnd;
    }`
    : `    need(at + ${headEnd} + count * ${row.end}, end, "${frame.name}");
    const ${group.name}: ${type}[] = [];
    for (let item = at + ${headEnd}; ${group.name}.length < count; item += ${row.end}) {
      ${group.name}.push({ ${fields} });
    }`;
  const prefix = group.prefixed ? `\n      view.setUint32(item, bytes, true);` : "";
  const strings = reader
    ? `\n      let next = item + ${row.end};${row.strings.map((f) => `\n      next = write${pascal(f.type)}(view, next, row.${f.name}, "${f.name}");`).join("")}`
    : "";
  const write = `    let item = at + ${headEnd};
    for (const row of v.${group.name}) {
      const bytes = ${bytes};${prefix}
${row.fixed
  .filter((f) => !isPad(f))
  .map((f) => `      ${writeFixed(f, "item", "row")}`)
  .join("\n")}${strings}
      item += bytes;
    }`;
  const length = reader
    ? `v.${group.name}.reduce((sum, row) => sum + ${bytes}, 0)`
    : `v.${group.name}.length * ${row.end}`;
  const layout = `,\n  row: { bytes: ${row.end}, ${row.fixed
    .filter((f) => !isPad(f))
    .map((f) => `${f.name}: ${f.offset}`)
    .join(", ")} }`;
  return { read, write, length, layout };
}

function frameSource(frame: FrameType): string {
  const name = pascal(frame.name);
  const { group } = frame;
  const head = placeWire(frame.fields, 0, frame.name);
  if (group && head.strings.length > 0) throw new Error(`${frame.name}: a group cannot follow strings`);
  const visible = frame.fields.filter((f) => !isPad(f) && f.name !== group?.count);
  const count = head.fixed.find((f) => f.name === group?.count);
  const rowType = `${name}${pascal(group?.name.replace(/s$/, "") ?? "")}`;
  const rows = group && count ? groupSource(frame, group, head.end, rowType) : undefined;
  const fixed = head.fixed.filter((f) => f !== count);
  const rowInterface = group
    ? `export interface ${rowType} {\n${group.fields
        .filter((f) => !isPad(f))
        .map(member)
        .join("")}}\n\n`
    : "";
  const text =
    head.strings.length > 0 ? `    const text = new TextReader(view, at + ${head.end}, end, "${frame.name}");\n` : "";
  const fields = [...objectOf(fixed, head.strings, "at"), ...(group ? [group.name] : [])];
  const strings =
    head.strings.length > 0
      ? `    let next = at + ${head.end};\n${head.strings.map((f) => `    next = write${pascal(f.type)}(view, next, v.${f.name}, "${f.name}");\n`).join("")}`
      : "";
  const used = fields.length > 0 ? "v" : "_v";
  return `${rowInterface}/** ${frame.doc} */
export interface ${name} {
${visible.map(member).join("")}${group ? `  readonly ${group.name}: readonly ${rowType}[];\n` : ""}}

export const ${name} = {
  name: "${frame.name}",
  type: ${frame.number},
  from: "${frame.from}",
  mac: ${frame.mac},
  /** Bytes before the strings or rows. */
  fixed: ${head.end},
  /** Offsets in bytes from the start of the payload. */
  offset: { ${head.fixed
    .filter((f) => !isPad(f))
    .map((f) => `${f.name}: ${f.offset}`)
    .join(", ")} }${rows?.layout ?? ""},
  lengthOf(${rows || head.strings.length > 0 ? "v" : "_v"}: ${name}): number {
    return ${head.end}${stringBytes(head.strings, "v")}${rows ? ` + ${rows.length}` : ""};
  },
  /** The payload in [at, end). */
  read(${fields.length > 0 ? "view" : "_view"}: DataView, at: number, end: number): ${name} {
    need(at + ${head.end}, end, "${frame.name}");
${text}${count ? `    const count = ${readFixed(count, "at")};\n` : ""}${rows ? `${rows.read}\n` : ""}    return { ${fields.join(", ")} };
  },
  /** Writes the payload; its bytes must be zero before. */
  write(${used === "v" ? "view" : "_view"}: DataView, ${used === "v" ? "at" : "_at"}: number, ${used}: ${name}): void {
${fixed
  .filter((f) => !isPad(f))
  .map((f) => `    ${writeFixed(f, "at", "v")}\n`)
  .join(
    "",
  )}${count && group ? `    view.set${ACCESS[count.type]}(at + ${count.offset}, v.${group.name}.length, true);\n` : ""}${strings}${rows ? `${rows.write}\n` : ""}  },
} as const;
`;
}

export function mtx1Typescript(): string {
  return `// Generated from proto/mtx1.ts by \`npm run generate\`. Do not edit.
import { readBytes, writeBytes } from "../binary.ts";
import { need, rowEndOf, TextReader, utf8Length, writeStr8, writeStr16 } from "../mtx1/text.ts";

${FRAMES.map(frameSource).join("\n")}
export type AnyFrameCodec = ${FRAMES.map((f) => `typeof ${pascal(f.name)}`).join(" | ")};

export const FRAME_BY_TYPE: ReadonlyMap<number, AnyFrameCodec> = new Map<number, AnyFrameCodec>([
${FRAMES.map((f) => `  [${f.number}, ${pascal(f.name)}],`).join("\n")}
]);
`;
}
