// Both ends against each other over a hostile line, a failing log and a restarting cloud, many seeds. After every step:
// the cloud's log is a byte prefix of the edge's journal, acknowledgements are true and never move back, refusals are
// typed, nothing throws. When the faults stop, everything arrives. Every fault must have been seen at work.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ERROR_CODES, LockstepError } from "#proto/errors.ts";
import { hexOf } from "#proto/hex.ts";
import { verifyBatch } from "../journal/batch.ts";
import { Chain, makeSigner } from "./chain.fixture.ts";
import { type LogHead, Receiver, type ReceiverEffect } from "./receiver.ts";
import { Sender, type SenderEffect } from "./sender.ts";
import { decodeCloud, decodeEdge, encodeCloud, encodeEdge } from "./wire.ts";

/** A small generator of its own, so that one seed is one run. */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Line {
  readonly id: number;
  up: Uint8Array[];
  down: Uint8Array[];
  open: boolean;
  saidHello: boolean;
}

const SIGNER = makeSigner();
const CREDIT = 3;
const seen = new Map<string, number>();
const see = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);

class World {
  readonly chain = new Chain({ signer: SIGNER });
  readonly log: Uint8Array[] = [];
  readonly pick: (below: number) => number;
  sender: Sender;
  receiver: Receiver;
  sealed = 0n;
  nowMs = 0;
  lines: Line[] = [];
  /** Appends under way and, apart from them, the question for the head. */
  appends: { epoch: number; lastSeq: bigint; bytes: Uint8Array }[] = [];
  loading = false;
  toldDurable = 0n;
  toldVerified = 0n;
  verified = 0n;
  truth = 0n;

  constructor(seed: number) {
    this.pick = generator(seed);
    this.receiver = this.newReceiver();
    this.sender = this.newSender();
    this.edge(this.sender.start());
  }

  newReceiver(): Receiver {
    return new Receiver({ streamId: this.chain.streamId, creditBatches: CREDIT });
  }

  newSender(): Sender {
    const random = { bytes: (n: number) => Uint8Array.from({ length: n }, () => this.pick(256)) };
    return new Sender({ hello: this.chain.hello, random });
  }

  get line(): Line | undefined {
    return this.lines.find((l) => l.open);
  }

