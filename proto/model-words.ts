// What an operator signs to change which model decides, or how its answers are put together: every word of the order and
// whose stream it is for, so that a signature is good for one order of one stream. Its version makes an old one worthless.
import type { ModelAssignment, ModelConfig } from "./generated/records.ts";
import { hexOf } from "./hex.ts";
import { MODEL_ROLE } from "./records.ts";
import { signedLines } from "./signed-lines.ts";

type Signed<T> = Omit<T, "signature" | "public_key">;

/** Fields of the configuration in the order in which they are signed. */
const CONFIG_WORDS = [
  "config_version",
  "heads",
  "boosted_weight_milli",
  "forest_weight_milli",
  "logistic_weight_milli",
  "perceptron_weight_milli",
  "gru_weight_milli",
  "edge_min_ppm",
  "disagreement_max_ppm",
  "drift_max_milli",
  "volatile_ppm",
] as const satisfies readonly (keyof ModelConfig)[];

const people = ({ operator, reason }: { operator: string; reason: string }): string[] => [
  `operator ${operator}`,
  `reason ${reason}`,
];

/** The bytes under the Ed25519 signature of a model_assignment. Operator and reason hold no control characters. */
export function assignmentMessage(streamId: Uint8Array, words: Signed<ModelAssignment>): Uint8Array {
  const role = Object.entries(MODEL_ROLE).find(([, number]) => number === words.role)?.[0] ?? words.role;
  return signedLines(
    `lockstep model assignment 1: ${role}`,
    `stream ${hexOf(streamId)}`,
    `model ${hexOf(words.sha256)} ${words.size_bytes}`,
    `version ${words.assignment_version}`,
    ...people(words),
  );
}

/** The same of a model_config; `symbol` is its index in the header. */
export function configMessage(o: { streamId: Uint8Array; symbol: number; words: Signed<ModelConfig> }): Uint8Array {
  return signedLines(
    "lockstep model configuration 1",
    `stream ${hexOf(o.streamId)}`,
    `symbol ${o.symbol}`,
    ...CONFIG_WORDS.map((name) => `${name} ${o.words[name]}`),
    ...people(o.words),
  );
}
