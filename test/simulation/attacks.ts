// What somebody who is not the box does at the doors: forged, replayed and forked batches, hellos of strangers, frames
// without the secret. Every one of them must be refused with a reason, and nothing of it may reach the log or the core.
import { zoneOf } from "#proto/broker-zone.ts";
import { BatchSeal, HEADER_OFFSET } from "#proto/generated/records.ts";
import { sealRecord, viewOf } from "#proto/record.ts";
import { readSeal, SEAL_BYTES, sha256, writeSeal } from "#storage/journal/batch.ts";
import type { CloudMessage, EdgeMessage, Hello } from "#storage/replication/messages.ts";
import { decodeCloud, encodeEdge } from "#storage/replication/wire.ts";
import { mtx1Crypto } from "../../edge/metatrader-connector/crypto-io.ts";
import { Terminal } from "../terminal/terminal.ts";
import { MachineClock } from "./clock.ts";
import { wireNature } from "./edge-box.ts";
import { Line } from "./network.ts";
import { Process } from "./process.ts";
import { ACCOUNT, identityFrom } from "./settings.ts";
import type { System } from "./system.ts";

const GONE_AFTER_US = 3_000_000;

export class Attacker {
  readonly #system: System;
  readonly #process: Process;

  constructor(system: System) {
    this.#system = system;
    const { world } = system;
    const machine = new MachineClock({
      scheduler: world.scheduler,
      startUtcMs: world.plan.startUtcMs,
      offsetUs: 0,
      rate: 1,
    });
    this.#process = new Process({ name: "attacker", world, machine });
    this.#process.start();
  }

