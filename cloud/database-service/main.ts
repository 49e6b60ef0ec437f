// Runs database-service as a process.
import { runMain } from "#mesh/service/start.ts";
import { readDatabaseConfig } from "./config.ts";
import { startDatabaseService } from "./service.ts";

await runMain("database-service", (log) => startDatabaseService({ config: readDatabaseConfig(), log }));
