// The calendar end to end: a file put into a directory, or the terminal's own, through collector and connector into the
// core, which refuses an order inside the news window and takes one outside it. Real processes.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { makeLog } from "#mesh/service/log.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { CalEvents, CalValues } from "#proto/generated/mtx1.ts";
import { CalendarEvent, NewsWindow, Provenance, RiskVerdict } from "#proto/generated/records.ts";
import { REASONS } from "#proto/reasons.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { CHECK_RESULT } from "#proto/records.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { startConnectorProcess, TinyEa } from "../../metatrader-connector/tiny-ea.fixture.ts";
import { readCollectorConfig } from "../config.ts";
import { startCollector } from "../service.ts";

const START_MS = 1_400_000_040_000;
const OFFSET_S = 7_200;
const NEWS = REASONS.find(({ name }) => name === "news_window")?.code;
const minute = (i: number) => ({ ms: START_MS + i * 60_000, bid: 1.386 + i / 1e5, ask: 1.3861 + i / 1e5 });

interface Seen {
  readonly verdicts: { accepted: boolean; failed: number[] }[];
  readonly windows: NewsWindow[];
  readonly events: CalendarEvent[];
  readonly sources: string[];
}

function readSeen(dataDir: string): Seen {
  const seen: Seen = { verdicts: [], windows: [], events: [], sources: [] };
  for (const records of new JournalReader({ disk: openDisk(join(dataDir, "journal")) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code === NewsWindow.code) seen.windows.push(NewsWindow.read(view, at));
      else if (code === CalendarEvent.code) seen.events.push(CalendarEvent.read(view, at));
      else if (code === Provenance.code) seen.sources.push(Provenance.read(view, at).source);
      else if (code === RiskVerdict.code) {
        const { accepted, checks } = RiskVerdict.read(view, at);
        const failed = checks.filter(({ result }) => result !== CHECK_RESULT.pass).map((check) => check.code);
        seen.verdicts.push({ accepted: accepted === 1, failed });
      }
    });
  }
  return seen;
}

/** Waits until the connector's count of a kind of record is so high. */
async function untilCount(connector: { status(): Promise<Record<string, unknown>> }, kind: string, least: number) {
  for (let i = 0; i < 500; i++) {
    const { counts } = (await connector.status()) as { counts: Record<string, number> };
    if ((counts[kind] ?? 0) >= least) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.fail(`waited in vain for ${kind}`);
}

async function inBox(work: (box: { root: string; dataDir: string; env: Record<string, string> }) => Promise<void>) {
  const root = mkdtempSync(join(tmpdir(), "lockstep-calendar-"));
  writeFileSync(join(root, "model.lsm"), sampleModel());
  writeFileSync(
    join(root, "edge.json"),
    JSON.stringify({ strategy: { enter_edge_ppm: 0, intent_life_ms: 600_000 }, news: { before_s: 120, after_s: 60 } }),
  );
  const env = {
    LOCKSTEP_CLOCK: "terminal",
    LOCKSTEP_MODEL: join(root, "model.lsm"),
    LOCKSTEP_EDGE_CONFIG: join(root, "edge.json"),
  };
  try {
    await work({ root, dataDir: join(root, "edge"), env });
  } finally {
    rmSync(root, { recursive: true });
  }
}

const clock = () => ({ trade: START_MS / 1000, gmt: START_MS / 1000 - OFFSET_S });
const reject = (cmd: Parameters<NonNullable<ConstructorParameters<typeof TinyEa>[0]["onCommand"]>>[0], ea: TinyEa) =>
  ea.result(cmd, { retcode: 10006, final: true });

/** Ticks of one minute after another: the bar of each closes with the first of the next. */
async function play(ea: TinyEa, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) {
    const sent = ea.ticks([minute(i)]);
    await ea.until(() => ea.acked >= sent, `minute ${i}`);
  }
}

