// The cloud's end of replication for one stream, a plain state machine. Takes exactly the next batch, verified, or
// refuses with a typed reason. Guarantees: what it hands to the log is always the next batch of the one chain that
// stream_start began; acknowledged durable only after the log said so; only the newest connection counts (fencing).
import { assert, LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { CREDIT_BATCHES_MAX } from "#proto/limits.ts";
import { sha256, verifyBatch } from "../journal/batch.ts";
import { CreditGiven } from "./credit.ts";
import { type BoxAuthority, FIRST_BOX, type Pinned, refusal, refuseCaller, refuseEpoch, refuseHello } from "./hello.ts";
import { type CloudMessage, equalBytes, type Hello, NO_HASH, type Refusal } from "./messages.ts";
import { type SealClaim, sealClaim, streamStartOf } from "./seal.ts";

/** Where the log of the stream ends. */
export interface LogHead {
  readonly lastSeq: bigint;
  readonly lastHash: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly coreSha256: Uint8Array;
}

export type ReceiverEffect =
  /** Ask the log for its head, then call onHead or onHeadFailed. */
  | { readonly type: "load" }
  /** Append to the log, in the order of these effects; then call onAppended or onAppendFailed with the same epoch. */
  | {
      readonly type: "append";
      readonly epoch: number;
      readonly firstSeq: bigint;
      readonly lastSeq: bigint;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "send"; readonly session: number; readonly message: CloudMessage }
  | { readonly type: "close"; readonly session: number }
  | { readonly type: "refused"; readonly refusal: Refusal }
  /** For a person: damage, fork, forgery. */
  | { readonly type: "alarm"; readonly error: LockstepError };

export interface ReceiverOptions {
  /** 16 bytes. */
  readonly streamId: Uint8Array;
  readonly creditBatches?: number;
  /** Replaced only to measure the transport alone. */
  readonly verify?: typeof verifyBatch;
}

interface Session {
  readonly id: number;
  readonly hello: Hello;
  readonly credit: CreditGiven;
  welcomed: boolean;
  /** Commands it was told, in hex. */
  readonly told: Set<string>;
}

interface Pending {
  readonly lastSeq: bigint;
  readonly session: Session;
}

/** Refusals that are everyday life of a line and its log, not a sign of damage or attack. */
const QUIET = new Set<Refusal["code"]>(["unavailable", "fenced"]);
/** Hashes of the last batches, so that a repeat can be told from a fork. */
const RECENT_MAX = 2 * CREDIT_BATCHES_MAX;

export class Receiver {
  readonly #streamId: Uint8Array;
  readonly #creditBatches: number;
  readonly #verify: typeof verifyBatch;
  #effects: ReceiverEffect[] = [];
  #session: Session | undefined;
  #loading = false;
  /** The end of what was verified and handed to the log; undefined while the log has not been asked. */
  #head: { lastSeq: bigint; lastHash: Uint8Array } | undefined;
  #pinned: Pinned | undefined;
  #authority: BoxAuthority = FIRST_BOX;
  /** Goes up when the log failed: answers to older appends no longer count. */
  #epoch = 0;
  #pending: Pending[] = [];
  readonly #recent = new Map<bigint, Uint8Array>();
  #durableSeq = 0n;
  #verifiedSeq = 0n;
  #toldDurable = -1n;
  #toldVerified = -1n;

  constructor(options: ReceiverOptions) {
    this.#streamId = options.streamId;
    this.#creditBatches = options.creditBatches ?? CREDIT_BATCHES_MAX;
    this.#verify = options.verify ?? verifyBatch;
  }

  get durableSeq(): bigint {
    return this.#durableSeq;
  }
  get verifiedSeq(): bigint {
    return this.#verifiedSeq;
  }
  get receivedSeq(): bigint | undefined {
    return this.#head?.lastSeq;
  }
  get session(): { readonly id: number; readonly hello: Hello; readonly welcomed: boolean } | undefined {
    return this.#session;
  }

  /**
   * A new connection says hello; `peer` is the SPIFFE name of its certificate. The connection before it is fenced off,
   * unless the new one cannot be the stream's: a second box under one identity does not end the line of the first.
   */
  onHello(session: number, hello: Hello, peer: string): ReceiverEffect[] {
    assert(this.#session?.id !== session, "a session says hello once");
    const refused = this.#refuseForeign(hello, peer) ?? this.#refuseKnown(hello);
    if (refused) return this.#refuse(session, refused);
    if (this.#session)
      this.#refuseSession(refusal("fenced", "a newer connection of this stream has taken over: stop one of the two"));
    this.#session = {
      id: session,
      hello,
      credit: new CreditGiven(this.#creditBatches),
      welcomed: false,
      told: new Set(),
    };
    if (this.#head === undefined) this.#load();
    else this.#welcomeWhenQuiet();
    return this.#take();
  }

  onClosed(session: number): ReceiverEffect[] {
    if (this.#session?.id === session) this.#session = undefined;
    return this.#take();
  }

  /** The box that may go on, and what it is told; epochs never go back. A box that was replaced is cut off at once. */
  onAuthority(authority: BoxAuthority): ReceiverEffect[] {
    if (authority.epoch < this.#authority.epoch) return this.#take();
    this.#authority = authority;
    const session = this.#session;
    const refused = session && refuseEpoch(session.hello, authority);
    if (refused && refused.code === "superseded") this.#refuseSession(refused);
    else this.#tellCommands();
    return this.#take();
  }

  #tellCommands(): void {
    const session = this.#session;
    if (!session?.welcomed) return;
    for (const bytes of this.#authority.commands) {
      const name = hexOf(bytes);
      if (session.told.has(name)) continue;
      session.told.add(name);
      this.#send(session.id, { type: "command", bytes });
    }
  }

  /** The log's answer to `load`; undefined when it holds nothing of this stream. */
  onHead(head: LogHead | undefined): ReceiverEffect[] {
    assert(this.#loading && this.#pending.length === 0, "the head is loaded on request, with nothing on the way");
    this.#loading = false;
    this.#recent.clear();
    this.#head = { lastSeq: head?.lastSeq ?? 0n, lastHash: head?.lastHash ?? NO_HASH };
    this.#pinned = head;
    if (head) this.#recent.set(head.lastSeq, head.lastHash);
    if (this.#head.lastSeq < this.#durableSeq)
      this.#alarm(
        new LockstepError(
          "journal_truncated",
          `stream ${hexOf(this.#streamId)}: the log ends at ${this.#head.lastSeq}, ${this.#durableSeq} was acknowledged: it was set back to an old copy`,
        ),
      );
    this.#durableSeq = this.#head.lastSeq;
    this.#welcomeWhenQuiet();
    return this.#take();
  }

  onHeadFailed(error: LockstepError): ReceiverEffect[] {
    this.#loading = false;
    this.#refuseSession(refusal("unavailable", `the log does not answer (${error.message}): try again`));
    return this.#take();
  }

  onBatch(session: number, bytes: Uint8Array): ReceiverEffect[] {
    const current = this.#session;
    if (current?.id !== session) return this.#take();
    if (!current.welcomed || this.#head === undefined)
      this.#refuseSession(refusal("protocol", "a batch came before the welcome: wait for it"));
    else if (!current.credit.use())
      this.#refuseSession(refusal("credit_exceeded", `more than ${this.#creditBatches} batches came unacknowledged`));
    else this.#onNext(current, this.#head, bytes);
    return this.#take();
  }

  /** Bytes that are no message, or a message that is out of place, came from this connection. */
  onGarbage(session: number, error: LockstepError): ReceiverEffect[] {
    if (this.#session?.id === session) this.#refuseSession(refusal(error.code, error.message));
    else return this.#refuse(session, refusal(error.code, error.message));
    return this.#take();
  }

  /** The log holds the oldest pending batch. */
  onAppended(epoch: number, lastSeq: bigint): ReceiverEffect[] {
    if (epoch !== this.#epoch) return this.#take();
    const first = this.#pending.shift();
    assert(first !== undefined && first.lastSeq === lastSeq, "the log answers in the order of the appends");
    this.#durableSeq = lastSeq;
    first.session.credit.settle();
    if (this.#pending.length === 0) this.#welcomeWhenQuiet();
    return this.#take();
  }

  /** The log refused a batch: everything pipelined behind it is void, and the log is asked where it stands. */
  onAppendFailed(epoch: number, error: LockstepError): ReceiverEffect[] {
    if (epoch !== this.#epoch) return this.#take();
    this.#epoch++;
    this.#pending = [];
    this.#head = undefined;
    const code = error.code === "fork" ? "fork" : "unavailable";
    this.#refuseSession(refusal(code, `the log did not take the batch (${error.message}): begin again`));
    return this.#take();
  }

  /** The trading-engine has decided again up to here. */
  onVerified(seq: bigint): ReceiverEffect[] {
    if (seq > this.#verifiedSeq) this.#verifiedSeq = seq;
    return this.#take();
  }

  /** One acknowledgement for everything since the last: call once a turn of the event loop. */
  flush(): ReceiverEffect[] {
    const session = this.#session;
    if (!session?.welcomed || this.#head === undefined) return this.#take();
    const durableSeq = this.#durableSeq;
    const inLog = this.#verifiedSeq <= durableSeq;
    const verifiedSeq = inLog ? this.#verifiedSeq : durableSeq;
    const credit = session.credit.giveBack();
    if (credit > 0 || durableSeq !== this.#toldDurable || verifiedSeq !== this.#toldVerified) {
      this.#toldDurable = durableSeq;
      this.#toldVerified = verifiedSeq;
      this.#send(session.id, { type: "ack", durableSeq, verifiedSeq, credit });
    }
    return this.#take();
  }

  #refuseForeign(hello: Hello, peer: string): Refusal | undefined {
    if (!equalBytes(hello.streamId, this.#streamId))
      return refusal("wrong_stream", `this is stream ${hexOf(this.#streamId)}`);
    return refuseCaller(hello, peer);
  }

  /** Against what is known of the stream, once the log has been asked. */
  #refuseKnown(hello: Hello): Refusal | undefined {
    if (this.#head === undefined) return undefined;
    const { lastSeq } = this.#head;
    return refuseHello(hello, { pinned: this.#pinned, lastSeq, authority: this.#authority });
  }

  #load(): void {
    if (this.#loading) return;
    this.#loading = true;
    this.#effects.push({ type: "load" });
  }

  /** Welcomes the waiting session, once nothing of the connection before it is still on its way to the log. */
  #welcomeWhenQuiet(): void {
    const session = this.#session;
    if (!session || session.welcomed || this.#head === undefined || this.#pending.length > 0) return;
    const refused = this.#refuseKnown(session.hello);
    if (refused) {
      this.#refuseSession(refused);
      return;
    }
    session.welcomed = true;
    this.#toldDurable = -1n;
    this.#send(session.id, {
      type: "welcome",
      nextSeq: this.#head.lastSeq + 1n,
      lastHash: this.#head.lastHash,
      credit: session.credit.limit,
    });
    this.#tellCommands();
  }

  #onNext(session: Session, head: { lastSeq: bigint; lastHash: Uint8Array }, bytes: Uint8Array): void {
    try {
      const claim = sealClaim(bytes);
      if (claim.firstSeq <= head.lastSeq) this.#onRepeat(session, claim, head.lastSeq);
      else if (claim.firstSeq > head.lastSeq + 1n)
        this.#refuseSession(refusal("gap", `batch ${claim.firstSeq} came, ${head.lastSeq + 1n} is next: begin again`));
      else this.#accept(session, head, bytes);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#refuseSession(refusal(error.code, `after seq ${head.lastSeq}: ${error.message}`));
    }
  }

  #accept(session: Session, head: { lastSeq: bigint; lastHash: Uint8Array }, bytes: Uint8Array): void {
    const firstSeq = head.lastSeq + 1n;
    const pinned = this.#pinned ?? this.#pinnedBy(session.hello, bytes);
    const { lastSeq, hash } = this.#verify({
      batch: bytes,
      publicKey: this.#authority.boxKey ?? pinned.publicKey,
      previousHash: head.lastHash,
      firstSeq,
      streamId: this.#streamId,
    });
    this.#pinned = pinned;
    this.#head = { lastSeq, lastHash: hash };
    this.#remember(lastSeq, hash);
    this.#pending.push({ lastSeq, session });
    this.#effects.push({ type: "append", epoch: this.#epoch, firstSeq, lastSeq, bytes });
  }

  /** The first batch begins with stream_start, which must say what the Hello said. */
  #pinnedBy(hello: Hello, bytes: Uint8Array): Pinned {
    const start = streamStartOf(bytes);
    if (!start) throw new LockstepError("protocol", "the first record of a stream must be stream_start");
    if (!equalBytes(start.stream_id, this.#streamId))
      throw new LockstepError("wrong_stream", `stream_start names stream ${hexOf(start.stream_id)}`);
    if (!equalBytes(start.public_key, hello.publicKey))
      throw new LockstepError("bad_signature", `stream_start names key ${hexOf(start.public_key)}, the hello another`);
    if (!equalBytes(start.core_sha256, hello.coreSha256))
      throw new LockstepError("wrong_digest", `stream_start names core ${hexOf(start.core_sha256)}, the hello another`);
    return { publicKey: start.public_key, coreSha256: start.core_sha256 };
  }

  /** A batch the cloud has already: the very same one is acknowledged again, anything else is a second history. */
  #onRepeat(session: Session, claim: SealClaim, headSeq: bigint): void {
    const known = this.#recent.get(claim.lastSeq);
    // A seal's hash covers its records' hash, so equal seals are equal batches.
    if (known && equalBytes(known, sha256(claim.record))) {
      session.credit.settle();
      this.#toldDurable = -1n;
    } else if (known || claim.lastSeq > headSeq || this.#recent.has(claim.firstSeq))
      this.#refuseSession(refusal("fork", `batch ${claim.firstSeq}..${claim.lastSeq} is not the one the cloud holds`));
    else
      this.#refuseSession(
        refusal("protocol", `batch ${claim.firstSeq}..${claim.lastSeq} is older than can be compared: begin again`),
      );
  }

  #remember(lastSeq: bigint, hash: Uint8Array): void {
    this.#recent.set(lastSeq, hash);
    if (this.#recent.size <= RECENT_MAX) return;
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest);
      return;
    }
  }

  #refuseSession(reason: Refusal): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    this.#end(session.id, reason);
  }

  #refuse(session: number, reason: Refusal): ReceiverEffect[] {
    this.#end(session, reason);
    return this.#take();
  }

  #end(session: number, reason: Refusal): void {
    this.#send(session, reason);
    this.#effects.push({ type: "refused", refusal: reason }, { type: "close", session });
    if (!QUIET.has(reason.code))
      this.#alarm(new LockstepError(reason.code, `stream ${hexOf(this.#streamId)}: ${reason.message}`));
  }

  #alarm(error: LockstepError): void {
    this.#effects.push({ type: "alarm", error });
  }

  #send(session: number, message: CloudMessage): void {
    this.#effects.push({ type: "send", session, message });
  }

  #take(): ReceiverEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
