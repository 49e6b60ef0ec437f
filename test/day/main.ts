// npm run day: a day of real ticks with everything that can happen to a box, on real processes. Exit 1 when anything is amiss.
import { globSync } from "node:fs";
import { parseArgs } from "node:util";
import { day, movedTo } from "./day.ts";

const HELP = `npm run day -- [--data DIR] [--date 20140501] [--symbols EURUSD,XAUUSD] [--speed 240] [--seed 1]
  --data       directory with MT5 tick exports SYMBOL_DATE.csv.gz (../shared/data/ticks)
  --date       of the files; the day is moved by whole days to 9 March 2014, when New York's clocks and the broker's change
  --symbols    whose files
  --speed      market time against real time: 240 makes six minutes of a day, and two of eight hours
  --seed       of what happens when
  --disconnects 20 --terminal-restarts 10 --edge-kills 5 --down-hours 8
LOCKSTEP_CHAOS_KEEP=1 keeps the run's directory.`;

const text = (standard: string) => ({ type: "string", default: standard }) as const;
const { values } = parseArgs({
  options: {
    data: text("../shared/data/ticks"),
    date: text("20140501"),
    symbols: text("EURUSD,XAUUSD"),
    speed: text("240"),
    seed: text("1"),
    disconnects: text("20"),
    "terminal-restarts": text("10"),
    "edge-kills": text("5"),
    "down-hours": text("8"),
    help: { type: "boolean", default: false },
  },
});
const [speed, seed, disconnects, terminal_restarts, edge_kills, downHours] = [
  values.speed,
  values.seed,
  values.disconnects,
  values["terminal-restarts"],
  values["edge-kills"],
  values["down-hours"],
].map(Number) as [number, number, number, number, number, number];

const ticks = values.symbols.split(",").flatMap((symbol) => globSync(`${values.data}/${symbol}_${values.date}.csv*`));
if (values.help) console.log(HELP);
else if (
  ticks.length === 0 ||
  !(speed > 0) ||
  ![seed, disconnects, terminal_restarts, edge_kills].every(Number.isSafeInteger)
) {
  console.error(
    ticks.length === 0 ? `no file of ${values.symbols} and ${values.date} in ${values.data}\n${HELP}` : HELP,
  );
  process.exitCode = 2;
} else {
  const date = values.date.replace(/(\d{4})(\d\d)(\d\d)/, "$1-$2-$3");
  const counts = { disconnects, terminal_restarts, edge_kills };
  const say = (line: string): void => console.error(line);
  const report = await day({ ticks, moveDays: movedTo(date, "2014-03-09"), speed, seed, downHours, ...counts, say });
  console.log(JSON.stringify(report, undefined, 2));
  if (report.problems.length > 0) process.exitCode = 1;
  process.exit();
}
