// The edge's end of replication, a plain state machine: connect, hello, stream batches while there is credit, report
// acknowledgements, and begin again after any cut, for ever. Guarantees: batches leave in order, each only after the one
// before it on the same connection; only durable batches leave; reported acknowledgements never move back, and only
// what the cloud holds of this very journal is reported: with another history of the stream it has acknowledged that one.
import { assert, LockstepError } from "#proto/errors.ts";
import { CREDIT_BATCHES_MAX } from "#proto/limits.ts";
import type { Random } from "#proto/world.ts";
import { sha256 } from "../journal/batch.ts";
import { CreditHeld } from "./credit.ts";
import {
  type Ack,
  type CloudMessage,
  type EdgeMessage,
  equalBytes,
  type Hello,
  type Refusal,
  type Welcome,
} from "./messages.ts";
import { type SealClaim, sealClaim } from "./seal.ts";

/** A connection that has not been welcomed by then is given up. */
export const WELCOME_WITHIN_MS = 10_000;
/** Batches sent and none of them acknowledged for so long: the line only looks alive. */
export const ACK_WITHIN_MS = 15_000;
export const BACKOFF_MIN_MS = 100;
export const BACKOFF_MAX_MS = 5_000;

export type SenderState = "stopped" | "waiting" | "hello" | "streaming";

export type SenderEffect =
  /** Open a connection, then call onConnected. Any earlier one is gone. */
  | { readonly type: "connect" }
  | { readonly type: "send"; readonly message: EdgeMessage }
  | { readonly type: "disconnect" }
  /** Read the sealed batch that starts at fromSeq, then call onBatch or onReadFailed. */
  | { readonly type: "read"; readonly fromSeq: bigint }
  | { readonly type: "acked"; readonly durableSeq: bigint; readonly verifiedSeq: bigint }
  | { readonly type: "state"; readonly state: SenderState; readonly error: LockstepError | undefined }
  /** A signed command of the cloud, to be verified. */
  | { readonly type: "command"; readonly bytes: Uint8Array }
  /** The cloud says that another box has the stream; `takeover` is its proof, to be verified. */
  | { readonly type: "superseded"; readonly takeover: Uint8Array }
  /** For a person: work goes on by itself only if somebody mends it. */
  | { readonly type: "alarm"; readonly error: LockstepError };

export interface SenderOptions {
  /** Everything of the Hello but last_sealed_seq, which the machine knows. */
  readonly hello: Omit<Hello, "lastSealedSeq">;
  readonly random: Random;
}

/** Hashes of the last batches sent, to know the cloud's end by when it welcomes again. */
const SENT_MAX = 2 * CREDIT_BATCHES_MAX;

const tooMuchCredit = (): LockstepError =>
  new LockstepError("protocol", "the cloud gives more credit than any window has");

export class Sender {
  readonly #hello: Omit<Hello, "lastSealedSeq">;
  readonly #random: Random;
  readonly #credit = new CreditHeld();
  #effects: SenderEffect[] = [];
  #state: SenderState = "stopped";
  /** When waiting: the next attempt; else the end of patience for a welcome or an acknowledgement. Monotonic milliseconds. */
  #deadlineMs = 0;
  #backoffMs = BACKOFF_MIN_MS;
  #sealedSeq = 0n;
  #nextSeq = 1n;
  #reading = false;
  /** Set by the Welcome until it is known that this journal has that batch as well: acknowledgements wait for it. */
  #expectedHash: Uint8Array | undefined;
  #heard = { durableSeq: 0n, verifiedSeq: 0n };
  readonly #sent = new Map<bigint, Uint8Array>();
  /** The cloud's word on this connection; #durableSeq is the highest of all. */
  #heldSeq = 0n;
  #durableSeq = 0n;
  #verifiedSeq = 0n;

  constructor(options: SenderOptions) {
    this.#hello = options.hello;
    this.#random = options.random;
  }

  get state(): SenderState {
    return this.#state;
  }
  get durableSeq(): bigint {
    return this.#durableSeq;
  }
  get verifiedSeq(): bigint {
    return this.#verifiedSeq;
  }
  get nextSeq(): bigint {
    return this.#nextSeq;
  }

