import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SEVERITIES, type Severity, Thresholds } from "#proto/configuration/services.ts";
import { AlertBook, type AlertView } from "./alert-book.ts";
import { Outbox } from "./outbox.ts";
import { conditionsOf, type Facts } from "./rules.ts";

let made = 0;
const alert = (severity: Severity, text = "something"): AlertView => ({
  id: String(++made),
  key: text,
  severity,
  text,
  at_ms: 0,
  state: "event",
  ended_ms: null,
});
const outbox = (messagesAnHour = 20) => new Outbox({ boxName: () => "edge-1", least: "warning", messagesAnHour });

test("outbox: an alert: goes at once; the next ones wait for the gap and go together, worst first", () => {
  const box = outbox();
  box.onNews(alert("info"));
  assert.equal(box.tick(0), undefined);
  box.onNews(alert("warning", "a"));
  assert.match(box.tick(1)?.text ?? "", /^Lockstep edge-1\nWARNING: a/);
  box.onNews(alert("warning", "b"));
  box.onNews(alert("critical", "c"));
  assert.equal(box.tick(2), undefined, "one message at a time");
  box.onSent(3);
  assert.equal(box.tick(9_000), undefined);
  const message = box.tick(11_000);
  assert.deepEqual(
    message?.alerts.map(({ text }) => text),
    ["c", "b"],
  );
  assert.equal(message?.subject, "Lockstep edge-1: c (+1)");
});

test("outbox: a channel that fails: the same alerts again later, pauses doubled, as long as the server asks", () => {
  const box = outbox(3600);
  box.onNews(alert("critical", "a"));
  let now = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 10; i++) {
    const from = now;
    while (box.tick(now) === undefined) now += 1_000;
    pauses.push(now - from);
    box.onFailed(now);
  }
  assert.deepEqual(pauses, [0, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000]);
  box.tick(now + 300_000);
  box.onFailed(now + 300_000, 900_000);
  assert.equal(box.tick(now + 1_100_000), undefined);
  assert.equal(box.tick(now + 1_200_000)?.alerts[0]?.text, "a");
});

test("outbox: any storm: never more messages than allowed, never more held than fits, nothing uncounted", () => {
  const step = fc.record({
    ms: fc.integer({ min: 0, max: 120_000 }),
    news: fc.integer({ min: 0, max: 90 }),
    ok: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const box = outbox(6);
      let now = 0;
      let given = 0;
      let told = 0;
      const sentAt: number[] = [];
      for (const { ms, news, ok } of steps) {
        now += ms;
        for (let i = 0; i < news; i++) box.onNews(alert(SEVERITIES[1 + (i % 2)] ?? "critical"));
        given += news;
        const message = box.tick(now);
        if (!message) continue;
        sentAt.push(now);
        assert.ok(message.alerts.length <= 20);
        if (ok) {
          told += message.alerts.length + message.more;
          box.onSent(now);
        } else box.onFailed(now);
      }
      for (let end = 0; end < 20; end++) {
        now += 3_600_000;
        const message = box.tick(now);
        if (!message) continue;
        told += message.alerts.length + message.more;
        box.onSent(now);
      }
      assert.equal(told, given);
      for (const at of sentAt) assert.ok(sentAt.filter((t) => t > at - 3_600_000 && t <= at).length <= 12);
    }),
  );
});

test("alert book: a condition: begins once, flickers as one, ends, and is no news again for five minutes", () => {
  const book = new AlertBook();
  const news: string[] = [];
  book.onNews = ({ text }) => news.push(text);
  const at = (now: number, on: boolean, text = "lag") =>
    book.onConditions(on ? [{ key: "lag", severity: "warning", text }] : [], { now, utc: now, version: now + 1 });
  at(0, true);
  at(1_000, false);
  at(2_000, true, "lag 2");
  assert.deepEqual([news, book.active.length, book.active[0]?.text], [["lag"], 1, "lag 2"]);
  at(3_000, false);
  at(7_000, false);
  assert.equal(book.active.length, 0);
  assert.equal(book.recent.values().at(-1)?.state, "over");
  at(8_000, true);
  assert.deepEqual(news, ["lag"]);
  at(9_000, false);
  at(20_000, false);
  at(400_000, true);
  assert.deepEqual(news, ["lag", "lag"]);
});

