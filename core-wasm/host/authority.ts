// The cloud's signatures, held against what the stream's own records say of the cloud: before the edge journals a command
// or goes on with a stream, and again by everyone who decides the journal anew. Ed25519, RFC 8032.
import { hash } from "node:crypto";
import { commandMessage, type OrderedRecord, readOrdered, takeoverMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import { HEADER_OFFSET, Lease, Takeover } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { viewOf } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import type { Authority } from "./core.ts";
import { hasSigned } from "./signatures.ts";

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function knownKey(publicKey: Uint8Array, { cloudKeys }: Pick<Authority, "cloudKeys">): void {
  if (cloudKeys.some((key) => equal(key, publicKey))) return;
  throw new LockstepError(
    "auth_refused",
    `${hexOf(publicKey)} is no key of this stream's cloud: it belongs into "cloud_keys" of the box's configuration`,
  );
}

/**
 * Throws wrong_stream, auth_refused, bad_signature, fenced (another epoch) or replayed (a number that is not above the
 * last of its kind). Whether it is still valid only the one who takes it can say.
 */
export function checkCommand(ordered: OrderedRecord, o: { streamId: Uint8Array; authority: Authority }): void {
  const { envelope, payload } = ordered;
  const { epoch, numbers } = o.authority;
  if (!equal(envelope.stream_id, o.streamId))
    throw new LockstepError("wrong_stream", `a command for stream ${hexOf(envelope.stream_id)} came`);
  knownKey(envelope.public_key, o.authority);
  const fits = equal(envelope.payload_sha256, hash("sha256", payload, "buffer"));
  if (!fits || !hasSigned(commandMessage(envelope), envelope))
    throw new LockstepError("bad_signature", "a command of the cloud is not signed by the key that it names");
  if (envelope.epoch !== epoch)
    throw new LockstepError("fenced", `a command for the box of epoch ${envelope.epoch} came, this is ${epoch}`);
  const last = numbers.get(envelope.ordered) ?? 0n;
  if (envelope.number <= last)
    throw new LockstepError("replayed", `command ${envelope.number} of the cloud came, ${last} was taken before`);
}

/** Throws wrong_stream, auth_refused, bad_signature, or fenced when the stream is not at the epoch before. */
export function checkTakeover(
  takeover: Takeover,
  o: { streamId: Uint8Array; authority: Pick<Authority, "epoch" | "cloudKeys"> },
): void {
  checkTakeoverWord(takeover, { streamId: o.streamId, cloudKeys: o.authority.cloudKeys });
  if (takeover.epoch !== o.authority.epoch + 1)
    throw new LockstepError("fenced", `epoch ${takeover.epoch} does not follow ${o.authority.epoch}`);
}

/** That the stream's cloud said so, whatever the stream's epoch is. Throws wrong_stream, auth_refused or bad_signature. */
export function checkTakeoverWord(
  takeover: Takeover,
  o: { streamId: Uint8Array; cloudKeys: readonly Uint8Array[] },
): void {
  if (!equal(takeover.stream_id, o.streamId))
    throw new LockstepError("wrong_stream", `a takeover of stream ${hexOf(takeover.stream_id)} stands here`);
  knownKey(takeover.public_key, o);
  checkTakeoverSignature(takeover);
}

/** The signature alone, by the key that the takeover names. Throws bad_signature. */
export function checkTakeoverSignature(takeover: Takeover): void {
  if (!hasSigned(takeoverMessage(takeover), takeover))
    throw new LockstepError("bad_signature", "the takeover is not signed by the cloud's key that it names");
}

/**
 * The record at `at` stands behind no envelope. Throws bad_signature when it claims to be the cloud's, or is a lease that
 * runs longer than the one in force although the stream has a cloud: nobody lengthens his own leave.
 */
export function checkUnordered(records: Uint8Array, at: number, authority: Authority): void {
  const view = viewOf(records);
  const code = view.getUint16(at + HEADER_OFFSET.kind, true);
  const unsigned = (what: string): LockstepError =>
    new LockstepError("bad_signature", `seq ${view.getBigUint64(at, true)}: ${what} without the cloud's signature`);
  if (view.getUint8(at + HEADER_OFFSET.source) === SOURCE.cloud) throw unsigned("an order of the cloud");
  if (code !== Lease.code || authority.cloudKeys.length === 0) return;
  if (Lease.read(view, at).expires_ns > authority.leaseExpiresNs) throw unsigned("a longer lease");
}

/** Everything that the cloud must have signed in one record of kind cloud_command or takeover, before it is decided. */
export function checkSigned(records: Uint8Array, at: number, o: { streamId: Uint8Array; authority: Authority }): void {
  const view = viewOf(records);
  if (view.getUint16(at + HEADER_OFFSET.kind, true) === Takeover.code) checkTakeover(Takeover.read(view, at), o);
  else checkCommand(readOrdered(records, at), o);
}
