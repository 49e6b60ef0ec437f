// The signatures of a release and of a configuration. The core knows whose key a release must bear; that a signature is good
// is found here, before the edge journals it and again by everyone who decides the journal anew.
import { createPublicKey, verify } from "node:crypto";
import { configurationMessage } from "#proto/configuration/message.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ConfigChange, OperatorCommand } from "#proto/generated/records.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";

interface Signed {
  readonly public_key: Uint8Array;
  readonly signature: Uint8Array;
}

/** Ed25519 (RFC 8032). */
function isSigned({ public_key, signature }: Signed, message: Uint8Array): boolean {
  const x = Buffer.from(public_key).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, message, key, signature);
}

/** Throws bad_signature when the command needs a signature and has not a good one. */
export function verifyRelease(streamId: Uint8Array, command: OperatorCommand): void {
  if (command.command !== OPERATOR_COMMAND.activate) return;
  if (isSigned(command, operatorMessage({ ...command, stream_id: streamId }))) return;
  throw new LockstepError(
    "bad_signature",
    `the release by ${command.operator} is not signed by the key it names, for this stream: sign it with \`npm run operator\``,
  );
}

export const isUnsigned = ({ public_key }: Pick<Signed, "public_key">): boolean =>
  public_key.every((byte) => byte === 0);

/** Throws bad_signature when the change bears a signature that is not good. Whether it needs one, the edge has to know. */
export function verifyConfigChange(streamId: Uint8Array, change: ConfigChange): void {
  if (isUnsigned(change) || isSigned(change, configurationMessage({ ...change, stream_id: streamId }))) return;
  throw new LockstepError(
    "bad_signature",
    `configuration ${change.config_version} by ${change.operator} is not signed by the key it names, for this stream and in place of that version: sign it with \`npm run config\` or on config-manager's page`,
  );
}
