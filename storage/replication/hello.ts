// Who may replicate what: the checks of a Hello against the caller's certificate and against what the stream's first
// batch has pinned. Pure; the first failing check decides the refusal.
import { hexOf } from "#proto/hex.ts";
import { LAYOUT_VERSION } from "#proto/records.ts";
import { equalBytes, type Hello, type Refusal } from "./messages.ts";

/** What the cloud has decided of the stream's boxes (storage/events, StreamAuthority). */
export interface BoxAuthority {
  /** The box that may go on with the stream: 0 the one that began it. */
  readonly epoch: number;
  /** Of that box; undefined in epoch 0: the one of stream_start. */
  readonly boxKey: Uint8Array | undefined;
  /** Payload of the takeover record that opened the epoch. */
  readonly takeover: Uint8Array | undefined;
  /** Signed commands that the edge should have, the newest of each kind. */
  readonly commands: readonly Uint8Array[];
}

export const FIRST_BOX: BoxAuthority = { epoch: 0, boxKey: undefined, takeover: undefined, commands: [] };

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

/** A box that was replaced learns it with the proof; one that comes from nowhere is refused. */
export function refuseEpoch(hello: Hello, { epoch, takeover }: BoxAuthority): Refusal | undefined {
  if (hello.epoch < epoch)
    return {
      ...refusal(
        "superseded",
        `this box is of epoch ${hello.epoch}, a replacement box has the stream in epoch ${epoch}: it must not trade any more; what it wrote since lies in its journal alone`,
      ),
      ...(takeover && { takeover }),
    };
  if (hello.epoch > epoch)
    return refusal("fenced", `epoch ${hello.epoch} was not granted, the stream is in ${epoch}: replace its box first`);
  return undefined;
}

/** Checks against the stream as the cloud has it. */
export function refuseHello(
  hello: Hello,
  o: { pinned: Pinned | undefined; lastSeq: bigint; authority: BoxAuthority },
): Refusal | undefined {
  const { pinned, lastSeq, authority } = o;
  const epoch = refuseEpoch(hello, authority);
  if (epoch) return epoch;
  const publicKey = authority.boxKey ?? pinned?.publicKey;
  if (publicKey && !equalBytes(hello.publicKey, publicKey))
    return refusal(
      "bad_signature",
      `the edge signs with ${hexOf(hello.publicKey)}, the stream's box with ${hexOf(publicKey)}: another box must replace it`,
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
