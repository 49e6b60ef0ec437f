// The conformance suite over a real nats-server with file storage, which is killed with SIGKILL in the middle.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Nats, startNats } from "#storage/engines/nats.ts";
import { Wire } from "../../test/chaos/wire.ts";
import { busConformance } from "./bus.conformance.ts";
import { connectBus } from "./nats.ts";
import { openLink } from "./nats-link.ts";

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

test("nats: a line that stands still over two logins: the connection comes back by itself", async () => {
  const { wire, port } = await Wire.before(nats!.port);
  const url = new URL(nats!.url);
  url.port = String(port);
  const link = await openLink({ url: url.href, name: "slow-line" });
  // The server gives up on a login after two seconds, the client used to after the second one.
  const held = wire.hold("up", 4_700);
  wire.cut();
  await held;
  for (let tries = 0; !link.connected && tries < 200; tries++) await sleep(50);
  assert.equal(link.connected, true);
  assert.equal(await link.ask("answer", () => link.nc.rtt().then(() => "yes")), "yes");
  await link.nc.close();
  await wire.close();
});
