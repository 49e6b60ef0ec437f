// What the cloud orders of one stream, a plain machine: leases renewed while the stream lives and is verified without a
// difference, limits, stops, and which box may go on with it. Each call answers with the authority to be stored, which is
// how it is sent: data-bridge carries what is stored. So nothing is signed and sent that a restart would not know of.
import { hash } from "node:crypto";
import type { Authority } from "#core-wasm/host/core.ts";
import { commandMessage, takeoverMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import {
  type CloudCommand,
  CloudCommand as CloudCommandCodec,
  HEADER_OFFSET,
  Lease,
  type Takeover,
  Takeover as TakeoverCodec,
} from "#proto/generated/records.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { HEADER_BYTES, SOURCE } from "#proto/records.ts";
import type { LeaseStatus } from "#proto/services/trading-engine.ts";
import type { Random } from "#proto/world.ts";
import type { StreamAuthority } from "#storage/events/bus.ts";
import { Pace } from "./pace.ts";

const NS_PER_MS = 1_000_000n;
/** A stop never grows old. */
const FOR_EVER_NS = 2n ** 62n;
/** A lease is renewed when this part of it is over. */
const RENEW_PART = 3n;

export interface CommandSigner {
  /** Ed25519, raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface AuthorityOptions {
  readonly streamId: string;
  readonly signer: CommandSigner;
  readonly random: Random;
  /** How long a box may open positions without hearing from here. */
  readonly leaseMs: number;
  /** What a box's clock may lose on ours in that time, and what may be lost where it is set back while the box is down. */
  readonly clockBoundMs: number;
  /** Who gives the leases, as the records say. */
  readonly issuer: string;
  /** As stored by an earlier run. */
  readonly stored: StreamAuthority | undefined;
}

type Codec<T> = Parameters<typeof encodeRecord<T>>[0];

/** The stream as its verified records leave it. */
export interface VerifiedState {
  /** Of the last verified record. */
  readonly timeNs: bigint;
  readonly authority: Authority;
  /** Messages of the log that are not verified yet. */
  readonly behind: number;
  readonly divergences: number;
}

export class StreamCommands {
  readonly #o: AuthorityOptions;
  readonly #pace = new Pace();
  #authority: StreamAuthority;
  #status: LeaseStatus["state"] = "waiting";
  #reason = "nothing of the stream is verified yet";

  constructor(options: AuthorityOptions) {
    this.#o = options;
    this.#authority = options.stored ?? {
      stream_id: options.streamId,
      epoch: 0,
      takeover: "",
      box_key: "",
      number: "0",
      commands: [],
      opens_ms: 0,
      lease_over_ms: 0,
      lease_expires_ns: "0",
    };
  }

  get authority(): StreamAuthority {
    return this.#authority;
  }

  status(): LeaseStatus {
    const { epoch, opens_ms, lease_over_ms, lease_expires_ns } = this.#authority;
    return {
      state: this.#status,
      reason: this.#reason,
      epoch,
      expires_ms: Number(BigInt(lease_expires_ns) / NS_PER_MS),
      surely_over_ms: lease_over_ms,
      opens_ms,
    };
  }

  /** Something of the stream was verified, or time passed; `nowMs` is UTC. Undefined: nothing new to store. */
  onVerified(state: VerifiedState, nowMs: number): StreamAuthority | undefined {
    const live = this.#pace.onTime(state.timeNs, nowMs);
    const why = this.#whyNot(state, nowMs, live);
    if (why) {
      [this.#status, this.#reason] = why;
      return this.#dropEnded(nowMs);
    }
    const expires = state.timeNs + BigInt(this.#o.leaseMs) * NS_PER_MS;
    const last = BigInt(this.#authority.lease_expires_ns);
    this.#status = "granted";
    this.#reason = "";
    if (expires - last < (BigInt(this.#o.leaseMs) * NS_PER_MS) / RENEW_PART) return undefined;
    return this.#grant(state.timeNs, expires, nowMs);
  }

  /** A lease that has surely ended is not told any more: the box would refuse it, loudly. */
  #dropEnded(nowMs: number): StreamAuthority | undefined {
    const commands = this.#authority.commands.filter((hex) => orderedOf(bytesOf(hex)) !== Lease.code);
    if (nowMs < this.#authority.lease_over_ms || commands.length === this.#authority.commands.length) return undefined;
    this.#authority = { ...this.#authority, commands };
    return this.#authority;
  }

  #whyNot(state: VerifiedState, nowMs: number, live: boolean): [LeaseStatus["state"], string] | undefined {
    const { epoch, opens_ms } = this.#authority;
    const { publicKey } = this.#o.signer;
    if (state.divergences > 0) return ["stopped", "the cloud decided otherwise than the edge: no lease is renewed"];
    if (state.timeNs <= 0n) return ["waiting", "nothing of the stream is verified yet"];
    if (!state.authority.cloudKeys.some((key) => Buffer.compare(key, publicKey) === 0))
      return ["not_enrolled", `the box does not know this cloud: put ${hexOf(publicKey)} into its "cloud_keys"`];
    if (state.authority.epoch !== epoch)
      return ["waiting", `the box of epoch ${epoch} has not begun: the journal is at epoch ${state.authority.epoch}`];
    if (nowMs < opens_ms)
      return ["waiting", `the lease of the box before ends in ${Math.ceil((opens_ms - nowMs) / 1000)} s at the latest`];
    if (!live || state.behind > 0) return ["waiting", "the box is catching up, or its clock is not the world's"];
    return undefined;
  }

  #grant(nowNs: bigint, expiresNs: bigint, nowMs: number): StreamAuthority {
    const { leaseMs, clockBoundMs, issuer, random } = this.#o;
    const lease: Lease = { lease_id: random.bytes(16), expires_ns: expiresNs, issuer };
    const record = encodeRecord(Lease, { time_ns: 0n, source: SOURCE.cloud }, lease);
    // The box wrote nowNs before it came here: by our clock the lease ends no later than this.
    const over = nowMs + leaseMs + clockBoundMs;
    this.#authority = {
      ...this.#signed(record, { issuedNs: nowNs, validUntilNs: expiresNs }),
      lease_expires_ns: expiresNs.toString(),
      lease_over_ms: Math.max(over, this.#authority.lease_over_ms),
    };
    return this.#authority;
  }

  /** A stop, or limits for all symbols: the newest of its kind is what the box is told until another one replaces it. */
  order<T>(codec: Codec<T>, payload: T, issuedNs: bigint): StreamAuthority {
    const record = encodeRecord(codec, { time_ns: 0n, source: SOURCE.cloud }, payload);
    this.#authority = this.#signed(record, { issuedNs, validUntilNs: FOR_EVER_NS });
    return this.#authority;
  }

  #signed(record: Uint8Array, o: { issuedNs: bigint; validUntilNs: bigint }): StreamAuthority {
    const { signer, streamId } = this.#o;
    const number = BigInt(this.#authority.number) + 1n;
    const ordered = viewOf(record).getUint16(HEADER_OFFSET.kind, true);
    const words: Omit<CloudCommand, "signature"> = {
      stream_id: bytesOf(streamId),
      public_key: signer.publicKey,
      payload_sha256: hash("sha256", record.subarray(HEADER_BYTES), "buffer"),
      number,
      issued_ns: o.issuedNs,
      valid_until_ns: o.validUntilNs,
      epoch: this.#authority.epoch,
      ordered,
      ordered_symbol: 0,
    };
    const signed: CloudCommand = { ...words, signature: signer.sign(commandMessage(words)) };
    const envelope = encodeRecord(CloudCommandCodec, { time_ns: 0n, source: SOURCE.cloud }, signed);
    const others = this.#authority.commands.filter((hex) => orderedOf(bytesOf(hex)) !== ordered);
    return { ...this.#authority, number: number.toString(), commands: [...others, hexOf(envelope) + hexOf(record)] };
  }

  /**
   * Another box goes on with the stream. No lease is granted to it before those of the box before have surely ended; what
   * was ordered of that one is signed anew for it, but the lease.
   */
  replace(o: { operator: string; boxKey: Uint8Array; issuedNs: bigint; nowMs: number }): StreamAuthority {
    const { signer, streamId } = this.#o;
    const before = this.#authority;
    if (hexOf(o.boxKey) === before.box_key)
      throw new LockstepError("bad_request", `that box has the stream already, in epoch ${before.epoch}`);
    const opens = Math.max(before.opens_ms, before.lease_over_ms, o.nowMs);
    const words: Omit<Takeover, "signature"> = {
      stream_id: bytesOf(streamId),
      box_key: o.boxKey,
      public_key: signer.publicKey,
      operator: o.operator,
      opens_ns: BigInt(opens) * NS_PER_MS,
      epoch: before.epoch + 1,
    };
    const signed: Takeover = { ...words, signature: signer.sign(takeoverMessage(words)) };
    const record = encodeRecord(TakeoverCodec, { time_ns: 0n, source: SOURCE.cloud }, signed);
    this.#authority = {
      ...before,
      epoch: words.epoch,
      takeover: hexOf(record.subarray(HEADER_BYTES)),
      box_key: hexOf(o.boxKey),
      commands: [],
      opens_ms: opens,
      lease_over_ms: 0,
      lease_expires_ns: "0",
    };
    for (const command of before.commands.map(bytesOf))
      if (orderedOf(command) !== Lease.code)
        this.#authority = this.#signed(command.subarray(CloudCommandCodec.lengthOf()), {
          issuedNs: o.issuedNs,
          validUntilNs: FOR_EVER_NS,
        });
    this.#status = "waiting";
    this.#reason = `the box of epoch ${words.epoch} has not begun`;
    return this.#authority;
  }
}

/** Header code of what a command orders. */
const orderedOf = (command: Uint8Array): number =>
  viewOf(command).getUint16(CloudCommandCodec.lengthOf() + HEADER_OFFSET.kind, true);
