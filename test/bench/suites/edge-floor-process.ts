// Starts what the edge is held against (edge-floor.ts) as a process of its own, and connects to it.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

export async function withFloor<T>(mode: "echo" | "sink", body: (socket: Socket) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(process.cwd(), ".bench-edge-"));
  const child = fork(new URL("./edge-floor.ts", import.meta.url), [mode, join(root, "floor")], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  try {
    const port = await new Promise<number>((resolve) =>
      child.once("message", (message) => resolve((message as { port: number }).port)),
    );
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    const result = await body(socket);
    socket.destroy();
    return result;
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await gone;
    rmSync(root, { recursive: true });
  }
}
