// A stream written step by step for tests: each call sends one record to a core of its own and returns what the core
// answered, decoded. Starts ready to trade; the model's opinion is a constant that a test sets.
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import * as r from "#proto/generated/records.ts";
import { configMessage } from "#proto/model-words.ts";
import { operatorMessage } from "#proto/operator-command.ts";
import { decodeRecord, encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { LAYOUT_VERSION, OPERATOR_COMMAND } from "#proto/records.ts";
import { HEAD_KIND, writeArtefact } from "../models/artefact.ts";
import { Core } from "./core.ts";
import { plainSpec } from "./plain-spec.ts";
import { WIDE_LIMITS, WIDE_STRATEGY_LIMITS } from "./wide-limits.ts";

/** A Monday, 00:00 UTC, on a minute. */
export const MONDAY_MS = 1_400_457_600_000;
const BID = 138_600;
export const LOT = 1_000_000n;

export interface Answer {
  readonly kind: string;
  readonly symbol: number;
  readonly time_ns: bigint;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of the kind that they just compared
  readonly payload: any;
}

export const only = (answers: readonly Answer[], kind: string): Answer[] => answers.filter((a) => a.kind === kind);

export const LIMITS: r.RiskLimits = {
  order_volume_max_microlots: LOT,
  position_volume_max_microlots: 2n * LOT,
  daily_loss_max_micros: 1_000_000_000n,
  spread_max_points: 20n,
  quote_age_max_ms: 5_000n,
  day_start_offset_s: 0,
  limits_version: 1,
  ...WIDE_LIMITS,
};

export const PARAMS: r.StrategyParams = {
  volume_microlots: LOT / 10n,
  hold_max_ms: 0n,
  intent_life_ms: 2_000n,
  enter_edge_ppm: 50_000,
  exit_edge_ppm: 50_000,
  stop_atr_milli: 2_000,
  target_atr_milli: 3_000,
  deviation_points: 7,
  timeframe_s: 60,
  strategy_id: 5,
  params_version: 1,
  enabled: 1,
};

export const SPEC: r.SymbolSpec = plainSpec("EURUSD", 5);

/** All as trained. */
export const MODEL_CONFIG: Omit<r.ModelConfig, "operator" | "reason" | "public_key" | "signature"> = {
  config_version: 1,
  heads: 2 ** 18 - 1,
  boosted_weight_milli: 1000,
  forest_weight_milli: 1000,
  logistic_weight_milli: 1000,
  perceptron_weight_milli: 1000,
  gru_weight_milli: 1000,
  edge_min_ppm: 0,
  disagreement_max_ppm: 1_000_000,
  drift_max_milli: 0,
  volatile_ppm: 500_000,
};

export const STREAM_ID = new Uint8Array(16).fill(9);
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
/** Of the operator "tester", raw. */
export const OPERATOR_KEY = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));

export const EQUITY = 10_000_000_000n;

export interface Quote {
  readonly bid?: number;
  readonly spread?: number;
  readonly symbol?: number;
  /** The broker's time minus the stream's, milliseconds. */
  readonly skewMs?: number;
}

export class Script {
  readonly core: Core;
  /** Stream time, milliseconds; tests move it. */
  ms = MONDAY_MS;
  bid = BID;
  readonly inputs: Uint8Array[] = [];
  #seq = 0n;
  #deal = 1000n;
  #command = 0;

  private constructor(core: Core) {
    this.core = core;
  }

  /** Nothing sent yet but stream_start. */
  static async empty(o: { readonly wasm?: Uint8Array } = {}): Promise<Script> {
    const script = new Script(await Core.load(o));
    script.send(r.StreamStart, {
      stream_id: STREAM_ID,
      edge_name: "test",
      core_sha256: script.core.digest,
      public_key: new Uint8Array(32),
      layout_version: LAYOUT_VERSION,
    });
    return script;
  }

  /** Configured, warm, live, with one quote on a fresh minute, and a model without an opinion. */
  static async ready(o: { readonly symbols?: number; readonly wasm?: Uint8Array } = {}): Promise<Script> {
    const script = await Script.empty(o);
    script.limits();
    script.strategyLimits();
    script.operatorKey();
    script.params();
    script.opinion(0.5);
    for (let symbol = 1; symbol <= (o.symbols ?? 1); symbol++) {
      script.spec({}, symbol);
      script.history({ bars: 60, symbol });
    }
    script.account();
    script.link(2);
    for (let symbol = 1; symbol <= (o.symbols ?? 1); symbol++) script.tick({ symbol });
    return script;
  }

