// An operator's key and the commands given with it. The key file is the operator's own (mode 0600) and holds name and
// private key; the box knows name and public key from its configuration.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";

const KeyFile = z.strictObject({ name: z.string().regex(/^[ -~]{1,32}$/), private_key: z.string() });

const PrivateKey = z.object({ private_key: z.string() });

export interface OperatorIdentity {
  readonly name: string;
  /** Ed25519, raw, 64 hex digits: what the box's configuration wants. */
  readonly public_key: string;
  sign(message: Uint8Array): Uint8Array;
}

/** Writes a new key file; it must not be there yet. */
export function makeOperatorKey(path: string, name: string): OperatorIdentity {
  const { privateKey } = generateKeyPairSync("ed25519");
  const saved = { name, private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  if (!KeyFile.safeParse(saved).success)
    throw new LockstepError("bad_config", "an operator's name is 1 to 32 ASCII characters");
  try {
    writeFileSync(path, `${JSON.stringify(saved)}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
  return readOperatorKey(path);
}

export function readOperatorKey(path: string): OperatorIdentity {
  try {
    const { name, private_key } = KeyFile.parse(JSON.parse(readFileSync(path, "utf8")));
    const privateKey = createPrivateKey(private_key);
    return { name, public_key: publicHex(privateKey), sign: (message) => sign(null, message, privateKey) };
  } catch (cause) {
    const message = `${path} is no operator's key file: make one with \`npm run operator -- keygen\``;
    throw new LockstepError("bad_file", message, { cause });
  }
}

/** Ed25519, raw, 64 hex digits: the end of an SPKI structure (RFC 8410). */
const publicHex = (key: KeyObject): string =>
  createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-32).toString("hex");

/** The same of the private key in a JSON file (the cloud's command key). */
export function publicKeyOf(path: string): string {
  try {
    const { private_key } = PrivateKey.parse(JSON.parse(readFileSync(path, "utf8")));
    return publicHex(createPrivateKey(private_key));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} holds no private key`, { cause });
  }
}

/** The body of POST /command: signed when it is a release. */
export function commandBody(o: {
  readonly command: keyof typeof OPERATOR_COMMAND;
  readonly operator: string;
  readonly reason: string;
  /** Hex. */
  readonly streamId: string;
  readonly identity: OperatorIdentity | undefined;
}): Record<string, string> {
  const id = randomBytes(16);
  const words = { command: o.command, operator: o.operator, reason: o.reason, command_id: id.toString("hex") };
  if (!o.identity) return words;
  const message = operatorMessage({
    ...o,
    stream_id: Buffer.from(o.streamId, "hex"),
    command_id: id,
    command: OPERATOR_COMMAND[o.command],
  });
  const signature = Buffer.from(o.identity.sign(message)).toString("hex");
  return { ...words, public_key: o.identity.public_key, signature };
}
