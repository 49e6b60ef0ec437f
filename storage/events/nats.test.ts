// The conformance suite over a real nats-server with file storage, which is killed with SIGKILL in the middle.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { busConformance } from "./bus.conformance.ts";
import { connectBus } from "./nats.ts";

let dataDir = "";
let nats: Nats | undefined;

before(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lockstep-nats-"));
  nats = await startNats({ dataDir });
});

after(async () => {
  await nats?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

busConformance("nats", {
  open: (name) => connectBus({ url: nats!.url, name }),
  killAndRestart: async () => {
    const { pid, port } = nats!;
    process.kill(pid, "SIGKILL");
    nats = await startNats({ dataDir, port });
  },
});
