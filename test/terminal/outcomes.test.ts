// What becomes of an order when the broker does not simply fill it: one run of the simulated terminal for each answer, all
// against one real connector on one journal. Outcomes as mt5's return codes class them: surely not executed is a refusal,
// whatever is ambiguous is unknown until it is looked up, a part is what came of the order.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openDisk } from "#mesh/world/disk.ts";
import { OrderIntent, OrderUpdate } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { ORDER_STATE } from "#proto/records.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { type ConnectorProcess, startConnectorProcess } from "../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { readEdgeJournal } from "./edge-journal.ts";
import { parseOptions } from "./options.ts";
import { run, type Summary } from "./run-io.ts";

const TICKS = 2_500;
const POSITION_CLOSED = 10036;
const SETTINGS = {
  limits: {
    spread_max_points: 100_000,
    quote_age_max_ms: 3_600_000,
    ...{ order_volume_max_lots: 1, position_volume_max_lots: 20, daily_loss_max: 1e6, daily_realised_loss_max: 1e6 },
    ...{ order_notional_max: 1e9, gross_exposure_max: 1e9, net_exposure_max: 1e9, currency_exposure_max: 1e9 },
    ...{ correlated_exposure_max: 1e9, leverage_max: 1000, drawdown_max: 1e6, loss_streak_max: 100_000 },
    ...{ collar_points: 1e6, collar_period_points: 1e6, cooldown_ms: 0 },
  },
  strategy: {
    volume_lots: 0.5,
    enter_edge_ppm: 0,
    exit_edge_ppm: 1_000,
    hold_max_ms: 300_000,
    intent_life_ms: 120_000,
  },
};

const root = mkdtempSync(join(tmpdir(), "lockstep-outcomes-"));
let connector: ConnectorProcess;
let runs = 0;
let told = 0;

before(async () => {
  writeFileSync(join(root, "edge.json"), JSON.stringify(SETTINGS));
  connector = await startConnectorProcess({
    dataDir: join(root, "edge"),
    env: {
      LOCKSTEP_ACCOUNTS: "12345678@Demo-Server",
      LOCKSTEP_CLOCK: "terminal",
      LOCKSTEP_EDGE_CONFIG: join(root, "edge.json"),
    },
  });
});
after(async () => {
  await connector?.kill("SIGTERM");
  rmSync(root, { recursive: true });
});

interface Outcome {
  readonly states: number[];
  readonly codes: number[];
  readonly final: boolean;
  readonly filled: bigint;
  readonly volume: bigint;
}

interface Played {
  readonly summary: Summary;
  /** Of this run's orders that were told of. */
  readonly outcomes: Outcome[];
}

/** A day later each time, on the broker's and the connector's books of the runs before. */
async function play(faults: string): Promise<Played> {
  const config = parseOptions([
    ...["--connect", `127.0.0.1:${connector.port}`, "--secret", "test-secret-0001", "--symbols", "EURUSD"],
    ...["--speed", "max", "--max-ticks", String(TICKS), "--seed", String(++runs), "--faults", faults, "--exit"],
    ...["--start", new Date(Date.UTC(2025, 2, 3 + runs)).toISOString(), "--weekends", "off"],
    ...["--journal", join(root, "terminal.jsonl"), "--ledger", join(root, "ledger.jsonl")],
  ]);
  assert.ok(config);
  const summary = await run({ config, onProgress: () => {} });
  const status = (await connector.status()) as { open_orders: number; journal_failed: unknown };
  assert.deepEqual([status.open_orders, status.journal_failed], [0, false]);
  const outcomes = readOutcomes();
  const mine = outcomes.slice(told);
  told = outcomes.length;
  const journal = readEdgeJournal(join(root, "edge", "journal"));
  assert.deepEqual(journal.positions, summary.positions);
  assert.ok(summary.order_sends <= 1);
  assert.ok(mine.length > 0 && mine.every(({ final }) => final), `${mine.length} orders`);
  // A stop was faster than the order that would have closed its position: refused, whatever this run is about.
  return { summary, outcomes: mine.filter(({ codes }) => codes.at(-1) !== POSITION_CLOSED) };
}

function readOutcomes(): Outcome[] {
  const volumes = new Map<string, bigint>();
  const outcomes = new Map<string, Outcome & { final: boolean; filled: bigint }>();
  for (const records of new JournalReader({ disk: openDisk(join(root, "edge", "journal")) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code === OrderIntent.code) {
        const { intent_id, volume_microlots } = OrderIntent.read(view, at);
        volumes.set(Buffer.from(intent_id).toString("hex"), volume_microlots);
      }
      if (code !== OrderUpdate.code) return;
      const update = OrderUpdate.read(view, at);
      const id = Buffer.from(update.intent_id).toString("hex");
      const known = outcomes.get(id) ?? {
        states: [],
        codes: [],
        final: false,
        filled: 0n,
        volume: volumes.get(id) ?? 0n,
      };
      outcomes.set(id, known);
      assert.ok(!known.final, "nothing comes after the end of an order");
      known.states.push(update.state);
      known.codes.push(update.retcode);
      known.final = update.final === 1;
      known.filled = update.volume_filled_microlots;
    });
  }
  return [...outcomes.values()];
}

for (const [what, fault, code] of [
  ["requote", "requote", 10004],
  ["rejected", "reject", 10006],
  ["stop level moved on the way", "stops", 10016],
  ["market closed", "closed", 10018],
] as const)
  test(`outcome: ${what}: final refusal with the server's code, nothing filled, the next order is tried`, async () => {
    const { summary, outcomes } = await play(`none,${fault}=1`);
    for (const { states, codes, filled } of outcomes) {
      assert.equal(states.at(-1), ORDER_STATE.rejected);
      assert.deepEqual([codes.at(-1), filled], [code, 0n]);
      assert.ok(!states.includes(ORDER_STATE.unknown));
    }
    assert.ok(outcomes.length > 1);
    assert.deepEqual(summary.positions, {});
  });

test("outcome: partial fill: final with the part that came, which is what the position is", async () => {
  const { outcomes } = await play("none,partial=1");
  for (const { states, filled, volume } of outcomes) {
    assert.equal(states.at(-1), ORDER_STATE.done);
    assert.ok(filled > 0n && filled <= volume);
  }
  assert.ok(outcomes.some(({ filled, volume }) => filled < volume));
});

test("outcome: timeout, executed or not: unknown first, then what the broker's lists show, never a guess", async () => {
  const { outcomes } = await play("none,timeout=1");
  const ends = new Set(outcomes.map(({ states }) => states.at(-1)));
  for (const { states, filled } of outcomes) {
    // One whose deal was there before the answer is known at once.
    assert.ok(states.includes(ORDER_STATE.unknown) || filled > 0n, `states ${states}`);
    assert.ok(
      filled > 0n ? states.at(-1) === ORDER_STATE.done : states.at(-1) === ORDER_STATE.not_found,
      `states ${states}`,
    );
  }
  assert.ok(ends.has(ORDER_STATE.done));
});

test("outcome: executed, and the answer never comes: found by its deal, done, not sent again", async () => {
  const { outcomes } = await play("none,lost=1");
  for (const { states, filled, volume } of outcomes)
    assert.deepEqual([states.at(-1), filled], [ORDER_STATE.done, volume]);
});
