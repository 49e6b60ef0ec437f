// Who this stream is: its id and its Ed25519 key, made at the first start and never again. One file, whole or not there,
// readable by its owner only.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { LockstepError } from "#proto/errors.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import type { Random } from "#proto/world.ts";
import type { FenceStore } from "./cloud-authority.ts";

export interface StreamIdentity {
  readonly streamId: Uint8Array;
  readonly signer: { readonly publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array };
}

const NAME = "identity.json";
const RAW_KEY_BYTES = 32;
const Saved = z.object({ stream_id: z.string().regex(/^[0-9a-f]{32}$/), private_key: z.string() });

function loadJson<T>(path: string, shape: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is damaged: restore it, the stream cannot go on without it`, {
      cause,
    });
  }
}

/** `hasJournal`: there are records already, so that the identity must be there too. */
export function ensureStreamIdentity(o: { directory: string; random: Random; hasJournal: boolean }): StreamIdentity {
  const path = join(o.directory, NAME);
  let saved = loadJson(path, Saved);
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

const TAKEOVER = "takeover.json";
const SUPERSEDED = "superseded.json";
const Hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);
const SeqText = z.string().regex(/^\d+$/);
const SavedTakeover = z.object({ takeover: Hex, old_box_is_dead: z.boolean().default(false) });
const SavedFence = z.object({
  takeover: Hex,
  epoch: z.number().int().min(1),
  cloud_durable_seq: SeqText,
  last_seq: SeqText,
});

/** The directory's word on who has the stream. */
export function openFence(directory: string): FenceStore {
  const read = <T>(name: string, shape: z.ZodType<T>): T | undefined => loadJson(join(directory, name), shape);
  const order = read(TAKEOVER, SavedTakeover);
  return {
    takeover: order && { payload: bytesOf(order.takeover), oldBoxIsDead: order.old_box_is_dead },
    superseded: read(SUPERSEDED, SavedFence),
    saveSuperseded: (fence) => {
      try {
        writeWhole(directory, SUPERSEDED, `${JSON.stringify(fence)}\n`);
      } catch (cause) {
        const what = `${SUPERSEDED} cannot be written: ${(cause as Error).message}; the box hears it again when it is started`;
        throw new LockstepError("journal_io", what, { cause });
      }
    },
  };
}
