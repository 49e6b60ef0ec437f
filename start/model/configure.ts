// What the owner of a box sets for the models' answers, from a file that a person writes to the record that the core takes.
// What the file does not name is as trained.
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import type { ModelConfig } from "#proto/generated/records.ts";
import { configMessage } from "#proto/model-words.ts";
import { TIMEFRAME_S } from "#proto/services/api-gateway.ts";
import { hex } from "#proto/services/shapes.ts";
import type { OperatorIdentity } from "../operator.ts";

const TIMEFRAMES = Object.keys(TIMEFRAME_S);
const QUESTIONS = ["direction", "high_volatility", "regime"];
const HEADS = TIMEFRAMES.flatMap((timeframe) => QUESTIONS.map((question) => `${timeframe} ${question}`));
const ALL_HEADS = 2 ** HEADS.length - 1;

const weight = z.number().min(0).max(4).default(1);
const share = (most: number) => z.number().min(0).max(most);

const File = z.strictObject({
  /** The broker's name; without it every symbol without its own. */
  symbol: z.string().optional(),
  /** Heads that are off, as "M1 direction". */
  off: z.array(z.enum(HEADS)).default([]),
  /** Times the trained weight in the stack. */
  weights: z
    .strictObject({ boosted: weight, forest: weight, logistic: weight, perceptron: weight, gru: weight })
    .prefault({}),
  /** Nothing is opened below this |P(up) - 0.5|. */
  edge_min: share(0.5).default(0),
  /** Nothing is opened above this standard deviation of the models' scores. */
  disagreement_max: share(1).default(1),
  /** Nothing is opened above this population stability index; 0 = no such bound. */
  drift_max: share(1000).default(0),
  /** The regime is volatile from this probability on. */
  volatile_from: share(1).default(0.5),
});

/** The part of the connector's status that is needed here. */
export const ConfiguredStatus = z.object({
  stream_id: hex(32),
  symbols: z.array(z.object({ index: z.number().int(), name: z.string() })),
  model_configs: z.array(z.object({ symbol: z.number().int(), config_version: z.number().int() })),
});
type Status = z.output<typeof ConfiguredStatus>;

const scaled = (value: number, by: number): number => Math.round(value * by);

/** The body of POST /model-config, one version above the one in force; signed where there is an identity. */
export function modelConfigBody(o: {
  readonly json: unknown;
  readonly status: Status;
  readonly operator: string;
  readonly reason: string;
  readonly identity: OperatorIdentity | undefined;
}): Record<string, unknown> {
  const file = File.parse(o.json);
  const symbol = file.symbol === undefined ? 0 : o.status.symbols.find(({ name }) => name === file.symbol)?.index;
  if (symbol === undefined) throw new LockstepError("not_found", `the box has no symbol ${file.symbol}`);
  const inForce = o.status.model_configs.find((config) => config.symbol === symbol)?.config_version ?? 0;
  const { weights } = file;
  const words: Omit<ModelConfig, "public_key" | "signature"> = {
    operator: o.operator,
    reason: o.reason,
    config_version: inForce + 1,
    heads: file.off.reduce((bits, name) => bits & ~(1 << HEADS.indexOf(name)), ALL_HEADS),
    boosted_weight_milli: scaled(weights.boosted, 1000),
    forest_weight_milli: scaled(weights.forest, 1000),
    logistic_weight_milli: scaled(weights.logistic, 1000),
    perceptron_weight_milli: scaled(weights.perceptron, 1000),
    gru_weight_milli: scaled(weights.gru, 1000),
    edge_min_ppm: scaled(file.edge_min, 1e6),
    disagreement_max_ppm: scaled(file.disagreement_max, 1e6),
    drift_max_milli: scaled(file.drift_max, 1000),
    volatile_ppm: scaled(file.volatile_from, 1e6),
  };
  const body = { symbol, ...words };
  if (!o.identity) return body;
  const message = configMessage({ streamId: Buffer.from(o.status.stream_id, "hex"), symbol, words });
  const signature = Buffer.from(o.identity.sign(message)).toString("hex");
  return { ...body, public_key: o.identity.public_key, signature };
}
