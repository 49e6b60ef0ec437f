// The keys and proofs of a session. SHA-256 and HMAC come from the caller, as proto has no crypto of its own.
import { viewOf } from "../record.ts";

/** SHA-256 and HMAC-SHA256 over the parts in order. */
export interface Mtx1Crypto {
  sha256(bytes: Uint8Array): Uint8Array;
  hmac(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array;
}

const utf8 = new TextEncoder();
const EA = utf8.encode("MTX1-EA");
const SERVER = utf8.encode("MTX1-SRV");
const KEY = utf8.encode("MTX1-KEY");

const u64 = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value, true);
  return bytes;
};

export interface Nonces {
  readonly serverNonce: Uint8Array;
  readonly clientNonce: Uint8Array;
}

export const secretKey = (crypto: Mtx1Crypto, secret: string): Uint8Array => crypto.sha256(utf8.encode(secret));

export const authMac = (
  crypto: Mtx1Crypto,
  key: Uint8Array,
  n: Nonces,
  account: { login: bigint; server: string },
): Uint8Array => crypto.hmac(key, EA, n.serverNonce, n.clientNonce, u64(account.login), utf8.encode(account.server));

export const welcomeMac = (crypto: Mtx1Crypto, key: Uint8Array, n: Nonces, sessionId: bigint): Uint8Array =>
  crypto.hmac(key, SERVER, n.clientNonce, n.serverNonce, u64(sessionId));

export const sessionKey = (crypto: Mtx1Crypto, key: Uint8Array, n: Nonces): Uint8Array =>
  crypto.hmac(key, KEY, n.serverNonce, n.clientNonce);

/** Compares without telling by its time where the difference is. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
