// A signed chain of small batches in memory, for the tests of both ends: what an edge's journal would hold.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { StreamStart, Tick } from "#proto/generated/records.ts";
import { encodeRecord, sealRecord, viewOf } from "#proto/record.ts";
import { LAYOUT_VERSION, SOURCE } from "#proto/records.ts";
import { SEAL_BYTES, type Signer, sha256, writeSeal } from "../journal/batch.ts";
import type { Hello } from "./messages.ts";

export function makeSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519") as { publicKey: KeyObject; privateKey: KeyObject };
  return {
    publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

export interface ChainOptions {
  readonly streamId?: Uint8Array;
  readonly signer?: Signer;
  readonly coreSha256?: Uint8Array;
  /** Makes two chains of the same key differ. */
  readonly salt?: bigint;
}

export class Chain {
  readonly streamId: Uint8Array;
  /** Of the box that seals; a test hands the stream to another one. */
  signer: Signer;
  readonly coreSha256: Uint8Array;
  readonly batches: Uint8Array[] = [];
  lastSeq = 0n;
  lastHash: Uint8Array = new Uint8Array(32);
  readonly #salt: bigint;

  constructor(options: ChainOptions = {}) {
    this.streamId = options.streamId ?? new Uint8Array(16).fill(0x5a);
    this.signer = options.signer ?? makeSigner();
    this.coreSha256 = options.coreSha256 ?? new Uint8Array(32).fill(7);
    this.#salt = options.salt ?? 0n;
  }

  get hello(): Omit<Hello, "lastSealedSeq"> {
    return {
      streamId: this.streamId,
      edgeName: "edge-under-test",
      coreSha256: this.coreSha256,
      modelSha256: new Uint8Array(32).fill(9),
      publicKey: this.signer.publicKey,
      layoutVersion: LAYOUT_VERSION,
      epoch: 0,
    };
  }

  /** Adds one batch of `ticks` tick records behind `others` (the very first also has stream_start), sealed and signed. */
  add(ticks: number, others: readonly Uint8Array[] = []): Uint8Array {
    const firstSeq = this.lastSeq + 1n;
    const records = [...others, ...Array.from({ length: ticks }, (_, i) => this.#tick(firstSeq + BigInt(i)))];
    if (firstSeq === 1n) records.unshift(this.#start());
    const bytes = Buffer.concat([...records, new Uint8Array(SEAL_BYTES)]);
    const view = viewOf(bytes);
    let at = 0;
    let seq = firstSeq;
    for (const record of records) {
      sealRecord(bytes, view, at, record.length, seq++);
      at += record.length;
    }
    const content = {
      seq: Number(seq),
      timeNs: seq,
      streamId: this.streamId,
      firstSeq: Number(firstSeq),
      recordCount: records.length,
      previousHash: this.lastHash,
      recordsSha256: sha256(bytes.subarray(0, at)),
      outputsDigest: new Uint8Array(32),
    };
    this.lastHash = writeSeal(bytes, at, content, this.signer);
    this.lastSeq = seq;
    this.batches.push(bytes);
    return bytes;
  }

  #start(): Uint8Array {
    return encodeRecord(
      StreamStart,
      { time_ns: 1n, source: SOURCE.edge },
      {
        stream_id: this.streamId,
        edge_name: "edge-under-test",
        core_sha256: this.coreSha256,
        public_key: this.signer.publicKey,
        layout_version: LAYOUT_VERSION,
      },
    );
  }

  #tick(n: bigint): Uint8Array {
    return encodeRecord(
      Tick,
      { time_ns: n, source: SOURCE.terminal, symbol: 1 },
      {
        broker_time_ms: n,
        bid_points: 100_000n + n + this.#salt,
        ask_points: 100_010n + n,
        flags: 6,
        spread_points: 10,
      },
    );
  }
}
