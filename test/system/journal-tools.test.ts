// A recorded journal as the input of `engines` and `lookahead`: what a live run decided is decided again by other engines,
// to the digest that the run itself sealed; journals that cannot show that are refused, each with what to do.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { parseDocument } from "#proto/configuration/document.ts";
import { ENGINES } from "../../start/engines/catalogue.ts";
import { runEngines } from "../../start/engines/run.ts";
import type { InputSource } from "../../start/input-stream.ts";
import { checkLookahead } from "../../start/lookahead.ts";
import { readChanges } from "../../start/settings.ts";
import { whatifJournal } from "../../start/whatif-journal.ts";
import { journalSample } from "../journal/decided.fixture.ts";
import { runStart } from "./run-start.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-journal-tools-"));
after(() => rmSync(root, { recursive: true, force: true }));
const model = join(root, "model.lsm");
writeFileSync(model, sampleModel());
const node = ENGINES.filter(({ name }) => name === "node24");

test("engines: the journal of a live run: this process and every engine decide to the digest that the run sealed", async (t) => {
  const run = runStart(["--max-ticks", "12000", "--speed", "max", "--exit"], { keepMs: 240_000 });
  t.after(() => run.dispose());
  const { code, figures, stderr } = await run.finished;
  assert.equal(code, 0, stderr);
  assert.ok(Number(figures.order_intents) > 0, JSON.stringify(figures));
  // The same engines that start/engines/engines.test.ts has fetched, one of each maker.
  const engines = ENGINES.filter(({ name }) => ["node24", "bun", "wasmtime"].includes(name));
  const report = await runEngines({ engines, source: { inputs: [run.dir], models: [] } });
  assert.equal(report.equal, true, JSON.stringify(report.engines));
  assert.equal(report.live?.outputs_digest, figures.edge_digest);
  assert.equal(report.recorded.outputs_digest, figures.edge_digest);
  for (const e of report.engines) assert.equal("failed" in e ? e.failed : e.outputs_digest, figures.edge_digest);
  const difference = await whatifJournal({
    journal: { path: run.dir, models: [] },
    costs: { commission_micros: 3_500_000n, swap_micros: 0n, slippage_milli: 0n },
    changes: readChanges(["spread_max_points=0"]),
  });
  assert.equal(difference.reproduced.outputs_digest, figures.edge_digest);
  assert.equal(difference.recorded.order_intents, figures.order_intents);
  assert.equal(difference.recorded.refused, figures.risk_refusals);
  assert.equal(difference.recorded.deals, figures.fills);
  assert.ok(difference.base_as_recorded > 0 && difference.base.deals > 0, JSON.stringify(difference));
  assert.deepEqual([difference.changed.accepted, difference.changed.deals], [0, 0]);
  assert.equal(difference.changed.predictions, difference.recorded.predictions);
  const held = await checkLookahead({ source: { inputs: [run.dir], models: [] }, cuts: 20, cutsFromStart: 1, seed: 5 });
  assert.equal(held.outputs_digest, figures.edge_digest);
});

const refused = (source: InputSource, error: { code: string; message: RegExp }): Promise<void> =>
  assert.rejects(runEngines({ engines: node, source }), error);

test("engines: journals that are damaged, begin later, end unsealed, are of another module, or none: refused by name", async () => {
  const whole = join(root, "whole");
  await journalSample(whole, { ticks: 3000 });
  const models = [model];
  const equal = await runEngines({ engines: node, source: { inputs: [whole], models } });
  assert.equal(equal.equal, true, JSON.stringify(equal.engines));
  const segments = readdirSync(whole)
    .filter((name) => name.endsWith(".journal") && readFileSync(join(whole, name))[0] !== 0)
    .sort();
  const copy = (name: string): string => {
    cpSync(whole, join(root, name), { recursive: true });
    return join(root, name);
  };
  await refused({ inputs: [whole], models: [] }, { code: "not_found", message: /--model/ });
  await refused({ inputs: [whole, whole], models }, { code: "bad_config", message: /name it alone/ });
  await refused(
    { inputs: [join(root, "nowhere")], models },
    { code: "not_found", message: /do(es)? not exist|no such/i },
  );

  const damaged = copy("damaged");
  const bytes = readFileSync(join(damaged, segments[1] as string));
  bytes[5000] = (bytes[5000] as number) ^ 4;
  writeFileSync(join(damaged, segments[1] as string), bytes);
  await refused({ inputs: [damaged], models }, { code: "journal_damaged", message: /segment-0000000002/ });

  const later = copy("later");
  rmSync(join(later, segments[0] as string));
  await refused({ inputs: [later], models }, { code: "journal_truncated", message: /snapshot/ });

  const other = join(root, "other");
  await journalSample(other, { ticks: 300, coreDigest: new Uint8Array(32).fill(9) });
  await refused({ inputs: [other], models }, { code: "core_digest", message: /0909/ });
});

