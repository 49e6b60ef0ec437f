// Runs market-monitor as a process, one that gives way to the connector beside it.
import { configuredEnv } from "#mesh/service/configured.ts";
import { runMain } from "#mesh/service/start.ts";
import { yieldProcess } from "#mesh/world/priority.ts";
import { readMonitorConfig } from "./config.ts";
import { startMonitor } from "./service.ts";

yieldProcess();
await runMain("market-monitor", async (log) =>
  startMonitor({ config: readMonitorConfig(await configuredEnv("market-monitor", { log })), log }),
);
