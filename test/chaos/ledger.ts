// The books after a run, from what each part left: the market made again from its seed, the edge's journal, the
// terminal's and its broker's own files, the cloud's figures. Everything is counted; each difference is a problem.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openDisk } from "#mesh/world/disk.ts";
import { Alert, Fill, Link, OrderIntent, Position, RiskVerdict, SymbolSpec, Tick } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { ALERT, KINDS, LINK } from "#proto/records.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import type { Figures } from "../../start/figures.ts";
import { Playback } from "../terminal/playback.ts";
import { FIXED_START_MS } from "../terminal/run-io.ts";
import { generatedSources } from "../terminal/sources-io.ts";
import type { MarketTick } from "../terminal/tick.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const MICRO = 1_000_000;
const WINDOW_TICKS = 2_000;

export interface Books {
  readonly records: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** By symbol, one line a tick, as the market makes them. */
  readonly ticks: ReadonlyMap<string, string[]>;
  /** Intents whose verdict accepted them. */
  readonly accepted: ReadonlySet<string>;
  readonly deals: readonly number[];
  /** Net lots by symbol. */
  readonly positions: Readonly<Record<string, number>>;
  readonly alerts: Readonly<Record<string, number>>;
  /** The broker's offsets from UTC, seconds, each time that another was in force while live. */
  readonly offsets: readonly number[];
}

const tickLine = (time: number | bigint, bid: number | bigint, ask: number | bigint): string => `${time} ${bid} ${ask}`;

/** Everything that the journal says. */
export function readBooks(edgeDir: string): Books {
  const kinds = new Map(KINDS.map(({ name, number }) => [number, name]));
  const alertNames = new Map(Object.entries(ALERT).map(([name, code]) => [code as number, name]));
  const byKind: Record<string, number> = {};
  const alerts: Record<string, number> = {};
  const names = new Map<number, string>();
  const ticks = new Map<number, string[]>();
  const accepted = new Set<string>();
  const deals: number[] = [];
  const offsets: number[] = [];
  const open = new Map<bigint, { symbol: number; lots: number }>();
  let records = 0;
  let intent = "";
  const reader = new JournalReader({ disk: openDisk(join(edgeDir, "journal")) });
  try {
    for (const bytes of reader.records(1n)) {
      const view = viewOf(bytes);
      walkRecords(bytes, (at, _length, code) => {
        records++;
        const kind = kinds.get(code & 0xfff) ?? `kind ${code & 0xfff}`;
        byKind[kind] = (byKind[kind] ?? 0) + 1;
        const symbol = view.getUint16(at + 18, true);
        if (code === Tick.code) {
          const { broker_time_ms, bid_points, ask_points } = Tick.read(view, at);
          const list = ticks.get(symbol) ?? [];
          ticks.set(symbol, list);
          list.push(tickLine(broker_time_ms, bid_points, ask_points));
        } else if (code === SymbolSpec.code) names.set(symbol, SymbolSpec.read(view, at).name);
        else if (code === OrderIntent.code) intent = hex(OrderIntent.read(view, at).intent_id);
        else if (code === RiskVerdict.code && RiskVerdict.read(view, at).accepted === 1) accepted.add(intent);
        else if (code === Link.code) {
          const { state, server_offset_s } = Link.read(view, at);
          if (state === LINK.live && offsets.at(-1) !== server_offset_s) offsets.push(server_offset_s);
        } else if (code === Fill.code) deals.push(Number(Fill.read(view, at).deal_ticket));
        else if (code === Position.code) {
          const { ticket, side, volume_microlots } = Position.read(view, at);
          if (volume_microlots === 0n) open.delete(ticket);
          else open.set(ticket, { symbol, lots: ((side === 0 ? 1 : -1) * Number(volume_microlots)) / MICRO });
        } else if (code === Alert.code) {
          const name = alertNames.get(Alert.read(view, at).code) ?? "?";
          alerts[name] = (alerts[name] ?? 0) + 1;
        }
      });
    }
  } finally {
    reader.close();
  }
  const positions: Record<string, number> = {};
  for (const { symbol, lots } of open.values()) {
    const name = names.get(symbol) ?? "?";
    positions[name] = (positions[name] ?? 0) + lots;
  }
  const named = new Map([...ticks].map(([symbol, list]) => [names.get(symbol) ?? "?", list]));
  return { records, byKind, ticks: named, accepted, deals, positions, alerts, offsets };
}

export interface Ledger {
  readonly dir: string;
  readonly seed: number;
  readonly symbols: readonly string[];
  readonly figures: Figures;
  /** The terminal's last message. */
  readonly terminal: Record<string, unknown>;
}

/** What is wrong; empty = nothing was lost, doubled or changed. */
export async function problemsOf(
  ledger: Ledger,
  books: Books,
  market: AsyncIterable<readonly MarketTick[]> = marketOf(ledger),
): Promise<string[]> {
  return [
    ...(await tickProblems(ledger, books, market)),
    ...orderProblems(ledger, books),
    ...cloudProblems(ledger, books),
    ...positionProblems(ledger, books),
  ];
}

