// When faults stop for the core of the system and the rest stays dead, everything comes into step within a stated time:
// the cloud at the box's head, no order unknown, positions as the broker has them, projections at the verified position.
import type { System } from "../system.ts";

/** Stated in docs/reliability.md: an answer's patience, a look-up's, a reconnect's, and room. */
export const LIVENESS_S = 120;
const LOOK_US = 1_000_000;
/** The cloud may be this far behind a box that goes on writing. */
const BEHIND_LOOKS = 3;

export class Liveness {
  readonly #system: System;
  readonly #withCloud: boolean;
  #sealed: bigint[] = [];
  done = false;
  /** What is not in step, at the last look. */
  missing: string[] = ["nothing was looked at"];

  constructor(system: System, o: { withCloud: boolean }) {
    this.#system = system;
    this.#withCloud = o.withCloud;
  }

  start(): void {
    this.#system.world.scheduler.after(LOOK_US, () => this.#look());
  }

  #look(): undefined {
    const { box } = this.#system;
    this.#sealed.push(box.edge?.journal.durableSealedSeq ?? 0n);
    this.missing = [...this.#edgeMissing(), ...(this.#withCloud ? this.#cloudMissing() : [])];
    if (this.missing.length === 0 && this.#sealed.length > BEHIND_LOOKS) this.done = true;
    else this.start();
    return undefined;
  }

  #edgeMissing(): string[] {
    const { box, terminal, orders } = this.#system;
    const { edge } = box;
    if (!edge || !box.up) return ["the box is not up"];
    const missing: string[] = [];
    if (edge.hot.failure) missing.push(`the box is halted: ${edge.hot.failure.code}`);
    if (edge.link.current?.session.state !== "live") missing.push("the terminal is not live");
    if (edge.hot.orders.size > 0) missing.push(`orders open: ${edge.hot.orders.openIds().join(" ")}`);
    const theirs = terminal.broker.positions.map((p) => `${p.ticket}:${p.side}:${p.volume}`).sort();
    const ours = [...edge.book.positions.values()]
      .map(({ ticket, position }) => `${ticket}:${position.side}:${position.volume_microlots}`)
      .sort();
    if (theirs.join() !== ours.join()) missing.push(`positions ${ours.join()}, the broker has ${theirs.join()}`);
    const deals = orders.missingDeals();
    if (deals.length > 0) missing.push(`deals not booked: ${deals.map(({ deal }) => deal).join()}`);
    return missing;
  }

  #cloudMissing(): string[] {
    const { box, bus, engine, projector } = this.#system;
    const due = this.#sealed.at(-1 - BEHIND_LOOKS) ?? this.#sealed[0] ?? 0n;
    const missing: string[] = [];
    const behind = (what: string, seq: bigint): void => {
      if (seq < due) missing.push(`${what} is at ${seq}, the box was at ${due}`);
    };
    behind("the log", bus.lastSeq);
    behind("the engine", engine.verifiedSeq);
    behind("the box's verified position", box.edge?.cloud.verifiedSeq ?? 0n);
    if (!projector.process.alive) missing.push("the projector is not up");
    behind("the projection", projector.tables.cursor.seq);
    return missing;
  }
}
