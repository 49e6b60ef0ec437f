// Line, hot path, orders and the real core together, without sockets and disk: the test says when something is durable.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { LockstepError } from "#proto/errors.ts";
import * as m from "#proto/generated/mtx1.ts";
import { HEADER_OFFSET, OrderUpdate, RiskVerdict } from "#proto/generated/records.ts";
import { Deframer, decodePayload, type Frame, type FrameCodec, Framer } from "#proto/mtx1/frame.ts";
import { authMac, secretKey, sessionKey } from "#proto/mtx1/handshake.ts";
import { recordLength, viewOf, walkRecords } from "#proto/record.ts";
import { ORDER_STATE } from "#proto/records.ts";
import { Book } from "./book.ts";
import { BrokerTime } from "./broker-time.ts";
import type { Connection } from "./connection.ts";
import { mtx1Crypto } from "./crypto-io.ts";
import { HotPath, type JournalPort } from "./hot-path.ts";
import { StreamTime } from "./stream-time.ts";
import { TerminalLink } from "./terminal-link.ts";
import { SPEC } from "./tiny-ea.fixture.ts";

const START_MS = 1_400_000_040_000;
const KEY = secretKey(mtx1Crypto, "test-secret-0001");
const NOW = { ms: 1, utcMs: START_MS };
const NONCES = { serverNonce: new Uint8Array(32).fill(1), clientNonce: new Uint8Array(16).fill(2) };

/** Gives seq as the journal does; durable when the test says so. */
class TestJournal implements JournalPort {
  lastSeq = 0n;
  durableSeq = 0n;
  failing = false;
  readonly verdicts: bigint[] = [];
  readonly finals: number[] = [];

  append(records: Uint8Array): bigint {
    if (this.failing) throw new LockstepError("journal_full", "no space is left");
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      view.setBigUint64(at + HEADER_OFFSET.seq, ++this.lastSeq, true);
      if (code === RiskVerdict.code && RiskVerdict.read(view, at).accepted === 1) this.verdicts.push(this.lastSeq);
      if (code === OrderUpdate.code && OrderUpdate.read(view, at).final === 1)
        this.finals.push(OrderUpdate.read(view, at).state);
    });
    return this.lastSeq;
  }
}

class TestTx implements m.TradeTx {
  event_no = 1n;
  type = 0;
  order_type = 0;
  order_state = 1;
  deal_type = 0;
  time_type = 0;
  symbol_id = 7;
  deal = 0n;
  order = 1n;
  position = 0n;
  position_by = 0n;
  expiration = 0n;
  price = 0;
  trigger = 0;
  sl = 0;
  tp = 0;
  volume = 0.1;
  ea_us = 0n;
  request_id = 0;
  retcode = 0;
  cmd_id = new Uint8Array(16);
}

/** The EA's end of a connection, by hand. */
class Ea {
  readonly framer = new Framer();
  readonly deframer = new Deframer();
  readonly got: Frame[] = [];
  skipClock = false;
  disturbed = false;
  readonly link: TerminalLink;
  readonly connection: Connection;

  constructor(link: TerminalLink) {
    this.link = link;
    this.connection = link.connect(NOW);
  }

  give<T>(codec: FrameCodec<T>, value: T): number {
    this.link.onBytes(this.connection, this.framer.encode(codec, value), NOW);
    this.take();
    return this.framer.seq;
  }

  take(): Frame[] {
    const frames: Frame[] = [];
    for (const bytes of this.connection.out.splice(0)) {
      // The key counts from the frame after WELCOME on.
      for (const frame of this.deframer.push(bytes)) frames.push(frame);
    }
    this.got.push(...frames);
    return frames;
  }

  get acked(): number {
    return this.got.at(-1)?.ack ?? 0;
  }

  commands(): m.Cmd[] {
    return this.got.filter(({ type }) => type === m.Cmd.type).map(({ payload }) => decodePayload(m.Cmd, payload));
  }

  open(): void {
    this.give(m.Hello, {
      proto_min: 1,
      proto_max: 1,
      caps: 0,
      login: 1n,
      instance_id: 5n,
      client_nonce: NONCES.clientNonce,
      trade_mode: 0,
      margin_mode: 0,
      ea_version: 1,
      terminal_build: 1,
      server: "Demo",
      company: "",
      currency: "USD",
      terminal: "",
    });
    this.give(m.Auth, { mac: authMac(mtx1Crypto, KEY, NONCES, { login: 1n, server: "Demo" }) });
    const mac = { crypto: mtx1Crypto, key: sessionKey(mtx1Crypto, KEY, NONCES) };
    this.framer.mac = mac;
    this.deframer.mac = mac;
    const s = BigInt(START_MS / 1000);
    if (!this.skipClock)
      this.give(m.TimeInfo, { trade_server_s: s, gmt_s: s, current_s: s, last_tick_msc: 0n, offset_s: 0, flags: 0 });
    this.give(m.SymbolSpec, { ...SPEC, symbol_id: 7 });
    this.give(m.SnapshotBegin, { id: 1, sections: 31 });
    if (this.disturbed) this.give(m.TradeTx, { ...new TestTx() });
    this.give(m.SnapshotEnd, { id: 1, positions: 0, orders: 0, deals: 0, trade_server_ms: 0n });
  }

