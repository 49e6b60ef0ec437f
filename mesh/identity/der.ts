// The few ASN.1 DER shapes that an X.509 certificate is made of. Writing only; OpenSSL (through node) does all reading.

const lengthBytes = (length: number): number[] => {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 255];
};

/** One element: tag, length, content. Certificates stay below 64 KiB, so two length bytes are enough. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.from([tag, ...lengthBytes(content.length)]), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => der(0x31, ...parts);
export const octets = (bytes: Uint8Array): Uint8Array => der(0x04, bytes);
export const boolean = (value: boolean): Uint8Array => der(0x01, Uint8Array.from([value ? 0xff : 0]));
export const utf8 = (text: string): Uint8Array => der(0x0c, Buffer.from(text, "utf8"));
/** [n] with content: constructed when it wraps elements, primitive when it replaces a type. */
export const explicit = (n: number, ...parts: readonly Uint8Array[]): Uint8Array => der(0xa0 | n, ...parts);
export const implicit = (n: number, bytes: Uint8Array): Uint8Array => der(0x80 | n, bytes);

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return (digits[0] ?? 0) >= 0x80 ? der(0x02, Uint8Array.of(0), digits) : der(0x02, digits);
}

export const bits = (bytes: Uint8Array, unused = 0): Uint8Array => der(0x03, Uint8Array.of(unused), bytes);

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 127];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 127) | 128);
    bytes.push(...digits);
  }
  return der(0x06, Uint8Array.from(bytes));
}

/** RFC 5280 4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050; whole seconds, UTC. */
export function time(at: Date): Uint8Array {
  const text = `${at.toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}