test("alert book: a condition that gets worse: is news at once; old journal records are shown and are none", () => {
  const book = new AlertBook();
  const news: string[] = [];
  book.onNews = ({ severity, text }) => news.push(`${severity} ${text}`);
  const o = { now: 0, utc: 0, version: 1 };
  book.onConditions([{ key: "lease", severity: "warning", text: "soon" }], o);
  book.onConditions([{ key: "lease", severity: "critical", text: "ended" }], { ...o, now: 1 });
  assert.deepEqual(news, ["warning soon", "critical ended"]);
  book.onEvent({ key: "x", severity: "critical", text: "old" }, { at_ms: 5, now: 2, version: 2, news: false });
  assert.equal(news.length, 2);
  assert.equal(book.recent.size, 3);
});

const CALM: Facts = {
  pairs: [{ name: "EURUSD", quiet_s: 1, spread_points: 12 }],
  line_live: true,
  clocks: { terminal_s: 1, broker_s: undefined },
  trading_state: "active",
  connector: { away_s: 0, failed: undefined },
  cloud: { lag_records: 3, lag_s: 0, error: undefined },
  lease_left_s: undefined,
  unknown_orders: 0,
  refusals_a_minute: 2,
  account: { equity: 10_000, margin: 100 },
  model_refused: undefined,
  journal_problem: undefined,
};

test("rules: each threshold: silent on it, speaks beyond it, null switches it off", () => {
  const t = Thresholds.parse({ spread_points: { EURUSD: 20 }, equity_min: 9_000, replication_lag_records: 100 });
  assert.deepEqual(conditionsOf(CALM, t), []);
  const pair = (part: Partial<Facts["pairs"][number]>) => ({
    pairs: [{ name: "EURUSD", quiet_s: 1, spread_points: 12, ...part }],
  });
  const cases: readonly (readonly [string, Partial<Facts>, Partial<Facts>, object])[] = [
    ["quote_age/EURUSD", pair({ quiet_s: 120 }), pair({ quiet_s: 121 }), { quote_age_s: null }],
    ["spread/EURUSD", pair({ spread_points: 20 }), pair({ spread_points: 21 }), { spread_points: {} }],
    [
      "clock/terminal",
      { clocks: { terminal_s: 5, broker_s: 5 } },
      { clocks: { terminal_s: 5.1, broker_s: 0 } },
      { clock_skew_s: null },
    ],
    ["clock/broker", {}, { clocks: { terminal_s: undefined, broker_s: 9 } }, { clock_skew_s: null }],
    [
      "replication_lag",
      { cloud: { lag_records: 1, lag_s: 60, error: undefined } },
      { cloud: { lag_records: 1, lag_s: 61, error: "x" } },
      { replication_lag_s: null },
    ],
    [
      "replication_lag_records",
      { cloud: { lag_records: 100, lag_s: 0, error: undefined } },
      { cloud: { lag_records: 101, lag_s: 0, error: undefined } },
      { replication_lag_records: null },
    ],
    [
      "connector_away",
      { connector: { away_s: 5, failed: undefined } },
      { connector: { away_s: 6, failed: undefined } },
      { connector_away_s: null },
    ],
    ["lease", { lease_left_s: 600 }, { lease_left_s: 599 }, { lease_left_s: null }],
    ["unknown_orders", {}, { unknown_orders: 1 }, { unknown_orders: null }],
    ["refusals", { refusals_a_minute: 30 }, { refusals_a_minute: 31 }, { refusals_a_minute: null }],
    [
      "equity",
      { account: { equity: 9_000, margin: 0 } },
      { account: { equity: 8_999, margin: 0 } },
      { equity_min: null },
    ],
    [
      "margin_level",
      { account: { equity: 9_000, margin: 6_000 } },
      { account: { equity: 9_000, margin: 6_001 } },
      { margin_level_percent: null },
    ],
  ];
  const keys = (facts: Partial<Facts>, thresholds = t) =>
    conditionsOf({ ...CALM, ...facts }, thresholds).map(({ key }) => key);
  for (const [key, within, beyond, off] of cases) {
    assert.deepEqual(keys(within), [], key);
    assert.deepEqual(keys(beyond), [key]);
    assert.deepEqual(keys(beyond, { ...t, ...off }), [], key);
  }
  assert.deepEqual(keys({ trading_state: "halted", line_live: false }), ["trading_state", "line"]);
  assert.deepEqual(keys({ model_refused: "damaged" }), ["model_refused"]);
  assert.deepEqual(keys({ connector: { away_s: 0, failed: "disk" }, journal_problem: "damage" }), [
    "journal",
    "connector_failed",
  ]);
});
