// The EA's way of a command, with a connector that sends what the real one does not (yet): every action, every refusal,
// every way in which a trade server disappoints. OrderSendAsync is counted at the broker.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as m from "#proto/generated/mtx1.ts";
import { ACK_STATUS, CMD_ACTION, CMD_STATE, TRADE_TX_TYPE } from "#proto/mtx1.ts";
import { inStubBench, SHIM_FILLING, type StubBench } from "./bench.fixture.ts";
import { EA_STATE } from "./ea-process.ts";

const finalOf = ({ server }: StubBench, id: Uint8Array) => server.results(id).find(({ final }) => final === 1);
/** Sends a command and waits for its last result. */
async function done(bench: StubBench, changes: Partial<m.Cmd> = {}): Promise<m.CmdResult> {
  const id = bench.server.command(changes);
  await bench.server.until("final result", () => finalOf(bench, id) !== undefined);
  return finalOf(bench, id) as m.CmdResult;
}
async function answered({ server }: StubBench, changes: Partial<m.Cmd> = {}): Promise<m.CmdAck> {
  const id = server.command(changes);
  await server.until("ack", () => server.acks(id).length > 0);
  return server.acks(id)[0] as m.CmdAck;
}

test("ea commands: market orders: the filling mode that the symbol has, volume down to its step, deals before the result", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    const first = await done(bench, { volume: 0.129, sl: 1.09, tp: 1.11 });
    assert.deepEqual([first.retcode, first.volume, first.send_ok, first.bid], [10009, 0.12, 1, 1.1]);
    const at = server.frames.findIndex(({ type }) => type === m.CmdResult.type);
    assert.ok(server.frames.slice(0, at).some(({ type }) => type === m.Deals.type));
    await ea.do("spec EURUSD filling 1");
    await done(bench);
    await ea.do("spec EURUSD filling 3");
    await done(bench, { flags: 0 });
    await ea.do("spec EURUSD filling 2");
    assert.deepEqual(
      [(await answered(bench, { flags: 0 })).status, (await ea.view()).sends.length],
      [ACK_STATUS.invalid, 3],
    );
    await ea.do("spec EURUSD filling 0 execution 3");
    await done(bench);
    const { history, positions } = await ea.view();
    const { ioc, fok } = SHIM_FILLING;
    assert.deepEqual(
      history.map(({ filling }) => filling),
      [ioc, fok, fok, SHIM_FILLING.return],
    );
    assert.deepEqual(
      [positions.length, positions[0]?.sl, positions[0]?.tp, history[0]?.comment],
      [1, 1.09, 1.11, "MXTEST1"],
    );
  });
});

test("ea commands: refused before sending: named, remembered, nothing sent; the same id again is a duplicate", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    const refusals: [Partial<m.Cmd>, number, number][] = [
      [{ expires_utc_ms: BigInt(Date.now() - 10_000) }, ACK_STATUS.expired, 0],
      [{ guard_price: 1.1 }, ACK_STATUS.guard, 0],
      [{ max_spread_pts: 9 }, ACK_STATUS.guard, 0],
      [{ sl: 1.10001 }, ACK_STATUS.invalid, 10016],
      [{ volume: 0.001 }, ACK_STATUS.invalid, 10014],
      [{ symbol_id: 9 }, ACK_STATUS.invalid, 10013],
      [{ action: CMD_ACTION.close, order_type: 1 }, ACK_STATUS.invalid, 10036],
      [{ action: CMD_ACTION.pending, order_type: 2, price: 0 }, ACK_STATUS.invalid, 10015],
    ];
    for (const [changes, status, retcode] of refusals) {
      const ack = await answered(bench, changes);
      assert.deepEqual([ack.status, ack.last_retcode], [status, retcode]);
    }
    await ea.do("spec EURUSD closeonly 1");
    assert.equal((await answered(bench)).last_retcode, 10044);
    await ea.do("spec EURUSD closeonly 0", "set connected 0");
    assert.equal((await answered(bench)).status, ACK_STATUS.trading_disabled);
    await ea.do("set connected 1");
    const id = server.all(m.CmdAck)[1]?.cmd_id as Uint8Array;
    server.command({ cmd_id: id, magic: 1002n, tag: "MXTEST2", guard_price: 1.1, volume: 5 });
    await server.until("second ack", () => server.acks(id).length === 2);
    assert.deepEqual(
      server.acks(id).map(({ status, state }) => [status, state]),
      [
        [ACK_STATUS.guard, CMD_STATE.rejected],
        [ACK_STATUS.invalid, CMD_STATE.rejected],
      ],
    );
    assert.equal((await ea.view()).sends.length, 0);
  });
});

