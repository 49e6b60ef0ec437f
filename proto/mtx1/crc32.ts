// CRC-32 of IEEE 802.3 (the one of zlib and Ethernet), four tables at a time.
const POLYNOMIAL = 0xedb88320;

const tables = (): [Uint32Array, Uint32Array, Uint32Array, Uint32Array] => {
  const [t0, t1, t2, t3] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    t0[i] = crc >>> 0;
  }
  const next = (crc: number): number => (crc >>> 8) ^ (t0[crc & 255] as number);
  for (let i = 0; i < 256; i++) {
    t1[i] = next(t0[i] as number);
    t2[i] = next(t1[i] as number);
    t3[i] = next(t2[i] as number);
  }
  return [t0, t1, t2, t3];
};
const [T0, T1, T2, T3] = tables();

/** CRC-32 of bytes[start, end), continuing from `crc` (0 to begin). */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  let c = ~crc;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    c ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    c =
      (T3[c & 255] as number) ^
      (T2[(c >>> 8) & 255] as number) ^
      (T1[(c >>> 16) & 255] as number) ^
      (T0[c >>> 24] as number);
  }
  for (; i < end; i++) c = (c >>> 8) ^ (T0[(c ^ (bytes[i] as number)) & 255] as number);
  return ~c >>> 0;
}