  start(): SenderEffect[] {
    assert(this.#state === "stopped", "a sender is started once");
    this.#enter("waiting");
    this.#deadlineMs = 0;
    return this.#take();
  }

  stop(): SenderEffect[] {
    if (this.#state === "hello" || this.#state === "streaming") this.#effects.push({ type: "disconnect" });
    this.#enter("stopped");
    return this.#take();
  }

  /** Monotonic time passed. Call at least every 100 ms. */
  tick(nowMs: number): SenderEffect[] {
    if (this.#state === "waiting" && nowMs >= this.#deadlineMs) {
      this.#enter("hello");
      this.#deadlineMs = nowMs + WELCOME_WITHIN_MS;
      this.#effects.push({ type: "connect" });
    } else if (this.#state === "hello" && nowMs >= this.#deadlineMs) {
      this.#drop(nowMs, new LockstepError("timeout", `the cloud did not answer within ${WELCOME_WITHIN_MS} ms`));
    } else if (this.#state === "streaming" && this.#heldSeq < this.#nextSeq - 1n && nowMs >= this.#deadlineMs) {
      this.#drop(nowMs, new LockstepError("timeout", `the cloud acknowledged nothing for ${ACK_WITHIN_MS} ms`));
    }
    this.#wantBatch();
    return this.#take();
  }

  onConnected(): SenderEffect[] {
    if (this.#state === "hello") {
      const hello = { ...this.#hello, lastSealedSeq: this.#sealedSeq };
      this.#effects.push({ type: "send", message: { type: "hello", hello } });
    }
    return this.#take();
  }

  onDisconnected(nowMs: number, error: LockstepError | undefined): SenderEffect[] {
    if (this.#state === "hello" || this.#state === "streaming")
      this.#retry(nowMs, error ?? new LockstepError("unavailable", "the cloud closed the line"));
    return this.#take();
  }

  /** The journal holds durable, sealed batches up to here. */
  onSealed(durableSealedSeq: bigint): SenderEffect[] {
    if (durableSealedSeq > this.#sealedSeq) this.#sealedSeq = durableSealedSeq;
    this.#wantBatch();
    return this.#take();
  }

  onMessage(nowMs: number, message: CloudMessage): SenderEffect[] {
    if (this.#state === "hello" && message.type === "welcome") this.#onWelcome(nowMs, message);
    else if (this.#state === "streaming" && message.type === "ack") this.#onAck(nowMs, message);
    else if (this.#state === "streaming" && message.type === "command")
      this.#effects.push({ type: "command", bytes: message.bytes });
    else if ((this.#state === "hello" || this.#state === "streaming") && message.type === "refusal")
      this.#onRefusal(nowMs, message);
    else if (this.#state === "hello" || this.#state === "streaming")
      this.#refused(nowMs, new LockstepError("protocol", `the cloud sent ${message.type} in state ${this.#state}`));
    return this.#take();
  }

  #onRefusal(nowMs: number, { code, message, takeover }: Refusal): void {
    if (takeover) this.#effects.push({ type: "superseded", takeover });
    this.#refused(nowMs, new LockstepError(code, `the cloud refuses: ${message}`));
  }

  /** Bytes that were no message came. */
  onGarbage(nowMs: number, error: LockstepError): SenderEffect[] {
    if (this.#state === "hello" || this.#state === "streaming") this.#refused(nowMs, error);
    return this.#take();
  }

  /** The answer to `read`: the batch, or undefined when the journal does not show it yet (asked again at the next seal). */
  onBatch(nowMs: number, batch: Uint8Array | undefined): SenderEffect[] {
    this.#reading = false;
    if (this.#state !== "streaming" || !batch) return this.#take();
    try {
      this.#onRead(nowMs, batch);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#refused(nowMs, error);
    }
    return this.#take();
  }

  onReadFailed(nowMs: number, error: LockstepError): SenderEffect[] {
    this.#reading = false;
    if (this.#state !== "streaming") return this.#take();
    // Where the cloud's log ends, no batch of this journal ends.
    const other = this.#expectedHash !== undefined && error.code === "bad_request";
    const fork = `the cloud holds other batches up to ${this.#nextSeq - 1n} than this journal: ${error.message}`;
    this.#refused(nowMs, other ? new LockstepError("fork", fork, { cause: error }) : error);
    return this.#take();
  }

  #onWelcome(nowMs: number, welcome: Welcome): void {
    const held = welcome.nextSeq - 1n;
    if (held > this.#sealedSeq) {
      const what = `the cloud holds this stream up to ${held}, this journal ends at ${this.#sealedSeq}: it is an old copy`;
      this.#refused(nowMs, new LockstepError("fork", what));
    } else if (!this.#credit.add(welcome.credit)) {
      this.#refused(nowMs, tooMuchCredit());
    } else {
      if (held < this.#durableSeq)
        this.#alarm(
          new LockstepError(
            "gap",
            `the cloud had acknowledged ${this.#durableSeq} and now holds ${held}: sending again`,
          ),
        );
      this.#begin(nowMs, held, welcome.lastHash);
    }
  }

  #begin(nowMs: number, held: bigint, lastHash: Uint8Array): void {
    const own = this.#sent.get(held);
    if (own && !equalBytes(own, lastHash)) {
      this.#refused(
        nowMs,
        new LockstepError("fork", `the cloud holds another batch up to ${held} than was sent to it`),
      );
      return;
    }
    this.#nextSeq = held + 1n;
    this.#heldSeq = held;
    this.#expectedHash = own ? undefined : lastHash;
    this.#heard = { durableSeq: 0n, verifiedSeq: 0n };
    this.#enter("streaming");
    this.#reportAcks(held, 0n);
    this.#wantBatch();
  }

  #onAck(nowMs: number, ack: Ack): void {
    if (ack.durableSeq >= this.#nextSeq) {
      const what = `the cloud acknowledges ${ack.durableSeq}, only ${this.#nextSeq - 1n} was sent`;
      this.#refused(nowMs, new LockstepError("protocol", what));
    } else if (!this.#credit.add(ack.credit)) {
      this.#refused(nowMs, tooMuchCredit());
    } else {
      this.#backoffMs = BACKOFF_MIN_MS;
      this.#heldSeq = ack.durableSeq;
      this.#deadlineMs = nowMs + ACK_WITHIN_MS;
      this.#reportAcks(ack.durableSeq, ack.verifiedSeq);
      this.#wantBatch();
    }
  }

  #reportAcks(durableSeq: bigint, verifiedSeq: bigint): void {
    if (this.#expectedHash) {
      this.#heard = { durableSeq, verifiedSeq };
      return;
    }
    if (durableSeq <= this.#durableSeq && verifiedSeq <= this.#verifiedSeq) return;
    if (durableSeq > this.#durableSeq) this.#durableSeq = durableSeq;
    if (verifiedSeq > this.#verifiedSeq) this.#verifiedSeq = verifiedSeq;
    this.#effects.push({ type: "acked", durableSeq: this.#durableSeq, verifiedSeq: this.#verifiedSeq });
  }

  #wantBatch(): void {
    if (this.#state !== "streaming" || this.#reading || this.#credit.left === 0) return;
    if (this.#nextSeq > this.#sealedSeq) return;
    this.#reading = true;
    this.#effects.push({ type: "read", fromSeq: this.#nextSeq });
  }

  #onRead(nowMs: number, batch: Uint8Array): void {
    const claim = sealClaim(batch);
    // The answer to a question of an earlier connection: for another place, or before this one has given credit.
    if (claim.firstSeq !== this.#nextSeq || this.#credit.left === 0) this.#wantBatch();
    else if (this.#expectedHash && !equalBytes(claim.previousHash, this.#expectedHash)) {
      const what = `the cloud holds another batch before ${claim.firstSeq} than this journal`;
      this.#refused(nowMs, new LockstepError("fork", what));
    } else this.#sendBatch(nowMs, claim, batch);
  }

  #sendBatch(nowMs: number, claim: SealClaim, batch: Uint8Array): void {
    assert(claim.lastSeq <= this.#sealedSeq && claim.lastSeq > claim.firstSeq, "only whole durable batches are read");
    if (this.#heldSeq === this.#nextSeq - 1n) this.#deadlineMs = nowMs + ACK_WITHIN_MS;
    if (this.#expectedHash) {
      this.#expectedHash = undefined;
      this.#reportAcks(this.#heard.durableSeq, this.#heard.verifiedSeq);
    }
    this.#credit.take();
    this.#nextSeq = claim.lastSeq + 1n;
    this.#remember(claim);
    this.#effects.push({ type: "send", message: { type: "batch", bytes: batch } });
    this.#wantBatch();
  }

  #remember(claim: SealClaim): void {
    this.#sent.set(claim.lastSeq, sha256(claim.record));
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > SENT_MAX && oldest !== undefined) this.#sent.delete(oldest);
  }

  /** Something a person must look at: tried again, but slowly. */
  #refused(nowMs: number, error: LockstepError): void {
    if (error.code !== "unavailable") {
      this.#alarm(error);
      this.#backoffMs = BACKOFF_MAX_MS;
    }
    this.#drop(nowMs, error);
  }

  #drop(nowMs: number, error: LockstepError): void {
    this.#effects.push({ type: "disconnect" });
    this.#retry(nowMs, error);
  }

  #retry(nowMs: number, error: LockstepError): void {
    // Jitter over the upper half keeps a thousand edges from coming back in one wave.
    const [a = 0, b = 0] = this.#random.bytes(2);
    const share = 0.5 + (a * 256 + b) / 131_072;
    this.#deadlineMs = nowMs + this.#backoffMs * share;
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MAX_MS);
    this.#credit.clear();
    this.#enter("waiting", error);
  }

  #alarm(error: LockstepError): void {
    this.#effects.push({ type: "alarm", error });
  }

  #enter(state: SenderState, error?: LockstepError): void {
    this.#state = state;
    this.#effects.push({ type: "state", state, error });
  }

  #take(): SenderEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
