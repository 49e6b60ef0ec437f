// The books must notice: one tick, order, deal, record or lot that is wrong is a problem, and a right set is none.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Figures } from "../../start/figures.ts";
import type { MarketTick } from "../terminal/tick.ts";
import { type Books, type Ledger, marketOf, problemsOf } from "./ledger.ts";

const SYMBOLS = ["EURUSD", "XAUUSD"];
const SEED = 5;
const TICKS = 500;
const ID = "ab".repeat(16);

const made: MarketTick[] = [];
for await (const window of marketOf({ seed: SEED, symbols: SYMBOLS })) {
  made.push(...window.slice(0, TICKS));
  break;
}
async function* again(): AsyncGenerator<readonly MarketTick[]> {
  yield made;
}
const linesOf = (name: string): string[] =>
  made.filter(({ symbol }) => symbol === name).map(({ time_ms, bid, ask }) => `${time_ms} ${bid} ${ask}`);

interface Right {
  readonly ledger: Ledger;
  readonly books: Books;
}

function right(dir: string): Right {
  writeFileSync(join(dir, "terminal.ledger"), `${JSON.stringify({ order_send: { cmd_id: ID, count: 1 } })}\n`);
  writeFileSync(join(dir, "terminal.journal"), `${JSON.stringify({ deal: { deal: 7 } })}\n`);
  const byKind = { tick: TICKS, order_intent: 1, fill: 1 };
  const figures = {
    edge: { last_seq: 502, outputs_digest: "aa" },
    engine: { verified_seq: 502, divergences: 0, outputs_digest: "aa", reason: "" },
    database: { projected_seq: 502, counts: byKind },
  } as unknown as Figures;
  const terminal = { ticks: TICKS, ticks_acked: TICKS, lost_by_connector: 0, positions: { EURUSD: 0.1 } };
  const ledger = { dir, seed: SEED, symbols: SYMBOLS, figures, terminal };
  const books = {
    ...{
      records: 502,
      byKind,
      ticks: new Map(SYMBOLS.map((name) => [name, linesOf(name)])),
      accepted: new Set([ID]),
      deals: [7],
    },
    ...{ positions: { EURUSD: 0.1 }, alerts: {}, offsets: [] },
  };
  return { ledger, books };
}

const WRONG: readonly (readonly [what: string, change: (r: Right) => Right, finds: RegExp])[] = [
  ["a tick is missing", changeTicks((list) => list.splice(3, 1)), /500 ticks were acknowledged, 499 are|tick 4 was/],
  ["a tick is there twice", changeTicks((list) => list.splice(3, 0, list[3] as string)), /tick 5 was/],
  [
    "two ticks changed places",
    changeTicks((list) => list.splice(3, 2, list[4] as string, list[3] as string)),
    /tick 4 was/,
  ],
  ["an acknowledged tick is asked for again", terminal({ lost_by_connector: 2 }), /asked again for 2/],
  ["an intent was never accepted", books({ accepted: new Set() }), /no accepted intent/],
  ["a fill is booked twice", books({ deals: [7, 7] }), /in the journal twice/],
  ["a fill is nobody's", books({ deals: [7, 8] }), /deal 8 is not the broker's/],
  ["a deal is not booked", books({ deals: [] }), /deal 7 is not in the journal/],
  ["lots differ", terminal({ positions: { EURUSD: 0.2 } }), /EURUSD: the journal has 0.1 lots, the terminal 0.2/],
  ["a position is not the terminal's", terminal({ positions: {} }), /EURUSD/],
  ["a record is not verified", figure("engine", { verified_seq: 501 }), /501 of 502 records are verified/],
  [
    "a record is not projected",
    figure("database", { counts: { tick: TICKS, order_intent: 1 } }),
    /fill: 1 in the journal, 0/,
  ],
  [
    "a record is projected twice",
    figure("database", { counts: { tick: TICKS + 1, order_intent: 1, fill: 1 } }),
    /tick: 500/,
  ],
  ["digests differ", figure("engine", { outputs_digest: "bb" }), /digests/],
  ["a divergence", figure("engine", { divergences: 1 }), /1 divergences/],
];

function changeTicks(change: (list: string[]) => void) {
  return (r: Right): Right => {
    change(r.books.ticks.get("EURUSD") as string[]);
    return r;
  };
}
function terminal(change: object) {
  return ({ ledger, books }: Right): Right => ({
    ledger: { ...ledger, terminal: { ...ledger.terminal, ...change } },
    books,
  });
}
function books(change: Partial<Books>) {
  return (r: Right): Right => ({ ...r, books: { ...r.books, ...change } });
}
function figure(part: "engine" | "database", change: object) {
  return ({ ledger, books }: Right): Right => {
    const figures = { ...ledger.figures, [part]: { ...ledger.figures[part], ...change } } as Figures;
    return { ledger: { ...ledger, figures }, books };
  };
}

test("ledger: everything agrees: no problem; each wrong thing: named", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-ledger-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const good = right(dir);
  assert.deepEqual(await problemsOf(good.ledger, good.books, again()), []);
  for (const [what, change, finds] of WRONG) {
    const { ledger, books } = change(right(dir));
    assert.match((await problemsOf(ledger, books, again())).join("\n"), finds, what);
  }
  const { ledger, books } = right(dir);
  const twice = `${JSON.stringify({ order_send: { cmd_id: ID, count: 1 } })}\n`;
  writeFileSync(join(dir, "terminal.ledger"), twice + twice);
  assert.match((await problemsOf(ledger, books, again())).join("\n"), /was sent to the broker 2 times/);
});
