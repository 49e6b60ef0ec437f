// The fault injector itself: what it lets through is what came, in order; what it changes is one bit.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Wire } from "./wire.ts";

/** Says back what it hears. */
async function echo(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

async function talk(port: number): Promise<{ socket: Socket; heard: () => Buffer }> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  await once(socket, "connect");
  return { socket, heard: () => bytes };
}

/** Whatever ended it. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("close", () => resolve()));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 500, "it happens within five seconds");
    await sleep(10);
  }
}

const bitsApart = (a: Buffer, b: Buffer): number =>
  a.reduce((sum, byte, i) => sum + (byte ^ (b[i] as number)).toString(2).replaceAll("0", "").length, 0);

test("wire: passes, is late, holds one way, changes one bit, cuts and refuses", async (t) => {
  const server = await echo();
  const { wire, port } = await Wire.before(server.port);
  t.after(async () => {
    await wire.close();
    server.close();
  });
  const { socket, heard } = await talk(port);
  const said = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i & 255));
  socket.write(said);
  await until(() => heard().length === 1_000);
  assert.ok(heard().equals(said));

  wire.damage("down", 4_321);
  socket.write(said);
  await until(() => heard().length === 2_000);
  assert.deepEqual([bitsApart(heard().subarray(1_000), said), wire.damaged], [1, 1]);

  const holding = wire.hold("up", 300);
  socket.write("held");
  await sleep(100);
  assert.equal(heard().length, 2_000);
  await holding;
  await until(() => heard().length === 2_004);

  const late = wire.delay(20, 200);
  for (const part of ["a", "b", "c"]) socket.write(part);
  await until(() => heard().length === 2_007);
  assert.equal(heard().subarray(2_004).toString(), "abc");
  await late;

  const gone = closed(socket);
  const refusing = wire.refuse(200);
  await gone;
  const refused = connect(port, "127.0.0.1").on("error", () => undefined);
  await closed(refused);
  await refusing;
  const again = await talk(port);
  again.socket.write("back");
  await until(() => again.heard().toString() === "back");
  again.socket.destroy();
});
