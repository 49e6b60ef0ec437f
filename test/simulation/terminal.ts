// The terminal's machine: the trade server (which never dies), the EA as a process that connects, crashes and may lose its
// memory, and a market that walks at random. The EA and the server are those of test/terminal, under virtual time.
import { zoneOf } from "#proto/broker-zone.ts";
import { mtx1Crypto } from "../../edge/metatrader-connector/crypto-io.ts";
import { Broker } from "../terminal/broker.ts";
import { MARGIN_MODE } from "../terminal/broker-types.ts";
import type { CommandEntry } from "../terminal/order-path.ts";
import { type SymbolSpec, specFor } from "../terminal/specs.ts";
import { Terminal, type TerminalStore } from "../terminal/terminal.ts";
import type { HistoryBar, MarketTick, SymbolHistory } from "../terminal/tick.ts";
import { MachineClock } from "./clock.ts";
import type { LineEnd } from "./network.ts";
import { Process } from "./process.ts";
import { ACCOUNT } from "./settings.ts";
import type { World } from "./world.ts";

const TICK_MS = 100;
const RETRY_MS = { least: 200, mean: 500 } as const;
const HISTORY_BARS = 60;
const MINUTE_MS = 60_000;
const BALANCE_MICROS = 100_000_000_000;
const LEVERAGE = 100;

/** The EA's own file: durable whenever a call returns, as the real one's. */
class EaMemory implements TerminalStore {
  readonly entries = new Map<string, CommandEntry>();
  readonly instance: bigint;
  readonly #onSend: (id: string) => void;

  constructor(instance: bigint, onSend: (id: string) => void) {
    this.instance = instance;
    this.#onSend = onSend;
  }

  put(entry: CommandEntry): void {
    this.entries.set(entry.id, entry);
  }
  ledger(call: { cmd_id: string }): void {
    this.#onSend(call.cmd_id);
  }
  saveBroker(): void {}
}

export class TerminalMachine {
  readonly process: Process;
  readonly broker: Broker;
  readonly specs: readonly SymbolSpec[];
  /** Broker time minus UTC. */
  offsetMs: number;
  ea: Terminal;
  /** Calls of OrderSend by cmd_id, over all lives of the EA. */
  readonly sends = new Map<string, number>();
  /** Called at each, with how many there were for this id. */
  onSend: (id: string, count: number) => void = () => undefined;
  /** Connects to the box; undefined when nobody listens. */
  connect: () => LineEnd | undefined = () => undefined;
  /** Microseconds after its next OrderSend at which the EA dies and forgets it. */
  forgetsAfterUs: number | undefined;
  /** The EA has forgotten what it was told, at least once. */
  amnesia = false;
  /** Its lines go with it. */
  onCrash: () => void = () => undefined;
  /** Prices go on; false in the quiet at the end. */
  trading = true;
  #memory: EaMemory;
  readonly #world: World;
  #end: LineEnd | undefined;
  #retryUs = 0;
  readonly #next = new Map<string, MarketTick>();
  readonly #startMs: number;
  readonly #histories: ReadonlyMap<string, SymbolHistory>;

  constructor(world: World) {
    const { plan } = world;
    this.#world = world;
    const machine = new MachineClock({
      scheduler: world.scheduler,
      startUtcMs: plan.startUtcMs,
      offsetUs: plan.terminalSkewMs * 1000,
      rate: 1,
    });
    this.process = new Process({ name: "terminal", world, machine });
    this.#startMs = plan.startUtcMs;
    this.offsetMs = plan.brokerOffsetMs;
    this.specs = plan.symbols.map((name) => specFor(name));
    const marginMode = plan.hedging ? MARGIN_MODE.hedging : MARGIN_MODE.netting;
    const faults = plan.broker;
    const { seed } = plan;
    this.broker = new Broker({
      specs: this.specs,
      seed,
      marginMode,
      leverage: LEVERAGE,
      balanceMicros: BALANCE_MICROS,
      faults,
    });
    this.#histories = new Map(this.specs.map((spec) => [spec.name, this.#history(spec)]));
    for (const spec of this.specs) this.#next.set(spec.name, this.#tickAfter(spec, undefined));
    this.#memory = this.#newMemory();
    this.ea = this.#newEa();
  }

  get marketMs(): number {
    return this.#startMs + (this.#world.nowUs / 1000) * this.#world.plan.marketSpeed;
  }

  /** What this EA remembers of a command; undefined: nothing. */
  remembers(id: string): CommandEntry | undefined {
    return this.#memory.entries.get(id);
  }

