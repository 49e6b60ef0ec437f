// What a head is worth on rows that it was not fitted on, each figure beside what the best constant answer scores on the very
// same rows: a bar set in hindsight, so a little too high rather than too low.

export interface Scored {
  readonly p: Float64Array;
  /** 0 or 1. */
  readonly y: Uint8Array;
}

export interface Figures {
  readonly n: number;
  readonly accuracy: number;
  /** Share of the commoner answer: the accuracy of the best constant. */
  readonly base_rate: number;
  readonly share_yes: number;
  readonly log_loss: number;
  readonly base_log_loss: number;
  readonly brier: number;
  readonly base_brier: number;
  /** Expected calibration error over ten bins of equal width (Naeini 2015). */
  readonly ece: number;
}

export interface Coverage {
  /** Share of the rows, the most confident ones. */
  readonly coverage: number;
  readonly accuracy: number;
}

export interface ReliabilityBin {
  readonly said: number;
  readonly came: number;
  readonly count: number;
}

const BINS = 10;
const PROBABILITY_MIN = 1e-12;

export function figuresOf({ p, y }: Scored): Figures {
  const n = p.length;
  let [right, yes, loss, square] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [said, came] = [p[i] as number, y[i] as number];
    yes += came;
    if (said >= 0.5 === (came === 1)) right++;
    loss -= Math.log(Math.max(PROBABILITY_MIN, came === 1 ? said : 1 - said));
    square += (said - came) ** 2;
  }
  const share = yes / n;
  return {
    n,
    accuracy: right / n,
    base_rate: Math.max(share, 1 - share),
    share_yes: share,
    log_loss: loss / n,
    base_log_loss: -(xLogX(share) + xLogX(1 - share)),
    brier: square / n,
    base_brier: share * (1 - share),
    ece: reliability({ p, y }).reduce((sum, bin) => sum + (bin.count / n) * Math.abs(bin.said - bin.came), 0),
  };
}

const xLogX = (x: number): number => (x <= 0 ? 0 : x * Math.log(x));

/** Bins of equal width that have rows. */
export function reliability({ p, y }: Scored): ReliabilityBin[] {
  const sums = Array.from({ length: BINS }, () => ({ said: 0, came: 0, count: 0 }));
  for (let i = 0; i < p.length; i++) {
    const bin = sums[Math.min(BINS - 1, Math.floor((p[i] as number) * BINS))] as {
      said: number;
      came: number;
      count: number;
    };
    bin.said += p[i] as number;
    bin.came += y[i] as number;
    bin.count++;
  }
  return sums
    .filter(({ count }) => count > 0)
    .map(({ said, came, count }) => ({ said: said / count, came: came / count, count }));
}

/** Accuracy of the most confident tenth, two tenths, ... of the rows. */
export function accuracyByCoverage({ p, y }: Scored): Coverage[] {
  const order = Array.from(p.keys()).sort(
    (a, b) => Math.abs((p[b] as number) - 0.5) - Math.abs((p[a] as number) - 0.5) || a - b,
  );
  let [right, at] = [0, 0];
  return Array.from({ length: BINS }, (_, i) => {
    const end = Math.max(1, Math.floor(((i + 1) * p.length) / BINS));
    for (; at < end; at++) {
      const row = order[at] as number;
      if ((p[row] as number) >= 0.5 === (y[row] === 1)) right++;
    }
    return { coverage: (i + 1) / BINS, accuracy: right / end };
  });
}
