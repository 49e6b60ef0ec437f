// One run of the simulated terminal: puts the parts together from a configuration, feeds ticks as the speed says, and
// reports. Ends by itself only when asked to (`exit`) or stopped.
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Mtx1Crypto } from "#proto/mtx1/handshake.ts";
import { Broker } from "./broker.ts";
import { MARGIN_MODE } from "./broker-types.ts";
import { Client } from "./client-io.ts";
import { JournalFile, type MarketStart } from "./journal-io.ts";
import type { TerminalConfig } from "./options.ts";
import { Playback } from "./playback.ts";
import { fileSources, generatedSources, type Sources } from "./sources-io.ts";
import { KNOWN_SYMBOLS, MICRO } from "./specs.ts";
import { Terminal } from "./terminal.ts";
import type { MarketTick } from "./tick.ts";

/** A window of the lagging broker: at most one minute of market time. */
const WINDOW = { maxTicks: 512, maxSpanMs: 60_000 } as const;
const PROMPT_STEP_MS = 10;
const PROMPT_TICKS = 2000;
const LEVERAGE = 100;
const REPORT_MS = 1000;
/** Monday 3 March 2025, where a generated market begins that does not run with the clock. */
export const FIXED_START_MS = Date.UTC(2025, 2, 3, 0, 0);

export interface Progress {
  readonly ticks_sent: number;
  readonly ticks_acked: number;
  readonly market_time: string | undefined;
  readonly live: boolean;
  readonly orders: number;
  readonly fills: number;
  readonly reconnects: number;
  readonly equity: number;
  readonly positions: Readonly<Record<string, number>>;
}

export interface Summary extends Progress {
  readonly done: true;
  readonly ticks: number;
  readonly orders_received: number;
  /** The most calls of OrderSend that any one cmd_id has seen: never more than 1. */
  readonly order_sends: number;
  readonly commands: number;
  readonly balance: number;
  /** Acknowledged ticks that the connector asked for again. */
  readonly lost_by_connector: number;
}

export interface RunOptions {
  readonly config: TerminalConfig;
  readonly onProgress: (progress: Progress) => void;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
}

const crypto: Mtx1Crypto = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  hmac: (key, ...parts) => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return new Uint8Array(hmac.digest());
  },
};

function sourcesOf(config: TerminalConfig): Promise<Sources> | Sources {
  if (config.ticks.length > 0) return fileSources(config);
  const paced = config.speed === 1;
  return generatedSources({
    symbols: config.symbols.length > 0 ? config.symbols : KNOWN_SYMBOLS,
    seed: config.seed,
    startMs: config.startMs ?? (paced ? Date.now() : FIXED_START_MS),
    weekends: config.weekends ?? !paced,
  });
}

export async function run({ config, onProgress, signal }: RunOptions): Promise<Summary> {
  const sources = await sourcesOf(config);
  const store = new JournalFile(config, () => randomBytes(8).readBigUInt64LE());
  const running = new Run(config, sources, store);
  const reports = setInterval(() => onProgress(running.progress()), REPORT_MS);
  const stop = (): void => running.stop();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    await running.play();
    return running.summary();
  } finally {
    signal?.removeEventListener("abort", stop);
    clearInterval(reports);
    await running.close();
    store.close();
  }
}

class Run {
  private readonly config: TerminalConfig;
  private readonly broker: Broker;
  private readonly store: JournalFile;
  private readonly terminal: Terminal;
  private readonly client: Client;
  private readonly playback: Playback;
  private readonly wanted: ReadonlySet<string>;
  private ticks = 0;
  private stopped = false;
  private wake: (() => void) | undefined;

  constructor(config: TerminalConfig, sources: Sources, store: JournalFile) {
    this.config = config;
    this.store = store;
    this.wanted = new Set(config.symbols.length > 0 ? config.symbols : sources.specs.map(({ name }) => name));
    const { faults, seed, login, server, secret } = config;
    const marginMode = config.hedging ? MARGIN_MODE.hedging : MARGIN_MODE.netting;
    const balanceMicros = config.balance * MICRO;
    const specs = sources.specs.filter(({ name }) => this.wanted.has(name));
    this.broker = new Broker({ specs, seed, marginMode, leverage: LEVERAGE, balanceMicros, faults });
    if (store.broker) this.broker.restore(store.broker, store.deals, store.orders);
    this.terminal = new Terminal({
      identity: { secret, login, server, instanceId: BigInt(store.instance), marginMode },
      crypto,
      broker: this.broker,
      store,
      specs,
      histories: sources.histories,
      lagging: config.speed === 0,
      wallClock: this.wallClock,
      zone: config.zone,
      seed,
      faults,
    });
    this.playback = new Playback(sources.streams);
    const onChange = (): void => this.wake?.();
    this.client = new Client({ host: config.host, port: config.port, terminal: this.terminal, onChange });
  }

