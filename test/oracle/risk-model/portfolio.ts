// What all symbols together stand for with one order filled: exact sums of notionals, each brought into an i64 at the end.
// Opening counts the worst case: every opening order in flight is filled.

import { type Book, rest } from "./book.ts";
import { abs, larger, saturate, sum } from "./numbers.ts";
import { strategyOf } from "./strategies.ts";

const TOGETHER = 0.7;

export interface Portfolio {
  /** The order alone, and whether it can be valued. */
  readonly order: bigint;
  readonly known: boolean;
  /** Every position and order of every symbol is known and can be valued. */
  readonly allKnown: boolean;
  readonly gross: bigint;
  readonly net: bigint;
  readonly currency: bigint;
  readonly together: bigint;
  readonly reserved: bigint;
  readonly strategy: bigint;
  readonly strategyKnown: boolean;
}

export interface Ordered {
  readonly symbol: number;
  readonly side: number;
  readonly volume: bigint;
  readonly strategy: number;
}

/** Volumes of one symbol, its opening order in flight filled. */
function held(book: Book, strategy: number) {
  const opening = book.orders.get(1);
  const pending = rest(opening);
  const all = [
    ...[...book.positions.byId.values()].map((p) => ({
      side: p.side,
      volume: p.volume,
      strategy: strategyOf(p.magic),
    })),
    ...(opening ? [{ side: opening.side, volume: pending, strategy: opening.strategy }] : []),
  ];
  const of = (fits: (x: (typeof all)[number]) => boolean): bigint => sum(all.filter(fits).map((x) => x.volume));
  const long = of((x) => x.side === 0);
  const short = of((x) => x.side === 1);
  return {
    any: all.length > 0,
    gross: long + short,
    net: long - short,
    pending,
    ours: of((x) => x.strategy === strategy),
  };
}

export function portfolioOf(
  books: ReadonlyMap<number, Book>,
  order: Ordered,
  correlation: (a: number, b: number) => number,
): Portfolio {
  const own = books.get(order.symbol) as Book;
  const sign = order.side === 0 ? 1n : -1n;
  const notional = own.notional(order.volume);
  const others = [...books].map(([symbol, book]) => {
    const { any, gross, net, pending, ours } = held(book, order.strategy);
    const c = symbol === order.symbol ? 1 : correlation(order.symbol, symbol);
    const value = book.notional(net);
    return {
      spec: book.spec,
      net: value,
      gross: book.notional(gross),
      pending: book.notional(pending),
      ours: book.notional(ours),
      // Only what adds to the order's own side counts.
      together: Math.abs(c) >= TOGETHER ? larger(0n, sign * (c > 0 ? value : -value)) : 0n,
      unknown: book.positions.unknown !== undefined || (any && !book.priced),
      oursUnknown: book.positions.unknown !== undefined || (ours !== 0n && !book.priced),
    };
  });
  const leg = (currency: string): bigint =>
    sum(
      others.map(({ spec, net }) => {
        const bought = (spec?.base_currency ?? "") === currency ? net : 0n;
        const sold = (spec?.profit_currency ?? "") === currency ? net : 0n;
        return bought - sold;
      }),
    );
  const base = leg(own.spec?.base_currency ?? "") + sign * notional;
  const profit = leg(own.spec?.profit_currency ?? "") - sign * notional;
  return {
    order: notional,
    known: own.priced,
    allKnown: own.priced && others.every(({ unknown }) => !unknown),
    gross: saturate(notional + sum(others.map((o) => o.gross))),
    net: saturate(abs(sign * notional + sum(others.map((o) => o.net)))),
    currency: saturate(larger(abs(base), abs(profit))),
    together: saturate(notional + sum(others.map((o) => o.together))),
    reserved: saturate(sum(others.map((o) => o.pending))),
    strategy: saturate(notional + sum(others.map((o) => o.ours))),
    strategyKnown: own.priced && others.every(({ oursUnknown }) => !oursUnknown),
  };
}
