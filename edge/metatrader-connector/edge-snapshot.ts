// One snapshot file of the edge: the core's state and the book, taken together behind the same record.
//   0 u32 "LSE1" | 4 u32 version | 8 u32 bytes of the core's snapshot | 12 u32 0 | core snapshot | book, JSON in UTF-8
import { LockstepError } from "#proto/errors.ts";
import { viewOf } from "#proto/record.ts";
import { Book } from "./book.ts";

const MAGIC = 0x3145534c;
const VERSION = 3;
const HEAD_BYTES = 16;

export function packSnapshot(core: Uint8Array, book: Book): Uint8Array {
  const saved = new TextEncoder().encode(book.save());
  const bytes = new Uint8Array(HEAD_BYTES + core.length + saved.length);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, core.length, true);
  bytes.set(core, HEAD_BYTES);
  bytes.set(saved, HEAD_BYTES + core.length);
  return bytes;
}

/** Throws snapshot_refused; the journal alone gives the same state then. */
export function unpackSnapshot(bytes: Uint8Array): { core: Uint8Array; book: Book } {
  const refused = (why: string, cause?: unknown) =>
    new LockstepError("snapshot_refused", `the edge's snapshot ${why}; the journal is used instead`, { cause });
  if (bytes.length < HEAD_BYTES) throw refused("is cut off");
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) throw refused("is of another build");
  const bookAt = HEAD_BYTES + view.getUint32(8, true);
  if (bookAt > bytes.length) throw refused("is cut off");
  try {
    const book = Book.restore(new TextDecoder().decode(bytes.subarray(bookAt)));
    return { core: bytes.slice(HEAD_BYTES, bookAt), book };
  } catch (cause) {
    throw refused("cannot be read", cause);
  }
}
