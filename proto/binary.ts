// Reading and writing of text, byte and group fields. Used by the generated codecs only through bounds-checked views.
import { LockstepError } from "./errors.ts";

export function readBytes(view: DataView, at: number, bytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, bytes).slice();
}

export function writeBytes(view: DataView, at: number, bytes: number, value: Uint8Array, field: string): void {
  if (value.length !== bytes)
    throw new LockstepError("bad_field", `${field} has ${value.length} bytes, it takes ${bytes}`);
  new Uint8Array(view.buffer, view.byteOffset + at, bytes).set(value);
}

/** NUL-padded ASCII; reading stops at the first NUL. */
export function readAscii(view: DataView, at: number, bytes: number): string {
  let text = "";
  for (let i = 0; i < bytes; i++) {
    const code = view.getUint8(at + i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

export function writeAscii(view: DataView, at: number, bytes: number, value: string, field: string): void {
  if (value.length > bytes)
    throw new LockstepError("bad_field", `${field} "${value}" is longer than ${bytes} characters`);
  for (let i = 0; i < bytes; i++) {
    const code = i < value.length ? value.charCodeAt(i) : 0;
    if (i < value.length && (code < 0x20 || code > 0x7e))
      throw new LockstepError("bad_field", `${field} "${value}" is not printable ASCII`);
    view.setUint8(at + i, code);
  }
}

export function readGroup<T>(at: number, fixed: number, bytes: number, count: number, read: (item: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => read(at + fixed + i * bytes));
}
