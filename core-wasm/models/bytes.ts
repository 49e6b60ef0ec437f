// Little-endian numbers written one behind the other into a buffer that grows, and read back with every bound checked.
import { viewOf } from "#proto/record.ts";
import { refuse } from "./refuse.ts";

export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #view = viewOf(this.#bytes);
  length = 0;

  #room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = viewOf(grown);
    }
    return at;
  }

  u16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
  }

  u32s(values: readonly number[]): void {
    for (const value of values) {
      const at = this.#room(4);
      this.#view.setUint32(at, value, true);
    }
  }

  f32s(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      const at = this.#room(4);
      this.#view.setFloat32(at, values[i] as number, true);
    }
  }

  f64s(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      const at = this.#room(8);
      this.#view.setFloat64(at, values[i] as number, true);
    }
  }

  bytes(values: Uint8Array): void {
    const at = this.#room(values.length);
    this.#bytes.set(values, at);
  }

  /** Filled with zeros up to this length. */
  zerosTo(length: number): void {
    if (length > this.length) this.#room(length - this.length);
  }

  /** Zeros up to a multiple of 16 behind `from`. */
  pad(from: number): void {
    this.zerosTo(from + ((this.length - from + 15) & ~15));
  }

  u32At(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  f64At(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

export class ByteReader {
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#view = viewOf(bytes);
    this.at = at;
  }

  #take(bytes: number): number {
    const at = this.at;
    if (!(bytes >= 0) || at + bytes > this.#view.byteLength) refuse("a section ends before its numbers do");
    this.at += bytes;
    return at;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  f32s(count: number): number[] {
    this.#has(4 * count);
    return Array.from({ length: count }, () => this.f32());
  }

  f64s(count: number): number[] {
    this.#has(8 * count);
    return Array.from({ length: count }, () => this.f64());
  }

  u16s(count: number): number[] {
    this.#has(2 * count);
    return Array.from({ length: count }, () => this.u16());
  }

  /** Before an array is made: a count that was never written must not ask for gigabytes. */
  #has(bytes: number): void {
    if (this.at + bytes > this.#view.byteLength) refuse("a section ends before its numbers do");
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  /** To the next multiple of 16. */
  align(): void {
    this.#take(((this.at + 15) & ~15) - this.at);
  }
}
