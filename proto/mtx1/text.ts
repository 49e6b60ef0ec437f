// Bounds checks and strings for the generated MTX1 codec. Everything that reads beyond what arrived is a bad_frame.
import { LockstepError } from "../errors.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8");

export function need(last: number, end: number, frame: string): void {
  if (last > end)
    throw new LockstepError("bad_frame", `${frame} is cut off: ${last - end} bytes are missing; the sender is broken`);
}

/** End of the row that starts at `item` with its own length. */
export function rowEndOf(view: DataView, item: number, end: number, least: number, frame: string): number {
  need(item + least, end, frame);
  const bytes = view.getUint32(item, true);
  if (bytes < least)
    throw new LockstepError("bad_frame", `${frame} has a row of ${bytes} bytes, it takes at least ${least}`);
  need(item + bytes, end, frame);
  return item + bytes;
}

/** Reads consecutive strings; bytes that are no UTF-8 become U+FFFD, as text never decides anything. */
export class TextReader {
  readonly #view: DataView;
  readonly #end: number;
  readonly #frame: string;
  #at: number;

  constructor(view: DataView, at: number, end: number, frame: string) {
    this.#view = view;
    this.#at = at;
    this.#end = end;
    this.#frame = frame;
  }

  #take(head: number, bytes: number): string {
    const from = this.#at + head;
    need(from + bytes, this.#end, this.#frame);
    this.#at = from + bytes;
    if (bytes === 0) return "";
    return decoder.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, bytes));
  }

  str8(): string {
    need(this.#at + 1, this.#end, this.#frame);
    return this.#take(1, this.#view.getUint8(this.#at));
  }

  str16(): string {
    need(this.#at + 2, this.#end, this.#frame);
    return this.#take(2, this.#view.getUint16(this.#at, true));
  }
}

export const utf8Length = (text: string): number => encoder.encode(text).length;

function put(view: DataView, at: number, bytes: Uint8Array): number {
  new Uint8Array(view.buffer, view.byteOffset + at, bytes.length).set(bytes);
  return at + bytes.length;
}

const tooLong = (field: string, bytes: number, most: number): LockstepError =>
  new LockstepError("bad_field", `${field} has ${bytes} bytes, it takes ${most} at the most`);

export function writeStr8(view: DataView, at: number, text: string, field: string): number {
  const bytes = encoder.encode(text);
  if (bytes.length > 255) throw tooLong(field, bytes.length, 255);
  view.setUint8(at, bytes.length);
  return put(view, at + 1, bytes);
}

export function writeStr16(view: DataView, at: number, text: string, field: string): number {
  const bytes = encoder.encode(text);
  if (bytes.length > 65535) throw tooLong(field, bytes.length, 65535);
  view.setUint16(at, bytes.length, true);
  return put(view, at + 2, bytes);
}
