// What a failed batch means: a Divergence that names stream, seq, field and both values, and the event that carries it
// to everyone else. Every kind of failure ends here, a trap of the core likewise; none is passed over.
import { CoreFault } from "#core-wasm/host/core.ts";
import { Difference } from "#core-wasm/host/redecide.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Divergence } from "#proto/services/trading-engine.ts";
import { type CloudEvent, makeEvent } from "#storage/events/envelope.ts";
import type { StreamVerifier } from "./redecide.ts";

export function divergenceOf(o: { error: unknown; verifier: StreamVerifier; nowNs: bigint }): Divergence {
  const { error, verifier } = o;
  const batchSeq = verifier.position.seq + 1n;
  const known = error instanceof LockstepError;
  const named = error instanceof Difference || error instanceof CoreFault;
  const seq = named && error.seq > 0n ? error.seq : batchSeq;
  return {
    id: `${verifier.streamId}:${seq}`,
    stream_id: verifier.streamId,
    seq: seq.toString(),
    code: known ? error.code : "internal",
    field: error instanceof Difference ? error.field : "",
    expected: error instanceof Difference ? error.expected : "",
    actual: error instanceof Difference ? error.actual : "",
    message: error instanceof Error ? error.message : String(error),
    detected_at: new Date(Number(o.nowNs / 1_000_000n)).toISOString(),
  };
}

export function divergenceEvent(o: { divergence: Divergence; verifier: StreamVerifier; nowNs: bigint }): CloudEvent {
  const { divergence, verifier } = o;
  return makeEvent({
    type: "DivergenceDetected",
    stream: verifier.streamId,
    seq: BigInt(divergence.seq),
    timeNs: o.nowNs,
    data: {
      ...divergence,
      edge_name: verifier.edgeName,
      verified_seq: verifier.position.seq.toString(),
      verified_digest: verifier.position.outputsDigest,
      decided_digest: verifier.decidedDigest,
      core_digest: verifier.coreDigest,
      model_digest: verifier.model,
    },
  });
}
