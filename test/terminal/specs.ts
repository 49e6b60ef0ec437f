// What the simulated broker says of each symbol, and the integer arithmetic that follows from it. Inside the terminal
// prices are whole points and volumes whole micro-lots; only the frames carry doubles, as MT5 does.
import { LockstepError } from "#proto/errors.ts";

export interface SymbolSpec {
  readonly name: string;
  readonly base: string;
  readonly profit: string;
  readonly digits: number;
  /** The price grid in points. */
  readonly tick_size_points: number;
  readonly contract_size: number;
  readonly volume_min: number;
  readonly volume_max: number;
  readonly volume_step: number;
  readonly stops_level: number;
  readonly freeze_level: number;
  /** 1 FOK, 2 IOC, 4 BOC. */
  readonly filling_bits: number;
  /** 2 = market execution. */
  readonly exec_mode: number;
  /** 4 = full. */
  readonly trade_mode: number;
  /** Paid at each deal, micros of the account currency a lot. */
  readonly commission_micros: number;
  readonly market: MarketShape;
}

/** How the generated market of a symbol behaves. */
export interface MarketShape {
  readonly price_points: number;
  readonly spread_points: number;
  /** Annual volatility of the log price. */
  readonly volatility: number;
  /** Quote changes a second at activity 1. */
  readonly ticks_per_second: number;
  /** Jumps a trading day, and the typical size as a multiple of one day's volatility. */
  readonly jumps_per_day: number;
  readonly jump_size: number;
}

export const MICRO = 1_000_000;

const common = {
  tick_size_points: 1,
  volume_min: 10_000,
  volume_max: 50 * MICRO,
  volume_step: 10_000,
  freeze_level: 0,
  filling_bits: 3,
  exec_mode: 2,
  trade_mode: 4,
} as const;

const shape = (market: Partial<MarketShape>): MarketShape => ({
  price_points: 100_000,
  spread_points: 12,
  volatility: 0.09,
  ticks_per_second: 1,
  jumps_per_day: 0.7,
  jump_size: 0.25,
  ...market,
});

const KNOWN: readonly SymbolSpec[] = [
  {
    ...common,
    name: "EURUSD",
    base: "EUR",
    profit: "USD",
    digits: 5,
    contract_size: 100_000,
    stops_level: 10,
    commission_micros: 3_500_000,
    market: shape({ price_points: 108_500, spread_points: 9, volatility: 0.075 }),
  },
  {
    ...common,
    name: "GBPUSD",
    base: "GBP",
    profit: "USD",
    digits: 5,
    contract_size: 100_000,
    stops_level: 15,
    commission_micros: 3_500_000,
    market: shape({ price_points: 127_200, spread_points: 13, volatility: 0.09 }),
  },
  {
    ...common,
    name: "USDJPY",
    base: "USD",
    profit: "JPY",
    digits: 3,
    contract_size: 100_000,
    stops_level: 10,
    commission_micros: 3_500_000,
    market: shape({ price_points: 148_300, spread_points: 11, volatility: 0.1 }),
  },
  {
    ...common,
    name: "XAUUSD",
    base: "XAU",
    profit: "USD",
    digits: 3,
    contract_size: 100,
    stops_level: 50,
    commission_micros: 3_000_000,
    market: shape({ price_points: 2_350_000, spread_points: 240, volatility: 0.16, ticks_per_second: 2 }),
  },
];

export const KNOWN_SYMBOLS: readonly string[] = KNOWN.map(({ name }) => name);

/** Rough worth of one unit of a currency in USD, for crosses whose own dollar quote the terminal does not have. */
const USD_WORTH: Record<string, number> = {
  USD: 1,
  EUR: 1.1,
  GBP: 1.3,
  JPY: 0.0068,
  CHF: 1.12,
  AUD: 0.66,
  NZD: 0.6,
  CAD: 0.73,
};

/** The specification of a symbol; one that is not in the list is made up from its name and the digits of its file. */
export function specFor(name: string, digits?: number): SymbolSpec {
  const known = KNOWN.find((spec) => spec.name === name);
  if (known) return digits === undefined || digits === known.digits ? known : withDigits(known, digits);
  if (!/^[A-Z]{6}$/.test(name))
    throw new LockstepError(
      "bad_request",
      `symbol "${name}" is neither known (${KNOWN_SYMBOLS.join(", ")}) nor two currencies of three letters: rename it`,
    );
  const profit = name.slice(3);
  const places = digits ?? (profit === "JPY" ? 3 : 5);
  return {
    ...common,
    name,
    base: name.slice(0, 3),
    profit,
    digits: places,
    contract_size: 100_000,
    stops_level: 10,
    commission_micros: 3_500_000,
    market: shape({ price_points: 10 ** places }),
  };
}

function withDigits(spec: SymbolSpec, digits: number): SymbolSpec {
  const scale = 10 ** (digits - spec.digits);
  const points = (value: number): number => Math.max(1, Math.round(value * scale));
  return {
    ...spec,
    digits,
    stops_level: points(spec.stops_level),
    market: {
      ...spec.market,
      price_points: points(spec.market.price_points),
      spread_points: points(spec.market.spread_points),
    },
  };
}

/** The double nearest to the decimal price, as a terminal holds it. */
export const toPrice = (spec: SymbolSpec, points: number): number => points / 10 ** spec.digits;
export const toLots = (microlots: number): number => microlots / MICRO;

/** Whole points of a price, or undefined when it is not a finite price on the point grid. */
export function toPoints(spec: SymbolSpec, price: number): number | undefined {
  const points = Math.round(price * 10 ** spec.digits);
  return Number.isSafeInteger(points) && Math.abs(price - toPrice(spec, points)) < 1e-9 * (1 + Math.abs(price))
    ? points
    : undefined;
}

/** Whole micro-lots of a volume, or undefined when it is not finite or finer than that. */
export function toMicrolots(lots: number): number | undefined {
  const microlots = Math.round(lots * MICRO);
  return Number.isSafeInteger(microlots) && Math.abs(lots - microlots / MICRO) < 1e-9 ? microlots : undefined;
}

/** Worth of one unit of the profit currency in USD, the account's currency, at a price of the symbol. */
export function profitRate(spec: SymbolSpec, points: number): number {
  if (spec.profit === "USD") return 1;
  if (spec.base === "USD" && points > 0) return 1 / toPrice(spec, points);
  return USD_WORTH[spec.profit] ?? 1;
}

/** Micros of the account currency that a move is worth: `pointMicrolots` is the sum of points times micro-lots. */
export function moneyMicros(o: { spec: SymbolSpec; pointMicrolots: number; at: number }): number {
  return ((o.pointMicrolots * o.spec.contract_size) / 10 ** o.spec.digits) * profitRate(o.spec, o.at);
}

/** Worth of one tick of one lot in the account currency: SYMBOL_TRADE_TICK_VALUE. */
export function tickValue(spec: SymbolSpec, points: number): number {
  return (spec.tick_size_points / 10 ** spec.digits) * spec.contract_size * profitRate(spec, points);
}

/** Margin of a position in micros of the account currency. */
export function marginMicros(o: { spec: SymbolSpec; microlots: number; at: number; leverage: number }): number {
  const units = o.microlots * o.spec.contract_size;
  const worth = o.spec.base === "USD" ? 1 : toPrice(o.spec, o.at) * profitRate(o.spec, o.at);
  return Math.round((units * worth) / o.leverage);
}
