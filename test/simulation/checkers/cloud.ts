// The cloud against the observer's copies: its log is one chain and a byte prefix of what is durable in one box, nothing
// acknowledged is ever lost, acknowledgements say no more than is true, and the box deletes only what was acknowledged
// and decided again. A second box under the same identity has a history of its own: the log is the one's or the other's.

import { viewOf } from "#proto/record.ts";
import { readSeal, SEAL_BYTES, sha256 } from "#storage/journal/batch.ts";
import type { EdgeBox } from "../edge-box.ts";
import type { StoredBatch } from "../memory-bus.ts";
import type { System } from "../system.ts";
import type { Canon } from "./canon.ts";

/** One box's history, and how far the log is the same. */
interface Lineage {
  readonly box: EdgeBox;
  readonly canon: Canon;
  agreedSeq: bigint;
}

export class CloudChecker {
  readonly #system: System;
  readonly #mine: Lineage;
  #twin: Lineage | undefined;
  /** Highest that the box was told, in this life and in any. */
  #toldDurable = 0n;
  #toldVerified = 0n;
  #everDurable = 0n;
  #everVerified = 0n;
  #newLife = false;
  #verifiedEver = 0n;
  /** The log was taken back to a backup: what was acknowledged above it is to be sent again. */
  #restored = false;
  #online = false;
  /** The box has had its line ever since: it cannot know of it. */
  #unaware = false;
  /** The oldest record that is left in the box. */
  #beginsAt = 1n;

  constructor(system: System) {
    this.#system = system;
    this.#mine = { box: system.box, canon: system.canon, agreedSeq: 0n };
  }

  onTwin(box: EdgeBox, canon: Canon): void {
    const { bus } = this.#system;
    this.#twin = { box, canon, agreedSeq: 0n };
    for (const batch of bus.contents.batches) this.#agree(this.#twin, batch);
  }

  /** The log has become the second box's: the first one can add nothing to it any more. */
  get lost(): boolean {
    return this.#mine.agreedSeq < this.#system.bus.lastSeq;
  }

  /** Between the log and the box is something that neither has. */
  get hole(): boolean {
    return this.#beginsAt > this.#system.bus.lastSeq + 1n;
  }

