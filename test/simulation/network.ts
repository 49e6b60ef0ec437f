// A line between two processes: bytes (the EA's TCP socket) or messages (the cloud's gRPC stream), in order each way, and
// everything that can happen to it: delay, stalls, cuts at any byte, an end that is never told, one way only, damage.
import type { SeededRandom } from "../terminal/random.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export interface LineHandler {
  onData(bytes: Uint8Array): void;
  onDrain?(): void;
  /** Once, last. */
  onClosed(): void;
}

export interface LineNature {
  readonly name: string;
  /** Messages stay whole; bytes are cut anywhere. */
  readonly whole: boolean;
  readonly delayUs: { readonly least: number; readonly mean: number };
  /** Chances for each piece sent. */
  readonly damage: number;
  readonly lose: number;
  readonly duplicate: number;
  /** Bytes on the way above which the sender is told to wait. */
  readonly fullBytes: number;
}

const CLOSE_UNTOLD_US = 3_600_000_000;

/** One end: what its process sends goes to the other end's handler. */
export class LineEnd {
  readonly process: Process;
  readonly incarnation: number;
  handler: LineHandler | undefined;
  closed = false;
  other!: LineEnd;
  readonly #line: Line;
  /** Of what was sent last: nothing overtakes. */
  #lastUs = 0;
  #onTheWay = 0;
  readonly #queue: Uint8Array[] = [];
  #full = false;
  /** Nothing of ours gets through before. */
  stalledUntilUs = 0;
  /** Nothing of ours gets through any more, and nobody is told. */
  muted = false;
  /** The process at this end reads nothing now: what comes waits. */
  holding = false;
  readonly #held: Uint8Array[] = [];

  constructor(line: Line, process: Process) {
    this.#line = line;
    this.process = process;
    this.incarnation = process.incarnation;
  }

  get mine(): boolean {
    return this.process.alive && this.process.incarnation === this.incarnation;
  }

  /** False: wait for onDrain. */
  send(bytes: Uint8Array): boolean {
    if (this.closed || !this.mine || bytes.length === 0) return true;
    const { nature, random, world } = this.#line;
    if (this.muted || random.chance(nature.lose)) {
      if (!this.muted) world.reach(`${nature.name}: lost`);
      return true;
    }
    for (const piece of nature.whole ? [bytes.slice()] : pieces(bytes, random)) this.#sendPiece(piece);
    if (random.chance(nature.duplicate)) {
      world.reach(`${nature.name}: duplicated`);
      this.#sendPiece(bytes.slice());
    }
    this.#full = this.#onTheWay > nature.fullBytes;
    if (this.#full) world.reach(`${nature.name}: full`);
    return !this.#full;
  }

  #sendPiece(piece: Uint8Array): void {
    const { nature, random, world } = this.#line;
    if (random.chance(nature.damage)) {
      world.reach(`${nature.name}: damaged`);
      // Batches prove themselves and may come damaged; for the few words that come back TLS is the proof: it cuts.
      if (nature.whole && this === this.#line.b) {
        this.#line.cut({ half: false });
        return;
      }
      damage(piece, random);
    }
    this.#onTheWay += piece.length;
    const at = Math.max(this.#lastUs, this.stalledUntilUs, world.nowUs + this.#line.delay());
    this.#lastUs = at;
    this.#queue.push(piece);
    world.scheduler.at(at, () => this.#arrive());
  }

  /** The oldest piece on the way, whichever one's time has come: nothing overtakes, also after a stall. */
  #arrive(): "idle" | undefined {
    const { world } = this.#line;
    if (world.nowUs < this.stalledUntilUs) {
      world.scheduler.at(this.stalledUntilUs, () => this.#arrive());
      return "idle";
    }
    const piece = this.#queue.shift() as Uint8Array;
    this.#onTheWay -= piece.length;
    this.#drain();
    if (this.muted || this.#line.isGone(this)) return "idle";
    this.other.#receive(piece);
    return undefined;
  }

  #receive(piece: Uint8Array): void {
    this.#held.push(piece);
    if (!this.holding) this.readOn();
  }

  readOn(): void {
    this.holding = false;
    for (let piece = this.#held.shift(); piece; piece = this.holding ? undefined : this.#held.shift()) {
      const bytes = piece;
      this.take((handler) => handler.onData(bytes));
    }
  }

  #drain(): void {
    if (!this.#full || this.#onTheWay > this.#line.nature.fullBytes / 2) return;
    this.#full = false;
    this.take((handler) => handler.onDrain?.());
  }

  /** In the process at this end, when it is still the one that opened the line; later, while it is paused. */
  take(act: (handler: LineHandler) => void): void {
    if (this.closed || !this.mine) return;
    const run = (): void => {
      if (!this.closed && this.handler) act(this.handler);
    };
    if (this.process.paused) this.process.after(0, run);
    else this.process.run(run);
  }

  /** Our side is done; what was sent still arrives, then the other end hears of it. */
  end(): void {
    if (this.closed) return;
    this.closed = true;
    const at = Math.max(this.#lastUs, this.#line.world.nowUs + this.#line.delay());
    this.#line.world.scheduler.at(at, () => {
      this.other.tellClosed();
      return undefined;
    });
  }

  tellClosed(): void {
    const handler = this.handler;
    if (this.closed || !this.mine) {
      this.closed = true;
      return;
    }
    const run = (): void => {
      if (this.closed) return;
      this.closed = true;
      handler?.onClosed();
    };
    if (this.process.paused) this.process.after(0, run);
    else this.process.run(run);
  }
}

export class Line {
  readonly world: World;
  readonly nature: LineNature;
  readonly random: SeededRandom;
  readonly a: LineEnd;
  readonly b: LineEnd;
  #cutUs = Number.POSITIVE_INFINITY;

