// A difference as text for people.
import type { Difference, Figures } from "./whatif.ts";
import type { JournalDifference } from "./whatif-journal.ts";

const money = (micros: string): string =>
  (Number(micros) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const ROWS: readonly (readonly [string, (f: Figures) => string])[] = [
  ["predictions", (f) => String(f.predictions)],
  ["order intents", (f) => String(f.order_intents)],
  ["  accepted", (f) => String(f.accepted)],
  ["  refused", (f) => String(f.refused)],
  ["trades closed", (f) => String(f.trades)],
  ["  with a profit", (f) => String(f.winning_trades)],
  ["profit before costs", (f) => money(f.profit_micros)],
  ["commission", (f) => money(f.commission_micros)],
  ["swap", (f) => money(f.swap_micros)],
  ["net profit", (f) => money(f.net_micros)],
  ["largest drawdown", (f) => money(f.drawdown_micros)],
];

/** Columns of figures with a row for each check that refused in one of them. */
function table(columns: readonly (readonly [string, Figures])[]): string[] {
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(28)}${cells.map((cell) => cell.padStart(16)).join("")}`;
  const checks = [...new Set(columns.flatMap(([, f]) => Object.keys(f.refused_by)))].sort();
  return [
    line(
      "",
      columns.map(([name]) => name),
    ),
    ...ROWS.map(([name, of]) =>
      line(
        name,
        columns.map(([, f]) => of(f)),
      ),
    ),
    ...checks.map((name) =>
      line(
        `  by ${name}`,
        columns.map(([, f]) => String(f.refused_by[name] ?? 0)),
      ),
    ),
  ];
}

/** `recorded` stands beside them when a journal has it. */
export function differenceText(d: Difference & { readonly recorded?: Figures }): string {
  const recorded = d.recorded ? [["recorded", d.recorded] as const] : [];
  return [
    ...table([...recorded, ["base", d.base], ["changed", d.changed]]),
    "",
    `Base to changed: ${d.same_decisions} decisions are the same; ${d.now_refused} are refused now, ${d.now_accepted} accepted now;`,
    `${d.only_base} orders are not wanted any more, ${d.only_changed} are new; net profit changes by ${money(d.net_change_micros)}.`,
    d.first ? `First difference: ${d.first.time}, ${d.first.what}` : "Nothing is different.",
  ].join("\n");
}

/** Nothing when no journal was there. */
export function recordedText({ reproduced, base_as_recorded, recorded }: Partial<JournalDifference>): string[] {
  if (!reproduced || !recorded) return [];
  return [
    `The recorded decisions were reproduced: ${reproduced.decisions}, to the digest that the live run sealed at seq ${reproduced.last_seq}:`,
    reproduced.outputs_digest,
    `Executed on paper, the base run took ${base_as_recorded} of the ${recorded.order_intents} recorded decisions in the same way, at the same time.`,
    "",
  ];
}
