// Runs market-monitor as a process.
import { configuredEnv } from "#mesh/service/configured.ts";
import { runMain } from "#mesh/service/start.ts";
import { readMonitorConfig } from "./config.ts";
import { startMonitor } from "./service.ts";

await runMain("market-monitor", async (log) =>
  startMonitor({ config: readMonitorConfig(await configuredEnv("market-monitor", { log })), log }),
);
