// The EA against the stub connector, with a quote for each symbol and live: where the tests of commands, ticks and the
// journal begin.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EA_STATE, Ea } from "./ea-process.ts";
import { StubServer } from "./stub-server.ts";

export const OFFSET_MS = 10_800_000;
export const serverMs = (): number => Date.now() + OFFSET_MS;
/** Of the shim, whose numbers are not MT5's. */
export const SHIM_FILLING = { boc: 50, return: 51, ioc: 52, fok: 53 } as const;

export interface StubBench {
  readonly ea: Ea;
  readonly server: StubServer;
  readonly files: string;
  /** The EA's journal. */
  readonly journal: string;
  tick(symbol: string, bid: number, ask: number, ms?: number): Promise<unknown>;
}

export async function inStubBench(
  work: (bench: StubBench) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  const files = mkdtempSync(join(tmpdir(), "lockstep-mql5-"));
  const server = await StubServer.listen();
  const ea = await Ea.start({ port: server.port, files, args });
  const tick = (symbol: string, bid: number, ask: number, ms = serverMs()) =>
    ea.do(`tick ${symbol} ${ms} ${bid} ${ask} 6`);
  try {
    await tick("EURUSD", 1.1, 1.1001);
    await tick("XAUUSD", 2000, 2000.2);
    await ea.until("live", ({ state }) => state === EA_STATE.live);
    await work({ ea, server, files, tick, journal: join(files, "mtx1", "12345678-Demo-Server.bin") });
    assert.equal(await ea.stop(), 0, ea.stderr.slice(-3000));
  } finally {
    await ea.kill();
    await server.close();
    rmSync(files, { recursive: true });
  }
}
