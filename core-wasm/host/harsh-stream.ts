// Records that go on behind the sample stream and drive the core's numbers to their edges, all of them legal: a market that
// stands still until its averages are denormal, prices and money at their bounds, and a model of extreme coefficients.
// For comparing engines: what they could disagree on is in here.
import { createHash } from "node:crypto";
import { FEATURE_NAMES } from "#proto/features.ts";
import {
  Account,
  BarHistory,
  HEADER_OFFSET,
  ModelDigest,
  Position,
  readHeader,
  SymbolSpec,
  Tick,
} from "#proto/generated/records.ts";
import { encodeRecord, viewOf, walkRecords } from "#proto/record.ts";
import { HEAD_KIND, writeArtefact } from "../models/artefact.ts";

const POINTS_MAX = 2 ** 40;
const MONEY_MAX = 2n ** 58n;
const MINUTE_MS = 60_000;
/** Wilder's average of 14 bars falls below 2.2e-308, the least normal number, after some 9,600 bars without a range. */
export const STILL_BARS = 10_300;
/** Symbols of these records: the sample stream has 1. */
const STILL = 2;
const EXTREME = 3;

/** All coefficients that an artefact may hold: the largest, the least normal ones, denormals, zeros of both signs. */
export function harshModel(): Uint8Array {
  const n = FEATURE_NAMES.length;
  const cycle = (values: readonly number[]): number[] =>
    Array.from({ length: n }, (_, i) => values[i % values.length] as number);
  const head = {
    timeframe_s: 60,
    horizon_s: 60,
    warm_bars: 0,
  };
  const scaling = {
    mean: cycle([0, -0, 5e-324, -2.2e-308, 1e6, -1e-310, 0.1]),
    scale: cycle([1, 1e-12, 1e6, 1 / 3, 1e-9]),
  };
  return writeArtefact({
    features: FEATURE_NAMES,
    heads: [
      {
        ...head,
        kind: HEAD_KIND.direction,
        logistic: { ...scaling, bias: -0, weight: cycle([5e-324, -0, 1e-7, -1e-310, 1e-20, 0, -1e-13]) },
      },
      {
        ...head,
        kind: HEAD_KIND.high_volatility,
        logistic: { ...scaling, bias: 1e6, weight: cycle([1e6, -1e6, 1 / 3, -5e-324]) },
      },
    ],
    meta: {},
  });
}

/** What goes on behind the records of `before`. Its first record names the model: load harshModel() before giving it. */
export function harshStream(before: Uint8Array): Uint8Array {
  let last = 0;
  walkRecords(before, (at) => {
    last = at;
  });
  const { seq, time_ns } = readHeader(viewOf(before), last);
  const endMs = Number(time_ns / 1_000_000n);
  const stream = new Uint8Array(Buffer.concat(harshRecords(endMs - (endMs % MINUTE_MS) + 2 * MINUTE_MS)));
  const view = viewOf(stream);
  let next = seq;
  walkRecords(stream, (at) => view.setBigUint64(at + HEADER_OFFSET.seq, ++next, true));
  return stream;
}

function harshRecords(startMs: number): Uint8Array[] {
  const model = harshModel();
  const at = (ms: number, symbol = 0) => ({ time_ns: BigInt(ms) * 1_000_000n, source: 1, symbol });
  const records = [
    encodeRecord(ModelDigest, at(startMs), {
      sha256: createHash("sha256").update(model).digest(),
      size_bytes: model.length,
      artefact_version: 2,
    }),
    spec(at(startMs, STILL), 1n, 1_000_000n),
    spec(at(startMs, EXTREME), 3n, 2n ** 40n),
  ];
  // Wild for 60 bars, then dead still, then wild again; scored at the edges only, since outputs are what takes the room.
  const openMs = (i: number): number => startMs - (STILL_BARS + 120 - i) * MINUTE_MS;
  for (let i = 0; i < STILL_BARS + 120; i++) {
    const still = i >= 60 && i < STILL_BARS + 60;
    records.push(
      bar(at(startMs, STILL), {
        openMs: openMs(i),
        low: 100_000 - (still ? 0 : 7 + (i % 5)),
        high: 100_000 + (still ? 0 : 11 + (i % 3)),
        close: 100_000 + (still ? 0 : (i % 7) - 3),
        score: !still || i % 64 === 0,
      }),
    );
  }
  for (let i = 0; i < 120; i++) {
    const top = i % 2 === 0 ? POINTS_MAX : 1 + (i % 3);
    records.push(
      bar(at(startMs, EXTREME), { openMs: openMs(STILL_BARS + i), low: 1, high: POINTS_MAX, close: top, score: true }),
    );
  }
  records.push(
    encodeRecord(Account, at(startMs), {
      login: 1n,
      currency: "USD",
      balance_micros: MONEY_MAX,
      credit_micros: 0n,
      profit_micros: 0n,
      equity_micros: MONEY_MAX,
      margin_micros: 0n,
      margin_free_micros: MONEY_MAX,
      server_time_ms: BigInt(startMs),
      leverage: 1,
      margin_mode: 0,
      trade_mode: 0,
      permissions: 31,
    }),
    encodeRecord(Position, at(startMs, EXTREME), {
      ticket: 1n,
      identifier: 1n,
      magic: 0n,
      volume_microlots: 2n ** 46n,
      open_price_points: BigInt(POINTS_MAX),
      stop_points: 0n,
      target_points: 0n,
      swap_micros: -MONEY_MAX,
      profit_micros: MONEY_MAX,
      broker_time_ms: BigInt(startMs),
      side: 0,
    }),
  );
  for (let i = 0; i < 600; i++) {
    const ms = startMs + i * 20_011;
    const spread = i % 5 === 0 ? 0 : 2 ** 31 - 1;
    const bid = i % 2 === 0 ? 1 : POINTS_MAX - spread;
    records.push(tick(at(ms, EXTREME), ms, bid, spread), tick(at(ms, STILL), ms, 100_000, i % 2));
  }
  return records;
}

type Meta = Parameters<typeof encodeRecord>[1];

const bar = (meta: Meta, o: { openMs: number; low: number; high: number; close: number; score: boolean }): Uint8Array =>
  encodeRecord(BarHistory, meta, {
    open_time_ms: BigInt(o.openMs),
    open_points: BigInt(o.close),
    high_points: BigInt(o.high),
    low_points: BigInt(o.low),
    close_points: BigInt(o.close),
    tick_volume: 1n,
    timeframe_s: 60,
    spread_points: 0,
    score: o.score ? 1 : 0,
  });

const tick = (meta: Meta, ms: number, bid: number, spread: number): Uint8Array =>
  encodeRecord(Tick, meta, {
    broker_time_ms: BigInt(ms),
    bid_points: BigInt(bid),
    ask_points: BigInt(bid + spread),
    flags: 6,
    spread_points: spread,
  });

const spec = (meta: Meta, tick_size_points: bigint, tick_value_micros: bigint): Uint8Array =>
  encodeRecord(SymbolSpec, meta, {
    name: `HARSH${meta.symbol}`,
    base_currency: "EUR",
    profit_currency: "USD",
    margin_currency: "EUR",
    tick_size_points,
    tick_value_micros,
    contract_size_micros: 100_000_000_000n,
    volume_min_microlots: 1n,
    volume_max_microlots: 2n ** 46n,
    volume_step_microlots: 1n,
    volume_limit_microlots: 0n,
    stops_level_points: 2 ** 31 - 1,
    freeze_level_points: 0,
    digits: 5,
    trade_mode: 4,
    exec_mode: 2,
    filling_bits: 3,
  });
