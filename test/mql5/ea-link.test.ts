// The line and the session: secrets, sockets that run out, short writes, silence, accounts that change, and what the EA does
// by itself when the connector stays away.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as m from "#proto/generated/mtx1.ts";
import { Deframer, decodePayload, Framer } from "#proto/mtx1/frame.ts";
import { BYE_CODE, CMD_ACTION } from "#proto/mtx1.ts";
import { inStubBench } from "./bench.fixture.ts";
import { EA_STATE, Ea, SECRET } from "./ea-process.ts";
import { StubServer } from "./stub-server.ts";

async function withEa(
  o: { port: number; secret?: string; args?: readonly string[] },
  work: (ea: Ea) => Promise<void>,
): Promise<void> {
  const files = mkdtempSync(join(tmpdir(), "lockstep-mql5-"));
  const ea = await Ea.start({ ...o, files });
  try {
    await work(ea);
    assert.equal(await ea.stop(), 0, ea.stderr.slice(-3000));
  } finally {
    await ea.kill();
    rmSync(files, { recursive: true });
  }
}

test("ea link: another secret than the connector's: refused, said on the panel, tried again later", async () => {
  const server = await StubServer.listen();
  try {
    await withEa({ port: server.port, secret: "another-secret-1" }, async (ea) => {
      const view = await ea.until("refusal", ({ ended }) => ended.includes("wrong secret"));
      assert.equal(view.state, EA_STATE.offline);
      await ea.until("panel", ({ panel }) => panel.some((line) => line.includes("wrong secret")));
    });
  } finally {
    await server.close();
  }
});

