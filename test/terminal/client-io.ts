// The terminal's line to the connector: connects, reconnects with back-off, carries bytes, wakes the machine up. Keeps no
// state of its own beyond the socket.
import { randomBytes, randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Terminal } from "./terminal.ts";

const CONNECT_MS = 5_000;
const BACK_OFF_MS = [250, 500, 1000, 2000, 5000] as const;
const TICK_MS = 20;

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly terminal: Terminal;
  /** After anything that may have changed the terminal's state. */
  readonly onChange: () => void;
}

export class Client {
  connected = false;
  private readonly o: ClientOptions;
  private socket: Socket | undefined;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private readonly timer: NodeJS.Timeout;
  private stopped = false;

  constructor(options: ClientOptions) {
    this.o = options;
    this.timer = setInterval(() => this.wake(), TICK_MS);
    this.open();
  }

  /** Writes what the terminal has to say; cuts the line when it says so. */
  flush(): void {
    const { terminal } = this.o;
    const { socket } = this;
    if (!socket || !this.connected) return;
    const parts = terminal.takeOut(Date.now());
    if (parts.length > 0) socket.write(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));
    // A cut comes after what was written, so that the connector may have it without us ever knowing.
    if (terminal.cutLine || terminal.ended) socket.destroySoon();
  }

  /** Says goodbye and closes; resolves when the line is closed. */
  async close(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    const { socket } = this;
    if (!socket || socket.destroyed) return;
    this.o.terminal.bye();
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    this.flush();
    socket.destroySoon();
    const deadline = setTimeout(() => socket.destroy(), 1000);
    await closed;
    clearTimeout(deadline);
  }

  private open(): void {
    const { host, port, terminal } = this.o;
    const socket = connect({ host, port, noDelay: true });
    this.socket = socket;
    socket.setTimeout(CONNECT_MS, () => {
      if (!this.connected) socket.destroy();
    });
    socket.on("connect", () => {
      this.connected = true;
      terminal.onConnect(new Uint8Array(randomBytes(16)), Date.now());
      this.flush();
    });
    socket.on("data", (chunk) => {
      if (terminal.cutLine) return;
      terminal.onData(chunk, Date.now());
      if (terminal.live) this.failures = 0;
      this.flush();
      this.o.onChange();
    });
    // What went wrong is told by "close", which always follows.
    socket.on("error", () => {});
    socket.on("close", () => this.onClose());
  }

  private onClose(): void {
    if (this.connected) this.o.terminal.onClose();
    this.connected = false;
    this.socket = undefined;
    this.o.onChange();
    if (this.stopped) return;
    const base = BACK_OFF_MS[Math.min(this.failures++, BACK_OFF_MS.length - 1)] ?? 1000;
    this.retry = setTimeout(() => this.open(), base / 2 + randomInt(base));
  }

  private wake(): void {
    this.o.terminal.tick(Date.now());
    this.flush();
    this.o.onChange();
  }
}
