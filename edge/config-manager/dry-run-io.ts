// A dry run: `npm run whatif` over the box's own journal with another configuration, in a process of its own: bounded in time and
// memory, one at a time, with its progress, and ended when nobody wants it any more. It reads the journal and writes nothing.
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigurationDocument } from "#proto/configuration/document.ts";
import { documentText } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import type { DryRun } from "#proto/services/config-manager.ts";

const ROOT = join(import.meta.dirname, "../..");
const RESULT_BYTES_MAX = 1024 * 1024;
/** Of what it says of itself when it fails. */
const PROBLEM_CHARS_MAX = 1_000;
const RUNS_KEPT = 16;

export interface DryRunLimits {
  readonly minutesMax: number;
  readonly memoryMb: number;
}

interface Run {
  told: DryRun;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

export class DryRuns {
  readonly #directory: string;
  readonly #edgeData: string;
  readonly #limits: DryRunLimits;
  readonly #runs = new Map<string, Run>();

  constructor(o: { directory: string; edgeData: string; limits: DryRunLimits }) {
    this.#directory = o.directory;
    this.#edgeData = o.edgeData;
    this.#limits = o.limits;
    rmSync(o.directory, { recursive: true, force: true });
    mkdirSync(o.directory, { recursive: true, mode: 0o700 });
  }

  /** Throws busy while another one runs. */
  start(document: ConfigurationDocument, lastHours: number): DryRun {
    if (this.running > 0) throw new LockstepError("busy", "a dry run is under way: wait for it, or cancel it");
    const id = randomBytes(8).toString("hex");
    const file = join(this.#directory, `${id}.json`);
    writeFileSync(file, documentText(document), { mode: 0o600 });
    const args = [this.#edgeData, "--configuration", file, "--last-hours", String(lastHours), "--sealed", "--json"];
    const child = fork(join(ROOT, "whatif.ts"), args, {
      cwd: ROOT,
      // Nothing of ours that it does not need: no secret, no token.
      env: { PATH: process.env.PATH },
      execArgv: [`--max-old-space-size=${this.#limits.memoryMb}`],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const told: DryRun = { id, state: "running", percent: 0, problem: null, result: null };
    const run: Run = { told, child, ended: this.#watch(id, child, file) };
    this.#runs.set(id, run);
    for (const old of [...this.#runs.keys()].slice(0, -RUNS_KEPT)) this.#runs.delete(old);
    return told;
  }

  #watch(id: string, child: ChildProcess, file: string): Promise<void> {
    let out = "";
    let said = "";
    child.stdout?.on("data", (chunk) => {
      if (out.length < RESULT_BYTES_MAX) out += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-PROBLEM_CHARS_MAX);
    });
    child.on("message", (message) => {
      const { percent } = message as { percent?: unknown };
      if (typeof percent === "number") this.#tell(id, { percent });
    });
    const { minutesMax } = this.#limits;
    const timer = setTimeout(() => {
      this.#tell(id, { state: "failed", problem: `it took longer than ${minutesMax} minutes: ask for fewer hours` });
      child.kill("SIGKILL");
    }, minutesMax * 60_000);
    return new Promise((resolve) => {
      child.once("error", (error) => {
        said = error.message;
      });
      child.once("close", (code) => {
        clearTimeout(timer);
        rmSync(file, { force: true });
        if (this.#runs.get(id)?.told.state === "running") this.#tell(id, outcomeOf(code, out, said));
        resolve();
      });
    });
  }

  #tell(id: string, change: Partial<DryRun>): void {
    const run = this.#runs.get(id);
    if (run) run.told = { ...run.told, ...change };
  }

  get running(): number {
    return [...this.#runs.values()].filter(({ told }) => told.state === "running").length;
  }

  /** Throws not_found. */
  state(id: string): DryRun {
    const run = this.#runs.get(id);
    if (run) return run.told;
    throw new LockstepError("not_found", "there is no such dry run: its result is kept until config-manager restarts");
  }

  async cancel(id: string): Promise<DryRun> {
    const told = this.state(id);
    const run = this.#runs.get(id);
    if (told.state === "running" && run) {
      this.#tell(id, { state: "canceled" });
      run.child.kill("SIGKILL");
      await run.ended;
    }
    return this.state(id);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((id) => this.cancel(id)));
  }
}

function outcomeOf(code: number | null, out: string, said: string): Partial<DryRun> {
  try {
    if (code === 0) return { state: "done", percent: 100, result: JSON.parse(out) as Record<string, unknown> };
  } catch {
    said = "its result could not be read";
  }
  const problem =
    code === null || code > 1
      ? `it ended before its time (${code ?? "killed"}): less memory than it needs? ${said}`
      : said;
  return { state: "failed", problem: problem.trim() };
}
