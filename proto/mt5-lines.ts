// Text of an export file as lines of bytes, from chunks of any size: UTF-8 or UTF-16LE, with or without byte order mark,
// CRLF or LF. Empty lines are passed over. Nothing is copied but a line that two chunks share.
import { LockstepError } from "./errors.ts";

/** No line of an export is nearly as long: more is not a text file. */
const LINE_BYTES_MAX = 4096;
const LF = 0x0a;
const CR = 0x0d;

/** The bytes of a line: [start, end) without its line end. They are only good until the call returns. */
export type OnLine = (bytes: Uint8Array, start: number, end: number) => void;

export class Mt5Lines {
  /** Number of the line that was handed out last, from 1. */
  line = 0;
  readonly #name: string;
  readonly #onLine: OnLine;
  #encoding: "utf-8" | "utf-16" | undefined;
  /** A line without its end yet; before the encoding is known, the file's first bytes. */
  #rest: Uint8Array = new Uint8Array(0);
  /** UTF-16 only: the low byte of a character that two chunks share. */
  #half: number | undefined;

  constructor(options: { name: string; onLine: OnLine }) {
    this.#name = options.name;
    this.#onLine = options.onLine;
  }

  push(chunk: Uint8Array): void {
    if (this.#encoding === undefined) {
      const first = joined(this.#rest, chunk);
      this.#rest = first.slice();
      if (first.length >= 4) this.#begin(first);
    } else this.#consume(this.#encoding === "utf-16" ? this.#narrow(chunk) : chunk);
  }

  /** The file is over: hands out a last line without a line end. */
  end(): void {
    if (this.#encoding === undefined) this.#begin(this.#rest);
    if (this.#half !== undefined) this.fail("the file ends in the middle of a UTF-16 character: it was cut off");
    if (this.#rest.length > 0) this.#hand(this.#rest, 0, this.#rest.length);
    this.#rest = new Uint8Array(0);
  }

  /** Throws bad_file naming the file and the line. */
  fail(what: string): never {
    throw new LockstepError("bad_file", `${this.#name}, line ${Math.max(1, this.line)}: ${what}`);
  }

  /** Tells the encoding by the first bytes and takes the byte order mark off. */
  #begin(bytes: Uint8Array): void {
    const [b0, b1, b2] = bytes;
    if (b0 === 0xfe && b1 === 0xff) this.fail("it is UTF-16 big-endian: save the file as UTF-8 or export it again");
    this.#rest = new Uint8Array(0);
    const marked = b0 === 0xff && b1 === 0xfe;
    if (marked || b1 === 0) {
      this.#encoding = "utf-16";
      this.#consume(this.#narrow(marked ? bytes.subarray(2) : bytes));
    } else {
      this.#encoding = "utf-8";
      this.#consume(b0 === 0xef && b1 === 0xbb && b2 === 0xbf ? bytes.subarray(3) : bytes);
    }
  }

  /** UTF-16LE to bytes; what is not ASCII becomes "?", which only a column that is ignored may hold. */
  #narrow(bytes: Uint8Array): Uint8Array {
    const narrow = new Uint8Array((bytes.length + 1) >> 1);
    let low = this.#half;
    let count = 0;
    for (const byte of bytes) {
      if (low === undefined) low = byte;
      else {
        narrow[count++] = byte === 0 ? low : 0x3f;
        low = undefined;
      }
    }
    this.#half = low;
    return narrow.subarray(0, count);
  }

  #consume(chunk: Uint8Array): void {
    const bytes = joined(this.#rest, chunk);
    let at = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
      this.#hand(bytes, at, end);
      at = end + 1;
    }
    if (bytes.length - at > LINE_BYTES_MAX) this.#tooLong();
    this.#rest = bytes.slice(at); // a copy: the chunk may be a buffer that its owner uses again
  }

  #hand(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > LINE_BYTES_MAX) this.#tooLong();
    this.line++;
    const stop = to > from && bytes[to - 1] === CR ? to - 1 : to;
    if (from < stop) this.#onLine(bytes, from, stop);
  }

  #tooLong(): never {
    this.line++;
    return this.fail(`it is longer than ${LINE_BYTES_MAX} bytes: this is not a text export of the terminal`);
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  if (before.length === 0) return after;
  const bytes = new Uint8Array(before.length + after.length);
  bytes.set(before);
  bytes.set(after, before.length);
  return bytes;
}
