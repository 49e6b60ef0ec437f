// The signature of a release. The core knows whose key it must be; that the signature is good is found here, before the edge
// journals the command and again by everyone who decides the journal anew.
import { createPublicKey, verify } from "node:crypto";
import { LockstepError } from "#proto/errors.ts";
import type { OperatorCommand } from "#proto/generated/records.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";

/** Throws bad_signature when the command needs a signature and has not a good one (Ed25519, RFC 8032). */
export function verifyRelease(streamId: Uint8Array, command: OperatorCommand): void {
  if (command.command !== OPERATOR_COMMAND.activate) return;
  const x = Buffer.from(command.public_key).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const message = operatorMessage({ ...command, stream_id: streamId });
  if (verify(null, message, key, command.signature)) return;
  throw new LockstepError(
    "bad_signature",
    `the release by ${command.operator} is not signed by the key it names, for this stream: sign it with \`npm run operator\``,
  );
}