  /** Carries out the sender's effects. */
  edge(effects: SenderEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "connect") {
        const line = { id: (this.lines.at(-1)?.id ?? 0) + 1, up: [], down: [], open: true, saidHello: false };
        for (const old of this.lines) old.open = false;
        this.lines = [...this.lines.slice(-2), line];
        this.edge(this.sender.onConnected());
      } else if (effect.type === "send") this.line?.up.push(encodeEdge(effect.message));
      else if (effect.type === "disconnect") for (const line of this.lines) line.open = false;
      else if (effect.type === "read") this.readJournal(effect.fromSeq);
      else if (effect.type === "acked") {
        assert.ok(effect.durableSeq >= this.toldDurable && effect.verifiedSeq >= this.toldVerified, "acks go forward");
        assert.ok(effect.durableSeq <= this.truth, "only what the log holds is acknowledged");
        assert.ok(effect.verifiedSeq <= this.verified, "only what was decided again is acknowledged as verified");
        this.toldDurable = effect.durableSeq;
        this.toldVerified = effect.verifiedSeq;
      } else if (effect.type === "alarm") assert.ok(ERROR_CODES.includes(effect.error.code));
    }
  }

  readJournal(fromSeq: bigint): void {
    const batch = this.chain.batches.find(
      (b) => new DataView(b.buffer, b.byteOffset).getBigUint64(0, true) === fromSeq,
    );
    assert.ok(batch, "the sender only asks for batches that are there");
    if (this.pick(10) === 0) {
      see("journal not ready");
      this.edge(this.sender.onBatch(this.nowMs, undefined));
    } else this.edge(this.sender.onBatch(this.nowMs, batch));
  }

  /** Carries out the receiver's effects. */
  cloud(effects: ReceiverEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "load") this.loading = true;
      else if (effect.type === "append") this.appends.push(effect);
      else if (effect.type === "send")
        this.lines.find((l) => l.id === effect.session)?.down.push(encodeCloud(effect.message));
      else if (effect.type === "refused") {
        assert.ok(ERROR_CODES.includes(effect.refusal.code));
        see(`refused ${effect.refusal.code}`);
      }
    }
  }

  head(): LogHead | undefined {
    let lastHash: Uint8Array = new Uint8Array(32);
    let lastSeq = 0n;
    for (const batch of this.log) {
      const from = { batch, publicKey: SIGNER.publicKey, previousHash: lastHash, firstSeq: lastSeq + 1n };
      ({ lastSeq, hash: lastHash } = verifyBatch(from));
    }
    const { coreSha256 } = this.chain;
    return lastSeq === 0n ? undefined : { lastSeq, lastHash, publicKey: SIGNER.publicKey, coreSha256 };
  }

  deliverUp(line: Line): void {
    const bytes = line.up.shift();
    if (!bytes) return;
    try {
      const message = decodeEdge(bytes);
      if (message.type === "batch") this.cloud(this.receiver.onBatch(line.id, message.bytes));
      else if (line.saidHello) this.cloud(this.receiver.onGarbage(line.id, new LockstepError("protocol", "twice")));
      else {
        line.saidHello = true;
        this.cloud(this.receiver.onHello(line.id, message.hello, `edge/${hexOf(this.chain.streamId)}`));
      }
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      see("garbage");
      this.cloud(this.receiver.onGarbage(line.id, error));
    }
  }

  deliverDown(line: Line): void {
    const bytes = line.down.shift();
    if (bytes && line.open) this.edge(this.sender.onMessage(this.nowMs, decodeCloud(bytes)));
  }

  answerLog(fails: boolean): void {
    if (this.loading) {
      this.loading = false;
      if (fails) this.cloud(this.receiver.onHeadFailed(new LockstepError("unavailable", "no bus")));
      else this.cloud(this.receiver.onHead(this.head()));
      return;
    }
    const next = this.appends.shift();
    if (!next) return;
    if (fails) {
      see("log failed");
      // The log may have taken the batch all the same; only the answer was lost.
      if (this.pick(2) === 0) this.store(next.bytes, next.lastSeq);
      this.appends = [];
      this.cloud(this.receiver.onAppendFailed(next.epoch, new LockstepError("unavailable", "no bus")));
      return;
    }
    this.store(next.bytes, next.lastSeq);
    this.cloud(this.receiver.onAppended(next.epoch, next.lastSeq));
  }

  store(bytes: Uint8Array, lastSeq: bigint): void {
    const expected = this.chain.batches[this.log.length];
    assert.ok(expected && Buffer.from(bytes).equals(expected), "the cloud's log is a prefix of the edge's journal");
    this.log.push(bytes.slice());
    this.truth = lastSeq;
  }

  seal(): void {
    this.chain.add(1 + this.pick(4));
    this.sealed = this.chain.lastSeq;
    this.edge(this.sender.onSealed(this.sealed));
  }

  tick(): void {
    this.nowMs += 50 + this.pick(500);
    this.edge(this.sender.tick(this.nowMs));
  }

  cut(): void {
    const line = this.line;
    if (!line) return;
    line.open = false;
    // What was on its way may still arrive after the new hello.
    if (this.pick(2) === 0) line.up = [];
    this.edge(this.sender.onDisconnected(this.nowMs, undefined));
  }

  restartCloud(): void {
    for (const line of this.lines) line.up = [];
    this.appends = [];
    this.loading = false;
    this.receiver = this.newReceiver();
    this.cut();
  }

  restartEdge(): void {
    for (const line of this.lines) line.open = false;
    this.sender = this.newSender();
    this.toldDurable = 0n;
    this.toldVerified = 0n;
    this.edge(this.sender.start());
    this.edge(this.sender.onSealed(this.sealed));
  }

  anyLine(): Line | undefined {
    return this.lines[this.pick(this.lines.length || 1)];
  }
}

const oneUp = (w: World, act: (line: Line, at: number) => void): void => {
  const line = w.anyLine();
  if (line && line.up.length > 0) act(line, w.pick(line.up.length));
};

