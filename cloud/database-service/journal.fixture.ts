// A made-up journal with records of every kind, in signed batches as an edge writes them, and what is in it by count.
// The same seed makes the same bytes.
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { plainSpec } from "#core-wasm/host/plain-spec.ts";
import * as kinds from "#proto/generated/records.ts";
import { prediction } from "#proto/prediction.fixture.ts";
import { decodeRecord, encodeRecord, sealRecord, viewOf } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";
import { SEAL_BYTES, sha256, writeSeal } from "#storage/journal/batch.ts";

export interface MadeJournal {
  readonly stream: string;
  readonly batches: readonly Uint8Array[];
  /** seq of each batch's seal. */
  readonly ends: readonly bigint[];
  readonly lastSeq: bigint;
  readonly counts: Readonly<Record<string, number>>;
}

const START_NS = 1_790_000_000_000_000_000n;
const zero = (bytes: number) => new Uint8Array(bytes);

function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** `ticksOnly`: bulk for measuring. */
export function makeJournal(o: { seed: number; batches: number; records: number; ticksOnly?: boolean }): MadeJournal {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
  const signer = { publicKey: raw, sign: (m: Uint8Array) => new Uint8Array(sign(null, m, privateKey)) };
  const streamId = new Uint8Array(createHash("sha256").update(`stream ${o.seed}`).digest().subarray(0, 16));
  const make = new Maker(o.seed, streamId, raw);
  const batches: Uint8Array[] = [];
  const ends: bigint[] = [];
  let seq = 0;
  let previousHash = zero(32);
  for (let b = 0; b < o.batches; b++) {
    const records = b === 0 ? make.opening() : [];
    while (records.length < o.records) records.push(...(o.ticksOnly ? [make.tick()] : make.some()));
    const bytes = new Uint8Array(Buffer.concat([...records, zero(SEAL_BYTES)]));
    const view = viewOf(bytes);
    const firstSeq = seq + 1;
    let at = 0;
    for (const record of records) {
      sealRecord(bytes, view, at, record.length, BigInt(++seq));
      at += record.length;
    }
    previousHash = writeSeal(
      bytes,
      at,
      {
        seq: ++seq,
        timeNs: make.now,
        streamId,
        firstSeq,
        recordCount: records.length,
        previousHash,
        recordsSha256: sha256(bytes.subarray(0, at)),
        outputsDigest: new Uint8Array(32).fill(b),
      },
      signer,
    ) as Uint8Array<ArrayBuffer>;
    batches.push(bytes);
    ends.push(BigInt(seq));
    make.count("batch_seal");
  }
  return { stream: Buffer.from(streamId).toString("hex"), batches, ends, lastSeq: BigInt(seq), counts: make.counts };
}

class Maker {
  readonly counts: Record<string, number> = {};
  now = START_NS;
  readonly #random: (below: number) => number;
  readonly #streamId: Uint8Array;
  readonly #publicKey: Uint8Array;
  #made = 0;
  #bid = 335_000n;

  constructor(seed: number, streamId: Uint8Array, publicKey: Uint8Array) {
    this.#random = random(seed);
    this.#streamId = streamId;
    this.#publicKey = publicKey;
  }

