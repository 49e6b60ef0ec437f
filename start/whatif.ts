// Two runs over the same market, one with something changed, and exactly what came out differently: decisions, the checks that
// refused, deals on paper, profit.
import type { Core } from "#core-wasm/host/core.ts";
import { REASONS } from "#proto/reasons.ts";
import { INTENT_ACTION, SIDE } from "#proto/records.ts";
import { type ReplayResult, replayFiles } from "./core-replay.ts";
import type { Decision } from "./feeder.ts";
import type { PaperCosts } from "./paper-broker.ts";
import type { PaperDeal } from "./paper-records.ts";
import type { Change } from "./settings.ts";

/** What a deal is to the figures; recorded ones have as much. */
export type Deal = Pick<PaperDeal, "time_ns" | "closes" | "profit_micros" | "commission_micros" | "swap_micros">;

export interface Outcome<D extends Deal = Deal> {
  readonly predictions: number;
  readonly decisions: readonly Decision[];
  readonly deals: readonly D[];
}

/** What was decided and dealt from a moment on; predictions are those of the whole run. */
export const since = <D extends Deal>({ predictions, decisions, deals }: Outcome<D>, from_ns: bigint): Outcome<D> => ({
  predictions,
  decisions: decisions.filter(({ time_ns }) => time_ns >= from_ns),
  deals: deals.filter(({ time_ns }) => time_ns >= from_ns),
});

export const netOf = (deal: Deal): bigint => deal.profit_micros + deal.commission_micros + deal.swap_micros;

export interface RunOptions {
  readonly core: Core;
  readonly model: Uint8Array;
  readonly files: readonly string[];
  readonly changes?: readonly Change[] | undefined;
  readonly costs: PaperCosts;
  onOutputs?(outputs: Uint8Array): void;
  onProgress?(ticks: number): void;
}

export async function runOnPaper(o: RunOptions): Promise<{ result: ReplayResult; outcome: Outcome<PaperDeal> }> {
  const decisions: Decision[] = [];
  const deals: PaperDeal[] = [];
  const paper = { costs: o.costs, onDeal: (deal: PaperDeal) => void deals.push(deal) };
  const result = await replayFiles({ ...o, paper, onDecision: (decision) => void decisions.push(decision) });
  return { result, outcome: { predictions: result.predictions, decisions, deals } };
}

export interface Figures {
  readonly predictions: number;
  readonly order_intents: number;
  readonly accepted: number;
  readonly refused: number;
  /** Refusals that a check took part in, by its name. */
  readonly refused_by: Readonly<Record<string, number>>;
  readonly deals: number;
  readonly trades: number;
  readonly winning_trades: number;
  /** Realised, without costs; millionths of the account currency. */
  readonly profit_micros: string;
  readonly commission_micros: string;
  readonly swap_micros: string;
  readonly net_micros: string;
  /** Largest fall of the realised net profit from its peak. */
  readonly drawdown_micros: string;
}

export function figuresOf({ predictions, decisions, deals }: Outcome): Figures {
  const closing = deals.filter(({ closes }) => closes);
  const total = (of: (deal: Deal) => bigint): bigint => deals.reduce((sum, deal) => sum + of(deal), 0n);
  const profit = total((d) => d.profit_micros);
  const commission = total((d) => d.commission_micros);
  const refused_by: Record<string, number> = {};
  for (const name of decisions.flatMap(failedChecks)) refused_by[name] = (refused_by[name] ?? 0) + 1;
  const accepted = decisions.filter(({ verdict }) => verdict.accepted === 1).length;
  return {
    predictions,
    order_intents: decisions.length,
    accepted,
    refused: decisions.length - accepted,
    refused_by,
    deals: deals.length,
    trades: closing.length,
    winning_trades: closing.filter(({ profit_micros }) => profit_micros > 0n).length,
    profit_micros: String(profit),
    commission_micros: String(commission),
    swap_micros: String(total((d) => d.swap_micros)),
    net_micros: String(total(netOf)),
    drawdown_micros: String(drawdownOf(deals)),
  };
}

function drawdownOf(deals: readonly Deal[]): bigint {
  let net = 0n;
  let peak = 0n;
  let most = 0n;
  for (const deal of deals) {
    net += netOf(deal);
    if (net > peak) peak = net;
    if (peak - net > most) most = peak - net;
  }
  return most;
}

export const failedChecks = ({ verdict }: Decision): string[] =>
  verdict.checks.filter(({ result }) => result !== 0).map(({ code }) => REASONS[code - 1]?.name ?? String(code));

export interface Difference {
  readonly base: Figures;
  readonly changed: Figures;
  readonly same_decisions: number;
  /** Intents of one run that the other does not have at that time. */
  readonly only_base: number;
  readonly only_changed: number;
  /** In both, but accepted in one only. */
  readonly now_accepted: number;
  readonly now_refused: number;
  readonly net_change_micros: string;
  /** What first came out differently; absent when nothing did. */
  readonly first?: { readonly time: string; readonly what: string };
}

const keyOf = ({ time_ns, symbol, intent }: Decision): string =>
  [time_ns, symbol, intent.action, intent.side, intent.volume_microlots, intent.price_points].join(" ");

const describe = (d: Decision): string =>
  `symbol ${d.symbol}: ${d.intent.action === INTENT_ACTION.open ? "open" : "close"} ${
    d.intent.side === SIDE.buy ? "buy" : "sell"
  }, ${d.verdict.accepted === 1 ? "accepted" : `refused by ${failedChecks(d).join(", ")}`}`;

export function compare(base: Outcome, changed: Outcome): Difference {
  const left = new Map(base.decisions.map((d) => [keyOf(d), d]));
  const right = new Map(changed.decisions.map((d) => [keyOf(d), d]));
  const differing: { time_ns: bigint; what: string }[] = [];
  const counts = { same_decisions: 0, only_base: 0, only_changed: 0, now_accepted: 0, now_refused: 0 };
  const differs = (d: Decision, count: keyof typeof counts, what: string): void => {
    counts[count]++;
    differing.push({ time_ns: d.time_ns, what });
  };
  for (const [key, d] of left) {
    const other = right.get(key);
    if (other === undefined) differs(d, "only_base", `only in the base run: ${describe(d)}`);
    else if (other.verdict.accepted === d.verdict.accepted) counts.same_decisions++;
    else {
      const count = other.verdict.accepted === 1 ? "now_accepted" : "now_refused";
      differs(d, count, `${describe(d)}; with the change ${describe(other)}`);
    }
  }
  for (const [key, d] of right) if (!left.has(key)) differs(d, "only_changed", `only with the change: ${describe(d)}`);
  const [first] = differing.sort((a, b) => Number(a.time_ns - b.time_ns));
  const [from, to] = [figuresOf(base), figuresOf(changed)];
  return {
    base: from,
    changed: to,
    ...counts,
    net_change_micros: String(BigInt(to.net_micros) - BigInt(from.net_micros)),
    ...(first && { first: { time: new Date(Number(first.time_ns / 1_000_000n)).toISOString(), what: first.what } }),
  };
}
