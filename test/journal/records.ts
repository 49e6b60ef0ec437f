// What journal tests, fuzzers and benches append: ticks of one symbol, outputs, and a signer with a fixed key.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { Prediction, Tick } from "#proto/generated/records.ts";
import { prediction as somePrediction } from "#proto/prediction.fixture.ts";
import { encodeRecord } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import type { Signer } from "#storage/journal/batch.ts";

const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

export function testSigner(fill = 7): Signer {
  const der = Buffer.concat([PKCS8_HEAD, Buffer.alloc(32, fill)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return { publicKey: new Uint8Array(spki.subarray(-32)), sign: (message) => sign(null, message, key) };
}

export const STREAM_ID = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

export const timeNs = (n: number): bigint => 1_400_000_000_000_000_000n + BigInt(n) * 1_000_000n;

/** `count` ticks in one buffer, numbered from `from`. */
export function ticks(from: number, count: number): Uint8Array {
  const one = (n: number): Uint8Array =>
    encodeRecord(
      Tick,
      { time_ns: timeNs(n), source: SOURCE.terminal, symbol: 1 },
      {
        broker_time_ms: BigInt(n),
        bid_points: 120_000n + BigInt(n % 97),
        ask_points: 120_010n + BigInt(n % 97),
        flags: 6,
        spread_points: 10,
      },
    );
  return concat(Array.from({ length: count }, (_, i) => one(from + i)));
}

/** A core's output of several slots. */
export function prediction(n: number): Uint8Array {
  return encodeRecord(
    Prediction,
    { time_ns: timeNs(n), source: SOURCE.core, symbol: 1 },
    somePrediction({
      cause_seq: BigInt(n),
      bar_time_ms: BigInt(n),
      features: Array.from({ length: 12 }, (_, i) => ({ value: i + n })),
    }),
  );
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