const STEPS: Record<string, (w: World) => void> = {
  seal: (w) => w.seal(),
  tick: (w) => w.tick(),
  up: (w) => {
    const line = w.anyLine();
    if (line) w.deliverUp(line);
  },
  down: (w) => {
    const line = w.line;
    if (line) w.deliverDown(line);
  },
  flush: (w) => w.cloud(w.receiver.flush()),
  log: (w) => w.answerLog(false),
  verify: (w) => {
    w.verified = w.truth;
    w.cloud(w.receiver.onVerified(w.verified));
  },
};

const FAULTS: Record<string, (w: World) => void> = {
  cut: (w) => w.cut(),
  closed: (w) => {
    const line = w.anyLine();
    if (line?.open) w.cut();
    w.cloud(w.receiver.onClosed(line?.id ?? 0));
  },
  logFails: (w) => w.answerLog(true),
  restartCloud: (w) => w.restartCloud(),
  restartEdge: (w) => w.restartEdge(),
  drop: (w) => oneUp(w, (line, at) => line.up.splice(at, 1)),
  double: (w) => oneUp(w, (line, at) => line.up.splice(at, 0, line.up[at]!)),
  swap: (w) => oneUp(w, (line, at) => line.up.push(...line.up.splice(at, 1))),
  truncate: (w) => oneUp(w, (line, at) => line.up.splice(at, 1, line.up[at]!.subarray(0, w.pick(line.up[at]!.length)))),
  flip: (w) =>
    oneUp(w, (line, at) => {
      const bytes = line.up[at]!.slice();
      // A hello is protected by TLS alone; a batch must protect itself.
      if (bytes[0] !== 0x12) return;
      bytes[w.pick(bytes.length)]! ^= 1 << w.pick(8);
      line.up[at] = bytes;
    }),
};

function run(seed: number): World {
  const world = new World(seed);
  const steps = Object.entries(STEPS);
  // Each run has its own subset of faults and its own rate.
  const faults = Object.entries(FAULTS).filter(() => world.pick(2) === 0);
  const oneIn = 4 + world.pick(60);
  for (let i = 0; i < 400; i++) {
    const isFault = faults.length > 0 && world.pick(oneIn) === 0;
    const [name, step] = (isFault ? faults[world.pick(faults.length)] : steps[world.pick(steps.length)])!;
    if (isFault) see(name);
    step(world);
  }
  return world;
}

/** Faults are over: fair steps until the cloud has everything, within a bound. */
function settle(world: World): void {
  for (let i = 0; i < 3_000; i++) {
    for (const step of ["tick", "up", "down", "log", "flush", "down", "up", "verify"]) STEPS[step]!(world);
    if (world.toldVerified === world.sealed) return;
  }
  assert.fail(`stuck: journal ${world.sealed}, log ${world.truth}, acknowledged ${world.toldDurable}`);
}

test("replication: hostile line, failing log, restarts: always a prefix, true acknowledgements, and it ends equal", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), (seed) => {
      const world = run(seed);
      settle(world);
      assert.equal(world.log.length, world.chain.batches.length);
    }),
    { numRuns: 300, seed: 20_261_123 },
  );
  for (const what of [...Object.keys(FAULTS), "journal not ready", "log failed", "garbage"])
    assert.ok(seen.has(what), `fault ${what} was never at work`);
  for (const code of ["gap", "bad_check", "protocol", "unavailable", "fenced"])
    assert.ok(seen.has(`refused ${code}`), `refusal ${code} was never seen`);
});

test("replication: the same seed is the same run", () => {
  const trace = (w: World): string => `${w.log.length} ${w.toldDurable} ${w.sender.state} ${w.nowMs} ${w.sealed}`;
  for (let seed = 1; seed < 20; seed++) assert.equal(trace(run(seed)), trace(run(seed)));
});

test("replication: without faults: nothing is refused and nothing sent twice", () => {
  const before = [...seen.keys()].filter((k) => k.startsWith("refused")).map((k) => seen.get(k));
  const world = new World(7);
  for (let i = 0; i < 50; i++) world.seal();
  settle(world);
  assert.deepEqual(
    [...seen.keys()].filter((k) => k.startsWith("refused")).map((k) => seen.get(k)),
    before,
  );
  assert.equal(world.log.length, 50);
});
