// Putting a configuration into force: who may, what becomes of it in the journal and the core, and that no crash leaves half of it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { openDisk } from "#mesh/world/disk.ts";
import type { ConfigurationDocument } from "#proto/configuration/document.ts";
import {
  BatchSeal,
  CODEC_BY_CODE,
  ConfigChange,
  HEADER_OFFSET,
  RiskLimits,
  StrategyParams,
} from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { type DecodedRecord, decodeRecord, recordLength, viewOf, walkRecords } from "#proto/record.ts";
import { SLOT_BYTES, SOURCE } from "#proto/records.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { SEGMENT_HEADER_BYTES } from "#storage/journal/segment.ts";
import { listSegments } from "#storage/journal/segment-files.ts";
import { changeOf, openEdge, person } from "./configure.fixture.ts";
import { checkChange } from "./configure.ts";
import { openDocumentStore } from "./document-store-io.ts";
import type { Edge } from "./edge.ts";

const made: string[] = [];
const directory = (): string => {
  const path = mkdtempSync(join(tmpdir(), "lockstep-configure-"));
  made.push(path);
  return path;
};
after(() => {
  for (const path of made) rmSync(path, { recursive: true });
});

const grace = person("Grace");
const mallory = person("Mallory");

function journalOf(path: string): DecodedRecord[] {
  const found: DecodedRecord[] = [];
  for (const records of new JournalReader({ disk: openDisk(join(path, "journal")) }).records(1n))
    walkRecords(records, (at, _length, code) => {
      if (code !== BatchSeal.code) found.push(decodeRecord(records, at));
    });
  return found;
}

const withLimits = (document: ConfigurationDocument, limits: object): ConfigurationDocument => ({
  ...document,
  limits: { ...document.limits, ...limits },
});

/** What of the kinds that a configuration makes was journaled last, by kind and symbol or id. */
function inForce(edge: Edge): Record<string, string> {
  return Object.fromEntries([...edge.book.configuration].filter(([key]) => !key.startsWith("operator_key")).sort());
}

test("configure: who may: taking away needs no signature, all else an operator's, for this version of this stream", async () => {
  const path = directory();
  const edge = await openEdge(path, { operators: [grace] });
  const v0 = edge.configuration.told();
  assert.deepEqual([v0.config_version, v0.change, v0.symbols], [0, undefined, ["EURUSD", "GBPUSD"]]);
  const tighter = withLimits(v0.document, { spread_max_points: 100, stop_required: true });
  const looser = withLimits(tighter, { daily_loss_max: 5_000 });
  const before = edge.journal.lastSeq;
  const refused = async (change: Parameters<Edge["configure"]>[0], code: string) =>
    assert.rejects(edge.configure(change), { code });
  await refused(changeOf(v0, looser), "auth_refused");
  await refused(changeOf(v0, looser, mallory), "auth_refused");
  await refused({ ...changeOf(v0, looser, grace), reason: "another" }, "bad_signature");
  await refused({ ...changeOf(v0, looser, grace), document: tighter }, "bad_signature");
  await refused({ ...changeOf(v0, looser, mallory), public_key: grace.public_key, operator: "Grace" }, "bad_signature");
  await refused({ ...changeOf(v0, tighter), config_version: 2 }, "refused");
  await refused({ ...changeOf(v0, tighter), previous_sha256: "0".repeat(64) }, "refused");
  const unknown = { ...tighter, symbols: { USDJPY: { tradable: false, limits: {}, strategy: {} } } };
  await refused(changeOf(v0, unknown, grace), "refused");
  await refused(changeOf(v0, { ...tighter, model: "0".repeat(64) }, grace), "bad_file");
  assert.equal(edge.journal.lastSeq, before, "what is refused leaves no record");
  const first = changeOf(v0, tighter);
  assert.equal((await edge.configure(first)).version, 1);
  const v1 = edge.configuration.told();
  assert.deepEqual((await edge.configure(first)).records, 0, "sent twice, done once");
  assert.equal((await edge.configure(changeOf(v1, looser, grace))).version, 2);
  await refused(first, "refused");
  // Back to the first version's words: loosens nothing, so that nobody has to sign.
  const v2 = edge.configuration.told();
  assert.equal((await edge.configure(changeOf(v2, v1.document))).version, 3);
  await edge.close();
  const changes = journalOf(path).filter(({ kind }) => kind === "config_change");
  assert.deepEqual(
    changes.map(({ payload }) => [payload.config_version, payload.operator]),
    [
      [1, "ann"],
      [2, "Grace"],
      [3, "ann"],
    ],
  );
});

