// What the box obeys, as records: those that are not in force yet, by what the journal already holds. It comes from the
// settings file until a configuration was put into force (configure.ts), and from that document ever after.
import { limitsOfSymbol, strategyOfSymbol } from "#proto/configuration/difference.ts";
import type { ConfigurationDocument, NewsWindow } from "#proto/configuration/document.ts";
import {
  isConfiguredWindow,
  newsWindowRecord,
  riskLimitsRecord,
  strategyLimitsRecord,
  strategyParamsRecord,
} from "#proto/configuration/payloads.ts";
import { type Operator, STRATEGY_LIMITS_MAX } from "#proto/configuration/settings.ts";
import { LockstepError } from "#proto/errors.ts";
import {
  CloudKey,
  NewsWindow as NewsWindowRecord,
  OperatorKey,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
} from "#proto/generated/records.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { HEADER_BYTES, SOURCE } from "#proto/records.ts";
import type { EdgeSettings } from "./config.ts";
import type { HotPath } from "./hot-path.ts";

/** Limits of the cloud in the book's configuration. */
const CLOUD_LIMITS = "cloud_risk_limits:0";
const LIMITS = "risk_limits:";

type Codec<T> = Parameters<typeof encodeRecord<T>>[0] & { readonly kind: string };

export interface ConfigurationRecord {
  // biome-ignore lint/suspicious/noExplicitAny: codec and payload were made for each other
  readonly codec: Codec<any>;
  readonly payload: unknown;
  /** Index in the stream's symbol table, 0 = every symbol. */
  readonly symbol?: number;
}

/** The part of a configuration that the core obeys. */
export type Obeyed = Pick<EdgeSettings, "limits" | "strategy" | "strategy_limits"> &
  Pick<ConfigurationDocument, "symbols" | "news_windows">;

/** Decided with the next commit. */
export function addRecords(hot: Pick<HotPath, "add">, records: readonly ConfigurationRecord[]): void {
  for (const { codec, payload, symbol = 0 } of records) hot.add(codec, { source: SOURCE.edge, symbol }, payload);
}

export const obeyedOfFile = ({ limits, strategy, strategy_limits }: EdgeSettings): Obeyed => ({
  limits,
  strategy,
  strategy_limits,
  symbols: {},
  news_windows: [],
});

/** Each record of a document bears the version that put it into force. */
export const obeyedOfDocument = (document: ConfigurationDocument, version: number): Obeyed => ({
  limits: { ...document.limits, version },
  strategy: { ...document.strategy, version },
  strategy_limits: document.strategy_limits.map((limits) => ({ ...limits, version })),
  symbols: document.symbols,
  news_windows: document.news_windows,
});

export interface InForce {
  /** Payloads in hex by kind and symbol, strategy or window; operators' names by key (book.ts). */
  readonly configuration: ReadonlyMap<string, string>;
  /** Index of a symbol in the stream's table. Throws refused when the stream does not know it. */
  readonly symbolIndex: (name: string) => number;
}

export function configurationRecords(
  wanted: Obeyed,
  operators: readonly Operator[],
  inForce: InForce,
): ConfigurationRecord[] {
  const ofCloud = inForce.configuration.get(CLOUD_LIMITS);
  return [
    ...(ofCloud === undefined ? [] : limitsUnderCloud(payloadOf(RiskLimits, ofCloud), inForce.configuration)),
    ...[...tables(wanted, inForce)].flatMap(([symbol, own]) => [
      ...(ofCloud !== undefined
        ? []
        : unlessInForce(RiskLimits, riskLimitsRecord(limitsOfSymbol(wanted, own), wanted.limits.version), {
            key: symbol,
            symbol,
            inForce,
          })),
      ...unlessInForce(StrategyParams, strategyParamsRecord(strategyOfSymbol(wanted, own), wanted.strategy.version), {
        key: symbol,
        symbol,
        inForce,
      }),
    ]),
    ...strategyLimits(wanted, inForce).flatMap((limits) =>
      unlessInForce(StrategyLimits, limits, { key: limits.strategy_id, symbol: 0, inForce }),
    ),
    ...newsWindows(wanted.news_windows, inForce),
    ...operatorKeys(operators, inForce.configuration),
  ];
}

/**
 * Limits that the cloud has signed are for all symbols, and stay until it signs others: neither a file nor a document puts its
 * own in their place, and the core would ask a symbol's own first, so each symbol that once had some gets the cloud's.
 */
export function limitsUnderCloud(limits: RiskLimits, configuration: InForce["configuration"]): ConfigurationRecord[] {
  return ownLimits(configuration).flatMap(([key]) => {
    const symbol = Number(key.slice(LIMITS.length));
    return unlessInForce(RiskLimits, limits, { key: symbol, symbol, inForce: { configuration } });
  });
}

/** Of every symbol, as they hold: the cloud's in place of the box's own. */
export function limitsInForce(configuration: InForce["configuration"]): RiskLimits[] {
  const general = configuration.get(CLOUD_LIMITS) ?? configuration.get(`${LIMITS}0`);
  const own = ownLimits(configuration).map(([, payload]) => payload);
  return [...(general === undefined ? [] : [general]), ...own].map((payload) => payloadOf(RiskLimits, payload));
}