  /** A generated market at speed 1 that begins now runs with the clock; any other has a time of its own. */
  private get wallClock(): boolean {
    return this.config.ticks.length === 0 && this.config.speed === 1 && this.config.startMs === undefined;
  }

  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  async play(): Promise<void> {
    if (this.config.speed === 0) await this.playLagging();
    else await this.playPrompt();
    if (this.config.exit) return this.settle();
    // The market stands still; commands are still carried out.
    while (!this.stopped) {
      await this.until(() => this.terminal.acknowledged && !this.terminal.settled);
      this.terminal.settle();
      this.client.flush();
    }
  }

  private async playLagging(): Promise<void> {
    while (this.ticks < this.config.maxTicks) {
      await this.until(() => this.terminal.wantsTicks);
      if (this.stopped) return;
      const ticks = await this.playback.next({ ...WINDOW, maxTicks: this.room(WINDOW.maxTicks) });
      if (!ticks) return;
      this.offer(ticks);
    }
  }

  private async playPrompt(): Promise<void> {
    const first = await this.playback.nextTime();
    if (first === undefined) return;
    const { startedMs, fromMs } = await this.marketStart(first);
    while (!this.stopped && this.ticks < this.config.maxTicks) {
      const marketMs = fromMs + (Date.now() - startedMs) * this.config.speed;
      if (this.terminal.wantsTicks) {
        const ticks = await this.playback.next({ maxTicks: this.room(PROMPT_TICKS), untilMs: marketMs });
        if (!ticks) return;
        if (ticks.length > 0) this.offer(ticks);
        if (ticks.length === PROMPT_TICKS) continue;
        this.terminal.advanceTo(marketMs);
        this.client.flush();
      }
      await new Promise((resolve) => setTimeout(resolve, PROMPT_STEP_MS));
    }
  }

  /** Market time starts when the connector is there to see it, and goes on while the terminal is down. */
  private async marketStart(firstMs: number): Promise<MarketStart> {
    const { market } = this.store;
    if (market && !this.wallClock) return market;
    await this.until(() => this.terminal.live);
    const startedMs = Date.now();
    const start = { startedMs, fromMs: this.wallClock ? startedMs : firstMs };
    this.store.startMarket(start);
    return start;
  }

  private room(most: number): number {
    return Math.min(most, this.config.maxTicks - this.ticks);
  }

  private offer(ticks: readonly MarketTick[]): void {
    const wanted = ticks.filter(({ symbol }) => this.wanted.has(symbol));
    this.ticks += wanted.length;
    if (wanted.length > 0) this.terminal.offer(wanted);
    this.client.flush();
  }

  /** Until everything is acknowledged, nothing is in flight, and the connector has had the chance to say more. */
  private async settle(): Promise<void> {
    while (!this.stopped) {
      await this.until(() => this.terminal.acknowledged);
      if (this.stopped || this.terminal.settled) return;
      this.terminal.settle();
      this.client.flush();
    }
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.stopped)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    this.wake = undefined;
  }

  async close(): Promise<void> {
    await this.playback.close();
    await this.client.close();
  }

  progress(): Progress {
    const { broker, terminal } = this;
    const positions: Record<string, number> = {};
    for (const { symbol, side, volume } of broker.positions)
      positions[symbol] = (positions[symbol] ?? 0) + (side === 0 ? volume : -volume) / MICRO;
    return {
      ticks_sent: terminal.ticks.sent,
      ticks_acked: terminal.ticks.acked,
      market_time: broker.now > 0 ? new Date(broker.now).toISOString() : undefined,
      live: terminal.live,
      orders: terminal.counts.orders_received,
      fills: broker.deals.length,
      reconnects: terminal.counts.reconnects,
      equity: broker.account().equity / MICRO,
      positions,
    };
  }

  summary(): Summary {
    return {
      done: true,
      ...this.progress(),
      ticks: this.ticks,
      orders_received: this.terminal.counts.orders_received,
      order_sends: Math.max(0, ...this.store.calls.values()),
      commands: this.store.entries.size,
      balance: this.broker.account().balance / MICRO,
      lost_by_connector: this.terminal.ticks.lostByPeer,
    };
  }
}
