// The disk of one box under virtual time: what test/journal/simulated-disk.ts does to unsynced bytes, and besides it is
// slow, gets stuck, fills up, loses a write it has acknowledged, puts one in the wrong place, and rots.
import { segmentNumber } from "#storage/journal/segment.ts";
import { type Content, SimulatedDisk } from "../journal/simulated-disk.ts";
import type { SeededRandom } from "../terminal/random.ts";
import type { Process } from "./process.ts";

const LATENCY_US = { least: 80, mean: 300 } as const;
const SLOW = 60;

export class BoxDisk extends SimulatedDisk {
  /** Whose operations these are. */
  readonly #owner: () => Process;
  readonly #random: SeededRandom;
  /** Called when a sync has made something durable. */
  onDurable: () => void = () => undefined;
  slowUntilUs = 0;
  /** Nothing completes before. */
  stuckUntilUs = 0;
  /** The next write of a segment is acknowledged and never done, or done elsewhere. */
  evil: "lost" | "misdirected" | undefined;
  /** How often a lost or misdirected write happened. */
  evils = 0;
  /** Called when a file was removed. */
  onRemoved: (name: string) => void = () => undefined;

  constructor(o: { owner: () => Process; random: SeededRandom }) {
    super(o.random.below(2 ** 31) + 1);
    this.#owner = o.owner;
    this.#random = o.random;
  }

  override later<T>(epoch: number, run: () => T): Promise<T> {
    const owner = this.#owner();
    return new Promise((resolve, reject) => {
      owner.after(this.#latencyUs(owner.world.nowUs), () => {
        if (epoch !== this.epoch) return "idle";
        try {
          resolve(run());
        } catch (error) {
          // With the power the process goes as well: nobody is there to be told.
          if (!this.crashed) reject(error as Error);
        }
        return undefined;
      });
    });
  }

  override write(content: Content, data: Uint8Array, position: number): void {
    const { evil } = this;
    if (evil === undefined || data.length > 16_384 || position < 4096) {
      super.write(content, data, position);
      return;
    }
    this.evil = undefined;
    this.evils++;
    this.#owner().world.reach(`disk: ${evil} write`);
    // Nothing is under this write any more; the cache does not know it either.
    if (evil === "misdirected") super.write(content, data, position + 64 * (1 + this.#random.below(8)));
  }

  override removeSync(name: string): void {
    super.removeSync(name);
    this.onRemoved(name);
  }

  protected override onSynced(): void {
    this.onDurable();
  }

  /** Names of the segment files, in their order. */
  segments(): string[] {
    return this.listSync()
      .filter((name) => segmentNumber(name) !== undefined)
      .sort();
  }

  #latencyUs(nowUs: number): number {
    const slow = nowUs < this.slowUntilUs ? SLOW : 1;
    const own = LATENCY_US.least + this.#random.exponential(LATENCY_US.mean) * slow;
    return Math.max(own, this.stuckUntilUs - nowUs);
  }
}