test("whatif: a journal: what is set to what it is changes nothing; a kind that it does not hold, a changed decision: said", async () => {
  const path = join(root, "asked");
  await journalSample(path, { ticks: 3000 });
  const costs = { commission_micros: 0n, swap_micros: 0n, slippage_milli: 0n };
  const shared = { journal: { path, models: [model] }, costs };
  const same = await whatifJournal({ ...shared, changes: [], model: sampleModel() });
  assert.ok(same.recorded.order_intents > 0 && same.recorded.predictions > 50, JSON.stringify(same.recorded));
  assert.deepEqual(same.changed, same.base);
  assert.equal(same.first, undefined);
  assert.equal(same.base.predictions, same.recorded.predictions);
  const absent = { kind: "no_limits", name: "none", value: 1n };
  await assert.rejects(whatifJournal({ ...shared, changes: [absent] }), {
    code: "bad_config",
    message: /no no_limits/,
  });
  // A journal whose outputs are another model's: sealed and signed all the same.
  const other = join(root, "other-decisions");
  await journalSample(other, { ticks: 3000, bend: true });
  await assert.rejects(whatifJournal({ ...shared, journal: { path: other, models: [model] }, changes: [] }), {
    code: "wrong_digest",
    message: /is .* in the journal, deciding again gives/,
  });
});

test("whatif: another configuration over the last hours: what came before is the same, from then on its limits count", async () => {
  const path = join(root, "configured");
  await journalSample(path, { ticks: 3000 });
  const costs = { commission_micros: 0n, swap_micros: 0n, slippage_milli: 0n };
  const shared = { journal: { path, models: [model] }, costs, changes: [] };
  const closed = parseDocument({ limits: { spread_max_points: 0 }, strategy: { enter_edge_ppm: 0 } });
  const all = await whatifJournal({ ...shared, configuration: closed });
  assert.ok(all.base.accepted > 2 && all.changed.order_intents > 0, JSON.stringify(all));
  assert.deepEqual([all.changed.deals, all.changed.refused_by.spread], [0, all.changed.refused]);
  const off = parseDocument({ symbols: { EURUSD: { tradable: false } }, strategy: { enter_edge_ppm: 0 } });
  const without = await whatifJournal({ ...shared, configuration: off });
  assert.deepEqual([without.changed.accepted, without.changed.deals], [0, 0]);
  const decidedAt = all.first?.time ?? assert.fail("something is different");
  const last = await whatifJournal({ ...shared, configuration: closed, lastHours: 0.2 });
  assert.ok(last.base.order_intents < all.base.order_intents, "only the last minutes are counted");
  assert.ok((last.first?.time ?? "9") > decidedAt);
  assert.ok(last.changed.deals <= last.base.deals);
});

test("engines: a journal that a killed edge left unsealed: refused, its sealed part taken on demand", async () => {
  const open = join(root, "open");
  await journalSample(join(root, "closed"), { ticks: 3000, killedCopy: open });
  await refused(
    { inputs: [open], models: [model] },
    { code: "bad_seal", message: /[1-9]\d* records follow.*--sealed/ },
  );
  const sealed = await runEngines({ engines: node, source: { inputs: [open], models: [model], sealedOnly: true } });
  assert.equal(sealed.equal, true);
  assert.equal(sealed.live?.outputs_digest, sealed.recorded.outputs_digest);
});
