// Runs market-monitor as a process.
import { runMain } from "#mesh/service/start.ts";
import { readMonitorConfig } from "./config.ts";
import { startMonitor } from "./service.ts";

await runMain("market-monitor", (log) => startMonitor({ config: readMonitorConfig(), log }));
