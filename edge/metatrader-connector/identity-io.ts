// Who this stream is: its id and its Ed25519 key, made at the first start and never again. One file, whole or not there,
// readable by its owner only.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Random } from "#proto/world.ts";
import { bytesOf, hexOf } from "./convert.ts";

export interface StreamIdentity {
  readonly streamId: Uint8Array;
  readonly signer: { readonly publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array };
}

const NAME = "identity.json";
const RAW_KEY_BYTES = 32;
const Saved = z.object({ stream_id: z.string().regex(/^[0-9a-f]{32}$/), private_key: z.string() });

function load(path: string): z.output<typeof Saved> | undefined {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return Saved.parse(JSON.parse(text));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is damaged: restore it, without it the journal has no key`, { cause });
  }
}

/** `hasJournal`: there are records already, so that the identity must be there too. */
export function ensureStreamIdentity(o: { directory: string; random: Random; hasJournal: boolean }): StreamIdentity {
  const path = join(o.directory, NAME);
  let saved = load(path);
  if (!saved) {
    if (o.hasJournal)
      throw new LockstepError(
        "bad_file",
        `${path} is missing beside a journal: restore it or choose another directory`,
      );
    const { privateKey } = generateKeyPairSync("ed25519");
    saved = {
      stream_id: hexOf(o.random.bytes(16)),
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
    writeWhole(o.directory, NAME, `${JSON.stringify(saved)}\n`);
  }
  const privateKey = createPrivateKey(saved.private_key);
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    streamId: bytesOf(saved.stream_id),
    signer: {
      publicKey: new Uint8Array(spki.subarray(spki.length - RAW_KEY_BYTES)),
      sign: (message) => sign(null, message, privateKey),
    },
  };
}