test("news window: an event of a calendar file: no order inside its window, orders before and after it", async () => {
  await inBox(async ({ root, dataDir, env }) => {
    const calendarDir = join(root, "calendar");
    mkdirSync(calendarDir);
    const connector = await startConnectorProcess({ dataDir, env });
    const collector = await startCollector({
      log: makeLog({ service: "data-collector", write: () => undefined }),
      config: readCollectorConfig({
        PORT: "0",
        METATRADER_CONNECTOR_URL: `http://127.0.0.1:${connector.port}`,
        CALENDAR_DIR: calendarDir,
        WATCH_MS: "50",
      }),
    });
    try {
      const ea = new TinyEa({ port: connector.port, barsUntilMs: START_MS, clock, onCommand: reject });
      await ea.until(() => ea.live, "live");
      await play(ea, 0, 2);
      // Due in minute 6 of the market, which is UTC: 2 minutes before and 1 after are closed to what is in US dollars.
      const due = new Date(START_MS + 6 * 60_000 - OFFSET_S * 1000).toISOString();
      writeFileSync(
        join(calendarDir, "week.csv"),
        `time,currency,importance,name\n${due},USD,high,Payrolls\n${due},JPY,high,Tankan\n`,
      );
      await untilCount(connector, "news_window", 1);
      await play(ea, 3, 9);
      ea.close();
    } finally {
      await collector.stop();
      assert.equal(await connector.kill("SIGTERM"), 0);
    }
    const { verdicts, windows, events, sources } = readSeen(dataDir);
    assert.deepEqual([windows.length, events.length, sources], [1, 1, ["week.csv"]]);
    assert.deepEqual([events[0]?.name, events[0]?.importance], ["Payrolls", 3]);
    // Minutes 1 to 9 each decide on the bar before; 4, 5 and 6 lie inside.
    assert.deepEqual(
      verdicts.map(({ accepted }) => accepted),
      [true, true, true, false, false, false, true, true, true],
    );
    for (const { failed } of verdicts.filter(({ accepted }) => !accepted)) assert.deepEqual(failed, [NEWS]);
  });
});

test("news window: the terminal's own calendar, asked for once live: the same; over a kill of the connector too", async () => {
  await inBox(async ({ dataDir, env }) => {
    const asked: number[] = [];
    const start = async () => {
      const connector = await startConnectorProcess({ dataDir, env });
      const ea = new TinyEa({
        port: connector.port,
        barsUntilMs: START_MS,
        clock,
        onCommand: reject,
        onCalendar: ({ what }, self) => {
          asked.push(what);
          // Told by the first session only: the second has nothing but what the journal says.
          if (asked.length > 1) return;
          const head = { type: 1, sector: 0, frequency: 0, unit: 0, multiplier: 0, digits: 1, country_id: 840n };
          const kind = {
            ...head,
            time_mode: 0,
            event_id: 1n,
            importance: 3,
            currency: "USD",
            country: "US",
            name: "CPI",
          };
          self.send(CalEvents, { rows: [{ ...kind, event_code: "cpi", url: "" }] });
          const none = -(2n ** 63n);
          const values = { actual: none, previous: none, revised_previous: none, forecast: none, change_id: 0n };
          const time_s = BigInt(START_MS / 1000 + 6 * 60);
          self.send(CalValues, {
            rows: [{ value_id: 77n, event_id: 1n, time_s, period_s: 0n, revision: 0, impact: 0, ...values }],
          });
        },
      });
      await ea.until(() => ea.live, "live");
      return { connector, ea };
    };
    const first = await start();
    try {
      await first.ea.until(() => asked.length === 1, "the question");
      await play(first.ea, 0, 2);
      await untilCount(first.connector, "news_window", 1);
    } finally {
      await first.connector.kill("SIGKILL");
    }
    const second = await start();
    try {
      await second.ea.until(() => asked.length === 2, "the question again");
      await play(second.ea, 3, 8);
      second.ea.close();
    } finally {
      assert.equal(await second.connector.kill("SIGTERM"), 0);
    }
    assert.deepEqual(asked, [6, 6]);
    const { verdicts, windows, sources } = readSeen(dataDir);
    assert.deepEqual([windows[0]?.event_id, sources], [77n, ["terminal"]]);
    assert.deepEqual(
      verdicts.map(({ accepted }) => accepted),
      [true, true, true, false, false, false, true, true],
    );
  });
});
