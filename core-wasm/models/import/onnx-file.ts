// Reads an ONNX file as far as importers need it: nodes with their attributes, constant tensors, inputs, notes. The wire format
// is protobuf's; field numbers are of onnx.proto (ONNX 1.23). Numbers of tensors come as doubles.
import { refuseImport } from "./imported.ts";

export interface Tensor {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface Attribute {
  readonly f?: number;
  readonly i?: number;
  readonly s?: string;
  readonly t?: Tensor;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly string[];
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface OnnxFile {
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Dimensions of the graph's inputs that are no constants; undefined where free. */
  readonly inputs: ReadonlyMap<string, readonly (number | undefined)[]>;
  readonly outputs: readonly string[];
  readonly notes: ReadonlyMap<string, string>;
}

type Field = { readonly number: number; readonly varint: number; readonly bytes: Uint8Array };
const NOTHING = new Uint8Array(0);

/** The fields of a message, in their order. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) return refuseImport("ONNX", "the file is cut off or damaged");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
      shift += 7n;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) refuseImport("ONNX", "the file is cut off or damaged");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const [number, wire] = [key >>> 3, key & 7];
    if (wire === 0) yield { number, varint: Number(varint()), bytes: NOTHING };
    else if (wire === 1) yield { number, varint: number64(take(8)), bytes: NOTHING };
    else if (wire === 5) yield { number, varint: number32(take(4)), bytes: NOTHING };
    else if (wire === 2) yield { number, varint: 0, bytes: take(Number(varint())) };
    else refuseImport("ONNX", "the file is cut off or damaged");
  }
}

const number32 = (b: Uint8Array): number => new DataView(b.buffer, b.byteOffset, 4).getFloat32(0, true);
const number64 = (b: Uint8Array): number => new DataView(b.buffer, b.byteOffset, 8).getFloat64(0, true);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A repeated number: packed, or one a field. */
function numbersOf(field: Field, kind: "varint" | "f32" | "f64"): number[] {
  if (field.bytes.length === 0) return [field.varint];
  const { bytes } = field;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === "f32") return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getFloat32(4 * i, true));
  if (kind === "f64") return Array.from({ length: bytes.length >> 3 }, (_, i) => view.getFloat64(8 * i, true));
  // Each varint of the list becomes a message of its own behind an invented key.
  const out: number[] = [];
  let from = 0;
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) >= 0x80) continue;
    for (const { varint } of fieldsOf(new Uint8Array([8, ...bytes.subarray(from, i + 1)]))) out.push(varint);
    from = i + 1;
  }
  return out;
}

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;
const DOUBLE = 11;

function tensorOf(bytes: Uint8Array): { name: string; tensor: Tensor } {
  let [name, type] = ["", 0];
  let raw: Uint8Array = NOTHING;
  const [dims, values]: [number[], number[]] = [[], []];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) dims.push(...numbersOf(field, "varint"));
    else if (field.number === 2) type = field.varint;
    else if (field.number === 4) values.push(...numbersOf(field, "f32"));
    else if (field.number === 5 || field.number === 7) values.push(...numbersOf(field, "varint"));
    else if (field.number === 8) name = text(field.bytes);
    else if (field.number === 9) raw = field.bytes;
    else if (field.number === 10) values.push(...numbersOf(field, "f64"));
    else if (field.number === 13) refuseImport("ONNX", "tensors in other files (external_data)");
  }
  return { name, tensor: { dims, values: raw.length > 0 ? rawValues(raw, type) : values } };
}

function rawValues(raw: Uint8Array, type: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const each = (size: number, read: (at: number) => number): number[] =>
    Array.from({ length: Math.floor(raw.length / size) }, (_, i) => read(i * size));
  if (type === FLOAT) return each(4, (at) => view.getFloat32(at, true));
  if (type === DOUBLE) return each(8, (at) => view.getFloat64(at, true));
  if (type === INT64) return each(8, (at) => Number(view.getBigInt64(at, true)));
  if (type === INT32) return each(4, (at) => view.getInt32(at, true));
  if (type === BOOL) return each(1, (at) => view.getUint8(at));
  return refuseImport("ONNX", `a tensor of data type ${type}`);
}

function attributeOf(bytes: Uint8Array): [string, Attribute] {
  let name = "";
  const out: { f?: number; i?: number; s?: string; t?: Tensor } = {};
  const [floats, ints, strings]: [number[], number[], string[]] = [[], [], []];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = text(field.bytes);
    else if (field.number === 2) out.f = field.varint;
    else if (field.number === 3) out.i = field.varint;
    else if (field.number === 4) out.s = text(field.bytes);
    else if (field.number === 5) out.t = tensorOf(field.bytes).tensor;
    else if (field.number === 7) floats.push(...numbersOf(field, "f32"));
    else if (field.number === 8) ints.push(...numbersOf(field, "varint"));
    else if (field.number === 9) strings.push(text(field.bytes));
  }
  return [name, { ...out, floats, ints, strings }];
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, Attribute>();
  let op = "";
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(text(field.bytes));
    else if (field.number === 2) outputs.push(text(field.bytes));
    else if (field.number === 4) op = text(field.bytes);
    else if (field.number === 5) attributes.set(...attributeOf(field.bytes));
  }
  return { op, inputs, outputs, attributes };
}

/** ValueInfoProto: name, and the dimensions of a tensor type. */
function shapeOf(bytes: Uint8Array): { name: string; dims: (number | undefined)[] } {
  let name = "";
  const dims: (number | undefined)[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = text(field.bytes);
    if (field.number !== 2) continue;
    for (const type of fieldsOf(field.bytes))
      for (const part of type.number === 1 ? fieldsOf(type.bytes) : [])
        for (const dim of part.number === 2 ? fieldsOf(part.bytes) : [])
          dims.push([...fieldsOf(dim.bytes)].find(({ number }) => number === 1)?.varint);
  }
  return { name, dims };
}

export function readOnnx(bytes: Uint8Array): OnnxFile {
  let graph: Uint8Array | undefined;
  const notes = new Map<string, string>();
  for (const field of fieldsOf(bytes)) {
    if (field.number === 7) graph = field.bytes;
    if (field.number !== 14) continue;
    const [key, value] = [...fieldsOf(field.bytes)].map((part) => text(part.bytes));
    notes.set(key ?? "", value ?? "");
  }
  if (graph === undefined) return refuseImport("ONNX", "no graph in it");
  const nodes: OnnxNode[] = [];
  const constants = new Map<string, Tensor>();
  const inputs = new Map<string, (number | undefined)[]>();
  const outputs: string[] = [];
  for (const field of fieldsOf(graph)) {
    if (field.number === 1) nodes.push(nodeOf(field.bytes));
    else if (field.number === 5) {
      const { name, tensor } = tensorOf(field.bytes);
      constants.set(name, tensor);
    } else if (field.number === 11) {
      const { name, dims } = shapeOf(field.bytes);
      inputs.set(name, dims);
    } else if (field.number === 12) outputs.push(shapeOf(field.bytes).name);
  }
  for (const { op, outputs: made, attributes } of nodes) {
    const value = attributes.get("value")?.t;
    if (op === "Constant" && value !== undefined) constants.set(made[0] as string, value);
  }
  for (const name of constants.keys()) inputs.delete(name);
  return { nodes, constants, inputs, outputs, notes };
}
