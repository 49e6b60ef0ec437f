// The EA's own journal over ends of every kind: before and after the order left, in the middle of a record, with damage, on
// a full disk, in the hands of another EA, and grown large.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as m from "#proto/generated/mtx1.ts";
import { crc32 } from "#proto/mtx1/crc32.ts";
import { ACK_STATUS, CMD_STATE } from "#proto/mtx1.ts";
import { inStubBench, type StubBench } from "./bench.fixture.ts";
import { EA_STATE, Ea } from "./ea-process.ts";

const RECORD_BYTES = 192;

async function stateOf({ server }: StubBench, id: Uint8Array): Promise<number> {
  const before = server.statuses(id).length;
  server.send(m.CmdQuery, { sections: 0, history_from_s: 0n, commands: [{ cmd_id: id }] });
  await server.until("status", () => server.statuses(id).length > before);
  return server.statuses(id).at(-1)?.state ?? -1;
}
const relived = async ({ ea, server }: StubBench, sessions: number): Promise<void> => {
  await server.until("a new session", () => server.stub.sessions > sessions);
  await ea.until("live again", ({ state }) => state === EA_STATE.live);
};

test("ea journal: killed right after the order left: found at the broker, done, not sent again", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    const sessions = server.stub.sessions;
    await ea.do("fault kill_after");
    const command = {
      cmd_id: new Uint8Array(16).fill(3),
      issued_utc_ms: BigInt(Date.now()),
      expires_utc_ms: BigInt(Date.now() + 60_000),
      magic: 5n,
      tag: "MX5",
    };
    server.command(command);
    await relived(bench, sessions);
    assert.equal(await stateOf(bench, command.cmd_id), CMD_STATE.done);
    server.command(command);
    await server.until("duplicate", () =>
      server.acks(command.cmd_id).some(({ status }) => status === ACK_STATUS.duplicate),
    );
    const view = await ea.view();
    assert.deepEqual([view.kills, view.sends.length, view.deals.length], [1, 1, 1]);
  });
});

test("ea journal: killed right before the order left: unknown, then not found, not sent", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    const sessions = server.stub.sessions;
    await ea.do("fault kill_before");
    const id = server.command();
    await relived(bench, sessions);
    assert.equal(await stateOf(bench, id), CMD_STATE.unknown);
    await ea.do("skip 11000");
    await ea.until("settled and live", ({ inFlight, state }) => inFlight === 0 && state === EA_STATE.live);
    assert.deepEqual([await stateOf(bench, id), (await ea.view()).sends.length], [CMD_STATE.not_found, 0]);
  });
});

for (const bytes of [0, 1, 100, 191])
  test(`ea journal: killed with ${bytes} bytes of a record on disk: never seen, and good to be sent`, async () => {
    await inStubBench(async (bench) => {
      const { ea, server, journal } = bench;
      const sessions = server.stub.sessions;
      const instance = server.stub.hello?.instance_id;
      await ea.do(`set kill_after_bytes ${bytes}`);
      const id = server.command();
      await relived(bench, sessions);
      assert.equal(await stateOf(bench, id), CMD_STATE.none);
      assert.equal(server.stub.hello?.instance_id, instance);
      server.command({ cmd_id: id });
      await server.until("result", () => server.results(id).some(({ final }) => final === 1));
      assert.equal((await ea.view()).sends.length, 1);
      assert.equal(statSync(journal).size % RECORD_BYTES, 0);
    });
  });

test("ea journal: a damaged record: a new instance, so that nobody takes 'never seen' for a proof", async () => {
  await inStubBench(async (bench) => {
    const { ea, server, journal } = bench;
    const id = server.command();
    await server.until("result", () => server.results(id).some(({ final }) => final === 1));
    const { hello, sessions } = server.stub;
    await ea.do("kill");
    await ea.until("killed", ({ running }) => running === 0);
    const bytes = readFileSync(journal);
    bytes[RECORD_BYTES + 40] = (bytes[RECORD_BYTES + 40] as number) ^ 4;
    writeFileSync(journal, bytes);
    await ea.do("init");
    await relived(bench, sessions);
    assert.notEqual(server.stub.hello?.instance_id, hello?.instance_id);
    // Written anew without the damage: the next start keeps the instance.
    const kept = server.stub.hello?.instance_id;
    await ea.do("kill", "init");
    await relived(bench, sessions + 1);
    assert.equal(server.stub.hello?.instance_id, kept);
  });
});

test("ea journal: a full disk: no order leaves, the panel says why", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    await ea.do("set disk_full 1");
    const id = server.command();
    await server.until("refusal", () => server.acks(id).length > 0);
    assert.deepEqual(
      [server.acks(id)[0]?.status, server.acks(id)[0]?.state],
      [ACK_STATUS.trading_disabled, CMD_STATE.none],
    );
    const view = await ea.until("panel", ({ panel }) => panel.some((line) => line.startsWith("JOURNAL")));
    assert.equal(view.sends.length, 0);
  });
});

test("ea journal: a second EA of the same account: stands by, takes over when the first goes", async () => {
  await inStubBench(async ({ ea, server, files }) => {
    const second = await Ea.start({ port: server.port, files });
    try {
      await second.until("standing by", ({ panel }) => panel.some((line) => line.includes("STAND-BY")));
      const { sessions } = server.stub;
      await ea.do("deinit");
      await ea.until("gone", ({ running }) => running === 0);
      await second.do("skip 3000");
      await server.until("the second's session", () => server.stub.sessions > sessions);
      assert.equal(await second.stop(), 0);
    } finally {
      await second.kill();
    }
  });
});

/** Thousands of changes of one command, as a long life leaves them. */
function grow(journal: string, records: number): void {
  const old = readFileSync(journal);
  const last = Buffer.from(old.subarray(old.length - RECORD_BYTES));
  last.writeUInt32LE(crc32(last, 0, RECORD_BYTES - 4, 0), RECORD_BYTES - 4);
  writeFileSync(journal, Buffer.concat([old, ...Array.from({ length: records }, () => last)]));
}

test("ea journal: grown large: made small at a quiet moment, every command and the instance kept", async () => {
  await inStubBench(async (bench) => {
    const { ea, server, journal } = bench;
    const id = server.command();
    await server.until("result", () => server.results(id).some(({ final }) => final === 1));
    const { hello, sessions } = server.stub;
    await ea.do("kill");
    await ea.until("killed", ({ running }) => running === 0);
    grow(journal, 9000);
    await ea.do("init");
    await relived(bench, sessions);
    const deadline = Date.now() + 20_000;
    while (statSync(journal).size > 10 * RECORD_BYTES && Date.now() < deadline) await ea.view();
    assert.equal(statSync(journal).size, 3 * RECORD_BYTES);
    assert.ok(!existsSync(`${journal}.new`));
    assert.equal(server.stub.hello?.instance_id, hello?.instance_id);
    assert.equal(await stateOf(bench, id), CMD_STATE.done);
  });
});
