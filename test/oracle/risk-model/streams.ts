// Random streams that lead to many intents, each made from seed and index alone: several symbols that move together or
// against each other, a broker of every temper, limits drawn around what was last measured, inputs out of bounds.
import { LIMITS, LOT, MONDAY_MS, PARAMS, Script, SPEC } from "#core-wasm/host/script.fixture.ts";
import { WIDE_STRATEGY_LIMITS } from "#core-wasm/host/wide-limits.ts";
import * as r from "#proto/generated/records.ts";
import { REASON } from "#proto/reasons.ts";
import type { encodeRecord } from "#proto/record.ts";
import { Choices } from "../../choices.ts";
import { Broker } from "./broker.ts";
import { LIMIT_OF, STRATEGY_LIMIT_OF, withLimit } from "./limit-fields.ts";
import { Difference, type Seen, Watch } from "./watch.ts";
import { wild } from "./wild.ts";

const CURRENCIES = ["EUR", "USD", "GBP", "JPY", "XAU"] as const;
/** Orders at any time of the minute, on any quote. */
const ROOMY: r.RiskLimits = { ...LIMITS, quote_age_max_ms: 150_000n, spread_max_points: 40n };
const STEPS = 120;
const WARM_BARS = 52;
const MONEY_MAX = 2n ** 58n;

export interface StreamOptions {
  readonly seed: number;
  readonly index: number;
  readonly seen: Seen;
  /** Another module than the built one. */
  readonly wasm?: Uint8Array | undefined;
}

/** Throws Difference, with the command that repeats it. */
export async function playStream(o: StreamOptions): Promise<void> {
  const script = await Script.empty(o.wasm ? { wasm: o.wasm } : {});
  const stream = new Stream(script, o.seen, new Choices(o.seed, o.index));
  try {
    stream.configure();
    for (let step = 0; step < STEPS; step++) stream.step();
  } catch (error) {
    if (!(error instanceof Difference)) throw error;
    const again = `node test/oracle/risk-model/main.ts --seed ${o.seed} --index ${o.index} --streams 1`;
    throw new Difference(
      `stream ${o.index} of seed ${o.seed}: ${error.message}\nagain: ${again}${o.wasm ? " --eager" : ""}`,
    );
  }
  stream.close();
}

class Stream {
  readonly #s: Script;
  readonly #watch: Watch;
  readonly #pick: Choices;
  readonly #broker: Broker;
  readonly #symbols: number;
  readonly #bids: number[] = [];
  readonly #hedging: boolean;
  /** Of this stream: fields out of bounds or at their ends. */
  readonly #wild: boolean;
  #limits: r.RiskLimits = ROOMY;

  constructor(script: Script, seen: Seen, pick: Choices) {
    this.#s = script;
    this.#pick = pick;
    this.#symbols = 2 + pick.below(5);
    this.#hedging = pick.oneIn(2);
    this.#wild = pick.oneIn(5);
    script.ms = MONDAY_MS + pick.below(7 * 1440) * 60_000;
    this.#watch = new Watch(script, seen);
    this.#broker = new Broker(script, this.#watch, pick);
  }

  close(): void {
    this.#watch.close();
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#pick.below(list.length)] as T;
  }

