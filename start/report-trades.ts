// The part of the backtest's page on trades: by symbol, side, why they ended and the regime they were opened in, costs
// beside profit. A trade is a deal that opens and the deal that closes it.
import { SIDE } from "#proto/records.ts";
import type { Scored } from "./outcomes.ts";
import type { PaperDeal } from "./paper-records.ts";
import { percent, table, units } from "./report-parts.ts";
import { netOf } from "./whatif.ts";

interface Trade {
  readonly symbol: number;
  readonly side: number;
  readonly regime: string;
  readonly reason: string;
  /** At the mid. */
  readonly gross_micros: bigint;
  readonly net_micros: bigint;
}

const REGIMES = ["calm", "volatile"];
const HEAD = ["", "trades", "net wins", "coin", "profit at the mid", "costs", "net", "net a trade"];

/** Netting: one position a symbol, opened by one deal and closed by the next. */
function tradesOf(deals: readonly PaperDeal[], scored: readonly Scored[]): Trade[] {
  const opened = new Map<number, PaperDeal>();
  const trades: Trade[] = [];
  for (const deal of deals) {
    const opening = opened.get(deal.symbol);
    if (!deal.closes || opening === undefined) {
      opened.set(deal.symbol, deal);
      continue;
    }
    opened.delete(deal.symbol);
    const gross_micros = deal.profit_micros - deal.spread_micros - opening.spread_micros;
    trades.push({
      symbol: deal.symbol,
      side: opening.side,
      regime: regimeAt(scored, opening),
      reason: deal.reason,
      gross_micros,
      net_micros: netOf(opening) + netOf(deal),
    });
  }
  return trades;
}

/** Of the symbol's newest prediction when the trade was opened; scored is in order of time. */
function regimeAt(scored: readonly Scored[], { symbol, time_ns }: PaperDeal): string {
  const ms = Number(time_ns / 1_000_000n);
  let [low, high] = [0, scored.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scored[middle] as Scored).time_ms <= ms) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; i--) {
    const said = scored[i] as Scored;
    if (said.symbol === symbol) return REGIMES[said.regime] ?? String(said.regime);
  }
  return "unknown";
}

function row(name: string, trades: readonly Trade[]): string[] {
  const n = trades.length;
  const total = (of: (trade: Trade) => bigint): bigint => trades.reduce((sum, trade) => sum + of(trade), 0n);
  const [gross, net] = [total((t) => t.gross_micros), total((t) => t.net_micros)];
  const wins = trades.filter(({ net_micros }) => net_micros > 0n).length;
  return [
    name,
    String(n),
    percent(wins / n),
    "50.0 %",
    units(gross),
    units(net - gross),
    units(net),
    units(net / BigInt(n)),
  ];
}

export function tradeTables(deals: readonly PaperDeal[], scored: readonly Scored[]): string {
  const trades = tradesOf(deals, scored);
  if (trades.length === 0) return "<h2>Trades</h2><p>None was closed.</p>";
  const by = (of: (trade: Trade) => string): string[][] =>
    [...new Set(trades.map(of))].sort().map((name) =>
      row(
        name,
        trades.filter((trade) => of(trade) === name),
      ),
    );
  const rows = [
    row("all", trades),
    ...by(({ symbol }) => `symbol ${symbol}`),
    ...by(({ side }) => (side === SIDE.buy ? "long" : "short")),
    ...by(({ regime }) => `opened in regime ${regime}`),
    ...by(({ reason }) => `ended by ${reason}`),
  ];
  return `<h2>Trades</h2><p>Profit at the mid is what the same trades would have made without spread, slippage, commission and swap; costs are all of these.</p>${table(HEAD, rows)}`;
}