/** The same market once more. */
export async function* marketOf({
  seed,
  symbols,
}: Pick<Ledger, "seed" | "symbols">): AsyncGenerator<readonly MarketTick[]> {
  const { streams } = generatedSources({ symbols, seed, startMs: FIXED_START_MS, weekends: true });
  const market = new Playback(streams);
  try {
    for (;;) yield (await market.next({ maxTicks: WINDOW_TICKS })) ?? [];
  } finally {
    await market.close();
  }
}

/** Every tick that the market made and the terminal was acknowledged for is in the journal, once, in order, unchanged. */
async function tickProblems(
  { terminal }: Ledger,
  { ticks }: Books,
  market: AsyncIterable<readonly MarketTick[]>,
): Promise<string[]> {
  const problems: string[] = [];
  const journaled = [...ticks.values()].reduce((sum, list) => sum + list.length, 0);
  const acked = Number(terminal.ticks_acked ?? 0);
  if (journaled < acked) problems.push(`${acked} ticks were acknowledged, ${journaled} are in the journal`);
  if (Number(terminal.lost_by_connector ?? 0) !== 0)
    problems.push(`the connector asked again for ${terminal.lost_by_connector} ticks that it had acknowledged`);
  const offered = Number(terminal.ticks ?? Number.POSITIVE_INFINITY);
  if (journaled > offered) problems.push(`${offered} ticks were sent, ${journaled} are in the journal`);
  const at = new Map<string, number>();
  let left = journaled;
  for await (const window of market) {
    for (const { symbol, time_ms, bid, ask } of window) {
      const index = at.get(symbol) ?? 0;
      const line = ticks.get(symbol)?.[index];
      if (line === undefined) continue;
      const made = tickLine(time_ms, bid, ask);
      if (line !== made) return [...problems, `${symbol}: tick ${index + 1} was ${made}, the journal says ${line}`];
      at.set(symbol, index + 1);
      left--;
    }
    if (left === 0) break;
  }
  return problems;
}

interface OrderSend {
  readonly cmd_id: string;
}

/** Each OrderSend has an intent that the risk checks accepted, and each intent at most one. */
function orderProblems({ dir }: Ledger, books: Books): string[] {
  const problems: string[] = [];
  const sends = new Map<string, number>();
  for (const line of linesOf(join(dir, "terminal.ledger"))) {
    const { order_send } = line as { order_send?: OrderSend };
    if (order_send) sends.set(order_send.cmd_id, (sends.get(order_send.cmd_id) ?? 0) + 1);
  }
  for (const [id, count] of sends) {
    if (count > 1) problems.push(`intent ${id} was sent to the broker ${count} times`);
    if (!books.accepted.has(id)) problems.push(`OrderSend ${id} has no accepted intent in the journal`);
  }
  const broker = linesOf(join(dir, "terminal.journal")).flatMap((line) => {
    const { deal } = line as { deal?: { deal: number } };
    return deal ? [deal.deal] : [];
  });
  const told = new Set(broker);
  const booked = new Set(books.deals);
  if (booked.size !== books.deals.length)
    problems.push(`${books.deals.length - booked.size} fills are in the journal twice`);
  for (const deal of booked) if (!told.has(deal)) problems.push(`fill of deal ${deal} is not the broker's`);
  for (const deal of told) if (!booked.has(deal)) problems.push(`the broker's deal ${deal} is not in the journal`);
  return problems;
}

const linesOf = (file: string): unknown[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown)
    : [];

/** The cloud has verified and projected what the journal holds, kind by kind, and decided the same. */
function cloudProblems({ figures }: Ledger, books: Books): string[] {
  const { edge, engine, database } = figures;
  const problems: string[] = [];
  const hold = (condition: boolean, problem: string): void => void (condition || problems.push(problem));
  hold(edge?.last_seq === books.records, `the edge says ${edge?.last_seq} records, the journal has ${books.records}`);
  hold(engine?.verified_seq === books.records, `${engine?.verified_seq} of ${books.records} records are verified`);
  hold(database?.projected_seq === books.records, `${database?.projected_seq} of ${books.records} are projected`);
  hold(engine?.divergences === 0, `${engine?.divergences} divergences: ${engine?.reason}`);
  hold(
    edge?.outputs_digest !== "" && edge?.outputs_digest === engine?.outputs_digest,
    "the digests of edge and cloud differ",
  );
  const projected = database?.counts ?? {};
  for (const kind of new Set([...Object.keys(books.byKind), ...Object.keys(projected)]))
    hold(
      (projected[kind] ?? 0) === (books.byKind[kind] ?? 0),
      `${kind}: ${books.byKind[kind] ?? 0} in the journal, ${projected[kind] ?? 0} projected`,
    );
  return problems;
}

function positionProblems({ terminal }: Ledger, books: Books): string[] {
  const theirs = (terminal.positions ?? {}) as Record<string, number>;
  const names = new Set([...Object.keys(theirs), ...Object.keys(books.positions)]);
  return [...names].flatMap((name) => {
    const [ours, broker] = [books.positions[name] ?? 0, theirs[name] ?? 0];
    return Math.abs(ours - broker) < 1e-9 ? [] : [`${name}: the journal has ${ours} lots, the terminal ${broker}`];
  });
}