  #symbol(): number {
    return 1 + this.#pick.below(this.#symbols);
  }

  /** Everything that is needed to trade; now and then something is missing. */
  configure(): void {
    const pick = this.#pick;
    const usually = (send: () => void): void => {
      if (!pick.oneIn(40)) send();
    };
    const s = this.#s;
    usually(() => this.#sendLimits(this.#limits));
    usually(() => s.strategyLimits());
    s.operatorKey();
    s.params({ volume_microlots: BigInt(1 + pick.below(20)) * 10_000n });
    this.#opinion();
    for (let symbol = 1; symbol <= this.#symbols; symbol++) {
      usually(() => this.#spec(symbol));
      this.#bids[symbol] = 100_000 + pick.below(60_000);
      s.bid = this.#bids[symbol] as number;
      s.history({ bars: WARM_BARS, symbol });
    }
    usually(() => this.#account());
    s.link(2);
    if (pick.oneIn(3)) this.#correlate();
  }

  step(): void {
    const actions: readonly (readonly [weight: number, act: () => void])[] = [
      [14, () => this.#minute()],
      [4, () => this.#tick(this.#symbol())],
      [18, () => this.#broker.answer()],
      [3, () => this.#position()],
      [5, () => this.#clear()],
      [5, () => this.#narrow()],
      [4, () => this.#widen()],
      [2, () => this.#account()],
      [3, () => this.#opinion()],
      [2, () => this.#params()],
      [2, () => this.#spec(this.#symbol())],
      [this.#s.core.status().trading_state === 0 ? 1 : 12, () => this.#command()],
      [2, () => this.#leave()],
      [2, () => this.#news()],
      [2, () => this.#strategy()],
      [2, () => this.#pass()],
      [1, () => this.#broker.stranger(this.#symbol())],
      [1, () => this.#link()],
    ];
    const all = actions.flatMap(([weight, act]) => Array<() => void>(weight).fill(act));
    this.#of(all)();
  }

  #send<T>(codec: Parameters<typeof encodeRecord<T>>[0], payload: T, symbol = 0): void {
    const spoilt = this.#wild && this.#pick.oneIn(5);
    this.#s.send(codec, spoilt ? wild(payload, this.#pick) : payload, symbol);
  }

  #quote(symbol: number) {
    const pick = this.#pick;
    const before = this.#bids[symbol] as number;
    const moved = Math.max(2, before + (pick.oneIn(24) ? pick.below(16_000) - 8_000 : pick.below(41) - 20));
    // A spike that does not last leaves the price where it was.
    if (Math.abs(moved - before) < 1000 || pick.oneIn(2)) this.#bids[symbol] = moved;
    const spread = pick.oneIn(12) ? pick.below(60) - 5 : 5 + pick.below(16);
    return { bid: moved, spread, symbol, skewMs: pick.oneIn(8) ? -pick.below(8000) : 0 };
  }

  #tick(symbol: number): void {
    const pick = this.#pick;
    this.#s.ms += pick.below(900);
    const { bid, spread, skewMs } = this.#quote(symbol);
    const broker_time_ms = BigInt(this.#s.ms + skewMs);
    const prices = { bid_points: BigInt(bid), ask_points: BigInt(bid + spread) };
    this.#send(r.Tick, { broker_time_ms, ...prices, flags: 6, spread_points: spread }, symbol);
  }

  /** Closes the bar of most symbols, and so asks for a decision on each. */
  #minute(): void {
    const s = this.#s;
    s.ms += 60_000 - (s.ms % 60_000) + this.#pick.below(3) * this.#pick.below(700);
    for (let symbol = 1; symbol <= this.#symbols; symbol++) if (!this.#pick.oneIn(6)) this.#tick(symbol);
  }

  /** More than two hours in which the symbols go up and down together, every second one against the others. */
  #correlate(): void {
    const s = this.#s;
    s.opinion(0.5);
    for (let i = 0; i < 27; i++) {
      s.ms += 300_000 - (s.ms % 300_000);
      const step = this.#pick.below(101) - 50;
      for (let symbol = 1; symbol <= this.#symbols; symbol++) {
        const noise = this.#pick.below(this.#of([5, 60]));
        this.#bids[symbol] = (this.#bids[symbol] as number) + (symbol % 2 === 0 ? -step : step) + noise;
        s.ms += 1;
        s.tick({ symbol, bid: this.#bids[symbol] as number });
      }
    }
    this.#opinion();
  }

  #opinion(): void {
    this.#s.opinion(this.#of([0.1, 0.3, 0.7, 0.9]), this.#of([0, 0.5, 1]));
  }

  #account(): void {
    const pick = this.#pick;
    const equity_micros = 10_000_000_000n + BigInt(pick.below(400_000_000) - 200_000_000);
    const base = {
      login: 1n,
      currency: "USD",
      balance_micros: equity_micros,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: pick.oneIn(24) ? -1n : equity_micros,
      margin_micros: 0n,
      margin_free_micros: equity_micros - BigInt(pick.below(1_000_000_000)),
      server_time_ms: BigInt(this.#s.ms - this.#pick.below(3)),
      leverage: pick.oneIn(16) ? pick.below(2) : this.#of([30, 100, 500]),
      margin_mode: this.#hedging ? 2 : 0,
      trade_mode: 0,
      permissions: 31,
    };
    this.#send(r.Account, base);
  }

  #spec(symbol: number): void {
    const pick = this.#pick;
    const spec: r.SymbolSpec = {
      ...SPEC,
      base_currency: pick.oneIn(24) ? "" : this.#of(CURRENCIES),
      profit_currency: this.#of(CURRENCIES),
      tick_size_points: pick.oneIn(12) ? 5n : 1n,
      tick_value_micros: this.#of([1_000_000n, 870_001n, 5_000_000n]),
      volume_step_microlots: pick.oneIn(12) ? 30_000n : 10_000n,
      volume_min_microlots: pick.oneIn(12) ? 50_000n : 10_000n,
      volume_max_microlots: pick.oneIn(8) ? 150_000n : 100n * LOT,
      volume_limit_microlots: this.#of([0n, 0n, 200_000n]),
      stops_level_points: this.#of([0, 0, 10, 40]),
      freeze_level_points: pick.oneIn(8) ? 60 : 0,
      trade_mode: pick.oneIn(8) ? pick.below(4) : 4,
    };
    this.#send(r.SymbolSpec, spec, symbol);
  }

  #params(): void {
    const pick = this.#pick;
    const params = {
      ...PARAMS,
      volume_microlots: BigInt(1 + pick.below(20)) * 10_000n,
      stop_atr_milli: this.#of([0, 500, 2_000]),
      target_atr_milli: this.#of([0, 3_000]),
      deviation_points: pick.below(30),
      strategy_id: this.#of([5, 5, 5, 6, 7, 8 + pick.below(20)]),
      hold_max_ms: this.#of([0n, 60_000n]),
    };
    this.#send(r.StrategyParams, params, pick.oneIn(3) ? this.#symbol() : 0);
  }

  #sendLimits(limits: r.RiskLimits): void {
    this.#limits = limits;
    this.#send(r.RiskLimits, limits, this.#pick.oneIn(6) ? this.#symbol() : 0);
  }

  /** One limit is drawn to what was last measured, or one unit around it. */
  #narrow(): void {
    const checks = this.#watch.last?.checks ?? [];
    const names = Object.keys(LIMIT_OF);
    const name = this.#of(names);
    const value = checks[(REASON[name] as number) - 1]?.value ?? 0n;
    const around = value + BigInt(this.#pick.below(3)) - 1n;
    if (around >= 0n && around < MONEY_MAX) this.#sendLimits(withLimit(this.#limits, name, around));
  }

  #widen(): void {
    const pick = this.#pick;
    const hour = 3_600 * pick.below(24);
    const strict = pick.oneIn(3);
    const sometimes = {
      loss_streak_max: this.#of([1, 2, 3]),
      cooldown_ms: this.#of([0n, 90_000n]),
      repeat_min_ms: this.#of([0n, 0n, 600_000n]),
      stop_required: pick.below(2),
      lease_required: pick.below(2),
      certainty_required: pick.below(2),
      ...(pick.oneIn(3) ? { session_from_s: hour, session_to_s: 3_600 * pick.below(24) } : {}),
      day_start_offset_s: this.#of([0, 7_200, -3_600]),
    };
    this.#sendLimits(strict ? { ...ROOMY, ...sometimes } : ROOMY);
  }

  #strategy(): void {
    const checks = this.#watch.last?.checks ?? [];
    const [name, field] = this.#of(Object.entries(STRATEGY_LIMIT_OF));
    const value = checks[(REASON[name] as number) - 1]?.value ?? 0n;
    const strategy_id = this.#of([0, 0, 5, 6, 7, 8 + this.#pick.below(20)]);
    const around = value + BigInt(this.#pick.below(3)) - 1n;
    const narrow = around >= 0n && around < MONEY_MAX && this.#pick.oneIn(2) ? { [field]: around } : {};
    this.#send(r.StrategyLimits, { ...WIDE_STRATEGY_LIMITS, strategy_id, ...narrow });
  }

  #command(): void {
    const s = this.#s;
    const stopped = s.core.status().trading_state !== 0;
    const command = stopped && !this.#pick.oneIn(6) ? 1 : 2 + this.#pick.below(4);
    const id = this.#pick.oneIn(12) ? this.#pick.below(3) : undefined;
    s.command(command, id, this.#pick.oneIn(12) ? "somebody" : "tester");
    if (this.#pick.oneIn(40)) s.operatorKey({ revoked: 1 });
    else if (this.#pick.oneIn(2)) s.operatorKey();
  }

  #leave(): void {
    const expires_ns = BigInt(this.#s.ms) * 1_000_000n + BigInt(this.#pick.below(240_000) * 1_000_000 - 60_000_000_000);
    this.#send(r.Lease, {
      lease_id: new Uint8Array(16),
      expires_ns: expires_ns + BigInt(this.#pick.below(3)),
      issuer: "cloud",
    });
    if (this.#pick.oneIn(60)) this.#takeover();
  }

  #takeover(): void {
    this.#send(r.Takeover, {
      stream_id: new Uint8Array(16),
      box_key: new Uint8Array(32),
      public_key: new Uint8Array(32),
      signature: new Uint8Array(64),
      operator: "somebody",
      opens_ns: 1n,
      epoch: this.#s.core.authority().epoch + (this.#pick.oneIn(4) ? 2 : 1),
    });
  }

  #news(): void {
    const from_ms = BigInt(this.#s.ms + this.#pick.below(180_000) - 120_000);
    const to_ms = from_ms + BigInt(this.#pick.oneIn(3) ? 0 : this.#pick.below(120_000));
    const event_id = BigInt(this.#pick.below(40));
    this.#send(r.NewsWindow, { event_id, from_ms, to_ms, currency: this.#of(["", ...CURRENCIES]) });
    if (this.#pick.oneIn(2)) this.#s.send(r.NewsWindow, { event_id, from_ms, to_ms: from_ms, currency: "" });
  }

  /** A position as the broker tells it, of ours or of another hand; now and then more than there is room for. */
  #position(): void {
    const symbol = this.#symbol();
    const many = this.#pick.oneIn(30) ? 18 : 1;
    for (let i = 0; i < many; i++) {
      const id = BigInt(many > 1 ? 100 + i : 1 + this.#pick.below(12));
      const magic = this.#of([5n << 48n, 5n << 48n, (6n << 48n) + 3n, 0n, 99n]);
      this.#s.position(
        {
          ticket: id,
          identifier: id,
          magic,
          side: this.#pick.oneIn(60) ? 2 : this.#pick.below(2),
          volume_microlots: BigInt(1 + this.#pick.below(30)) * 10_000n,
          open_price_points: BigInt((this.#bids[symbol] as number) + this.#pick.below(101) - 50),
          broker_time_ms: BigInt(this.#s.ms - this.#pick.below(2)),
        },
        symbol,
      );
    }
  }

  #clear(): void {
    const symbol = this.#symbol();
    const { byId } = this.#watch.model.book(symbol).positions;
    for (const [identifier, { ticket }] of byId) this.#s.position({ identifier, ticket, volume_microlots: 0n }, symbol);
  }

  #pass(): void {
    const s = this.#s;
    if (this.#pick.oneIn(6)) s.ms += this.#pick.below(14 * 3_600_000);
    s.timer(this.#of([1, 1_000, 61_500, 125_000]));
    if (this.#pick.oneIn(3)) this.#send(r.Gap, { from_ms: 1n, to_ms: 2n, lost_estimate: 1, reason: 1 }, this.#symbol());
  }

  #link(): void {
    if (this.#pick.oneIn(3)) this.#s.link(0);
    this.#s.link(1);
    this.#s.link(2);
  }
}
