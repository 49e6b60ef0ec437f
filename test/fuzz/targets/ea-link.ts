// What a terminal can say to the connector: a right or broken handshake, then frames of any content with right envelopes
// (a broken EA has the key too), now and then damaged bytes, silence, and a disk that is slow. The whole way is real:
// deframer, session, link, door, hot path, orders and the core. Whatever comes: typed refusals only, nothing that stops
// the box, records that can be read, no order sent twice, a book that can be saved.

import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import type { LockstepError } from "#proto/errors.ts";
import { Cmd, Hello } from "#proto/generated/mtx1.ts";
import { HEADER_OFFSET } from "#proto/generated/records.ts";
import type { FrameType, WireField } from "#proto/mtx1/declare.ts";
import { Deframer, decodePayload, Framer, type SessionMac } from "#proto/mtx1/frame.ts";
import { authMac, secretKey, sessionKey } from "#proto/mtx1/handshake.ts";
import { decodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { Book } from "../../../edge/metatrader-connector/book.ts";
import { BrokerTime } from "../../../edge/metatrader-connector/broker-time.ts";
import type { Connection } from "../../../edge/metatrader-connector/connection.ts";
import { mtx1Crypto } from "../../../edge/metatrader-connector/crypto-io.ts";
import { HotPath, type JournalPort } from "../../../edge/metatrader-connector/hot-path.ts";
import { StreamTime } from "../../../edge/metatrader-connector/stream-time.ts";
import { TerminalLink } from "../../../edge/metatrader-connector/terminal-link.ts";
import { SPEC } from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import type { Picks } from "../../choices.ts";
import { builtModule, CoreInstance } from "../core-instance.ts";
import { damaged } from "../damage.ts";
import { holds, Reached, type Target } from "../target.ts";
import { EA_FRAMES, payloadOf, sealed } from "./ea-frames.ts";

const START_MS = 1_400_000_040_000;
const KEY = secretKey(mtx1Crypto, "test-secret-0001");
const NONCES = { serverNonce: new Uint8Array(32).fill(1), clientNonce: new Uint8Array(16).fill(2) };
const HELLO: Hello = {
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
};
const named = (name: string): FrameType => EA_FRAMES.find((frame) => frame.name === name) as FrameType;
/** Values of frames that must be right for anything to follow. */
const GOOD: Readonly<Record<string, Readonly<Record<string, bigint | number | string>>>> = {
  symbol_spec: { ...SPEC },
  account: {
    login: 1n,
    perms: 31,
    leverage: 100,
    balance: 10_000,
    equity: 10_000,
    margin_free: 10_000,
    currency: "USD",
  },
  time_info: { offset_s: 0 },
};
const FRAMES_MAX = 40;
const OUTPUT_FROM = 100;

/** Gives seq; every record that it gets can be read, in order of time. */
class CheckedJournal implements JournalPort {
  lastSeq: bigint;
  durableSeq: bigint;
  #lastNs = 0n;

  constructor(lastSeq: bigint) {
    this.lastSeq = lastSeq;
    this.durableSeq = lastSeq;
  }

  append(records: Uint8Array): bigint {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      view.setBigUint64(at + HEADER_OFFSET.seq, ++this.lastSeq, true);
      const { header } = decodeRecord(records, at);
      // Outputs have their cause's time, and stand behind the whole group of inputs.
      if ((code & 0xfff) >= OUTPUT_FROM) return;
      holds(header.time_ns >= this.#lastNs, "time does not go back");
      this.#lastNs = header.time_ns;
    });
    return this.lastSeq;
  }
}

/** A stream configured and warm: core state, book, and how far it is. */
async function begun() {
  const core = await Core.load();
  core.loadModel(sampleModel());
  const book = new Book();
  const parts: Uint8Array[] = [];
  const sample = sampleStream({ ticks: 0, seed: 1 });
  walkRecords(sample, (at, length, code) => {
    // Without its link records: the session makes its own.
    if ((code & 0xfff) !== 13) parts.push(sample.slice(at, at + length));
  });
  const inputs = new Uint8Array(Buffer.concat(parts));
  const journal = new CheckedJournal(0n);
  journal.append(inputs);
  journal.append(core.apply(inputs));
  book.apply(inputs);
  return { state: core.state().slice(), book: book.save(), lastSeq: journal.lastSeq };
}

