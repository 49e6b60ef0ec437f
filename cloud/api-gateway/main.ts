// Runs api-gateway as a process.
import { runMain } from "#mesh/service/start.ts";
import { readGatewayConfig } from "./config.ts";
import { startGateway } from "./service.ts";

await runMain("api-gateway", (log) => startGateway({ config: readGatewayConfig(), log }));
