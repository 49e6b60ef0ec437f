// A configuration of an edge box: one document, every value explicit. What the core obeys of it becomes records
// (edge/metatrader-connector/configuration.ts); the rest is read by the edge's services when they start. Who may sign is no
// part of it: operators belong to the box's own settings file, so that no signed document can let in another signer.
import { z } from "zod";
import { LockstepError } from "../errors.ts";
import { SYMBOLS_MAX } from "../limits.ts";
import { MonitorPairs, NewsSources, PairName, SEVERITIES, Thresholds } from "./services.ts";
import {
  LIMIT_FIELDS,
  Limits,
  Session,
  STRATEGY_FIELDS,
  STRATEGY_LIMITS_MAX,
  Strategy,
  StrategyLimit,
} from "./settings.ts";

export const DOCUMENT_BYTES_MAX = 256 * 1024;
export const NEWS_WINDOWS_MAX = 16;
/** A version stands in the records' 16-bit params_version. */
export const VERSION_MAX = 65_535;

/** Only what is different from the general limits and strategy. */
const SymbolSettings = z.strictObject({
  /** False: predicted, never opened. */
  tradable: z.boolean().default(true),
  limits: z.strictObject(LIMIT_FIELDS).partial().default({}),
  strategy: z.strictObject(STRATEGY_FIELDS).partial().default({}),
});
export type SymbolSettings = z.output<typeof SymbolSettings>;

const instant = z.iso.datetime().regex(/^[12]\d{3}-/, "from the year 1000 to 2999");

/** A time in which nothing of a currency is opened. */
const NewsWindow = z
  .strictObject({
    from: instant,
    to: instant,
    /** Empty = every currency. */
    currency: z.string().regex(/^[A-Z]{0,8}$/, "a currency is up to 8 capital letters"),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), "a window ends after it begins");
export type NewsWindow = z.output<typeof NewsWindow>;

const same = <T>(list: readonly T[], of: (item: T) => unknown): boolean => new Set(list.map(of)).size < list.length;

export const ConfigurationDocument = z.strictObject({
  limits: Limits.prefault({}),
  strategy: Strategy.prefault({}),
  strategy_limits: z
    .array(StrategyLimit)
    .max(STRATEGY_LIMITS_MAX)
    .refine((list) => !same(list, (item) => item.strategy_id), "two entries are of the same strategy")
    .prefault([{ strategy_id: 0 }]),
  /** By the broker's name. */
  symbols: z
    .record(PairName, SymbolSettings)
    .refine((symbols) => Object.keys(symbols).length <= SYMBOLS_MAX, `at most ${SYMBOLS_MAX} symbols`)
    .default({}),
  news_windows: z
    .array(NewsWindow)
    .max(NEWS_WINDOWS_MAX)
    .refine((list) => !same(list, (w) => `${w.from} ${w.to} ${w.currency}`), "a window is there twice")
    .default([]),
  session: Session.prefault({}),
  /** SHA-256 of a model that the box has in its store; null = the one of LOCKSTEP_MODEL. */
  model: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "a model is named by the 64 hex digits of its SHA-256")
    .nullable()
    .default(null),
  /** Null = what market-monitor's own environment says. */
  monitor: z
    .strictObject({
      pairs: MonitorPairs.default(["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]),
      thresholds: Thresholds.prefault({}),
      send_from: z.enum(SEVERITIES).default("warning"),
      messages_an_hour: z.number().int().min(1).max(3600).default(20),
    })
    .nullable()
    .default(null),
  /** Null = what data-collector's own environment says. */
  sources: NewsSources.nullable().default(null),
});
export type ConfigurationDocument = z.output<typeof ConfigurationDocument>;

/** Throws bad_config naming each wrong field. */
export function parseDocument(json: unknown): ConfigurationDocument {
  const result = ConfigurationDocument.safeParse(json);
  if (!result.success) {
    const wrong = result.error.issues.map(({ path, message }) => `${path.join(".") || "the document"}: ${message}`);
    throw new LockstepError("bad_config", `configuration refused: ${wrong.join("; ")}`);
  }
  return result.data;
}

/**
 * The text whose SHA-256 names a document: keys sorted, no spaces, numbers as ECMAScript writes them (as RFC 8785). Throws
 * bad_config when it is too long to be kept.
 */
export function documentText(document: ConfigurationDocument): string {
  const text = JSON.stringify(document, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  if (text.length <= DOCUMENT_BYTES_MAX) return text;
  throw new LockstepError(
    "bad_config",
    `a configuration has at most ${DOCUMENT_BYTES_MAX} bytes; this has ${text.length}`,
  );
}

/** A stored document's text. Throws bad_file. */
export function readDocument(text: string, path: string): ConfigurationDocument {
  try {
    return parseDocument(JSON.parse(text));
  } catch (cause) {
    throw new LockstepError(
      "bad_file",
      `${path} holds no configuration of this build: restore it (${(cause as Error).message})`,
      {
        cause,
      },
    );
  }
}
