// The compiled EA as a child process, in the hands of a test: lines in, its whole state out.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureEa } from "./compile.ts";

export const EA_STATE = { offline: 0, hello: 1, auth: 2, syncing: 3, live: 4 } as const;
const POLL_MS = 10;

export interface EaPosition {
  readonly ticket: number;
  readonly identifier: number;
  readonly symbol: string;
  readonly side: number;
  readonly volume: number;
  readonly sl: number;
  readonly tp: number;
  readonly magic: string;
}

export interface EaOrder {
  readonly ticket: number;
  readonly symbol: string;
  readonly type: number;
  readonly state: number;
  readonly filling: number;
  readonly volume: number;
  readonly price: number;
  readonly comment: string;
  readonly magic: string;
}

export interface EaDeal {
  readonly deal: number;
  readonly order: number;
  readonly symbol: string;
  readonly side: number;
  readonly entry: number;
  readonly volume: number;
  readonly price: number;
  readonly magic: string;
}

export interface EaView {
  readonly state: number;
  readonly running: number;
  readonly kills: number;
  readonly sockets: number;
  readonly commands: number;
  readonly inFlight: number;
  readonly told: number;
  readonly gaps: number;
  readonly acked: number;
  readonly framesOut: number;
  readonly pending: number;
  readonly balance: number;
  readonly trouble: string;
  readonly ended: string;
  readonly positions: readonly EaPosition[];
  readonly orders: readonly EaOrder[];
  readonly history: readonly EaOrder[];
  readonly deals: readonly EaDeal[];
  /** Calls of OrderSendAsync. */
  readonly sends: readonly { readonly magic: string; readonly action: number }[];
  readonly panel: readonly string[];
  readonly log: readonly string[];
}

export interface EaOptions {
  readonly port: number;
  /** MQL5\Files. */
  readonly files: string;
  readonly secret?: string;
  readonly args?: readonly string[];
}

export const SECRET = "test-secret-0001";

export class Ea {
  readonly #child: ChildProcess;
  readonly #answers: ((view: EaView) => void)[] = [];
  readonly #exit: Promise<number | null>;
  #stderr = "";
  #over = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on("data", (chunk) => {
      this.#stderr += chunk;
    });
    this.#exit = new Promise((resolve) =>
      child.once("exit", (code) => {
        this.#over = true;
        resolve(code);
      }),
    );
    if (child.stdout)
      createInterface({ input: child.stdout }).on("line", (line) => this.#answers.shift()?.(JSON.parse(line)));
    child.stdin?.on("error", () => undefined);
  }

  static async start(o: EaOptions): Promise<Ea> {
    mkdirSync(o.files, { recursive: true });
    const args = ["--port", String(o.port), "--secret", o.secret ?? SECRET, "--files", o.files, ...(o.args ?? [])];
    return new Ea(spawn(await ensureEa(), args, { stdio: ["pipe", "pipe", "pipe"] }));
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Lines for the shim: what the market, the broker or the terminal does next. */
  tell(...lines: readonly string[]): void {
    this.#child.stdin?.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** The same, and only back when it is done: what a socket carries afterwards comes afterwards. */
  async do(...lines: readonly string[]): Promise<EaView> {
    this.tell(...lines);
    return await this.view();
  }

  async view(): Promise<EaView> {
    return await new Promise((resolve, reject) => {
      if (this.#over) reject(new Error(`the EA's process is over: ${this.#stderr.slice(-4000)}`));
      void this.#exit.then((code) =>
        reject(new Error(`the EA's process ended with ${code}: ${this.#stderr.slice(-4000)}`)),
      );
      this.#answers.push(resolve);
      this.tell("state");
    });
  }

  async until(what: string, done: (view: EaView) => boolean, ms = 20_000): Promise<EaView> {
    const deadline = Date.now() + ms;
    for (;;) {
      const view = await this.view();
      if (done(view)) return view;
      if (Date.now() > deadline)
        throw new Error(
          `${what}: not within ${ms} ms; state ${view.state}, ${view.ended}\n${view.log.slice(-12).join("\n")}`,
        );
      await sleep(POLL_MS);
    }
  }

  /** Orderly: OnDeinit and all. Returns the exit code; a sanitizer's finding makes it non-zero. */
  async stop(): Promise<number | null> {
    if (!this.#over) this.tell("quit");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    const code = await this.#exit;
    clearTimeout(timer);
    return code;
  }

  /** The whole process, broker included. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }
}
