// Composition root: NATS as the bus, the identity from LOCKSTEP_TLS_DIR.
import { loadIdentity } from "#mesh/identity/identity-io.ts";
import { runMain } from "#mesh/service/start.ts";
import { SERVICES } from "#mesh/topology.ts";
import { connectBus } from "#storage/events/nats.ts";
import { loadConfig } from "./config.ts";
import { startBridge } from "./service.ts";

await runMain("data-bridge", async (log) => {
  const config = loadConfig();
  const tls = loadIdentity(config.LOCKSTEP_TLS_DIR, "data-bridge");
  const bus = await connectBus({ url: config.NATS_URL, name: "data-bridge" });
  return startBridge({
    bus,
    tls,
    log,
    host: config.HOST,
    grpcPort: config.PORT ?? SERVICES["data-bridge"].port,
    healthPort: config.HEALTH_PORT,
  });
});