test("ea link: a stranger who answers without the secret: hung up on before any order", async () => {
  const sockets: Socket[] = [];
  const byes: m.Bye[] = [];
  const stranger = createServer((socket) => {
    const framer = new Framer();
    const deframer = new Deframer();
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) =>
      deframer.feed(chunk, ({ type, payload }) => {
        if (type === m.Hello.type)
          socket.write(
            framer.encode(m.Challenge, {
              server_nonce: new Uint8Array(32),
              proto: 1,
              heartbeat_ms: 1000,
              max_frame: 1 << 20,
              utc_ms: 0n,
            }),
          );
        else if (type === m.Auth.type)
          socket.write(
            framer.encode(m.Welcome, {
              mac: new Uint8Array(32),
              session_id: 1n,
              utc_ms: 0n,
              disconnect_policy: 2,
              policy_delay_ms: 0,
              max_cmd_per_s: 0,
            }),
          );
        else if (type === m.Bye.type) byes.push(decodePayload(m.Bye, payload));
      }),
    );
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  try {
    await withEa({ port: (stranger.address() as { port: number }).port }, async (ea) => {
      await ea.until("hung up", ({ ended }) => ended.includes("does not know the secret"));
      assert.equal(byes[0]?.code, BYE_CODE.auth);
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    stranger.close();
  }
});

test("ea link: inputs that cannot work, an address that is not allowed: said, and nothing is tried", async () => {
  await withEa({ port: 9, secret: "short" }, async (ea) => {
    const { running, log } = await ea.view();
    assert.equal(running, 0);
    assert.match(log.join("\n"), /Secret: the connector's LOCKSTEP_EA_SECRET, 12 characters or more/);
  });
  await withEa({ port: 9, args: ["--host", "10.0.0.1"] }, async (ea) => {
    const { ended } = await ea.until("not allowed", (view) => view.ended !== "");
    assert.match(ended, /error 4014.*Allow WebRequest for listed URL/);
  });
});

test("ea link: many cuts with two sockets to be had, a short write, silence: a session again each time, no handle lost", async () => {
  await inStubBench(
    async ({ ea, server }) => {
      for (let i = 0; i < 4; i++) {
        const { sessions } = server.stub;
        if (i === 3) await ea.do("set short_write 30");
        else server.cut();
        await server.until("a new session", () => server.stub.sessions > sessions);
        await ea.until("live", ({ state }) => state === EA_STATE.live);
      }
      assert.equal((await ea.view()).sockets, 1);
      // Nothing is heard for longer than five seconds: goodbye.
      await ea.do("skip 6000");
      await ea.until("silence or a heartbeat in time", ({ state }) => state === EA_STATE.live);
    },
    ["--sockets", "2"],
  );
});

test("ea link: a damaged frame of the connector: goodbye with its code, a new session", async () => {
  await inStubBench(async ({ ea, server }) => {
    const { sessions } = server.stub;
    server.stub.send(m.GoLive, {});
    const bytes = server.stub.out.at(-1) as Uint8Array;
    bytes[30] = (bytes[30] as number) ^ 1;
    server.flush();
    await server.until("goodbye", () => server.all(m.Bye).length > 0);
    assert.equal(server.all(m.Bye)[0]?.code, BYE_CODE.protocol);
    await server.until("a new session", () => server.stub.sessions > sessions);
    await ea.until("live", ({ state }) => state === EA_STATE.live);
  });
});

test("ea link: another account in the terminal: goodbye 7, then a session and a journal of its own", async () => {
  await inStubBench(async ({ ea, server }) => {
    const { hello } = server.stub;
    await ea.do("set login 777");
    await server.until("the other account", () => server.stub.hello?.login === 777n);
    assert.equal(server.all(m.Bye)[0]?.code, BYE_CODE.superseded);
    assert.notEqual(server.stub.hello?.instance_id, hello?.instance_id);
    await ea.until("live", ({ state }) => state === EA_STATE.live);
  });
});

test("ea link: the broker's line down: told by the heartbeat, trading refused on the panel", async () => {
  await inStubBench(async ({ ea, server }) => {
    await ea.do("set connected 0");
    await server.until("heartbeat", () => server.all(m.Heartbeat).some(({ flags }) => (flags & 1) === 0));
    await ea.until("panel", ({ panel }) => panel[0] === "Lockstep  LIVE, NOT TRADING");
    await ea.do("set connected 1");
    await ea.until("panel", ({ panel }) => panel[0] === "Lockstep  LIVE");
  });
});

for (const policy of [0, 1, 2])
  test(`ea link: the connector stays away, policy ${policy}: only our own, only after the delay`, async () => {
    await inStubBench(
      async ({ ea, server }) => {
        const market = server.command();
        await server.until("filled", () => server.results(market).some(({ final }) => final === 1));
        const pending = server.command({ action: CMD_ACTION.pending, order_type: 2, price: 1.05 });
        await server.until("placed", () => server.results(pending).length > 0);
        await ea.do("manual XAUUSD 0.03");
        await server.close();
        await ea.until("offline", ({ state }) => state === EA_STATE.offline);
        assert.deepEqual([(await ea.view()).positions.length, (await ea.view()).orders.length], [2, 1]);
        // Also after the EA was loaded anew: what is ours stands in the journal.
        await ea.do("kill", "init", "skip 4000");
        assert.equal((await ea.view()).sends.length, 2);
        await ea.do("skip 2000");
        const wanted = [
          [2, 1],
          [2, 0],
          [1, 0],
        ][policy];
        const view = await ea.until(
          "the policy's end",
          ({ positions, orders, pending: busy }) =>
            busy === 0 && positions.length === wanted?.[0] && orders.length === wanted?.[1],
        );
        assert.deepEqual(view.positions.at(-1)?.symbol, "XAUUSD");
        assert.equal(view.sends.length, 2 + policy);
      },
      ["--alone", String(policy), "--alone-after", "5", "--hedging", "1"],
    );
  });

test("ea link: the secret never appears in the log or on the panel", async () => {
  await inStubBench(async ({ ea }) => {
    const { log, panel } = await ea.view();
    assert.ok(![...log, ...panel].some((line) => line.includes(SECRET)));
  });
});
