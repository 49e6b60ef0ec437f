// Who may replicate what: the checks of a Hello against the caller's certificate and against what the stream's first
// batch has pinned. Pure; the first failing check decides the refusal.
import { LAYOUT_VERSION } from "#proto/records.ts";
import { equalBytes, type Hello, hexOf, type Refusal } from "./messages.ts";

/** What stream_start has fixed for ever. */
export interface Pinned {
  readonly publicKey: Uint8Array;
  readonly coreSha256: Uint8Array;
}

export const refusal = (code: Refusal["code"], message: string): Refusal => ({ type: "refusal", code, message });

/** Checks that need no knowledge of the stream. `peer` is the SPIFFE name of the caller's certificate. */
export function refuseCaller(hello: Hello, peer: string): Refusal | undefined {
  const name = `edge/${hexOf(hello.streamId)}`;
  if (peer !== name)
    return refusal("wrong_stream", `"${peer}" may not replicate "${name}": use the certificate made for this stream`);
  if (hello.layoutVersion !== LAYOUT_VERSION)
    return refusal(
      "unknown_version",
      `the edge writes record layout ${hello.layoutVersion}, the cloud reads ${LAYOUT_VERSION}: bring both to one release`,
    );
  return undefined;
}

/** Checks against the stream as the cloud has it. */
export function refuseHello(hello: Hello, pinned: Pinned | undefined, lastSeq: bigint): Refusal | undefined {
  if (pinned && !equalBytes(hello.publicKey, pinned.publicKey))
    return refusal(
      "bad_signature",
      `the edge signs with ${hexOf(hello.publicKey)}, the stream began with ${hexOf(pinned.publicKey)}: a new key needs a new stream`,
    );
  if (pinned && !equalBytes(hello.coreSha256, pinned.coreSha256))
    return refusal(
      "wrong_digest",
      `the edge runs core ${hexOf(hello.coreSha256)}, the stream began with ${hexOf(pinned.coreSha256)}: run that one`,
    );
  if (hello.lastSealedSeq < lastSeq)
    return refusal(
      "fork",
      `the edge's journal ends at ${hello.lastSealedSeq}, the cloud holds it up to ${lastSeq}: the edge was set back to an old copy; bring its journal back or begin a new stream`,
    );
  return undefined;
}
