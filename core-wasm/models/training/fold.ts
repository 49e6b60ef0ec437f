// What a head was worth on one fold of the walk forward, behind what it had learned from: as the fitting script says it, and
// as it stands in the artefact's notes. The logistic regression alone stands beside.
import { z } from "zod";

export const FOLD_FIGURES = {
  n: z.number(),
  accuracy: z.number(),
  base_rate: z.number(),
  log_loss: z.number(),
  base_log_loss: z.number(),
  logistic_log_loss: z.number(),
  brier: z.number(),
  ece: z.number(),
} as const;