  /** A minute and five points on, so that the bar before closes with a clear direction. */
  tick(i: number): number {
    const bid = 1.386 + ((i * 7) % 5) * 0.0005;
    return this.give(m.Ticks, {
      symbol_id: 7,
      source: 0,
      flags: 0,
      base_msc: BigInt(START_MS + i * 60_000),
      index_of_first: 0n,
      rows: [{ dt_ms: 0, flags: 6, bid, ask: bid + 0.0001, last: 0, volume_real: 0 }],
    });
  }
}

interface World {
  journal: TestJournal;
  hot: HotPath;
  link: TerminalLink;
  durable: (seq: bigint) => void;
}

/** A stream with everything that it needs to trade, configured and warm. */
async function makeWorld(): Promise<World> {
  const core = await Core.load();
  core.loadModel(sampleModel());
  const journal = new TestJournal();
  const book = new Book();
  // Configuration, specification, account and history of the sample stream, without its link and ticks.
  const sample = sampleStream({ ticks: 0, seed: 1 });
  const parts: Uint8Array[] = [];
  walkRecords(sample, (at, length, code) => {
    if ((code & 0xfff) !== 13) parts.push(sample.slice(at, at + length));
  });
  const inputs = new Uint8Array(Buffer.concat(parts));
  assert.ok(recordLength(viewOf(inputs), 0) > 0);
  journal.append(inputs);
  journal.append(core.apply(inputs));
  book.apply(inputs);
  journal.durableSeq = journal.lastSeq;
  const time = new StreamTime({
    mode: "terminal",
    clock: { nowNs: () => 0n, monotonicMs: () => 0 },
    lastNs: book.lastTimeNs,
  });
  const brokerTime = new BrokerTime();
  const hot: HotPath = new HotPath({
    journal,
    core,
    book,
    time,
    brokerTime,
    nowMs: () => 1,
    onOrders: (effects) => link.onOrders(effects),
    onFailure: () => undefined,
  });
  const link = new TerminalLink({
    hot,
    brokerTime,
    config: {
      symbols: ["EURUSD"],
      random: { bytes: () => NONCES.serverNonce },
      session: {
        key: KEY,
        accounts: new Set(["1@Demo"]),
        crypto: mtx1Crypto,
        policy: { disconnect: 0, delayMs: 0, commandsPerS: 1 },
      },
    },
  });
  const durable = (seq: bigint): void => {
    journal.durableSeq = seq;
    link.onDurable(seq, NOW);
  };
  return { journal, hot, link, durable };
}

test("link: an order: waits for its verdict to be durable, then goes before the acknowledgement", async () => {
  const { journal, link, durable } = await makeWorld();
  const ea = new Ea(link);
  ea.open();
  durable(journal.lastSeq);
  ea.take();
  let frame = 0;
  for (let i = 0; journal.verdicts.length === 0 && i < 40; i++) frame = ea.tick(i);
  const verdict = journal.verdicts[0];
  assert.ok(verdict !== undefined, "the sample stream trades");
  assert.equal(ea.commands().length, 0);
  durable(verdict - 1n);
  assert.deepEqual(ea.take(), []);
  durable(journal.lastSeq);
  const frames = ea.take();
  assert.deepEqual(
    frames.map(({ type }) => type),
    [m.Cmd.type, m.Heartbeat.type],
  );
  assert.ok((frames[0]?.ack ?? 0) < frame);
  assert.equal(frames[1]?.ack, frame);
  durable(journal.lastSeq);
  assert.deepEqual(ea.take(), []);
});