test("ea commands: the same command twice: executed once, the second time its stored state", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    const fixed = {
      cmd_id: new Uint8Array(16).fill(5),
      issued_utc_ms: 1n,
      expires_utc_ms: BigInt(Date.now() + 60_000),
      magic: 77n,
      tag: "MXSAME",
    };
    const result = await done(bench, fixed);
    server.command(fixed);
    await server.until("second ack", () => server.acks(fixed.cmd_id).length === 2);
    const second = server.acks(fixed.cmd_id)[1];
    assert.deepEqual(
      [second?.status, second?.state, second?.last_retcode],
      [ACK_STATUS.duplicate, CMD_STATE.done, 10009],
    );
    assert.equal(second?.order, result.order);
    assert.equal((await ea.view()).sends.length, 1);
  });
});

test("ea commands: partial fills: an IOC ends with what it got, a RETURN order goes on until it is filled", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    await ea.do("fault partial 0.5");
    const part = await done(bench, { volume: 0.4 });
    assert.deepEqual([part.retcode, part.volume], [10010, 0.2]);
    await ea.do("spec EURUSD execution 3 filling 0", "fault held 0.25");
    const id = server.command({ volume: 0.4 });
    await server.until("partial", () => server.results(id).length > 0);
    assert.equal(server.results(id)[0]?.final, 0);
    await ea.until("in flight", ({ inFlight }) => inFlight === 1);
    await ea.do("fill_rest");
    await server.until("the rest", () => finalOf(bench, id) !== undefined);
    assert.deepEqual([finalOf(bench, id)?.retcode, finalOf(bench, id)?.volume], [10009, 0.4]);
    assert.equal(server.stub.deals.size, 3);
  });
});

test("ea commands: pending orders: placed, modified, cancelled, filled and expired, each told", async () => {
  await inStubBench(async (bench) => {
    const { ea, server, tick } = bench;
    const limit = { action: CMD_ACTION.pending, order_type: 2, price: 1.09 };
    const id = server.command(limit);
    await server.until("placed", () => server.results(id).length > 0);
    assert.deepEqual([server.results(id)[0]?.retcode, server.results(id)[0]?.final], [10009, 0]);
    const order = server.results(id)[0]?.order as bigint;
    const modified = await done(bench, { action: CMD_ACTION.modify, order, price: 1.095, sl: 1.08 });
    assert.deepEqual([modified.retcode, (await ea.view()).orders[0]?.price], [10009, 1.095]);
    assert.equal((await done(bench, { action: CMD_ACTION.cancel, order })).retcode, 10009);
    await server.until("cancelled", () => server.statuses(id).some(({ state }) => state === CMD_STATE.rejected));
    const stop = server.command({ action: CMD_ACTION.pending, order_type: 4, price: 1.105 });
    await server.until("placed", () => server.results(stop).length > 0);
    await tick("EURUSD", 1.1051, 1.1052);
    await server.until("filled", () => finalOf(bench, stop) !== undefined);
    assert.deepEqual([finalOf(bench, stop)?.retcode, finalOf(bench, stop)?.volume], [10009, 0.1]);
    const soon = BigInt(Math.floor(Date.now() / 1000) + 10_800 + 1);
    const brief = server.command({ ...limit, time_type: 2, order_expiration_s: soon });
    await server.until("expired", () => server.statuses(brief).some(({ state }) => state === CMD_STATE.expired));
    assert.deepEqual((await ea.view()).positions.length, 1);
  });
});

test("ea commands: netting: stops moved, reversed under another ticket, closed; a manual trade is told and is nobody's", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    const open = await done(bench);
    const protect = await done(bench, { action: CMD_ACTION.protect, position: open.order, sl: 1.09, tp: 1.12 });
    const again = await done(bench, { action: CMD_ACTION.protect, position: open.order, sl: 1.09, tp: 1.12 });
    assert.deepEqual([protect.retcode, again.retcode], [10009, 10025]);
    await done(bench, { order_type: 1, volume: 0.3 });
    const [position] = (await ea.view()).positions;
    assert.deepEqual([position?.side, position?.volume, position?.identifier], [1, 0.2, Number(open.order)]);
    assert.notEqual(position?.ticket, Number(open.order));
    const closed = await done(bench, { action: CMD_ACTION.close, order_type: 0, volume: 0, position: 0n });
    assert.equal(closed.volume, 0.2);
    const told = server.all(m.Positions).flatMap(({ rows }) => rows);
    const last = new Map(told.map(({ ticket, volume }) => [ticket, volume]));
    assert.deepEqual([...last.values()], [0, 0]);
    await ea.do("manual XAUUSD 0.05");
    await server.until("manual", () =>
      server.all(m.Positions).some(({ rows }) => rows.some(({ magic, volume }) => magic === 0n && volume === 0.05)),
    );
    const nobody = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
    const toldTx = (type: number, foreign: boolean) =>
      server.all(m.TradeTx).some((tx) => tx.type === type && nobody(tx.cmd_id) === foreign);
    await server.until(
      "transactions",
      () => toldTx(TRADE_TX_TYPE.deal_add, true) && toldTx(TRADE_TX_TYPE.request, false),
    );
  });
});

