// Composition root: NATS as the bus, models from a directory, the real clock.
import { runMain } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { connectBus } from "#storage/events/nats.ts";
import { loadCommand, loadConfig } from "./config.ts";
import { modelsIn } from "./models-io.ts";
import { startEngine } from "./service.ts";

await runMain("trading-engine", async (log) => {
  const config = loadConfig();
  const bus = await connectBus({ url: config.NATS_URL, name: "trading-engine" });
  return startEngine({
    bus,
    log,
    clock: realClock(),
    findModel: modelsIn(config.LOCKSTEP_MODEL_DIR),
    host: config.HOST,
    port: config.PORT,
    snapshotMs: config.LOCKSTEP_SNAPSHOT_MS,
    workers: config.LOCKSTEP_WORKERS,
    worker: config.LOCKSTEP_WORKER,
    command: loadCommand(config),
  });
});
