// The data directory of a box: for each account the journal's disk, the stream's identity and the documents of its
// configurations; for all of them the models that ever scored.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openDisk } from "#mesh/world/disk.ts";
import type { Random } from "#proto/world.ts";
import { claimDirectory, directoryOf } from "./account-directory-io.ts";
import type { EdgeConfig } from "./config.ts";
import { openDocumentStore } from "./document-store-io.ts";
import type { EdgeStorage } from "./edge.ts";
import { ensureStreamIdentity, openFence } from "./identity-io.ts";
import { ModelStore } from "./model-store-io.ts";

export interface StreamStorage extends EdgeStorage {
  /** Of the journal. */
  readonly journalDirectory: string;
}

export interface StorageParts {
  readonly config: EdgeConfig;
  /** The process has no other account. */
  readonly alone: boolean;
  /** Of all its accounts. */
  readonly models: ModelStore;
  readonly random: Random;
}

export const modelsDirectory = (dataDirectory: string): string => join(dataDirectory, "models");
export const openModels = (dataDirectory: string): ModelStore => new ModelStore(modelsDirectory(dataDirectory));

export function openEdgeStorage({ config, alone, models, random }: StorageParts): StreamStorage {
  const root = config.LOCKSTEP_EDGE_DATA;
  const directory = directoryOf({ root, account: config.account, alone });
  const journalDirectory = join(directory, "journal");
  mkdirSync(journalDirectory, { recursive: true, mode: 0o700 });
  const fence = openFence(directory);
  claimDirectory(directory, config.account);
  const disk = openDisk(journalDirectory);
  const model = models.adopt(config.LOCKSTEP_MODEL);
  const hasJournal = disk.listSync().some((name) => !name.startsWith("journal.lock"));
  const identity = ensureStreamIdentity({ directory, random, hasJournal });
  const documents = openDocumentStore(join(directory, "configurations"));
  return { disk, identity, fence, model, documents, findModel: (sha256) => models.find(sha256), journalDirectory };
}
