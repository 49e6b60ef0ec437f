// npm run chaos: rounds of faults over the running system, the books after each run. Exit 1 when anything is amiss.
import { parseArgs } from "node:util";
import { type ChaosReport, chaos } from "./chaos.ts";
import { FAULTS } from "./nemesis.ts";

const HELP = `npm run chaos -- [--rounds 50] [--seed 1] [--speed 240] [--run 25] [--only FAULT]... [--no-disk]
  --rounds   faults in all; every --run of them the system ends, the books are checked, and a fresh one begins with the next seed
  --seed     of the first run's market, broker and faults
  --speed    market time against real time
  --only     kinds of faults: ${FAULTS.join(", ")}
  --no-disk  without full disks (they need root, to mount a small tmpfs)
LOCKSTEP_CHAOS_KEEP=1 keeps the directory of a run that failed.`;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    rounds: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    speed: { type: "string", default: "240" },
    only: { type: "string", multiple: true, default: [] },
    run: { type: "string", default: "25" },
    disk: { type: "boolean", default: true },
    help: { type: "boolean" },
  },
});
const [rounds, seed, run] = [values.rounds, values.seed, values.run].map(Number) as [number, number, number];

const unknown = values.only.filter((name) => !(FAULTS as readonly string[]).includes(name));

const again = (seed: number, rounds: number): string =>
  `again: npm run chaos -- --seed ${seed} --rounds ${rounds} --speed ${values.speed}${values.only.map((name) => ` --only "${name}"`).join("")}${values.disk ? "" : " --no-disk"}`;

/** Between two rounds; a second one ends it at once and leaves what there is. */
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

async function all(): Promise<void> {
  const reports: ChaosReport[] = [];
  for (let done = 0, at = seed; done < rounds && !stopping.signal.aborted; done += run, at++) {
    const mine = Math.min(run, rounds - done);
    try {
      const report = await chaos({
        rounds: mine,
        seed: at,
        speed: values.speed,
        disk: values.disk,
        only: values.only,
        signal: stopping.signal,
        say: (line) => console.error(line),
      });
      reports.push(report);
      console.log(JSON.stringify(report));
      if (report.problems.length === 0) continue;
    } catch (error) {
      console.error((error as Error).stack);
    }
    console.error(again(at, mine));
    process.exitCode = 1;
  }
  const sum = (of: (report: ChaosReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const { length: runs } = reports;
  console.log(
    `${sum((r) => r.rounds)} rounds in ${runs} runs: ${sum((r) => r.ticks)} ticks, ${sum((r) => r.records)} records, ` +
      `${sum((r) => r.order_intents)} intents, ${sum((r) => r.deals)} deals; ${sum((r) => r.problems.length)} problems`,
  );
}

if (values.help) console.log(HELP);
else if (![rounds, seed, run].every((n) => Number.isSafeInteger(n) && n >= 1) || unknown.length > 0) {
  console.error(HELP);
  process.exitCode = 2;
} else {
  await all();
  process.exit();
}