const ownLimits = (configuration: InForce["configuration"]): [string, string][] =>
  [...configuration].filter(([key]) => key.startsWith(LIMITS) && key !== `${LIMITS}0`);

function unlessInForce<T>(
  codec: Codec<T>,
  payload: T,
  o: { key: number; symbol: number; inForce: Pick<InForce, "configuration"> },
): ConfigurationRecord[] {
  const record = encodeRecord(codec, { time_ns: 0n, source: 0 }, payload);
  const known = o.inForce.configuration.get(`${codec.kind}:${o.key}`);
  return known === hexOf(record.subarray(HEADER_BYTES)) ? [] : [{ codec, payload, symbol: o.symbol }];
}

/** Which symbols have limits and parameters of their own: those named, and those that once were: they cannot be taken back. */
function tables(
  { symbols }: Obeyed,
  { configuration, symbolIndex }: InForce,
): Map<number, Obeyed["symbols"][string] | undefined> {
  const own = new Map<number, Obeyed["symbols"][string] | undefined>([[0, undefined]]);
  for (const key of configuration.keys()) {
    const [, index] = /^(?:risk_limits|strategy_params):(\d+)$/.exec(key) ?? [];
    if (index !== undefined) own.set(Number(index), undefined);
  }
  for (const [name, settings] of Object.entries(symbols)) own.set(symbolIndex(name), settings);
  return own;
}

/** A strategy that once had limits of its own has the general ones, and where there are none may do nothing. */
function strategyLimits({ strategy_limits: wanted, limits }: Obeyed, { configuration }: InForce): StrategyLimits[] {
  const record = (strategy_id: number, own: Obeyed["strategy_limits"][number] | undefined): StrategyLimits =>
    strategyLimitsRecord(strategy_id, own, own?.version ?? limits.version);
  const general = wanted.find((own) => own.strategy_id === 0);
  const gone = [...configuration.keys()]
    .map((key) => /^strategy_limits:(\d+)$/.exec(key)?.[1])
    .filter((id) => id !== undefined && !wanted.some((own) => own.strategy_id === Number(id)));
  const ids = new Set([...wanted.map((own) => own.strategy_id), ...gone.map(Number)]);
  ids.delete(0);
  if (ids.size > STRATEGY_LIMITS_MAX)
    throw new LockstepError(
      "refused",
      `${ids.size} strategies would have limits of their own, the core holds ${STRATEGY_LIMITS_MAX}: one that had them keeps its place`,
    );
  return [...wanted.map((own) => record(own.strategy_id, own)), ...gone.map((id) => record(Number(id), general))];
}

function newsWindows(windows: readonly NewsWindow[], { configuration }: InForce): ConfigurationRecord[] {
  const wanted = windows.map(newsWindowRecord);
  const known = [...configuration]
    .filter(([key]) => key.startsWith("news_window:"))
    .map(([, payload]) => payloadOf(NewsWindowRecord, payload))
    .filter(isConfiguredWindow);
  const without = (list: typeof known, others: typeof known) =>
    list.filter(({ event_id }) => !others.some((other) => other.event_id === event_id));
  return [
    // A window that ends as it begins is none.
    ...without(known, wanted).map((gone) => ({ ...gone, to_ms: gone.from_ms })),
    ...without(wanted, known),
  ].map((payload) => ({ codec: NewsWindowRecord, payload }));
}

const payloadOf = <T>(codec: { read(view: DataView, at: number): T }, hex: string): T =>
  codec.read(viewOf(new Uint8Array([...new Uint8Array(HEADER_BYTES), ...bytesOf(hex)])), 0);

/** Who is not in the configuration any more is revoked first. */
function operatorKeys(operators: readonly Operator[], inForce: ReadonlyMap<string, string>): ConfigurationRecord[] {
  const wanted = new Map(operators.map((o) => [`operator_key:${o.public_key}`, o.name]));
  const record = (key: string, operator: string, revoked: number): ConfigurationRecord => ({
    codec: OperatorKey,
    payload: { operator, public_key: bytesOf(key.slice("operator_key:".length)), revoked },
  });
  const known = [...inForce].filter(([key]) => key.startsWith("operator_key:"));
  return [
    ...known.flatMap(([key, operator]) => (wanted.get(key) === operator ? [] : [record(key, operator, 1)])),
    ...[...wanted].flatMap(([key, operator]) => (inForce.get(key) === operator ? [] : [record(key, operator, 0)])),
  ];
}

const CLOUD_KEY = "cloud_key:";

/** The keys of the cloud that the box is told of. One that is not wanted any more is revoked first: there is room for four. */
export function cloudKeyRecords(
  wanted: readonly string[],
  inForce: ReadonlyMap<string, string>,
): ConfigurationRecord[] {
  const known = [...inForce.keys()]
    .filter((key) => key.startsWith(CLOUD_KEY))
    .map((key) => key.slice(CLOUD_KEY.length));
  const record = (key: string, revoked: number): ConfigurationRecord => ({
    codec: CloudKey,
    payload: { public_key: bytesOf(key), revoked },
  });
  return [
    ...known.filter((key) => !wanted.includes(key)).map((key) => record(key, 1)),
    ...[...new Set(wanted)].filter((key) => !known.includes(key)).map((key) => record(key, 0)),
  ];
}