test("link: any order of ticks, syncs, answers and cuts: one command an intent, none early, acks only what is durable", async () => {
  let commands = 0;
  const action = fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom("tick", "turn", "turn", "durable", "part", "answer") },
    { weight: 4, arbitrary: fc.constant("cut") },
    { weight: 1, arbitrary: fc.constant("fail") },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 150 }), async (actions) => {
      const { journal, hot, link, durable } = await makeWorld();
      const sent = new Map<string, number>();
      const answered = new Set<string>();
      const frameSeq = new Map<number, bigint>();
      let ea = new Ea(link);
      let next = 0;
      const look = (): void => {
        for (const frame of ea.take()) {
          const covered = frameSeq.get(frame.ack);
          assert.ok(covered === undefined || covered <= journal.durableSeq, "an acknowledgement is durable");
          if (frame.type !== m.Cmd.type) continue;
          assert.ok(!journal.failing, "nothing leaves after a failure");
          const id = Buffer.from(decodePayload(m.Cmd, frame.payload).cmd_id).toString("hex");
          commands++;
          sent.set(id, (sent.get(id) ?? 0) + 1);
          assert.equal(sent.get(id), 1, "each intent once");
        }
        const due = journal.verdicts.filter((seq) => seq <= journal.durableSeq).length;
        assert.ok(sent.size <= due, "no more commands than durable verdicts");
      };
      const record = (frame: number): void => {
        frameSeq.set(frame, journal.lastSeq);
        look();
      };
      ea.open();
      durable(journal.lastSeq);
      ea.take();
      for (const what of actions) {
        if (what === "tick") record(ea.tick(next++));
        else if (what === "turn") {
          record(ea.tick(next++));
          if (!journal.failing) durable(journal.lastSeq);
          look();
        } else if (what === "durable") {
          if (!journal.failing) durable(journal.lastSeq);
          look();
        } else if (what === "part") {
          if (!journal.failing) durable((journal.durableSeq + journal.lastSeq) / 2n);
          look();
        } else if (what === "answer") {
          for (const cmd of ea.commands()) {
            const id = Buffer.from(cmd.cmd_id).toString("hex");
            if (answered.has(id)) continue;
            answered.add(id);
            record(ea.give(m.CmdAck, { ...STATUS, cmd_id: cmd.cmd_id, status: 6, state: 0 }));
          }
        } else if (what === "fail") journal.failing = true;
        else if (!hot.failure && !journal.failing) {
          link.onClosed(ea.connection);
          const commands = ea.commands();
          ea = new Ea(link);
          frameSeq.clear();
          ea.open();
          // This EA remembers what it was sent, and never answers the rest: nothing may come a second time.
          for (const cmd of commands)
            if (!answered.has(Buffer.from(cmd.cmd_id).toString("hex")))
              ea.give(m.CmdStatus, { ...STATUS, cmd_id: cmd.cmd_id, state: ORDER_STATE.sent });
          look();
        }
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(commands > 20, `only ${commands} commands were seen`);
});

const STATUS: Omit<m.CmdStatus, "cmd_id"> = {
  status: 1,
  state: 0,
  last_retcode: 0,
  ea_utc_ms: 0n,
  order: 0n,
  deal: 0n,
  text: "",
};

test("link: the journal fails: nothing is acknowledged and nothing leaves, the line stays", async () => {
  const { journal, hot, link, durable } = await makeWorld();
  const ea = new Ea(link);
  ea.open();
  durable(journal.lastSeq);
  ea.take();
  const before = ea.acked;
  journal.failing = true;
  for (let i = 0; i < 20; i++) ea.tick(i);
  assert.equal(hot.failure?.code, "journal_full");
  link.tick({ ms: 3_000, utcMs: NOW.utcMs });
  const frames = ea.take();
  assert.deepEqual(
    frames.map(({ type }) => type),
    [m.Heartbeat.type],
  );
  assert.ok((frames[0]?.ack ?? 0) <= before + 1);
  assert.equal(link.current, ea.connection);
});

test("link: market data before TIME_INFO: refused", async () => {
  const { link } = await makeWorld();
  const ea = new Ea(link);
  ea.open();
  link.onClosed(ea.connection);
  const early = new Ea(link);
  early.skipClock = true;
  early.open();
  assert.equal(early.connection.session.state, "over");
  assert.equal(early.got.at(-1)?.type, m.Bye.type);
  assert.equal(link.current, undefined);
});

test("link: a trade falls into the snapshot: it is taken again before anything goes live", async () => {
  const { link } = await makeWorld();
  const ea = new Ea(link);
  ea.disturbed = true;
  ea.open();
  assert.equal(ea.got.filter(({ type }) => type === m.ResyncReq.type).length, 2);
  assert.equal(ea.connection.session.state, "syncing");
  ea.give(m.SnapshotBegin, { id: 2, sections: 31 });
  ea.give(m.SnapshotEnd, { id: 2, positions: 0, orders: 0, deals: 0, trade_server_ms: 0n });
  assert.equal(ea.connection.session.state, "live");
});
