// Walk-forward evaluation: fit on the past, score the block that follows, move on. Rows whose label reaches into the
// scored block are purged, and an embargo of some bars lies between. The L2 is chosen on the first blocks; the figures
// come from the later ones only, which had no say in it.
import { LockstepError } from "#proto/errors.ts";
import { fitLogistic, predict, type Rows } from "./logistic.ts";
import { type Measures, measure, type Scored } from "./measure.ts";

/** Rows in time order; rows of several symbols at one time stand side by side. */
export interface TimedRows extends Rows {
  /** When the features were known: the close of the bar, UTC milliseconds. */
  readonly known_ms: Float64Array;
  /** When the label was known. */
  readonly label_ms: Float64Array;
}

export interface WalkForwardOptions {
  readonly l2: readonly number[];
  readonly embargo_ms: number;
}

export interface WalkForward {
  readonly l2: number;
  /** Log-loss of each L2 on the choosing blocks. */
  readonly choice: readonly { readonly l2: number; readonly log_loss: number }[];
  /** On the later blocks. */
  readonly measures: Measures;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** The first third is only learned from; then two blocks choose the L2 and four are measured. */
const BLOCKS = 9;
const FIRST_CHOOSING = 3;
const FIRST_MEASURED = 5;
const TRAIN_ROWS_MIN = 200;

export function walkForward(rows: TimedRows, options: WalkForwardOptions): WalkForward {
  const choice = options.l2.map((l2) => ({
    l2,
    log_loss: measure(score(rows, options, { l2, first: FIRST_CHOOSING, end: FIRST_MEASURED })).log_loss,
  }));
  const best = choice.reduce((a, b) => (b.log_loss < a.log_loss ? b : a));
  const measured = score(rows, options, { l2: best.l2, first: FIRST_MEASURED, end: BLOCKS });
  return {
    l2: best.l2,
    choice,
    measures: measure(measured),
    from_ms: rows.known_ms[blockStart(rows, FIRST_MEASURED)] as number,
    to_ms: rows.known_ms[rows.count - 1] as number,
  };
}

/** Where a block begins: at the first row of its time, so that no time is split between two blocks. */
function blockStart(rows: TimedRows, block: number): number {
  let at = Math.floor((rows.count * block) / BLOCKS);
  while (at > 0 && at < rows.count && rows.known_ms[at] === rows.known_ms[at - 1]) at++;
  return at;
}

/** Number of leading rows that may be learned from when scoring begins at `start_ms`. */
export function trainingRows(rows: TimedRows, options: { start_ms: number; embargo_ms: number }): number {
  let count = 0;
  while (count < rows.count && (rows.label_ms[count] as number) + options.embargo_ms <= options.start_ms) count++;
  return count;
}

function score(
  rows: TimedRows,
  { embargo_ms }: WalkForwardOptions,
  o: { l2: number; first: number; end: number },
): Scored {
  const parts: Scored[] = [];
  for (let block = o.first; block < o.end; block++) {
    const start = blockStart(rows, block);
    const start_ms = rows.known_ms[start] as number;
    const past = slice(rows, 0, trainingRows(rows, { start_ms, embargo_ms }));
    const future = slice(rows, start, blockStart(rows, block + 1));
    if (past.count < TRAIN_ROWS_MIN || future.count === 0)
      throw new LockstepError("bad_request", `too few bars: a block has only ${past.count} rows to learn from`);
    parts.push({ p: predict(fitLogistic(past, { l2: o.l2 }), future), y: future.y });
  }
  return {
    p: Float64Array.from(parts.flatMap((part) => [...part.p])),
    y: Uint8Array.from(parts.flatMap((part) => [...part.y])),
  };
}

function slice(rows: TimedRows, from: number, to: number): Rows {
  const x = rows.x.subarray(from * rows.width, to * rows.width);
  return { count: to - from, width: rows.width, x, y: rows.y.subarray(from, to) };
}
