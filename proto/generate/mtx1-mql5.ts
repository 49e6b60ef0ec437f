// The MQL5 codec of MTX1: one struct a frame and row, with explicit put and get of every field (no layout is relied on).
import { type FrameType, type PlacedWireField, placeWire, type WireField } from "../mtx1/declare.ts";
import { FRAMES } from "../mtx1.ts";
import { MQL5_BASE } from "./mtx1-mql5-base.ts";
import { pascal } from "./records-typescript.ts";

const TYPES: Record<string, string> = {
  u8: "uchar",
  u16: "ushort",
  u32: "uint",
  u64: "ulong",
  i32: "int",
  i64: "long",
  f64: "double",
};
/** Words that MQL5 keeps for itself. */
const RESERVED = new Set(["final", "input", "group", "override", "color", "datetime"]);

const isPad = (f: WireField): boolean => f.type.startsWith("pad");
export const mqlName = (name: string): string => (RESERVED.has(name) ? `${name}_` : name);

function member(f: WireField): string {
  const pad = (type: string) => `   ${type.padEnd(18)}`;
  if (f.type.startsWith("str")) return `${pad("string")}${mqlName(f.name)};`;
  if (f.type.startsWith("bytes")) return `${pad("uchar")}${mqlName(f.name)}[${f.type.slice(5)}];`;
  return `${pad(TYPES[f.type] as string)}${mqlName(f.name)};`;
}

function put(f: WireField): string {
  if (isPad(f)) return `   b.PutZeros(${f.type.slice(3)});`;
  const name = `v.${mqlName(f.name)}`;
  if (f.type === "str8") return `   b.PutStr(${name}, 1);`;
  if (f.type === "str16") return `   b.PutStr(${name}, 2);`;
  if (f.type.startsWith("bytes")) return `   for(int i = 0; i < ${f.type.slice(5)}; i++)\n      b.PutU8(${name}[i]);`;
  return `   b.Put${f.type.toUpperCase()}(${name});`;
}

function get(f: WireField): string {
  if (isPad(f)) return `   b.Skip(${f.type.slice(3)});`;
  const name = `v.${mqlName(f.name)}`;
  if (f.type === "str8") return `   ${name} = b.GetStr(1);`;
  if (f.type === "str16") return `   ${name} = b.GetStr(2);`;
  if (f.type.startsWith("bytes"))
    return `   for(int i = 0; i < ${f.type.slice(5)}; i++)\n      ${name}[i] = b.GetU8();`;
  return `   ${name} = b.Get${f.type.toUpperCase()}();`;
}

interface Part {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly WireField[];
  /** Bytes of the fixed fields, when rows of this part begin with their own length. */
  readonly prefixed?: number;
}

function partSource({ name, doc, fields, prefixed }: Part): string {
  const members = fields.filter((f) => !isPad(f)).map(member);
  const empty = members.length === 0 ? ["   uchar             none;"] : members;
  const putRow = prefixed === undefined ? [] : ["   int at = b.size;", "   b.PutU32(0);"];
  const putEnd = prefixed === undefined ? [] : ["   b.PatchU32(at, (uint)(b.size - at));"];
  const getRow =
    prefixed === undefined
      ? []
      : [
          "   int at = b.pos;",
          "   int outer = b.end;",
          "   uint bytes = b.GetU32();",
          `   if(!b.ok || bytes < ${prefixed} || bytes > (uint)(outer - at))`,
          "     {",
          "      b.ok = false;",
          "      return false;",
          "     }",
          "   b.end = at + (int)bytes;",
        ];
  const getEnd = prefixed === undefined ? [] : ["   b.pos = b.end;", "   b.end = outer;"];
  const nothing = fields.length === 0 ? ["   v.none = 0;"] : [];
  return [
    `// ${doc}`,
    `struct SMx${name}`,
    "  {",
    ...empty,
    "  };",
    "",
    `void MxPut${name}(CMxBuf &b, const SMx${name} &v)`,
    "  {",
    ...putRow,
    ...fields.map(put),
    ...putEnd,
    "  }",
    "",
    `bool MxGet${name}(CMxBuf &b, SMx${name} &v)`,
    "  {",
    ...getRow,
    ...nothing,
    ...fields.map(get),
    ...getEnd,
    "   return b.ok;",
    "  }",
    "",
  ].join("\n");
}

/** A frame's head and, where it has one, its row. Heads hold the count; rows are put and got one by one after it. */
export function partsOf(frame: FrameType): { head: Part; row: Part | undefined } {
  const name = pascal(frame.name);
  const head = { name, doc: frame.doc, fields: frame.fields };
  const { group } = frame;
  if (!group) return { head, row: undefined };
  const placed: { fixed: PlacedWireField[]; end: number } = placeWire(group.fields, group.prefixed ? 4 : 0, frame.name);
  const row = { name: `${name}Row`, doc: `One of the ${group.name} of ${frame.name}.`, fields: group.fields };
  return { head, row: group.prefixed ? { ...row, prefixed: placed.end } : row };
}

export function mtx1Mql5(): string {
  const parts = FRAMES.flatMap((frame) => {
    const { head, row } = partsOf(frame);
    return row ? [head, row] : [head];
  });
  const types = FRAMES.map((f) => `#define MX_${f.name.toUpperCase()} ${f.number}`).join("\n");
  const macs = FRAMES.filter((f) => f.mac).map((f) => `type == MX_${f.name.toUpperCase()}`);
  return `// Generated from proto/mtx1.ts by \`npm run generate\`. Do not edit.
#ifndef LOCKSTEP_MTX1_MQH
#define LOCKSTEP_MTX1_MQH

${types}

bool MxNeedsMac(ushort type)
  {
   return ${macs.join(" ||\n          ")};
  }

${MQL5_BASE}
${parts.map(partSource).join("\n")}
#endif
`;
}
