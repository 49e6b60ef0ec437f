// Composition root: NATS as the bus, models from a directory and the bus, the real clock.
import { runMain } from "#mesh/service/start.ts";
import { realClock } from "#mesh/world/clock.ts";
import { connectBus } from "#storage/events/nats.ts";
import { loadCommand, loadConfig } from "./config.ts";
import { modelsFrom } from "./models-io.ts";
import { startEngine } from "./service.ts";

await runMain("trading-engine", async (log) => {
  const config = loadConfig();
  const bus = await connectBus({ url: config.NATS_URL, name: "trading-engine" });
  return startEngine({
    bus,
    log,
    clock: realClock(),
    findModel: modelsFrom(config.LOCKSTEP_MODEL_DIR, bus.models, log),
    host: config.HOST,
    port: config.PORT,
    snapshotMs: config.LOCKSTEP_SNAPSHOT_MS,
    workers: config.LOCKSTEP_WORKERS,
    worker: config.LOCKSTEP_WORKER,
    command: loadCommand(config),
  });
});
