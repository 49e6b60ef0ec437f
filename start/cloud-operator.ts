// What an operator asks of the cloud: requests signed with the operator's key, and the directory of a replacement box.
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RequestWords, requestMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import { type OperatorIdentity, publicKeyOf } from "./operator.ts";

/** Body of a request to trading-engine: who asks, in which epoch, signed. */
export function signedRequest(
  identity: OperatorIdentity,
  words: Omit<RequestWords, "operator">,
): { operator: string; epoch: number; public_key: string; signature: string } {
  const { name, public_key } = identity;
  const signature = Buffer.from(identity.sign(requestMessage({ ...words, operator: name }))).toString("hex");
  return { operator: name, epoch: words.epoch, public_key, signature };
}

const IDENTITY = "identity.json";

/** Makes the key of a replacement box in an empty data directory, or finds the one made before; its public half, in hex. */
export function enrol(o: { directory: string; streamId: string }): string {
  const path = join(o.directory, IDENTITY);
  if (existsSync(join(o.directory, "journal")))
    throw new LockstepError(
      "bad_config",
      `${o.directory} holds a journal: a replacement box begins in an empty directory`,
    );
  if (existsSync(path)) return publicKeyOf(path);
  mkdirSync(o.directory, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync("ed25519");
  const identity = {
    stream_id: o.streamId,
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  writeFileSync(path, `${JSON.stringify(identity)}\n`, { mode: 0o600, flag: "wx" });
  return publicKeyOf(path);
}

/** What the connector looks for when it starts in a directory without a journal. */
export function writeTakeover(directory: string, o: { takeover: string; oldBoxIsDead: boolean }): void {
  const order = { takeover: o.takeover, old_box_is_dead: o.oldBoxIsDead };
  writeFileSync(join(directory, "takeover.json"), `${JSON.stringify(order)}\n`, { mode: 0o600 });
}
