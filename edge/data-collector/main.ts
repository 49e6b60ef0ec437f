// Runs data-collector as a process.
import { configuredEnv } from "#mesh/service/configured.ts";
import { runMain } from "#mesh/service/start.ts";
import { readCollectorConfig } from "./config.ts";
import { startCollector } from "./service.ts";

await runMain("data-collector", async (log) =>
  startCollector({ config: readCollectorConfig(await configuredEnv("data-collector", { log })), log }),
);
