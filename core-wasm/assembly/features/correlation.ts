// Correlation of all symbols' five-minute log returns of the mid, on a grid of UTC time. Products move over about a day
// (288 intervals), pair by pair, with mean zero; a symbol without a quote at both ends of an interval is left out of it.
import {
  CORRELATION_BYTES,
  CORRELATION_CODE,
  CORRELATION_PAIRS_BYTES,
  CorrelationPairs,
  Correlation as CorrelationRecord,
} from "../generated/records";
import { begin, commit } from "../outbox";
import { correlations, market, midsAt, pairCountsAt, productsAt, SYMBOLS_MAX, stream } from "../state";
import { Market } from "../structures";

const GRID_NS: i64 = 300_000_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;
const INTERVALS: u32 = 288;
/** A pair says nothing before it has this many intervals. */
const INTERVALS_LEAST: u32 = 24;

/** When the grid point has come: before the record that brings its time; returns when the next one is due. */
export function correlationDue(): i64 {
  const c = correlations();
  const now = stream().time_ns;
  if (now < c.due_ns) return c.due_ns;
  // Only whole intervals count: after a gap, or at the very first point, there are new mids and no returns.
  const whole = c.started != 0 && now < c.due_ns + GRID_NS;
  if (whole) {
    takeReturns();
    if (c.due_ns % HOUR_NS == 0) recordMatrix(c.due_ns / 1_000_000);
  }
  keepMids();
  c.started = 1;
  c.due_ns = now - (now % GRID_NS) + GRID_NS;
  return c.due_ns;
}

function mid(m: Market): f64 {
  return m.quote == 0 ? 0 : <f64>(m.bid_points + m.ask_points);
}

function keepMids(): void {
  for (let i: u32 = 0; i < SYMBOLS_MAX; i++) store<f64>(midsAt() + <usize>i * 8, mid(market(i + 1)));
}

function takeReturns(): void {
  for (let i: u32 = 0; i < SYMBOLS_MAX; i++) {
    const before = load<f64>(midsAt() + <usize>i * 8);
    const now = mid(market(i + 1));
    // Written over the mid, which is kept anew afterwards; NaN-free: no value marks a missing return.
    store<f64>(midsAt() + <usize>i * 8, before > 0 && now > 0 ? Math.log(now / before) : MISSING);
  }
  for (let i: u32 = 0; i < SYMBOLS_MAX; i++) {
    const a = load<f64>(midsAt() + <usize>i * 8);
    if (a == MISSING) continue;
    for (let j: u32 = i; j < SYMBOLS_MAX; j++) {
      const b = load<f64>(midsAt() + <usize>j * 8);
      if (b != MISSING) takeProduct(i, j, a * b);
    }
  }
}

/** No log return of prices within bounds comes near it. */
const MISSING: f64 = 1e9;

function takeProduct(i: u32, j: u32, product: f64): void {
  const at = pair(i, j);
  const count = load<u32>(pairCountsAt() + at * 4) + 1;
  const weight: f64 = 1 / <f64>(count < INTERVALS ? count : INTERVALS);
  const mean = load<f64>(productsAt() + at * 8);
  store<f64>(productsAt() + at * 8, mean + (product - mean) * weight);
  store<u32>(pairCountsAt() + at * 4, count < INTERVALS ? count : INTERVALS);
}

function pair(i: u32, j: u32): usize {
  return <usize>(i < j ? i * SYMBOLS_MAX + j : j * SYMBOLS_MAX + i);
}

/** Of two symbols, -1..1; 0 while it is not known. */
export function correlation(a: u32, b: u32): f64 {
  const at = pair(a - 1, b - 1);
  if (load<u32>(pairCountsAt() + at * 4) < INTERVALS_LEAST) return 0;
  const variances = load<f64>(productsAt() + pair(a - 1, a - 1) * 8) * load<f64>(productsAt() + pair(b - 1, b - 1) * 8);
  if (!(variances > 0)) return 0;
  return Math.max(-1, Math.min(1, load<f64>(productsAt() + at * 8) / Math.sqrt(variances)));
}

/** Every pair that is known, as an output; none when there is none. */
function recordMatrix(grid_time_ms: i64): void {
  const pairs = knownPairs();
  if (pairs == 0) return;
  const at = begin(CORRELATION_CODE, CORRELATION_BYTES + pairs * CORRELATION_PAIRS_BYTES, 0);
  const record = changetype<CorrelationRecord>(at);
  record.cause_seq = stream().last_seq;
  record.grid_time_ms = grid_time_ms;
  record.pair_count = <u16>pairs;
  let entry = at + CORRELATION_BYTES;
  for (let a: u32 = 1; a < SYMBOLS_MAX; a++)
    for (let b = a + 1; b <= SYMBOLS_MAX; b++) {
      if (!isKnown(a, b)) continue;
      const p = changetype<CorrelationPairs>(entry);
      p.correlation = correlation(a, b) + 0;
      p.symbol_a = <u16>a;
      p.symbol_b = <u16>b;
      p.intervals = load<u32>(pairCountsAt() + pair(a - 1, b - 1) * 4);
      entry += CORRELATION_PAIRS_BYTES;
    }
  commit(at);
}

function knownPairs(): u32 {
  let pairs: u32 = 0;
  for (let a: u32 = 1; a < SYMBOLS_MAX; a++) for (let b = a + 1; b <= SYMBOLS_MAX; b++) if (isKnown(a, b)) pairs++;
  return pairs;
}

function isKnown(a: u32, b: u32): bool {
  return load<u32>(pairCountsAt() + pair(a - 1, b - 1) * 4) >= INTERVALS_LEAST;
}

export let mean: f64 = 0;
export let strongest: f64 = 0;

/** Mean and strongest correlation of a symbol with those that it is known for. */
export function findPeers(symbol: u32): void {
  mean = 0;
  strongest = 0;
  let peers: u32 = 0;
  for (let other: u32 = 1; other <= SYMBOLS_MAX; other++) {
    if (other == symbol) continue;
    if (load<u32>(pairCountsAt() + pair(symbol - 1, other - 1) * 4) < INTERVALS_LEAST) continue;
    const c = correlation(symbol, other);
    mean += c;
    peers++;
    if (Math.abs(c) > Math.abs(strongest)) strongest = c;
  }
  if (peers > 0) mean /= peers;
}
