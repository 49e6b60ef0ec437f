// Runs data-collector as a process.
import { runMain } from "#mesh/service/start.ts";
import { readCollectorConfig } from "./config.ts";
import { startCollector } from "./service.ts";

await runMain("data-collector", (log) => startCollector({ config: readCollectorConfig(), log }));
