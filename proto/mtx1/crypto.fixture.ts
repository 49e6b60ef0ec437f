// The crypto that the tests of the protocol inject.
import { createHash, createHmac } from "node:crypto";
import type { Mtx1Crypto } from "./handshake.ts";

export const testCrypto: Mtx1Crypto = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  hmac: (key, ...parts) => {
    const h = createHmac("sha256", key);
    for (const part of parts) h.update(part);
    return h.digest();
  },
};
