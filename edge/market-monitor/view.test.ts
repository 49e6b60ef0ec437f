import assert from "node:assert/strict";
import { test } from "node:test";
import { Thresholds } from "#proto/configuration/services.ts";
import * as kinds from "#proto/generated/records.ts";
import { prediction } from "#proto/prediction.fixture.ts";
import { encodeRecord } from "#proto/record.ts";
import { type Field, KINDS, SOURCE } from "#proto/records.ts";
import { makeJournal } from "../../cloud/database-service/journal.fixture.ts";
import { Monitor } from "./monitor.ts";
import { questionsOf, viewPrediction } from "./predictions.ts";
import { View } from "./view.ts";

const journal = makeJournal({ seed: 5, batches: 60, records: 120 });

/** A reader of the stream: puts together what it is told, as the page does. */
class Reader {
  readonly monitor: Monitor;
  version = 0;
  readonly decisions = new Map<string, unknown>();
  readonly parts: Record<string, unknown> = {};
  largest = 0;

  constructor(monitor: Monitor) {
    this.monitor = monitor;
  }

  read(): void {
    const changes = this.monitor.changesSince(this.version);
    this.version = changes.version;
    this.largest = Math.max(this.largest, JSON.stringify(changes).length);
    for (const d of (changes.decisions ?? []) as { id: string }[]) this.decisions.set(d.id, d);
    for (const part of ["box", "symbols", "positions", "orders"]) if (changes[part]) this.parts[part] = changes[part];
  }
}

const monitorOf = () =>
  new Monitor({ pairs: ["EURUSD", "XAUUSD"], thresholds: Thresholds.parse({}), now: () => 0, utc: () => 0 });

test("view: every kind of record: folded without complaint, the last seq known", () => {
  const view = new View();
  for (const batch of journal.batches) view.apply(batch);
  assert.equal(view.seq, Number(journal.lastSeq));
  const { accepted, refused } = view.decisions;
  assert.equal(accepted + refused, journal.counts.risk_verdict);
  assert.equal(view.box.value.edge_name, "edge-under-test");
  assert.ok(view.symbols.size > 0);
  for (const symbol of view.symbols.values()) assert.ok((symbol.ticks.count ?? 0) > 0);
});

test("monitor: a reader at every batch and one that was mostly away: know the same in the end", () => {
  const monitor = monitorOf();
  const [keen, lazy] = [new Reader(monitor), new Reader(monitor)];
  journal.batches.forEach((batch, i) => {
    monitor.onBatch(batch);
    keen.read();
    if (i % 25 === 3) lazy.read();
  });
  lazy.read();
  assert.deepEqual(lazy.parts, keen.parts);
  for (const [id, decision] of lazy.decisions) assert.deepEqual(keen.decisions.get(id), decision);
  assert.ok(lazy.decisions.size > 0);
  assert.ok(keen.largest < 400_000 && lazy.largest < 400_000, "an event is bounded");
});

test("monitor: a reader that has seen everything: is told of nothing but the head", () => {
  const monitor = monitorOf();
  for (const batch of journal.batches) monitor.onBatch(batch);
  const { version, ...rest } = monitor.changesSince(monitor.view.version);
  const told = Object.keys(JSON.parse(JSON.stringify(rest)));
  assert.deepEqual(told.sort(), ["decided", "head"]);
  assert.equal(version, monitor.view.version);
});

const status = (stream_id: string) => ({
  stream_id,
  edge_name: "edge-1",
  trading_state: "active",
  last_seq: 10,
  durable_seq: 10,
  cloud_durable_seq: 0,
  verified_seq: 0,
  account: "1@Demo",
  clocks: { terminal_skew_ms: null, broker_drift_s: null },
  symbols: [{ index: 3, name: "USDJPY", digits: 3 }],
  journal_failed: false as const,
  replication: { configured: true, connected: true, error: null },
  model_refused: null,
});

test("monitor: another stream behind the same address: is noticed, and every reader begins anew", () => {
  const monitor = monitorOf();
  for (const batch of journal.batches) monitor.onBatch(batch);
  assert.equal(monitor.onStatus(status(journal.stream)), true);
  assert.equal(monitor.view.symbolNamed("USDJPY")?.digits, 3, "named by the connector where the journal does not");
  const { version } = monitor.changesSince(0);
  assert.equal(monitor.onStatus(status("00".repeat(16))), false);
  monitor.reset();
  const anew = monitor.changesSince(version);
  assert.equal(anew.reset, true);
  assert.equal(anew.head.seq, 0);
  assert.equal(anew.decisions, undefined);
});

