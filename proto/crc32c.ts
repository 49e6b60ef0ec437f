// CRC-32C (Castagnoli), RFC 3720 appendix B.4, sixteen tables at a time ("slicing by 16") in one array.
const POLYNOMIAL = 0x82f63b78;

const TABLES = ((): Int32Array => {
  const tables = new Int32Array(16 * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[i] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] as number;
    tables[i] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
})();

/** The register after 16 bytes, given as little-endian words, the register before already in `a`. */
function step16(a: number, b: number, c: number, d: number): number {
  return (
    (TABLES[3840 + (a & 255)] as number) ^
    (TABLES[3584 + ((a >>> 8) & 255)] as number) ^
    (TABLES[3328 + ((a >>> 16) & 255)] as number) ^
    (TABLES[3072 + (a >>> 24)] as number) ^
    (TABLES[2816 + (b & 255)] as number) ^
    (TABLES[2560 + ((b >>> 8) & 255)] as number) ^
    (TABLES[2304 + ((b >>> 16) & 255)] as number) ^
    (TABLES[2048 + (b >>> 24)] as number) ^
    (TABLES[1792 + (c & 255)] as number) ^
    (TABLES[1536 + ((c >>> 8) & 255)] as number) ^
    (TABLES[1280 + ((c >>> 16) & 255)] as number) ^
    (TABLES[1024 + (c >>> 24)] as number) ^
    (TABLES[768 + (d & 255)] as number) ^
    (TABLES[512 + ((d >>> 8) & 255)] as number) ^
    (TABLES[256 + ((d >>> 16) & 255)] as number) ^
    (TABLES[d >>> 24] as number)
  );
}

/** CRC-32C of bytes[start, end), continuing from `crc` (0 to begin). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  let c = ~crc;
  let i = start;
  if (end - start >= 16) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; i + 16 <= end; i += 16)
      c = step16(
        c ^ view.getInt32(i, true),
        view.getInt32(i + 4, true),
        view.getInt32(i + 8, true),
        view.getInt32(i + 12, true),
      );
  }
  for (; i < end; i++) c = (c >>> 8) ^ (TABLES[(c ^ (bytes[i] as number)) & 255] as number);
  return ~c >>> 0;
}

/**
 * CRC-32C of view[at, at + length) with the word at byte 28 taken as 0: a record's check. `length` is a multiple of 16.
 * The hottest loop of the journal.
 */
export function crc32cWithoutCheck(view: DataView, at: number, length: number): number {
  let c = step16(
    ~view.getInt32(at, true),
    view.getInt32(at + 4, true),
    view.getInt32(at + 8, true),
    view.getInt32(at + 12, true),
  );
  c = step16(c ^ view.getInt32(at + 16, true), view.getInt32(at + 20, true), view.getInt32(at + 24, true), 0);
  const end = at + length;
  for (let i = at + 32; i < end; i += 16)
    c = step16(
      c ^ view.getInt32(i, true),
      view.getInt32(i + 4, true),
      view.getInt32(i + 8, true),
      view.getInt32(i + 12, true),
    );
  return ~c >>> 0;
}
