// Runs config-manager as a process.
import { runMain } from "#mesh/service/start.ts";
import { readManagerConfig } from "./config.ts";
import { startManager } from "./service.ts";

await runMain("config-manager", (log) => startManager({ config: readManagerConfig(), log }));
