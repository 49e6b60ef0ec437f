// Composition root of the edge box.
import { runMain } from "#mesh/service/start.ts";
import { loadConfig } from "./accounts.ts";
import { startConnector } from "./service.ts";

await runMain("metatrader-connector", (log) => startConnector({ config: loadConfig(), log }));