  send<T>(codec: Parameters<typeof encodeRecord<T>>[0], payload: T, symbol = 0): Answer[] {
    const record = encodeRecord(codec, { time_ns: BigInt(this.ms) * 1_000_000n, source: 1, symbol }, payload);
    return this.raw(record);
  }

  raw(record: Uint8Array): Answer[] {
    viewOf(record).setBigUint64(r.HEADER_OFFSET.seq, ++this.#seq, true);
    this.inputs.push(record);
    return decode(this.core.apply(record));
  }

  /** From here on every score is this probability of a rise; both answers are kept whose probability is 1 - conformal or more. */
  opinion(up: number, conformal = 1): Answer[] {
    const head = { timeframe_s: 60, horizon_s: 60, warm_bars: 0 };
    const logistic = { bias: 0, mean: [0], scale: [1], weight: [0] };
    const artefact = writeArtefact({
      features: ["log_return_1"],
      heads: [
        { ...head, kind: HEAD_KIND.direction, conformal, logistic: { ...logistic, bias: Math.log(up / (1 - up)) } },
        { ...head, kind: HEAD_KIND.high_volatility, logistic: { ...logistic, bias: 1 } },
      ],
      meta: {},
    });
    this.core.loadModel(artefact);
    return this.model(artefact);
  }

  /** The artefact named last. */
  artefact: Uint8Array | undefined;

  model(artefact: Uint8Array): Answer[] {
    this.artefact = artefact;
    const sha256 = new Uint8Array(createHash("sha256").update(artefact).digest());
    return this.send(r.ModelDigest, { sha256, size_bytes: artefact.length, artefact_version: 1 });
  }

  shadow(artefact: Uint8Array | undefined): Answer[] {
    if (artefact) this.core.loadModel(artefact);
    const sha256 = artefact ? new Uint8Array(createHash("sha256").update(artefact).digest()) : new Uint8Array(32);
    return this.send(r.ModelShadow, { sha256, size_bytes: artefact?.length ?? 0, artefact_version: 1 });
  }

  /** Signed by the operator "tester" unless told otherwise. */
  modelConfig(changes: Partial<typeof MODEL_CONFIG>, o: { signed?: boolean; symbol?: number } = {}): Answer[] {
    return this.send(r.ModelConfig, modelConfig(changes, o), o.symbol ?? 0);
  }

  limits(changes: Partial<r.RiskLimits> = {}, symbol = 0): Answer[] {
    return this.send(r.RiskLimits, { ...LIMITS, ...changes }, symbol);
  }

  params(changes: Partial<r.StrategyParams> = {}, symbol = 0): Answer[] {
    return this.send(r.StrategyParams, { ...PARAMS, ...changes }, symbol);
  }

  strategyLimits(changes: Partial<r.StrategyLimits> = {}): Answer[] {
    return this.send(r.StrategyLimits, { ...WIDE_STRATEGY_LIMITS, ...changes });
  }

  operatorKey(changes: Partial<r.OperatorKey> = {}): Answer[] {
    return this.send(r.OperatorKey, { operator: "tester", public_key: OPERATOR_KEY, revoked: 0, ...changes });
  }

  spec(changes: Partial<r.SymbolSpec> = {}, symbol = 1): Answer[] {
    return this.send(r.SymbolSpec, { ...SPEC, ...changes }, symbol);
  }

  account(changes: Partial<r.Account> = {}): Answer[] {
    return this.send(r.Account, {
      login: 1n,
      currency: "USD",
      balance_micros: EQUITY,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: EQUITY,
      margin_micros: 0n,
      margin_free_micros: EQUITY,
      server_time_ms: BigInt(this.ms),
      leverage: 100,
      margin_mode: 0,
      trade_mode: 0,
      permissions: 31,
      ...changes,
    });
  }

  link(state: number): Answer[] {
    return this.send(r.Link, { session_id: 1n, login: 1n, server_offset_s: 0, state });
  }

  timer(afterMs = 1_000): Answer[] {
    this.ms += afterMs;
    return this.send(r.Timer, { due_ns: BigInt(this.ms) * 1_000_000n, timer_id: 0 });
  }

  /** Bars of a range of 20 points that end where the stream now is. */
  history(o: { readonly bars: number; readonly symbol?: number; readonly timeframe_s?: number }): void {
    const length = (o.timeframe_s ?? 60) * 1000;
    const end = this.ms - (this.ms % length);
    for (let i = o.bars; i >= 1; i--) this.bar({ open_time_ms: BigInt(end - i * length) }, o.symbol);
  }

  bar(changes: Partial<r.BarHistory>, symbol = 1): Answer[] {
    const open = BigInt(this.bid);
    return this.send(
      r.BarHistory,
      {
        open_time_ms: 0n,
        open_points: open,
        high_points: open + 10n,
        low_points: open - 10n,
        close_points: open,
        tick_volume: 0n,
        timeframe_s: 60,
        spread_points: 10,
        score: 0,
        ...changes,
      },
      symbol,
    );
  }

  tick(q: Quote = {}): Answer[] {
    const bid = q.bid ?? this.bid;
    const spread = q.spread ?? 10;
    return this.send(
      r.Tick,
      {
        broker_time_ms: BigInt(this.ms + (q.skewMs ?? 0)),
        bid_points: BigInt(bid),
        ask_points: BigInt(bid + spread),
        flags: 6,
        spread_points: spread,
      },
      q.symbol ?? 1,
    );
  }

  /** A tick on the next full minute: closes the bar and so asks for a decision. */
  nextMinute(q: Quote = {}): Answer[] {
    this.ms += 60_000 - (this.ms % 60_000);
    return this.tick(q);
  }

  position(changes: Partial<r.Position> = {}, symbol = 1): Answer[] {
    return this.send(
      r.Position,
      {
        ticket: 77n,
        identifier: 77n,
        magic: BigInt(PARAMS.strategy_id) << 48n,
        volume_microlots: LOT / 10n,
        open_price_points: BigInt(this.bid),
        stop_points: 0n,
        target_points: 0n,
        swap_micros: 0n,
        profit_micros: 0n,
        broker_time_ms: BigInt(this.ms),
        side: 0,
        ...changes,
      },
      symbol,
    );
  }

  fill(changes: Partial<r.Fill> = {}, symbol = 1): Answer[] {
    return this.send(
      r.Fill,
      {
        intent_id: new Uint8Array(16),
        deal_ticket: this.#deal++,
        order_ticket: 500n,
        position_id: 77n,
        magic: BigInt(PARAMS.strategy_id) << 48n,
        volume_microlots: LOT / 10n,
        price_points: BigInt(this.bid),
        commission_micros: 0n,
        swap_micros: 0n,
        profit_micros: 0n,
        broker_time_ms: BigInt(this.ms),
        side: 0,
        entry: 0,
        reason: 3,
        ...changes,
      },
      symbol,
    );
  }

  update(intent_id: Uint8Array, changes: Partial<r.OrderUpdate> = {}): Answer[] {
    return this.send(
      r.OrderUpdate,
      {
        intent_id,
        order_ticket: 1n,
        deal_ticket: 0n,
        volume_filled_microlots: 0n,
        volume_remaining_microlots: 0n,
        price_points: 0n,
        broker_time_ms: BigInt(this.ms),
        retcode: 0,
        state: 7,
        final: 1,
        ...changes,
      },
      1,
    );
  }

  command(command: number, id = ++this.#command, operator = "tester"): Answer[] {
    const words = { command_id: new Uint8Array(16).fill(id), operator, reason: "test", command };
    const signed = command === OPERATOR_COMMAND.activate;
    return this.send(r.OperatorCommand, {
      ...words,
      public_key: signed ? OPERATOR_KEY : new Uint8Array(32),
      signature: signed
        ? sign(null, operatorMessage({ ...words, stream_id: STREAM_ID }), privateKey)
        : new Uint8Array(64),
    });
  }
}

export function modelConfig(
  changes: Partial<typeof MODEL_CONFIG>,
  o: { signed?: boolean; symbol?: number } = {},
): r.ModelConfig {
  const words = { ...MODEL_CONFIG, ...changes, operator: "tester", reason: "test" };
  const signed = o.signed ?? true;
  return {
    ...words,
    public_key: signed ? OPERATOR_KEY : new Uint8Array(32),
    signature: signed
      ? new Uint8Array(sign(null, configMessage({ streamId: STREAM_ID, symbol: o.symbol ?? 0, words }), privateKey))
      : new Uint8Array(64),
  };
}

export function decode(outputs: Uint8Array): Answer[] {
  const answers: Answer[] = [];
  walkRecords(outputs, (at) => {
    const { kind, header, payload } = decodeRecord(outputs, at);
    answers.push({ kind, symbol: header.symbol, time_ns: header.time_ns, payload });
  });
  return answers;
}
