// Signatures of operators: of a release, of a configuration, of a model's assignment, of a model's configuration. The core knows whose key it must
// be; that the signature is good is found here, before the edge journals the order and again by everyone who decides the
// journal anew.
import { createPublicKey, verify } from "node:crypto";
import { configurationMessage } from "#proto/configuration/message.ts";
import { LockstepError } from "#proto/errors.ts";
import { ConfigChange, ModelAssignment, ModelConfig, OperatorCommand, readHeader } from "#proto/generated/records.ts";
import { assignmentMessage, configMessage } from "#proto/model-words.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";

interface Signed {
  readonly operator: string;
  readonly public_key: Uint8Array;
  readonly signature: Uint8Array;
}

/** Ed25519, RFC 8032; a raw key of 32 bytes. */
export function hasSigned(message: Uint8Array, o: Pick<Signed, "public_key" | "signature">): boolean {
  const x = Buffer.from(o.public_key).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, message, key, o.signature);
}

/** Throws bad_signature. */
function verifySigned(what: string, { operator, ...signed }: Signed, message: Uint8Array): void {
  if (hasSigned(message, signed)) return;
  throw new LockstepError(
    "bad_signature",
    `${what} by ${operator} is not signed by the key it names, for this stream: sign it with \`npm run operator\`, \`npm run config\` or \`npm run model\``,
  );
}

export const isSigned = ({ public_key }: { readonly public_key: Uint8Array }): boolean =>
  public_key.some((byte) => byte !== 0);

/** Throws bad_signature when the command needs a signature and has not a good one. */
export function verifyRelease(streamId: Uint8Array, command: OperatorCommand): void {
  if (command.command !== OPERATOR_COMMAND.activate) return;
  verifySigned("the release", command, operatorMessage({ ...command, stream_id: streamId }));
}

/** The same where one that names a key has not a good signature. Whether it needs one, the edge and the core have to know. */
export function verifyConfigChange(streamId: Uint8Array, change: ConfigChange): void {
  if (isSigned(change))
    verifySigned(
      `configuration ${change.config_version}`,
      change,
      configurationMessage({ ...change, stream_id: streamId }),
    );
}

export function verifyAssignment(streamId: Uint8Array, assignment: ModelAssignment): void {
  if (isSigned(assignment)) verifySigned("the model's assignment", assignment, assignmentMessage(streamId, assignment));
}

export function verifyConfig(streamId: Uint8Array, symbol: number, words: ModelConfig): void {
  if (isSigned(words)) verifySigned("the model's configuration", words, configMessage({ streamId, symbol, words }));
}

type Verify = (streamId: Uint8Array, view: DataView, at: number) => void;

/** By record code: what to verify of a record that a person may have signed. */
export const VERIFY_BY_CODE: ReadonlyMap<number, Verify> = new Map<number, Verify>([
  [OperatorCommand.code, (streamId, view, at) => verifyRelease(streamId, OperatorCommand.read(view, at))],
  [ConfigChange.code, (streamId, view, at) => verifyConfigChange(streamId, ConfigChange.read(view, at))],
  [ModelAssignment.code, (streamId, view, at) => verifyAssignment(streamId, ModelAssignment.read(view, at))],
  [
    ModelConfig.code,
    (streamId, view, at) => verifyConfig(streamId, readHeader(view, at).symbol, ModelConfig.read(view, at)),
  ],
]);