test("ea commands: hedging: two positions at once, one closed by the other, each by its own ticket", async () => {
  await inStubBench(
    async (bench) => {
      const { ea } = bench;
      const long = await done(bench, { volume: 0.3 });
      const short = await done(bench, { order_type: 1, volume: 0.1 });
      assert.equal((await ea.view()).positions.length, 2);
      const by = await done(bench, { action: CMD_ACTION.close_by, position: long.order, position_by: short.order });
      assert.equal(by.retcode, 10009);
      assert.deepEqual(
        (await ea.view()).positions.map(({ volume }) => volume),
        [0.2],
      );
      const half = await done(bench, { action: CMD_ACTION.close, order_type: 1, volume: 0.1, position: long.order });
      assert.equal(half.volume, 0.1);
      const check = await done(bench, { action: CMD_ACTION.check, volume: 0.1 });
      assert.deepEqual([check.retcode, (await ea.view()).sends.length], [0, 4]);
    },
    ["--hedging", "1"],
  );
});

test("ea commands: requotes: final, or one more try when the command allows it; a slip beyond the guard is not asked for", async () => {
  await inStubBench(async (bench) => {
    const { ea } = bench;
    await ea.do("fault retcode 10004");
    const refused = await done(bench);
    assert.deepEqual([refused.retcode, refused.volume, (await ea.view()).sends.length], [10004, 0, 1]);
    await ea.do("fault retcode 10004");
    const retried = await done(bench, { flags: 3 });
    assert.deepEqual([retried.retcode, (await ea.view()).sends.length], [10009, 3]);
    await ea.do("fault retcode 10004", "fault retcode 10004");
    assert.deepEqual([(await done(bench, { flags: 3 })).retcode, (await ea.view()).sends.length], [10004, 5]);
    await ea.do("spec EURUSD execution 1", "set latency 200");
    const id = bench.server.command({ deviation_pts: 500, guard_price: 1.10013 });
    await bench.server.until("sent", () => bench.server.acks(id).length > 0);
    await bench.tick("EURUSD", 1.1002, 1.1003);
    await bench.server.until("requote", () => finalOf(bench, id) !== undefined);
    assert.equal(finalOf(bench, id)?.retcode, 10004);
    for (const code of [10006, 10018, 10019]) {
      await ea.do("set latency 1", `fault retcode ${code}`);
      assert.equal((await done(bench)).retcode, code);
    }
  });
});

test("ea commands: answers that do not come or say nothing: unknown until the broker's lists tell, never sent again", async () => {
  await inStubBench(async (bench) => {
    const { ea, server } = bench;
    await ea.do("fault timeout_done");
    const timeout = server.command();
    await server.until("unknown", () => server.results(timeout).some(({ retcode }) => retcode === 10012));
    await server.until("found", () => server.statuses(timeout).some(({ state }) => state === CMD_STATE.done));
    for (const fault of ["late_tx", "no_tx"]) {
      await ea.do(`fault ${fault}`);
      assert.equal((await done(bench)).retcode, 10009);
    }
    await ea.do("fault lost");
    assert.equal((await done(bench)).retcode, 10009);
    await ea.do("fault silent");
    const silent = server.command();
    await server.until("sent", () => server.acks(silent).length > 0);
    // Thirty seconds of silence, then ten of looking: they pass at once.
    await ea.do("skip 31000");
    await ea.until("unknown", ({ panel }) =>
      panel.some((line) => line.startsWith("Last command") && line.includes("unknown")),
    );
    await ea.do("skip 11000");
    await ea.until("settled", ({ inFlight }) => inFlight === 0);
    await ea.until("live at last", ({ state }) => state === EA_STATE.live);
    server.send(m.CmdQuery, { sections: 0, history_from_s: 0n, commands: [{ cmd_id: silent }] });
    await server.until("not found", () => server.statuses(silent).some(({ state }) => state === CMD_STATE.not_found));
    const view = await ea.view();
    assert.deepEqual([view.sends.length, view.deals.length, server.stub.deals.size], [5, 4, 4]);
  });
});
