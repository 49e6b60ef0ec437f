// The data directory of a box: the journal's disk, the stream's identity, the models that ever scored in it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openDisk } from "#mesh/world/disk.ts";
import type { Random } from "#proto/world.ts";
import type { EdgeConfig } from "./config.ts";
import type { EdgeStorage } from "./edge.ts";
import { ensureStreamIdentity, openFence } from "./identity-io.ts";
import { ModelStore } from "./model-store-io.ts";

export function openEdgeStorage({ config, random }: { config: EdgeConfig; random: Random }): EdgeStorage {
  const directory = config.LOCKSTEP_EDGE_DATA;
  const journalDirectory = join(directory, "journal");
  mkdirSync(journalDirectory, { recursive: true, mode: 0o700 });
  const disk = openDisk(journalDirectory);
  const models = new ModelStore(join(directory, "models"));
  const model = models.adopt(config.LOCKSTEP_MODEL);
  const hasJournal = disk.listSync().some((name) => !name.startsWith("journal.lock"));
  const identity = ensureStreamIdentity({ directory, random, hasJournal });
  const fence = openFence(directory);
  return { disk, identity, fence, model, findModel: (sha256) => models.find(sha256) };
}