class EaLink implements Target {
  readonly reachFrom = 4_000;
  readonly #seen = new Reached([
    ...["handshake broken", "refused", "live", "synced again", "an order left", "bad frame", "silence", "records"],
    ...EA_FRAMES.map(({ name }) => `frame ${name}`),
  ]);
  readonly #start: Awaited<ReturnType<typeof begun>>;
  readonly #core = new CoreInstance(builtModule(), sampleModel());

  constructor(start: Awaited<ReturnType<typeof begun>>) {
    this.#start = start;
  }

  reached(): [string, number][] {
    return this.#seen.entries();
  }

  #apply(inputs: Uint8Array): Uint8Array {
    const outputs: Uint8Array[] = [];
    for (let at = 0; at < inputs.length; ) {
      const part = inputs.subarray(at, at + this.#core.inboxBytesMax);
      this.#core.bytes.set(part, this.#core.inboxAt);
      const fault = this.#core.apply(part.length);
      holds(fault === undefined, `the core trapped on what the door let in: ${fault}`);
      outputs.push(this.#core.outputs());
      at += this.#core.consumed;
    }
    return new Uint8Array(Buffer.concat(outputs));
  }

  play(pick: Picks): void {
    this.#core.restore(this.#start.state, undefined);
    const journal = new CheckedJournal(this.#start.lastSeq);
    const book = Book.restore(this.#start.book);
    const brokerTime = new BrokerTime();
    let ms = 1;
    let failure: LockstepError | undefined;
    const hot: HotPath = new HotPath({
      journal,
      core: { apply: (inputs) => this.#apply(inputs) },
      book,
      time: new StreamTime({
        mode: "terminal",
        clock: { nowNs: () => 0n, monotonicMs: () => ms },
        lastNs: book.lastTimeNs,
      }),
      brokerTime,
      nowMs: () => ms,
      onOrders: (effects) => link.onOrders(effects),
      onFailure: (error) => {
        failure = error;
      },
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
    const sent = new Set<string>();
    for (let sessions = 1 + pick.below(2); sessions > 0; sessions--) {
      const ea = new Ea(link, pick, sent);
      ea.converse({
        durable: () => {
          journal.durableSeq = journal.lastSeq;
          link.onDurable(journal.lastSeq, ea.now(ms));
        },
        wait: (by) => {
          ms += by;
        },
        ms: () => ms,
        seen: this.#seen,
      });
      link.onClosed(ea.connection);
    }
    if (journal.lastSeq > this.#start.lastSeq + 1n) this.#seen.see("records");
    holds(failure === undefined, `the box stopped: ${failure?.code}: ${failure?.message}`);
    const saved = book.save();
    holds(Book.restore(saved).save() === saved, "the book is the same after it was saved and read");
  }
}

interface Talk {
  readonly durable: () => void;
  readonly wait: (ms: number) => void;
  readonly ms: () => number;
  readonly seen: Reached;
}

/** The other end: it has the key, and says what it likes. */
class Ea {
  readonly connection: Connection;
  readonly #link: TerminalLink;
  readonly #pick: Picks;
  readonly #framer = new Framer();
  readonly #deframer = new Deframer();
  readonly #sent: Set<string>;
  readonly #ids: Uint8Array[] = [];
  #mac: SessionMac | undefined;
  #marketMs = START_MS;
  /** Snapshot_begin and snapshot_end belong together. */
  readonly #snapshot = 1;
  /** Says only what an honest one would: then it trades. */
  readonly #calm: boolean;

  constructor(link: TerminalLink, pick: Picks, sent: Set<string>) {
    this.#link = link;
    this.#pick = pick;
    this.#sent = sent;
    this.#calm = pick.oneIn(3);
    this.connection = link.connect(this.now(1));
  }

  now(ms: number) {
    return { ms, utcMs: START_MS + ms };
  }

  converse(talk: Talk): void {
    const pick = this.#pick;
    if (!this.#open(talk)) {
      talk.seen.see("handshake broken");
      return;
    }
    if (!pick.oneIn(16)) {
      this.#say("time_info", talk);
      this.#say("symbol_spec", talk);
      if (!pick.oneIn(4)) {
        this.#say("snapshot_begin", talk);
        this.#say("snapshot_end", talk);
      }
    }
    let wasLive = false;
    for (let n = pick.below(FRAMES_MAX); n > 0 && this.connection.closing === undefined; n--) {
      if (pick.oneIn(2)) talk.durable();
      if (pick.oneIn(64)) {
        talk.wait(pick.below(70_000));
        talk.seen.see("silence");
      }
      this.#link.tick(this.now(talk.ms()));
      this.#link.tickHandshake(this.connection, this.now(talk.ms()));
      const ticksOnly = pick.below(4) < (this.#calm ? 3 : 2);
      this.#say(ticksOnly ? "ticks" : (EA_FRAMES[pick.below(EA_FRAMES.length)] as FrameType).name, talk);
      const live = this.connection.session.state === "live";
      if (live && !wasLive) talk.seen.see("live");
      if (!live && wasLive) talk.seen.see("synced again");
      wasLive = live;
    }
    talk.durable();
    this.#take(talk);
    if (this.connection.closing !== undefined) talk.seen.see("refused");
  }

  /** False when the handshake was broken on purpose. */
  #open(talk: Talk): boolean {
    const pick = this.#pick;
    const broken = pick.oneIn(8);
    if (broken && pick.oneIn(2)) {
      for (let n = 1 + pick.below(4); n > 0; n--)
        this.#say((EA_FRAMES[pick.below(EA_FRAMES.length)] as FrameType).name, talk);
      return false;
    }
    this.#give(this.#framer.encode(Hello, HELLO), talk);
    const mac = authMac(mtx1Crypto, KEY, NONCES, { login: 1n, server: "Demo" });
    if (broken) mac[0] = (mac[0] as number) ^ (1 + pick.below(255));
    this.#give(sealed(named("auth"), mac, { framer: this.#framer, mac: undefined }), talk);
    if (broken) return false;
    this.#mac = { crypto: mtx1Crypto, key: sessionKey(mtx1Crypto, KEY, NONCES) };
    this.#deframer.mac = this.#mac;
    return true;
  }

  #say(name: string, talk: Talk): void {
    const pick = this.#pick;
    const frame = named(name);
    if (name === "ticks") this.#marketMs += this.#calm || pick.oneIn(4) ? 60_000 : pick.below(3_000);
    const payload = payloadOf(frame, { pick, plausible: (field) => this.#plausible(name, field), calm: this.#calm });
    talk.seen.see(`frame ${name}`);
    const bytes = sealed(frame, payload, { framer: this.#framer, mac: this.#mac });
    if (!this.#calm && pick.oneIn(64)) {
      talk.seen.see("bad frame");
      this.#give(damaged(bytes, payload, pick), talk);
    } else this.#give(bytes, talk);
  }

  #plausible(frame: string, { name, type }: WireField): bigint | number | string | Uint8Array | undefined {
    const pick = this.#pick;
    const good = GOOD[frame]?.[name];
    if (good !== undefined) return good;
    if (name === "symbol_id") return 7;
    if (name === "cmd_id") return this.#ids.at(-1 - pick.below(2)) ?? new Uint8Array(16).fill(pick.below(3));
    if (name === "digits") return 5;
    if (name.endsWith("_msc") || name === "server_ms" || name === "trade_server_ms") return BigInt(this.#marketMs);
    if (/^(trade_server_s|gmt_s|current_s|open_time_s)$/.test(name)) return BigInt(Math.floor(this.#marketMs / 1000));
    if (/^(id|snapshot_id)$/.test(name)) return this.#snapshot;
    if (name === "sections") return 31;
    if (frame === "snapshot_end" && /^(positions|orders|deals)$/.test(name)) return 0;
    if (name === "dt_ms") return pick.below(1_000);
    if (/^(bid|ask|price|open|high|low|close|sl|tp)$/.test(name))
      return 1.386 + pick.below(40) * 0.0005 + (name === "ask" ? 0.0001 : 0);
    if (/^(tick_size|point)$/.test(name)) return 0.00001;
    if (type === "f64") return (1 + pick.below(100)) / 100;
    if (/^(type|flags|state|status|final|entry|reason|retcode)$/.test(name))
      return name === "retcode" && pick.oneIn(2) ? 10_009 : pick.below(12);
    if (/^(ticket|deal|order|position|position_id|identifier)$/.test(name)) return BigInt(1 + pick.below(4));
    return undefined;
  }

  #give(bytes: Uint8Array, talk: Talk): void {
    const cut = this.#pick.oneIn(8) ? this.#pick.below(bytes.length + 1) : bytes.length;
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)])
      if (part.length > 0 && this.connection.closing === undefined)
        this.#link.onBytes(this.connection, part, this.now(talk.ms()));
    this.#take(talk);
  }

  /** Every order leaves once, over all sessions. */
  #take(talk: Talk): void {
    for (const bytes of this.connection.out.splice(0))
      for (const { type, payload } of this.#deframer.push(bytes)) {
        if (type !== Cmd.type) continue;
        const { cmd_id } = decodePayload(Cmd, payload);
        const id = Buffer.from(cmd_id).toString("hex");
        holds(!this.#sent.has(id), `the order ${id} left twice`);
        this.#sent.add(id);
        this.#ids.push(cmd_id);
        talk.seen.see("an order left");
      }
  }
}

export async function eaLink(): Promise<Target> {
  return new EaLink(await begun());
}
