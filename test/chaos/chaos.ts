// A seeded nemesis over the running system: kill -9 of edge, data-bridge, trading-engine and nats-server at random
// moments while the simulated market trades; then the ledger is drawn up. Used by chaos.test.ts and `npm run chaos`.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runStart } from "../system/run-start.ts";

const VICTIMS = ["metatrader-connector", "data-bridge", "trading-engine", "nats-server"] as const;
const START_MS = 90_000;
const PAUSE_MS_MIN = 500;
const PAUSE_MS_SPAN = 1_500;
const COME_BACK_MS = 60_000;

export interface ChaosReport {
  readonly rounds: number;
  readonly kills: Record<string, number>;
  readonly figures: Record<string, unknown>;
  /** OrderSend calls at the terminal, and the most of any one command. */
  readonly order_sends: number;
  readonly order_sends_per_command_max: number;
  readonly problems: readonly string[];
}

/** Numerical Recipes' generator: the same seed, the same victims and pauses. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function until(what: string, ms: number, check: () => boolean): Promise<void> {
  for (let waited = 0; !check(); waited += 50) {
    if (waited > ms) throw new Error(`${what}: not within ${ms / 1000} s`);
    await sleep(50);
  }
}

function ledgerOf(dir: string): { total: number; most: number } {
  const file = join(dir, "terminal.ledger");
  if (!existsSync(file)) return { total: 0, most: 0 };
  const calls = new Map<string, number>();
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    if (line === "") continue;
    const { order_send } = JSON.parse(line) as { order_send?: { cmd_id: string } };
    if (!order_send) continue;
    const { cmd_id } = order_send;
    calls.set(cmd_id, (calls.get(cmd_id) ?? 0) + 1);
  }
  return { total: [...calls.values()].reduce((a, b) => a + b, 0), most: Math.max(0, ...calls.values()) };
}

export async function chaos(o: {
  rounds: number;
  seed: number;
  speed: string;
  say(line: string): void;
}): Promise<ChaosReport> {
  const run = runStart(["--speed", o.speed, "--seed", String(o.seed)], { keepMs: 1_800_000 });
  const next = random(o.seed);
  const kills: Record<string, number> = {};
  try {
    await until("start", START_MS, () => existsSync(join(run.dir, "pids.json")) && run.pids().terminal !== undefined);
    for (let round = 1; round <= o.rounds; round++) {
      await sleep(PAUSE_MS_MIN + next(PAUSE_MS_SPAN));
      const name = VICTIMS[next(VICTIMS.length)] as string;
      const pid = run.pids()[name];
      if (pid === undefined || pid === 0) throw new Error(`${name} has no process`);
      process.kill(pid, "SIGKILL");
      kills[name] = (kills[name] ?? 0) + 1;
      o.say(`round ${round}/${o.rounds}: kill -9 ${name}`);
      await until(`${name} back`, COME_BACK_MS, () => (run.pids()[name] ?? pid) !== pid);
    }
    await sleep(2_000);
    process.kill(run.pids().terminal as number, "SIGTERM");
    const { code, figures, stderr } = await run.finished;
    const ledger = ledgerOf(run.dir);
    return {
      rounds: o.rounds,
      kills,
      figures,
      order_sends: ledger.total,
      order_sends_per_command_max: ledger.most,
      problems: problemsOf({ code, figures, most: ledger.most, stderr }),
    };
  } finally {
    await run.dispose();
  }
}

function problemsOf(o: {
  code: number | null;
  figures: Record<string, unknown>;
  most: number;
  stderr: string;
}): string[] {
  const { figures } = o;
  const problems: string[] = [];
  const hold = (condition: boolean, problem: string): void => void (condition || problems.push(problem));
  hold(o.code === 0, `start ended with ${o.code}: ${o.stderr.slice(-1500)}`);
  hold(Number(figures.ticks) > 0, "no tick was journaled");
  hold(
    figures.records === figures.verified_records,
    `${figures.records} records, ${figures.verified_records} verified`,
  );
  hold(
    figures.records === figures.projected_seq,
    `${figures.records} records, projected up to ${figures.projected_seq}`,
  );
  hold(figures.divergences === 0, `${figures.divergences} divergences`);
  hold(
    figures.edge_digest !== "" && figures.edge_digest === figures.cloud_digest,
    "the digests of edge and cloud differ",
  );
  hold(o.most <= 1, `one command was sent ${o.most} times`);
  return problems;
}