  count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }

  #record<T>(codec: Parameters<typeof encodeRecord<T>>[0], symbol: number, payload: T, source: number): Uint8Array {
    const bytes = encodeRecord(codec, { time_ns: this.now, source, symbol }, payload);
    this.count(decodeRecord(bytes).kind);
    return bytes;
  }

  #id(): Uint8Array {
    return new Uint8Array(
      createHash("sha256")
        .update(`${this.#streamId} ${this.#made++}`)
        .digest()
        .subarray(0, 16),
    );
  }

  opening(): Uint8Array[] {
    const start = {
      stream_id: this.#streamId,
      edge_name: "edge-under-test",
      core_sha256: zero(32).fill(7),
      public_key: this.#publicKey,
      layout_version: 1,
    };
    const model = { sha256: zero(32).fill(9), size_bytes: 100, artefact_version: 1 };
    return [
      this.#record(kinds.StreamStart, 0, start, SOURCE.edge),
      this.#record(kinds.ModelDigest, 0, { ...model, sha256: zero(32).fill(8) }, SOURCE.edge),
      this.#record(kinds.ModelShadow, 0, model, SOURCE.edge),
      // The shadow becomes the live one, and the other way round.
      this.#record(kinds.ModelDigest, 0, model, SOURCE.edge),
      ...["XAUUSD", "EURUSD"].map((name, i) => this.#symbol(name, i + 1, i === 0 ? 2 : 5)),
      this.#record(kinds.Link, 0, { session_id: 1n, login: 5n, server_offset_s: 7200, state: 2 }, SOURCE.edge),
    ];
  }

  #symbol(name: string, symbol: number, digits: number): Uint8Array {
    const spec = { ...plainSpec(name, digits), margin_currency: "USD", contract_size_micros: 100_000_000n };
    return this.#record(kinds.SymbolSpec, symbol, spec, SOURCE.terminal);
  }

  tick(): Uint8Array {
    this.now += BigInt(this.#random(300)) * 1_000_000n;
    this.#bid += BigInt(this.#random(21) - 10);
    const spread = 12 + this.#random(5);
    const payload = {
      broker_time_ms: this.now / 1_000_000n,
      bid_points: this.#bid,
      ask_points: this.#bid + BigInt(spread),
      flags: 6,
      spread_points: spread,
    };
    return this.#record(kinds.Tick, 1 + this.#random(2), payload, SOURCE.terminal);
  }

  some(): Uint8Array[] {
    const symbol = 1 + this.#random(2);
    switch (this.#random(40)) {
      case 0:
        return [this.#bar(symbol), this.#prediction(symbol), this.#shadowPrediction(symbol)];
      case 1:
        return this.#decision(symbol);
      case 2:
        return [this.#history(symbol)];
      case 3:
        return [this.#record(kinds.Timer, 0, { due_ns: this.now, timer_id: 0 }, SOURCE.timer)];
      case 4:
        return [this.#account(), this.#position(symbol)];
      case 5:
        return this.#rare(symbol);
      default:
        return [this.tick()];
    }
  }

  #bar(symbol: number): Uint8Array {
    const bid = this.#bid;
    const open_time_ms = (this.now / 60_000_000_000n) * 60_000n;
    const prices = { open_points: bid, high_points: bid + 9n, low_points: bid - 9n, close_points: bid + 1n };
    const rest = { cause_seq: 1n, open_time_ms, spread_sum_points: 120n, timeframe_s: 60, tick_count: 10, basis: 0 };
    return this.#record(kinds.Bar, symbol, { ...prices, ...rest }, SOURCE.core);
  }

  #history(symbol: number): Uint8Array {
    const prices = { open_points: 1n, high_points: 3n, low_points: 1n, close_points: 2n };
    const rest = { open_time_ms: 60_000n, tick_volume: 4n, timeframe_s: 3600, spread_points: 5, score: 0 };
    return this.#record(kinds.BarHistory, symbol, { ...prices, ...rest }, SOURCE.terminal);
  }

  #prediction(symbol: number): Uint8Array {
    const payload = prediction({
      bar_time_ms: (this.now / 60_000_000_000n) * 60_000n,
      probability_up: 0.5 + this.#random(100) / 1000,
      regime: this.#random(2),
      features: Array.from({ length: 12 }, () => ({ value: this.#random(1000) / 7 })),
    });
    return this.#record(kinds.Prediction, symbol, payload, SOURCE.core);
  }

  #shadowPrediction(symbol: number): Uint8Array {
    const payload = prediction({
      bar_time_ms: (this.now / 60_000_000_000n) * 60_000n,
      probability_up: 0.4 + this.#random(100) / 1000,
      model_sha256_head: new Uint8Array(16).fill(8),
      volatility_contribution_1: 0.25,
    });
    return this.#record(kinds.ShadowPrediction, symbol, payload, SOURCE.core);
  }

  #decision(symbol: number): Uint8Array[] {
    const intent_id = this.#id();
    const accepted = this.#random(2);
    const intent = {
      cause_seq: 1n,
      intent_id,
      magic: 1n << 62n,
      position_ticket: 0n,
      volume_microlots: 100_000n,
      price_points: this.#bid,
      stop_points: this.#bid - 50n,
      target_points: this.#bid + 50n,
      guard_price_points: this.#bid + 5n,
      expires_ns: this.now + 1_000_000_000n,
      deviation_points: 5,
      timeframe_s: 60,
      probability_up_ppm: 560_000,
      action: 1,
      side: this.#random(2),
    };
    const checks = Array.from({ length: 8 }, (_, i) => ({
      value: BigInt(i),
      limit: 100n,
      headroom: i === 6 && accepted === 0 ? -5n : 100n,
      code: i + 1,
      result: i === 6 && accepted === 0 ? 1 : 0,
      pad: 0,
      reserved: 0,
    }));
    const verdict = { cause_seq: 1n, intent_id, accepted, trading_state: 0, failed_count: 1 - accepted, checks };
    const records = [
      this.#record(kinds.OrderIntent, symbol, intent, SOURCE.core),
      this.#record(kinds.RiskVerdict, symbol, verdict, SOURCE.core),
    ];
    if (accepted === 1) records.push(...this.#execution(symbol, intent_id));
    return records;
  }

  #execution(symbol: number, intent_id: Uint8Array): Uint8Array[] {
    const order_ticket = BigInt(1000 + this.#made);
    const update = (state: number, filled: bigint) => ({
      intent_id,
      order_ticket,
      deal_ticket: filled > 0n ? order_ticket + 1n : 0n,
      volume_filled_microlots: filled,
      volume_remaining_microlots: 100_000n - filled,
      price_points: filled > 0n ? this.#bid : 0n,
      broker_time_ms: this.now / 1_000_000n,
      retcode: 10_009,
      state,
      final: filled > 0n ? 1 : 0,
    });
    const fill = {
      intent_id,
      deal_ticket: order_ticket + 1n,
      order_ticket,
      position_id: order_ticket + 2n,
      magic: 1n << 62n,
      volume_microlots: 100_000n,
      price_points: this.#bid,
      commission_micros: -70_000n,
      swap_micros: 0n,
      profit_micros: 0n,
      broker_time_ms: this.now / 1_000_000n,
      side: 0,
      entry: 0,
      reason: 3,
    };
    return [
      this.#record(kinds.OrderUpdate, symbol, update(3, 0n), SOURCE.terminal),
      this.#record(kinds.OrderUpdate, symbol, update(6, 100_000n), SOURCE.terminal),
      this.#record(kinds.Fill, symbol, fill, SOURCE.terminal),
    ];
  }

  #account(): Uint8Array {
    const money = { balance_micros: 10n ** 10n, credit_micros: 0n, profit_micros: BigInt(this.#random(1000)) };
    const margin = { equity_micros: 10n ** 10n, margin_micros: 1n, margin_free_micros: 9n };
    const rest = { server_time_ms: 1n, leverage: 100, margin_mode: 2, trade_mode: 0, permissions: 15 };
    const payload = { login: 5n, currency: "USD", ...money, ...margin, ...rest };
    return this.#record(kinds.Account, 0, payload, SOURCE.terminal);
  }

  #position(symbol: number): Uint8Array {
    const payload = {
      ticket: BigInt(this.#random(5)),
      identifier: 1n,
      magic: 0n,
      volume_microlots: BigInt(this.#random(3)),
      open_price_points: this.#bid,
      stop_points: 0n,
      target_points: 0n,
      swap_micros: 0n,
      profit_micros: -1n,
      broker_time_ms: 1n,
      side: 1,
    };
    return this.#record(kinds.Position, symbol, payload, SOURCE.terminal);
  }

  #rare(symbol: number): Uint8Array[] {
    const unsigned = { public_key: new Uint8Array(32), signature: new Uint8Array(64) };
    const command = { command_id: this.#id(), operator: "Ada", reason: `it's "odd" \\ here`, command: 2, ...unsigned };
    const change = { cause_seq: 1n, from_state: 0, to_state: 1 + this.#random(2), reason: 0 };
    const alert = { cause_seq: 1n, value: -1n, limit: 1n, code: 2, severity: 2 };
    const pair = { symbol_a: 1, symbol_b: 2, intervals: 30 + this.#random(200), correlation: -0.25 };
    const pairs = [pair, { ...pair, symbol_b: 3 }].slice(0, 1 + this.#random(2));
    const matrix = { cause_seq: 1n, grid_time_ms: 3_600_000n, pair_count: pairs.length, pairs };
    const gap = { from_ms: 1n, to_ms: 2n, lost_estimate: 3, reason: 1 };
    return [
      this.#record(kinds.OperatorCommand, 0, command, SOURCE.operator),
      this.#record(kinds.StateChange, 0, change, SOURCE.core),
      this.#record(kinds.Alert, symbol, alert, SOURCE.core),
      this.#record(kinds.Correlation, 0, matrix, SOURCE.core),
      this.#record(kinds.Gap, symbol, gap, SOURCE.edge),
    ];
  }
}