test("configure: a journal whose signed configuration was tampered with: not decided again", async () => {
  const path = directory();
  const edge = await openEdge(path, { operators: [grace] });
  const v0 = edge.configuration.told();
  await edge.configure(changeOf(v0, withLimits(v0.document, { daily_loss_max: 900 }), grace));
  const model = edge.configuration.model.bytes;
  await edge.close();
  const decideAgain = async (tamper: (records: Uint8Array, at: number) => void) => {
    const core = await Core.load();
    const redecider = new Redecider(core);
    for (const batch of new JournalReader({ disk: openDisk(join(path, "journal")) }).records(1n)) {
      const records = batch.slice();
      core.loadModel(model);
      walkRecords(records, (at, _length, code) => code === ConfigChange.code && tamper(records, at));
      redecider.feed(records);
    }
  };
  await decideAgain(() => undefined);
  const reasonAt = ConfigChange.offset.reason;
  await assert.rejects(
    decideAgain((records, at) => records.set([0x58], at + reasonAt)),
    { code: "bad_signature" },
  );
});

test("configure: symbols, strategies, news windows: records of their own; what is taken out again counts no more", async () => {
  const path = directory();
  const edge = await openEdge(path, { operators: [grace] });
  const v0 = edge.configuration.told();
  const window = { from: "2030-01-01T12:00:00Z", to: "2030-01-01T13:00:00Z", currency: "USD" };
  const full: ConfigurationDocument = {
    ...v0.document,
    symbols: {
      EURUSD: { tradable: false, limits: {}, strategy: {} },
      GBPUSD: { tradable: true, limits: { spread_max_points: 50 }, strategy: { volume_lots: 0.02 } },
    },
    strategy_limits: [...v0.document.strategy_limits, { strategy_id: 7, exposure_max: 10, daily_loss_max: 1 }],
    news_windows: [window],
  };
  await edge.configure(changeOf(v0, full, grace));
  const limits = (index: number) => RiskLimits.read(payload(edge, `risk_limits:${index}`), 0);
  const params = (index: number) => StrategyParams.read(payload(edge, `strategy_params:${index}`), 0);
  assert.deepEqual(
    [params(0).enabled, params(1).enabled, params(2).enabled, params(2).volume_microlots],
    [1, 0, 1, 20_000n],
  );
  assert.deepEqual([limits(0).spread_max_points, limits(2).spread_max_points], [600n, 50n]);
  assert.equal(Object.keys(inForce(edge)).filter((key) => key.startsWith("news_window")).length, 1);
  assert.equal(limits(2).limits_version, 1);
  const v1 = edge.configuration.told();
  await edge.configure(changeOf(v1, v0.document, grace));
  assert.deepEqual([params(1).enabled, limits(2).spread_max_points, params(2).volume_microlots], [1, 600n, 100_000n]);
  assert.equal(Object.keys(inForce(edge)).filter((key) => key.startsWith("news_window")).length, 0);
  const kept = inForce(edge);
  assert.equal(kept["strategy_limits:7"]?.slice(0, 32), kept["strategy_limits:0"]?.slice(0, 32));
  assert.equal(edge.core.status().trading_state, 0);
  await edge.close();
  const alerts = journalOf(path).filter(({ kind }) => kind === "alert");
  assert.deepEqual(alerts, [], "the core refused none of it");
});

/** A payload of the configuration in force, as a record at 0. */
function payload(edge: Edge, key: string): DataView {
  const hex = edge.book.configuration.get(key) ?? assert.fail(`${key} is in force`);
  return viewOf(Buffer.concat([Buffer.alloc(32), Buffer.from(hex, "hex")]));
}