  constructor(o: { world: World; nature: LineNature; a: Process; b: Process }) {
    this.world = o.world;
    this.nature = o.nature;
    this.random = o.world.random("network");
    this.a = new LineEnd(this, o.a);
    this.b = new LineEnd(this, o.b);
    this.a.other = this.b;
    this.b.other = this.a;
  }

  get open(): boolean {
    return !this.a.closed && !this.b.closed;
  }

  delay(): number {
    const { least, mean } = this.nature.delayUs;
    return least + this.random.exponential(mean);
  }

  /** Cut: what is still on the way is lost. */
  isGone(end: LineEnd): boolean {
    return this.world.nowUs >= this.#cutUs || (end.other.closed && !end.closed);
  }

  /** Both ends hear of it, each in its own time; `half`: only one does, the other believes that all is well. */
  cut(o: { half: boolean }): void {
    this.#cutUs = this.world.nowUs;
    this.world.reach(`${this.nature.name}: ${o.half ? "half-open" : "cut"}`);
    const first = this.random.chance(0.5) ? this.a : this.b;
    this.world.scheduler.after(this.delay(), () => {
      first.tellClosed();
      return undefined;
    });
    const late = o.half ? CLOSE_UNTOLD_US : this.delay();
    this.world.scheduler.after(late, () => {
      first.other.tellClosed();
      return undefined;
    });
  }

  /** The process at one end is gone: the kernel says so at the other, unless the machine is gone too. */
  onDeath(process: Process, o: { silent: boolean }): void {
    const end = this.a.process === process ? this.a : this.b;
    if (o.silent) {
      this.#cutUs = this.world.nowUs;
      return;
    }
    end.closed = true;
    this.world.scheduler.after(this.delay(), () => {
      end.other.tellClosed();
      return undefined;
    });
  }
}

/** Where TCP happens to cut and join. */
function pieces(bytes: Uint8Array, random: SeededRandom): Uint8Array[] {
  if (random.chance(0.8)) return [bytes.slice()];
  const at = random.below(bytes.length);
  return at === 0 ? [bytes.slice()] : [bytes.slice(0, at), bytes.slice(at)];
}

/** One bit, or a run of bytes. */
function damage(bytes: Uint8Array, random: SeededRandom): void {
  const at = random.below(bytes.length);
  if (random.chance(0.5)) {
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    return;
  }
  const end = Math.min(bytes.length, at + 1 + random.below(16));
  for (let i = at; i < end; i++) bytes[i] = (bytes[i] as number) ^ (1 + random.below(255));
}
