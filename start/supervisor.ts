// Keeps the parts of the system running: starts them in order, starts one again when it dies, stops them in reverse.

/** Something that was started: an engine or a service process. */
export interface Running {
  readonly pid: number;
  /** Settles when the process has ended, whatever ended it. */
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

export interface Part {
  readonly name: string;
  start(): Promise<Running>;
}

const RESTART_MS_MIN = 200;
const RESTART_MS_MAX = 5_000;
/** A part that ran this long is healthy: its next restart waits the least again. */
const HEALTHY_MS = 10_000;

export class Supervisor {
  readonly #say: (line: string) => void;
  readonly #running = new Map<string, Running>();
  readonly #order: string[] = [];
  #stopping = false;
  /** Restarts by part, for the summary and the chaos tests. */
  readonly restarts = new Map<string, number>();
  onChange: () => void = () => undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  pids(): Record<string, number> {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, pid]));
  }

  /** Starts a part and from then on keeps it running. Throws when its first start fails. */
  async add(part: Part): Promise<void> {
    this.#order.push(part.name);
    await this.#start(part, RESTART_MS_MIN);
  }

  async #start(part: Part, waitMs: number): Promise<void> {
    const running = await part.start();
    const since = performance.now();
    this.#running.set(part.name, running);
    this.onChange();
    void running.exited.then(() => {
      if (this.#stopping || this.#running.get(part.name) !== running) return;
      this.#running.delete(part.name);
      const wait = performance.now() - since > HEALTHY_MS ? RESTART_MS_MIN : waitMs;
      void this.#restart(part, wait);
    });
  }

  async #restart(part: Part, waitMs: number): Promise<void> {
    this.restarts.set(part.name, (this.restarts.get(part.name) ?? 0) + 1);
    this.#say(`${part.name} ended unexpectedly: starting it again`);
    await new Promise((done) => setTimeout(done, waitMs));
    if (this.#stopping) return;
    const next = Math.min(waitMs * 2, RESTART_MS_MAX);
    try {
      await this.#start(part, next);
      if (this.#stopping) await this.#running.get(part.name)?.stop();
    } catch (error) {
      this.#say(`${part.name} did not start: ${(error as Error).message}`);
      void this.#restart(part, next);
    }
  }

  /** Stops everything, last started first. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const name of this.#order.reverse()) await this.#running.get(name)?.stop();
  }
}