test("configure: restarts: the configuration stays in force, whatever the settings file says by then", async () => {
  const path = directory();
  let edge = await openEdge(path, { operators: [grace] });
  const v0 = edge.configuration.told();
  await edge.configure(changeOf(v0, withLimits(v0.document, { spread_max_points: 77 })));
  const before = inForce(edge);
  await edge.close();
  edge = await openEdge(path, { operators: [], settings: { limits: { spread_max_points: 5_000 } } });
  assert.deepEqual(inForce(edge), before);
  const told = edge.configuration.told();
  assert.deepEqual([told.config_version, told.change?.reason, told.operators], [1, "a test", []]);
  // From a snapshot too.
  edge.snapshot();
  await edge.close();
  edge = await openEdge(path, { operators: [] });
  assert.deepEqual([inForce(edge), edge.configuration.told()], [before, told]);
  await edge.close();
  rmSync(join(path, "configurations"), { recursive: true });
  await assert.rejects(openEdge(path, { operators: [] }), { code: "bad_file" });
});

test("configure: a crash in its commit, behind any of its records: all of it is in force, or nothing", async () => {
  const path = directory();
  const edge = await openEdge(path, { operators: [grace] });
  const v0 = edge.configuration.told();
  const symbols = { GBPUSD: { tradable: true, limits: { spread_max_points: 50 }, strategy: {} } };
  await edge.journal.whenDurable(edge.journal.lastSeq);
  await edge.configure(changeOf(v0, { ...withLimits(v0.document, { drawdown_max: 777 }), symbols }, grace));
  const whole = inForce(edge);
  await edge.journal.release();
  const [segment] = listSegments(openDisk(join(path, "journal")));
  const file = join(path, "journal", segment?.name ?? "");
  const bytes = readFileSync(file);
  const ends = recordEnds(bytes);
  assert.ok(ends.length >= 5, String(ends));
  const versions: number[] = [];
  for (const end of ends) {
    rmSync(join(path, "journal"), { recursive: true });
    openDisk(join(path, "journal"));
    const torn = Buffer.from(bytes);
    torn.fill(0, end);
    writeFileSync(file, torn);
    const again = await openEdge(path, { operators: [grace] });
    versions.push(again.configuration.version);
    if (again.configuration.version === 1) assert.deepEqual(inForce(again), whole, `cut at ${end}`);
    await again.close();
  }
  assert.deepEqual([versions[0], versions.at(-1)], [0, 1]);
});

test("configure: its record alone in the journal, as between two commits: completed before anything else is decided", async () => {
  const path = directory();
  let edge = await openEdge(path, { operators: [grace] });
  const v0 = edge.configuration.told();
  const change = changeOf(v0, withLimits(v0.document, { drawdown_max: 777, spread_max_points: 9 }), grace);
  const { record, text } = checkChange(change, {
    current: { version: 0, document: v0.document, sha256: v0.document_sha256 },
    streamId: edge.identity.streamId,
    operators: edge.book.configuration,
  });
  openDocumentStore(join(path, "configurations")).keep(hexOf(record.document_sha256), text);
  edge.hot.add(ConfigChange, { source: SOURCE.operator }, record);
  edge.hot.commit();
  await edge.journal.whenDurable(edge.journal.lastSeq);
  await edge.journal.release();
  edge = await openEdge(path, { operators: [grace] });
  const limits = RiskLimits.read(payload(edge, "risk_limits:0"), 0);
  assert.deepEqual([limits.drawdown_max_micros, limits.spread_max_points], [777_000_000n, 9n]);
  assert.equal((await edge.configure(change)).records, 0, "the manager that asks again hears that it is done");
  await edge.close();
  const kinds = journalOf(path).map(({ kind }) => kind);
  assert.equal(kinds[kinds.indexOf("config_change") + 1], "risk_limits");
});

/** Where the config_change begins, where it ends, and where each record of its configuration does. */
function recordEnds(bytes: Uint8Array): number[] {
  const view = viewOf(bytes);
  const kindAt = (at: number): string => KIND_NAMES.get(view.getUint16(at + HEADER_OFFSET.kind, true)) ?? "";
  let at = SEGMENT_HEADER_BYTES;
  // Commit slots stand between records; they bear no kind.
  while (kindAt(at) !== "config_change") at += SLOT_BYTES;
  const ends = [at];
  while (/config_change|limits|params/.test(kindAt(at))) {
    at += recordLength(view, at);
    ends.push(at);
  }
  return ends;
}
const KIND_NAMES = new Map([...CODEC_BY_CODE].map(([code, { kind }]) => [code, kind]));
