// The counterfactual over a recorded journal, in one pass: the recorded run decided again (its decisions must come out as they
// were journaled), the same market executed on paper as it was configured, and once more with the change.
import { Core } from "#core-wasm/host/core.ts";
import type { ConfigurationDocument } from "#proto/configuration/document.ts";
import { type JournalOptions, RecordedJournal } from "./journal-source.ts";
import type { PaperCosts } from "./paper-broker.ts";
import { PaperMarket } from "./paper-market.ts";
import { RecordedRun } from "./recorded-run.ts";
import type { Change } from "./settings.ts";
import { compare, type Difference, type Figures, figuresOf, since } from "./whatif.ts";

const NS_PER_S = 1_000_000_000n;

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
  /** In place of every recorded limit and parameter. */
  readonly configuration?: ConfigurationDocument | undefined;
  /** Change, and count, only what comes within this long before the journal's end; undefined = all of it. */
  readonly lastHours?: number | undefined;
  onProgress?(share: number): void;
}): Promise<JournalDifference> {
  const journal = new RecordedJournal(o.journal);
  const find = (digest: string): Uint8Array => journal.model(digest);
  const core = await Core.load();
  const run = new RecordedRun(core, find);
  const shared = { costs: o.costs, find };
  const base = new PaperMarket({ ...shared, core: await Core.load(), changes: [] });
  const from_ns =
    o.lastHours === undefined ? 0n : journal.lastTimeNs() - BigInt(Math.round(o.lastHours * 3_600)) * NS_PER_S;
  const changed = new PaperMarket({
    ...shared,
    core: await Core.load(),
    changes: o.changes,
    model: o.model,
    configuration: o.configuration && { document: o.configuration, from_ns },
  });
  const bytes = journal.bytes;
  for (const batch of journal.batches(core.digest)) {
    const inputs = run.take(batch);
    base.take(batch, inputs, run.base_micros);
    changed.take(batch, inputs, run.base_micros);
    o.onProgress?.(journal.bytesRead / bytes);
  }
  const outcome = since(base.finish(), from_ns);
  const recorded = since(run.outcome, from_ns);
  const difference = compare(outcome, since(changed.finish(), from_ns));
  const reproduced = {
    decisions: run.outcome.decisions.length,
    outputs_digest: journal.seal?.outputs_digest ?? "",
    last_seq: String(journal.seal?.seq ?? 0n),
  };
  const base_as_recorded = compare(recorded, outcome).same_decisions;
  return { ...difference, recorded: figuresOf(recorded), reproduced, base_as_recorded };
}