test("connector watch: a cloud that stands still: is as far behind as the head it has not verified is old", () => {
  let now = 0;
  const monitor = new Monitor({ pairs: ["X"], thresholds: Thresholds.parse({}), now: () => now, utc: () => now });
  for (let s = 0; s < 10_000; s++) {
    now = s * 1000;
    monitor.watch.onStatus({ ...status("11".repeat(16)), last_seq: s * 10, verified_seq: Math.min(s * 10, 500) }, now);
  }
  const { cloud } = monitor.watch.view(now);
  assert.deepEqual([cloud?.lag_records, cloud?.lag_s], [99_990 - 500, 9_999 - 51]);
  monitor.watch.onStatus({ ...status("11".repeat(16)), last_seq: 99_990, verified_seq: 99_990 }, now);
  assert.deepEqual([monitor.watch.view(now).cloud?.lag_records, monitor.watch.view(now).cloud?.lag_s], [0, 0]);
});

test("prediction: every declared field: is a share, a fact or its place; none is lost, whatever fields there are", () => {
  const kind = KINDS.find(({ name }) => name === "prediction");
  const bytes = encodeRecord(
    kinds.Prediction,
    { time_ns: 1n, source: SOURCE.core, symbol: 1 },
    kinds.Prediction.read(new DataView(new ArrayBuffer(4096)), 0),
  );
  const view = viewPrediction(
    { seq: 9, symbol: 1, shadow: false },
    kinds.Prediction.read(new DataView(bytes.buffer), 0),
  );
  const shown = [...Object.keys(view.shares), ...Object.keys(view.facts)];
  const place = ["cause_seq", "bar_time_ms", "timeframe_s", "warm", "feature_count"];
  assert.deepEqual([...shown, ...place].sort(), (kind?.fields ?? []).map(({ name }) => name).sort());
  assert.ok("probability_up" in view.shares && "regime" in view.facts);
  assert.deepEqual(Object.keys(view.rows), [kind?.group?.name]);
});

test("shadow: its newest predictions stand beside the live ones, and the models that are named", () => {
  const view = new View();
  const model = (fill: number) => ({ sha256: new Uint8Array(32).fill(fill), size_bytes: 9, artefact_version: 3 });
  const off = { sha256: new Uint8Array(32), size_bytes: 0, artefact_version: 0 };
  let seq = 0n;
  const apply = <T>(codec: Parameters<typeof encodeRecord<T>>[0], payload: T): void => {
    const bytes = encodeRecord(codec, { time_ns: 1n, source: SOURCE.core, symbol: 1 }, payload);
    new DataView(bytes.buffer).setBigUint64(0, ++seq, true);
    view.apply(bytes);
  };
  view.nameSymbol({ index: 1, name: "EURUSD", digits: 5 });
  const named = (): string[] => [view.box.value.model_sha256.slice(0, 2), view.box.value.shadow_sha256.slice(0, 2)];
  apply(kinds.ModelDigest, model(1));
  apply(kinds.ModelShadow, model(2));
  assert.deepEqual(named(), ["01", "02"]);
  apply(kinds.ModelDigest, model(2));
  assert.deepEqual(named(), ["02", "01"]);
  apply(kinds.Prediction, prediction({ probability_up: 0.6 }));
  apply(kinds.ShadowPrediction, prediction({ probability_up: 0.4 }));
  const said = view.symbols.get(1)?.latest.values() ?? [];
  assert.deepEqual(
    said.map(({ shadow, shares }) => [shadow, shares.probability_up]),
    [
      [false, 0.6],
      [true, 0.4],
    ],
  );
  assert.equal(view.symbols.get(1)?.predictions.values().length, 1);
  apply(kinds.ModelShadow, off);
  assert.deepEqual(named(), ["02", ""]);
});

test("prediction: a declaration with model parts: each question has its own scores, and the bit of each", () => {
  const f = (name: string, type: Field["type"], doc = "") => ({ name, type, doc });
  const questions = questionsOf([
    f("direction_trees", "f64"),
    f("direction_net", "f64"),
    f("direction_spread", "f64"),
    f("probability_up", "f64", "up"),
    f("regime_trees", "f64"),
    f("regime_net", "f64"),
    f("probability_volatile", "f64", "volatile"),
    f("atr_points", "f64"),
    f("direction_models", "u8", "bits of the scores: 1 trees, 2 net"),
    f("regime_models", "u8", "likewise"),
  ]);
  assert.deepEqual(
    questions.map(({ probability, models, parts }) => [probability, models, parts.map(({ name, bit }) => [name, bit])]),
    [
      [
        "probability_up",
        "direction_models",
        [
          ["trees", 1],
          ["net", 2],
          ["spread", 0],
        ],
      ],
      [
        "probability_volatile",
        "regime_models",
        [
          ["trees", 1],
          ["net", 2],
        ],
      ],
    ],
  );
});
