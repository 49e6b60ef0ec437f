// npm start: the whole system on this machine, a live summary, and a clean stop. See start/options.ts for --help.
import { setTimeout as sleep } from "node:timers/promises";
import { LockstepError } from "#proto/errors.ts";
import { type Figures, isSettled, lineOf, readFigures, summaryOf } from "./start/figures.ts";
import { parseStartOptions, START_HELP, type StartOptions } from "./start/options.ts";
import { type System, startSystem, urlOf } from "./start/system.ts";

const SUMMARY_MS = 1_000;
/** After a replay, how long verification and projection may stand still before it is called a failure. */
const STALL_MS = 60_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function printUrls({ ports }: System): void {
  say("");
  say(`  read API and its documentation   ${urlOf(ports.gateway)}   ${urlOf(ports.gateway)}/docs`);
  say(`  the operator's page              ${urlOf(ports.monitor)}   charts, decisions, alerts, kill switch`);
  say(`  configuration                    ${urlOf(ports.config)}   limits, strategy, history, dry runs, secrets`);
  say(`  edge status, metrics             ${urlOf(ports.connector)}/status   ${urlOf(ports.connector)}/metrics`);
  say(`  cloud verification               ${urlOf(ports.engine)}/streams`);
  say(`  projections                      ${urlOf(ports.database)}/streams`);
  say("  Ctrl-C stops.\n");
}

/** One line that is rewritten on a terminal, and printed now and then elsewhere. */
function summaryPrinter(): (line: string) => void {
  let printed = 0;
  return (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns ?? 120) - 1)}`);
    else if (printed++ % 5 === 0) say(line);
  };
}

/** Waits until everything is verified and projected; gives up when nothing has moved for STALL_MS. */
async function settle(system: System, print: (line: string) => void, stopped: AbortSignal): Promise<Figures> {
  let last = "";
  let since = performance.now();
  for (;;) {
    const figures = await readFigures(system.ports);
    if (isSettled(figures) || stopped.aborted) return figures;
    const line = lineOf(figures, system.terminal());
    print(line);
    const problem = [figures.engine?.reason, figures.database?.problem].filter(Boolean).join("; ");
    if (figures.engine && figures.engine.divergences > 0)
      throw new LockstepError("wrong_digest", `the cloud decided otherwise: ${problem}`);
    if (line !== last) since = performance.now();
    if (performance.now() - since > STALL_MS)
      throw new LockstepError("timeout", `nothing moved for ${STALL_MS / 1000} s: ${problem || "see the logs"}`);
    last = line;
    await sleep(100);
  }
}

async function run(options: StartOptions): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  const system = await startSystem(options, say);
  const print = summaryPrinter();
  const began = performance.now();
  try {
    printUrls(system);
    const ended = new Promise<"stop">((done) =>
      stop.signal.addEventListener("abort", () => done("stop"), { once: true }),
    );
    if (stop.signal.aborted) return;
    let outcome: number | "stop" | undefined;
    // Ctrl-C reaches the services too: what they last said is all there is then.
    let figures = await readFigures(system.ports);
    while (outcome === undefined) {
      outcome = await Promise.race([ended, system.terminalDone, sleep(SUMMARY_MS, undefined, { ref: true })]);
      if (outcome !== undefined) break;
      figures = await readFigures(system.ports);
      print(lineOf(figures, system.terminal()));
    }
    if (outcome !== "stop") figures = await settle(system, print, stop.signal);
    const summary = summaryOf(figures, (performance.now() - began) / 1000);
    say("");
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else
      for (const [name, value] of Object.entries(summary))
        say(`  ${name.padEnd(18)} ${typeof value === "object" ? JSON.stringify(value) : value}`);
    if (outcome !== "stop" && !isSettled(figures)) process.exitCode = 1;
  } finally {
    say("stopping ...");
    await system.supervisor.stop();
    say("stopped");
  }
}

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (!options) process.stdout.write(`${START_HELP}\n`);
  else await run(options);
  process.exit();
} catch (error) {
  const known = error instanceof LockstepError;
  say(`\n${known ? error.message : (error as Error).stack}`);
  process.exit(known && error.code === "bad_config" ? 2 : 1);
}
