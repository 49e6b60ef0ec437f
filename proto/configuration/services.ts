// What the edge's services read of a configuration: the alerts' thresholds of market-monitor, the sources of data-collector.
import { z } from "zod";

export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

const limit = (standard: number | null) => z.number().min(0).nullable().default(standard);

/** Null switches a rule off. */
export const Thresholds = z.strictObject({
  /** Seconds without a new tick of a monitored pair while the line is live. */
  quote_age_s: limit(120),
  /** Spread by symbol name, in points. */
  spread_points: z.record(z.string(), z.number().min(0)).default({}),
  /** Seconds since the cloud had verified what was the journal's head then. */
  replication_lag_s: limit(60),
  replication_lag_records: limit(null),
  /** Seconds without an answer of the connector. */
  connector_away_s: limit(5),
  /** Seconds that the terminal's clock, or the broker's beyond its zone, is off. */
  clock_skew_s: limit(5),
  /** Seconds left of a lease that is required. */
  lease_left_s: limit(600),
  /** Orders whose outcome is unknown. */
  unknown_orders: limit(0),
  /** Refused intents within a minute of the stream's time. */
  refusals_a_minute: limit(30),
  /** Equity in the account currency below which a person should look. */
  equity_min: limit(null),
  /** Equity over margin in use, percent. */
  margin_level_percent: limit(150),
});
export type Thresholds = z.output<typeof Thresholds>;

const path = (standard: string) => z.string().max(100).default(standard);

/** One news source. */
export const NewsSource = z.strictObject({
  /** Stands in the records. */
  name: z.string().regex(/^[!-~]{1,32}$/, "a name is 1 to 32 ASCII characters without spaces"),
  url: z.url({ protocol: /^https?$/ }),
  /** xml: RSS 2.0 or Atom. */
  format: z.enum(["xml", "json"]).default("xml"),
  every_s: z.number().int().min(30).max(86_400).default(300),
  /** Of a JSON source: dotted paths; by default those of JSON Feed 1.1. */
  fields: z
    .strictObject({
      items: path("items"),
      id: path("id"),
      title: path("title"),
      link: path("url"),
      published: path("date_published"),
    })
    .prefault({}),
});
export type NewsSource = z.output<typeof NewsSource>;

export const NewsSources = z
  .array(NewsSource)
  .max(32)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, "two sources have the same name");

/** The broker's name of a symbol, as MonitorPairs and a document's symbols take it. */
export const PairName = z.string().regex(/^[!-~]{1,16}$/, "a symbol is 1 to 16 ASCII characters");
export const MonitorPairs = z.array(PairName).min(1).max(16);