  #hello(changes: Partial<Hello>): EdgeMessage {
    const { box, bus } = this.#system;
    const { identity } = box;
    const hello: Hello = {
      streamId: identity.streamId,
      edgeName: "box",
      coreSha256: bus.head()?.coreSha256 ?? new Uint8Array(32),
      modelSha256: new Uint8Array(32),
      publicKey: identity.signer.publicKey,
      layoutVersion: 1,
      epoch: 0,
      lastSealedSeq: bus.lastSeq + 1_000n,
      ...changes,
    };
    return { type: "hello", hello };
  }

  /** Says hello, then whatever `next` makes of the answer. */
  #call(o: { peer: string; hello: EdgeMessage; next: (message: CloudMessage) => Uint8Array | undefined }): void {
    const { world, bridge } = this.#system;
    if (!bridge.process.alive) return;
    const nature = { ...world.plan.cloudLine, damage: 0, lose: 0, duplicate: 0 };
    const line = new Line({ world, nature, a: this.#process, b: bridge.process });
    line.a.handler = {
      onData: (bytes) => {
        const message = decodeCloud(bytes);
        if (message.type === "refusal") world.reach(`attack refused: ${message.code}`);
        const answer = o.next(message);
        if (answer) line.a.send(answer);
      },
      onClosed: () => undefined,
    };
    bridge.accept(line.b, o.peer);
    line.a.send(encodeEdge(o.hello));
    world.scheduler.after(GONE_AFTER_US, () => {
      line.a.end();
      return undefined;
    });
  }

  get #peer(): string {
    return `edge/${this.#system.streamId}`;
  }

  foreignEdge(): void {
    const other = `edge/${"ab".repeat(16)}`;
    this.#call({ peer: other, hello: this.#hello({}), next: () => undefined });
  }

  wrongCore(): void {
    const coreSha256 = new Uint8Array(32).fill(9);
    this.#call({ peer: this.#peer, hello: this.#hello({ coreSha256 }), next: () => undefined });
  }

  wrongLayout(): void {
    this.#call({ peer: this.#peer, hello: this.#hello({ layoutVersion: 2 }), next: () => undefined });
  }

  /** With a stolen certificate, but not with the key. */
  forgedBatch(): void {
    const signer = identityFrom(this.#system.world.random("attack")).signer;
    this.#call({
      peer: this.#peer,
      hello: this.#hello({}),
      next: (message) => (message.type === "welcome" ? this.#madeUp(message.nextSeq, signer, "next") : undefined),
    });
  }

  /** Under the true key: a batch that the cloud has already, with another history, or one that follows nothing. */
  forkedBatch(): void {
    const { signer } = this.#system.box.identity;
    const place = this.#system.world.random("attack").chance(0.5) ? "last" : "unchained";
    this.#call({
      peer: this.#peer,
      hello: this.#hello({}),
      next: (message) => (message.type === "welcome" ? this.#madeUp(message.nextSeq, signer, place) : undefined),
    });
  }

  replayedBatch(): void {
    const { world, bus } = this.#system;
    const { batches } = bus.contents;
    if (batches.length === 0) return;
    const old = batches[world.random("attack").below(batches.length)];
    this.#call({
      peer: this.#peer,
      hello: this.#hello({}),
      next: (message) =>
        message.type === "welcome" && old ? encodeEdge({ type: "batch", bytes: old.bytes }) : undefined,
    });
  }

  /** The last batch with one byte changed and sealed anew; as the next one, when asked for. */
  #madeUp(
    nextSeq: bigint,
    signer: Parameters<typeof writeSeal>[3],
    place: "next" | "last" | "unchained",
  ): Uint8Array | undefined {
    const last = this.#system.bus.contents.batches.at(-1);
    if (!last) return undefined;
    const bytes = last.bytes.slice();
    const view = viewOf(bytes);
    const sealAt = bytes.length - SEAL_BYTES;
    const seal = readSeal(bytes, view, sealAt);
    const shift = place !== "last" ? Number(nextSeq) - seal.firstSeq : 0;
    let seq = seal.firstSeq + shift;
    for (let at = 0; at < sealAt; seq++) {
      const length = view.getUint32(at + HEADER_OFFSET.length, true);
      bytes[at + 32] = (bytes[at + 32] as number) ^ 1;
      sealRecord(bytes, view, at, length, BigInt(seq));
      at += length;
    }
    const follows = place === "next" ? sha256(last.bytes.subarray(sealAt)) : new Uint8Array(32);
    const previousHash = place === "last" ? seal.previousHash : follows;
    const content = { ...seal, seq, firstSeq: seal.firstSeq + shift, previousHash };
    writeSeal(bytes, sealAt, { ...content, recordsSha256: sha256(bytes.subarray(0, sealAt)) }, signer);
    if (view.getUint16(sealAt + HEADER_OFFSET.kind, true) !== BatchSeal.code) return undefined;
    return encodeEdge({ type: "batch", bytes });
  }

  /** An EA at the box's door: without the secret, or with it while another one is there. */
  terminal(o: { secret: boolean }): void {
    const { world, box, terminal } = this.#system;
    if (!box.up) return;
    const line = new Line({ world, nature: wireNature(0), a: this.#process, b: box.process });
    const random = world.random("attack");
    const ea = new Terminal({
      identity: {
        secret: o.secret ? ACCOUNT.secret : "not the secret at all",
        login: ACCOUNT.login,
        server: ACCOUNT.server,
        instanceId: 7n,
        marginMode: terminal.broker.options.marginMode,
      },
      crypto: mtx1Crypto,
      broker: terminal.broker,
      store: { entries: new Map(), put: () => undefined, ledger: () => undefined, saveBroker: () => undefined },
      specs: terminal.specs,
      histories: new Map(),
      lagging: false,
      wallClock: true,
      zone: zoneOf("fixed", terminal.offsetMs / 1000),
      seed: world.plan.seed,
      faults: world.plan.eaFaults,
    });
    const now = (): number => this.#process.machine.wallUs / 1000;
    // The handshake and no more: HELLO and AUTH.
    let left = 2;
    const flush = (): void => {
      for (const part of ea.takeOut(now()).slice(0, left)) {
        left--;
        line.a.send(part);
      }
    };
    line.a.handler = {
      onData: (bytes) => {
        ea.onData(bytes, now());
        if (ea.ended) world.reach(o.secret ? "attack refused: second terminal" : "attack refused: no secret");
        else flush();
      },
      onClosed: () => undefined,
    };
    box.accept(line.b);
    box.lines.add(line);
    ea.onConnect(
      Uint8Array.from({ length: 16 }, () => random.below(256)),
      now(),
    );
    flush();
    // It only tries the door: nothing that it was asked for afterwards is its to answer.
    world.scheduler.after(1_000_000, () => {
      line.a.end();
      return undefined;
    });
  }
}
