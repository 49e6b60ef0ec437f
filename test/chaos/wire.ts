// A line between two parts with somebody in it: bytes pass, late, held, damaged, or the line is cut. One proxy a line, in
// front of a fixed loopback port; what it does to the bytes changes while it runs.
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Direction = "up" | "down";

/** A side that does not read is not read from either. */
const HELD_BYTES_MAX = 1024 * 1024;

export class Wire {
  /** Bytes that passed, each way: whether the line is in use. */
  readonly passed = { up: 0, down: 0 };
  /** Chunks that were changed. */
  damaged = 0;
  #delayMs = 0;
  #held: Direction | undefined;
  #refusing = false;
  /** Called with the next chunk of that direction. */
  #damageNext: { readonly direction: Direction; readonly bit: number } | undefined;
  #release: () => void = () => undefined;
  #released: Promise<void> = Promise.resolve();
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server: Server;
  readonly #upstream: number;

  private constructor(upstream: number) {
    this.#upstream = upstream;
    this.#server = createServer({ noDelay: true }, (socket) => this.#onCaller(socket));
  }

  /** Listens on a free loopback port. */
  static async before(upstream: number): Promise<{ readonly wire: Wire; readonly port: number }> {
    const wire = new Wire(upstream);
    await new Promise<void>((resolve, reject) => {
      wire.#server.once("error", reject);
      wire.#server.listen(0, "127.0.0.1", resolve);
    });
    const address = wire.#server.address();
    if (typeof address !== "object" || !address) throw new Error("a TCP server has a port");
    return { wire, port: address.port };
  }

  /** Both sockets gone at once, wherever the bytes are. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Cut, and nobody gets through for a while. */
  async refuse(ms: number): Promise<void> {
    this.#refusing = true;
    this.cut();
    await sleep(ms);
    this.#refusing = false;
  }

  /** Every chunk comes so much later, in order. */
  async delay(delayMs: number, forMs: number): Promise<void> {
    this.#delayMs = delayMs;
    await sleep(forMs);
    this.#delayMs = 0;
  }

  /** One direction stands still, the other passes, the line stays open. */
  async hold(direction: Direction, forMs: number): Promise<void> {
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
    this.#held = direction;
    await sleep(forMs);
    this.#held = undefined;
    this.#release();
  }

  /** One bit of the next chunk. */
  damage(direction: Direction, bit: number): void {
    this.#damageNext = { direction, bit };
  }

  async close(): Promise<void> {
    this.#refusing = true;
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #onCaller(caller: Socket): void {
    if (this.#refusing) {
      caller.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: this.#upstream, host: "127.0.0.1", noDelay: true });
    const pair = [caller, upstream] as const;
    this.#pairs.add(pair);
    this.#carry(caller, upstream, "up");
    this.#carry(upstream, caller, "down");
    for (const socket of pair) {
      socket.on("error", () => undefined);
      socket.once("close", () => {
        for (const other of pair) other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }

  /** A chain of promises keeps the chunks in order, whatever is done to each. */
  #carry(from: Socket, to: Socket, direction: Direction): void {
    let last = Promise.resolve();
    let held = 0;
    from.on("data", (chunk: Buffer) => {
      held += chunk.length;
      if (held > HELD_BYTES_MAX) from.pause();
      last = last.then(async () => {
        if (this.#delayMs > 0) await sleep(this.#delayMs);
        if (this.#held === direction) await this.#released;
        held -= chunk.length;
        if (held <= HELD_BYTES_MAX) from.resume();
        if (!to.destroyed) to.write(this.#changed(chunk, direction));
        this.passed[direction] += chunk.length;
      });
    });
    from.once("end", () => {
      last = last.then(() => {
        to.end();
      });
    });
  }

  #changed(chunk: Buffer, direction: Direction): Buffer {
    const damage = this.#damageNext;
    if (damage?.direction !== direction) return chunk;
    this.#damageNext = undefined;
    this.damaged++;
    const bit = damage.bit % (chunk.length * 8);
    chunk[bit >> 3] = (chunk[bit >> 3] as number) ^ (1 << (bit & 7));
    return chunk;
  }
}
