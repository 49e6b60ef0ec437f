// Watches a directory by looking into it, and hands its files over one at a time.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "#mesh/service/log.ts";
import { type ErrorCode, LockstepError } from "#proto/errors.ts";
import { Inbox, type Listed, type Outcome } from "./inbox.ts";

/** After a failure that is not the file's: the connector is away, or the disk. */
const AGAIN_MS = 10_000;
/** Codes of a file that will not get better by itself. */
const FINAL: ReadonlySet<ErrorCode> = new Set(["bad_file", "refused", "bad_request", "not_found"]);

/** Throws bad_file for a file that is never to be read again, unavailable and the like for one to be tried again. */
export type Handle = (path: string, file: Listed) => Promise<Outcome>;

export interface WatchOptions {
  readonly dir: string;
  readonly pattern: RegExp;
  readonly everyMs: number;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly handle: Handle;
}

export class Watch {
  readonly inbox: Inbox;
  /** Why the directory could not be read. */
  problem: string | undefined;
  readonly #o: WatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#o = options;
    this.inbox = new Inbox(options.pattern);
  }

  start(): void {
    this.#look();
    this.#timer = setInterval(() => this.#look(), this.#o.everyMs);
  }

  /** A file that is being read is given up; what it has brought so far stays. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#looking;
  }

  get stopping(): boolean {
    return this.#stopped;
  }

  #look(): void {
    this.#looking ??= this.#work().finally(() => {
      this.#looking = undefined;
    });
  }

  async #work(): Promise<void> {
    const { dir, now } = this.#o;
    try {
      this.inbox.onListed(await list(dir), now());
      this.problem = undefined;
    } catch (error) {
      this.problem = (error as Error).message;
      return;
    }
    for (let file = this.inbox.next(now()); file && !this.#stopped; file = this.inbox.next(now())) {
      const outcome = await this.#handle(file);
      this.inbox.onOutcome(file, outcome, now());
    }
  }

  async #handle(file: Listed): Promise<Outcome> {
    const { dir, handle, log } = this.#o;
    try {
      const outcome = await handle(join(dir, file.name), file);
      if (outcome.state === "refused") log.warn("file refused", { file: file.name, why: outcome.why });
      return outcome;
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      log.warn("file not taken", { file: file.name, error });
      const final = FINAL.has(error.code);
      return final
        ? { state: "refused", why: error.message }
        : { state: "again", why: error.message, afterMs: AGAIN_MS };
    }
  }
}

/** Regular files only: no link leads out of the directory. */
async function list(dir: string): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const stat = await lstat(join(dir, entry.name)).catch(() => undefined);
    if (stat?.isFile()) listed.push({ name: entry.name, bytes: stat.size, modified_ms: Math.floor(stat.mtimeMs) });
  }
  return listed;
}
