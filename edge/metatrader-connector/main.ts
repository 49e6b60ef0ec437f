// Composition root of the edge box.
import { configuredEnv } from "#mesh/service/configured.ts";
import { runMain } from "#mesh/service/start.ts";
import { loadConfig } from "./accounts.ts";
import { startConnector } from "./service.ts";

await runMain("metatrader-connector", async (log) => {
  const env = await configuredEnv("metatrader-connector", { log });
  return startConnector({ config: loadConfig(env), log });
});