  start(): void {
    this.process.start();
    // What happened meanwhile is in the server's lists; nobody was there to be told.
    this.broker.advanceTo(this.marketMs);
    this.broker.events.length = 0;
    this.ea = this.#newEa();
    this.#end = undefined;
    this.#retryUs = 0;
    this.process.after(0, () => this.#tick());
  }

  /** `forget`: the EA's file is gone as well. */
  crash(o: { forget: boolean }): void {
    this.process.kill(o.forget ? "and forgets" : "");
    this.onCrash();
    if (!o.forget) return;
    this.#memory = this.#newMemory();
    this.amnesia = true;
    this.#world.reach("terminal: lost its memory");
  }

  /** After a while somebody starts it again. */
  startSoon(): void {
    const random = this.#world.random("restart");
    this.#world.scheduler.after((500 + random.exponential(2_000)) * 1000, () => {
      if (!this.process.alive) this.start();
      return undefined;
    });
  }

  #newMemory(): EaMemory {
    const instance = BigInt(1 + this.#world.random("terminal").below(2 ** 31));
    return new EaMemory(instance, (id) => {
      const count = (this.sends.get(id) ?? 0) + 1;
      this.sends.set(id, count);
      this.#world.say("terminal", "OrderSend", `${id} ${count}`);
      this.#forgetSoon();
      this.onSend(id, count);
    });
  }

  #forgetSoon(): void {
    if (this.forgetsAfterUs === undefined) return;
    this.process.after(this.forgetsAfterUs, () => {
      this.crash({ forget: true });
      this.startSoon();
    });
    this.forgetsAfterUs = undefined;
  }

  #newEa(): Terminal {
    const { plan } = this.#world;
    return new Terminal({
      identity: {
        secret: ACCOUNT.secret,
        login: ACCOUNT.login,
        server: ACCOUNT.server,
        instanceId: this.#memory.instance,
        marginMode: this.broker.options.marginMode,
      },
      crypto: mtx1Crypto,
      broker: this.broker,
      store: this.#memory,
      specs: this.specs,
      histories: this.#histories,
      lagging: false,
      wallClock: true,
      zone: zoneOf("fixed", this.offsetMs / 1000),
      seed: plan.seed + this.process.incarnation,
      faults: plan.eaFaults,
    });
  }

  get #nowMs(): number {
    return this.process.machine.wallUs / 1000;
  }

  #tick(): "idle" | undefined {
    this.process.after(TICK_MS * 1000, () => this.#tick());
    if (!this.#end && this.#world.nowUs >= this.#retryUs) this.#connect();
    const before = this.#end?.closed === false;
    if (this.trading && this.ea.wantsTicks) {
      const ticks = this.#due();
      if (ticks.length > 0) this.ea.offer(ticks);
    }
    this.ea.advanceTo(this.marketMs);
    this.ea.tick(this.#nowMs);
    const wrote = this.#flush();
    return before && !wrote ? "idle" : undefined;
  }

  #connect(): void {
    const random = this.#world.random("terminal");
    this.#retryUs = this.#world.nowUs + (RETRY_MS.least + random.exponential(RETRY_MS.mean)) * 1000;
    const end = this.connect();
    if (!end) return;
    this.#end = end;
    end.handler = {
      onData: (bytes) => {
        this.ea.onData(bytes, this.#nowMs);
        this.#flush();
      },
      onClosed: () => this.#closed(),
    };
    const nonce = Uint8Array.from({ length: 16 }, () => random.below(256));
    this.ea.onConnect(nonce, this.#nowMs);
    this.#world.reach("terminal: connected");
    this.#flush();
  }

  #flush(): boolean {
    const end = this.#end;
    if (!end) return false;
    const parts = this.ea.takeOut(this.#nowMs);
    for (const part of parts) end.send(part);
    if (this.ea.cutLine || this.ea.ended) {
      end.end();
      this.#closed();
    }
    return parts.length > 0;
  }

  #closed(): void {
    if (!this.#end) return;
    this.#end = undefined;
    this.ea.onClose();
  }

  #due(): MarketTick[] {
    const until = this.marketMs;
    const due: MarketTick[] = [];
    for (const spec of this.specs) {
      for (let tick = this.#next.get(spec.name); tick && tick.time_ms <= until; ) {
        due.push(tick);
        tick = this.#tickAfter(spec, tick);
        this.#next.set(spec.name, tick);
      }
    }
    return due.sort((a, b) => a.time_ms - b.time_ms || (a.symbol < b.symbol ? -1 : 1)).slice(-200);
  }

  #tickAfter(spec: SymbolSpec, last: MarketTick | undefined): MarketTick {
    const { plan } = this.#world;
    const random = this.#world.random(`market ${spec.name}`);
    const { price_points, spread_points } = spec.market;
    if (!last) {
      const bid = price_points + random.below(200);
      return { symbol: spec.name, time_ms: this.#startMs + 1, bid, ask: bid + spread_points, flags: 6 };
    }
    const wait = Math.floor(random.exponential(plan.tickMeanMs * plan.marketSpeed));
    const jump = random.chance(0.01) ? 20 : 1;
    const bid = Math.max(1000, last.bid + (random.below(21) - 10) * jump);
    const ask = bid + Math.max(1, spread_points + random.below(5) - 2);
    return { symbol: spec.name, time_ms: last.time_ms + wait, bid, ask, flags: 6 };
  }

  /** Closed minutes before the start, so that the core is warm. */
  #history(spec: SymbolSpec): SymbolHistory {
    const random = this.#world.random("history");
    const first = Math.floor(this.#startMs / MINUTE_MS) * MINUTE_MS - HISTORY_BARS * MINUTE_MS;
    let price = spec.market.price_points;
    const minutes: HistoryBar[] = Array.from({ length: HISTORY_BARS }, (_, i) => {
      const open = price;
      price += random.below(41) - 20;
      return {
        open_time_ms: first + i * MINUTE_MS,
        open,
        high: Math.max(open, price) + random.below(10),
        low: Math.min(open, price) - random.below(10),
        close: price,
        tick_volume: 10,
        spread: spec.market.spread_points,
      };
    });
    return { minutes, hours: [] };
  }
}
