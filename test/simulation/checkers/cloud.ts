// The cloud against the observer's copy: its log is a byte prefix of what is durable in the box, nothing acknowledged is
// ever lost, and acknowledgements say no more than is true.
import type { StoredBatch } from "../memory-bus.ts";
import type { System } from "../system.ts";

export class CloudChecker {
  readonly #system: System;
  /** Highest that the box was told. */
  #toldDurable = 0n;
  #toldVerified = 0n;
  /** Set when the log was taken back to a backup: what was acknowledged above it is to be sent again. */
  restored = false;

  constructor(system: System) {
    this.#system = system;
  }

  onAppended(batch: StoredBatch): void {
    const { canon, world, byzantine, bus } = this.#system;
    world.say("log", "append", `${batch.firstSeq}..${batch.lastSeq}`);
    world.reach("log: appended");
    if (byzantine) return;
    canon.follow(this.#system.box.disk);
    const before = bus.contents.batches.at(-2);
    if (batch.firstSeq !== (before?.lastSeq ?? 0n) + 1n)
      world.fail("the log has no gap", `${batch.firstSeq} follows ${before?.lastSeq}`);
    if (Number(batch.lastSeq) > canon.lastSeq)
      world.fail("the log is a prefix of the journal", `${batch.lastSeq} is not durable in the box`);
    const mine = canon.slice(Number(batch.firstSeq), Number(batch.lastSeq));
    if (Buffer.compare(mine, batch.bytes) !== 0)
      world.fail("the log is a prefix of the journal", `${batch.firstSeq}..${batch.lastSeq} has other bytes`);
  }

  onAck(durableSeq: bigint, verifiedSeq: bigint): void {
    const { world, bus } = this.#system;
    if (durableSeq < this.#toldDurable || verifiedSeq < this.#toldVerified)
      if (!this.#newLife) world.fail("acknowledgements never move back", `${durableSeq}, ${verifiedSeq}`);
    this.#newLife = false;
    this.#toldDurable = durableSeq;
    this.#toldVerified = verifiedSeq;
    if (durableSeq > bus.lastSeq && !this.restored)
      world.fail("nothing acknowledged is lost", `${durableSeq} is acknowledged, the log ends at ${bus.lastSeq}`);
    if (verifiedSeq > this.#verifiedEver && !this.restored)
      world.fail("only what was decided again is called verified", `${verifiedSeq}`);
    if (verifiedSeq > 0n) world.reach("ack: verified");
  }

  #newLife = false;
  #verifiedEver = 0n;

  /** The box began anew: it has forgotten what it was told. */
  onNewLife(): void {
    this.#newLife = true;
  }

  /** At each look: how far an engine has truly come. */
  look(): void {
    const { engine, secondEngine } = this.#system;
    if (engine.verifiedSeq > this.#verifiedEver) this.#verifiedEver = engine.verifiedSeq;
    if (secondEngine.verifiedSeq > this.#verifiedEver) this.#verifiedEver = secondEngine.verifiedSeq;
  }
}
