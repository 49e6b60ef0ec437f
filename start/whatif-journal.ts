// The counterfactual over a recorded journal, in one pass: the recorded run decided again (its decisions must come out as they
// were journaled), the same market executed on paper as it was configured, and once more with the change.
import { Core } from "#core-wasm/host/core.ts";
import { type JournalOptions, RecordedJournal } from "./journal-source.ts";
import type { PaperCosts } from "./paper-broker.ts";
import { PaperMarket } from "./paper-market.ts";
import { RecordedRun } from "./recorded-run.ts";
import type { Change } from "./settings.ts";
import { compare, type Difference, type Figures, figuresOf } from "./whatif.ts";

export interface JournalDifference extends Difference {
  /** What the journal holds: decisions, and the deals of the broker that was there. */
  readonly recorded: Figures;
  /** The recorded decisions came out again, byte for byte, up to this digest of the last seal. */
  readonly reproduced: { readonly decisions: number; readonly outputs_digest: string; readonly last_seq: string };
  /** Recorded decisions that the base run on paper also took; what is missing is what another execution changed. */
  readonly base_as_recorded: number;
}

export async function whatifJournal(o: {
  readonly journal: JournalOptions;
  readonly costs: PaperCosts;
  readonly changes: readonly Change[];
  readonly model?: Uint8Array | undefined;
  onProgress?(share: number): void;
}): Promise<JournalDifference> {
  const journal = new RecordedJournal(o.journal);
  const find = (digest: string): Uint8Array => journal.model(digest);
  const core = await Core.load();
  const run = new RecordedRun(core, find);
  const shared = { costs: o.costs, find };
  const base = new PaperMarket({ ...shared, core: await Core.load(), changes: [] });
  const changed = new PaperMarket({ ...shared, core: await Core.load(), changes: o.changes, model: o.model });
  const bytes = journal.bytes;
  for (const batch of journal.batches(core.digest)) {
    const inputs = run.take(batch);
    base.take(batch, inputs, run.base_micros);
    changed.take(batch, inputs, run.base_micros);
    o.onProgress?.(journal.bytesRead / bytes);
  }
  const outcome = base.finish();
  const difference = compare(outcome, changed.finish());
  const reproduced = {
    decisions: run.outcome.decisions.length,
    outputs_digest: journal.seal?.outputs_digest ?? "",
    last_seq: String(journal.seal?.seq ?? 0n),
  };
  const base_as_recorded = compare(run.outcome, outcome).same_decisions;
  return { ...difference, recorded: figuresOf(run.outcome), reproduced, base_as_recorded };
}