  #agree(lineage: Lineage, batch: StoredBatch): void {
    const { canon, box } = lineage;
    if (lineage.agreedSeq !== batch.firstSeq - 1n) return;
    canon.follow(box.disk);
    if (Number(batch.lastSeq) > canon.lastSeq) return;
    const same = canon.slice(Number(batch.firstSeq), Number(batch.lastSeq));
    if (Buffer.compare(same, batch.bytes) === 0) lineage.agreedSeq = batch.lastSeq;
  }

  onAppended(batch: StoredBatch): void {
    const { world, byzantine, bus } = this.#system;
    world.say("log", "append", `${batch.firstSeq}..${batch.lastSeq}`);
    world.reach("log: appended");
    if (byzantine) return;
    this.#checkChain(batch, bus.contents.batches.at(-2));
    for (const lineage of [this.#mine, ...(this.#twin ? [this.#twin] : [])]) this.#agree(lineage, batch);
    if (this.#mine.agreedSeq !== batch.lastSeq && this.#twin?.agreedSeq !== batch.lastSeq)
      world.fail(
        "the log is a prefix of the journal",
        `${batch.firstSeq}..${batch.lastSeq} is not what is durable in the box`,
      );
    if (this.lost) world.reach("double enrolment: the log is the second box's");
  }

  #checkChain(batch: StoredBatch, before: StoredBatch | undefined): void {
    const { world } = this.#system;
    if (batch.firstSeq !== (before?.lastSeq ?? 0n) + 1n)
      world.fail("the log has no gap", `${batch.firstSeq} follows ${before?.lastSeq}`);
    const { previousHash } = readSeal(batch.bytes, viewOf(batch.bytes), batch.bytes.length - SEAL_BYTES);
    const wanted = before ? sha256(before.bytes.subarray(-SEAL_BYTES)) : new Uint8Array(32);
    if (Buffer.compare(previousHash, wanted) !== 0)
      world.fail("the log is one chain", `${batch.firstSeq} does not follow the seal of ${before?.lastSeq}`);
  }

  /** The log is what it was at some time before: shorter, or, where it was taken back already, longer again. */
  onRestored(): void {
    this.#restored = true;
    this.#unaware = this.#online;
    const { lastSeq, contents } = this.#system.bus;
    for (const lineage of [this.#mine, ...(this.#twin ? [this.#twin] : [])]) {
      if (lineage.agreedSeq > lastSeq) lineage.agreedSeq = lastSeq;
      for (const batch of contents.batches) this.#agree(lineage, batch);
    }
  }

  onAck(durableSeq: bigint, verifiedSeq: bigint): void {
    const { world, bus, byzantine } = this.#system;
    if (durableSeq < this.#toldDurable || verifiedSeq < this.#toldVerified)
      if (!this.#newLife) world.fail("acknowledgements never move back", `${durableSeq}, ${verifiedSeq}`);
    this.#newLife = false;
    this.#toldDurable = durableSeq;
    this.#toldVerified = verifiedSeq;
    if (durableSeq > this.#everDurable) this.#everDurable = durableSeq;
    if (verifiedSeq > this.#everVerified) this.#everVerified = verifiedSeq;
    if (durableSeq > bus.lastSeq && !this.#restored)
      world.fail("nothing acknowledged is lost", `${durableSeq} is acknowledged, the log ends at ${bus.lastSeq}`);
    if (verifiedSeq > this.#verifiedEver && !this.#restored)
      world.fail("only what was decided again is called verified", `${verifiedSeq}`);
    if (!byzantine) this.#checkOwn(this.#mine, durableSeq);
    if (verifiedSeq > 0n) world.reach("ack: verified");
  }

  onTwinAck(durableSeq: bigint): void {
    if (this.#twin && !this.#system.byzantine) this.#checkOwn(this.#twin, durableSeq);
  }

  #checkOwn({ agreedSeq, box }: Lineage, durableSeq: bigint): void {
    if (durableSeq > agreedSeq && !this.#restored)
      this.#system.world.fail(
        "only one's own records are acknowledged",
        `${box.name} was told ${durableSeq}, the log is its own up to ${agreedSeq}`,
      );
  }

  /** A segment of the box's was removed: `firstSeq` is the oldest record that is left. */
  onDeleted(firstSeq: bigint): void {
    const { world, bus } = this.#system;
    if (firstSeq > this.#everDurable + 1n || firstSeq > this.#everVerified + 1n)
      world.fail(
        "only what the cloud has and has decided again is deleted",
        `the box begins at ${firstSeq}, it was told ${this.#everDurable} and ${this.#everVerified}`,
      );
    this.#beginsAt = firstSeq;
    if (this.hole) this.#onHole();
    if (bus.lastSeq < BigInt(this.#system.canon.lastSeq) - 100n) world.reach("edge: deleted while the cloud is behind");
  }

  /** Behind a log that was set back. Deleted before the box could know, it is the backup's loss; after that, the box's fault. */
  #onHole(): void {
    const { world, bus } = this.#system;
    if (!this.#unaware)
      world.fail(
        "nothing is deleted on the word of a log before it was restored",
        `the box begins at ${this.#beginsAt}, the log ends at ${bus.lastSeq}`,
      );
    world.reach("log: restored below what the box had deleted");
  }

  onLine(connected: boolean): void {
    this.#online = connected;
    if (!connected) this.#unaware = false;
  }

  /** The box began anew: it has forgotten what it was told. */
  onNewLife(): void {
    this.#newLife = true;
    this.#online = this.#unaware = false;
  }

  /** At each look: how far an engine has truly come. */
  look(): void {
    const { engine, secondEngine } = this.#system;
    if (engine.verifiedSeq > this.#verifiedEver) this.#verifiedEver = engine.verifiedSeq;
    if (secondEngine.verifiedSeq > this.#verifiedEver) this.#verifiedEver = secondEngine.verifiedSeq;
  }
}
