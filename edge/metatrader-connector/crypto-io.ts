// SHA-256 and HMAC for MTX1. HMAC by two one-shot hashes: a command waits for its MAC, and node's createHmac costs ten
// times as much on short messages.
import { hash } from "node:crypto";
import type { Mtx1Crypto } from "#proto/mtx1/handshake.ts";

const BLOCK = 64;
const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

function padded(key: Uint8Array, pad: number): Uint8Array {
  const short = key.length > BLOCK ? sha256(key) : key;
  const block = new Uint8Array(BLOCK).fill(pad);
  for (let i = 0; i < short.length; i++) block[i] = (short[i] as number) ^ pad;
  return block;
}

function joined(first: Uint8Array, rest: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(rest.reduce((sum, part) => sum + part.length, first.length));
  bytes.set(first);
  let at = first.length;
  for (const part of rest) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export const mtx1Crypto: Mtx1Crypto = {
  sha256,
  hmac: (key, ...parts) => sha256(joined(padded(key, 0x5c), [sha256(joined(padded(key, 0x36), parts))])),
};
