// What the connector says of itself, asked once a second, and how far the cloud is behind: in records, and in seconds since
// the cloud had verified what was the journal's head then. A machine: `onStatus`, `onAway`, and facts out.
import type { ConnectorStatus } from "#proto/services/metatrader-connector.ts";

/** An hour of samples, one a second: a cloud that is further behind is "over an hour" behind. */
const SAMPLES_KEPT = 3_600;

export interface ConnectorView {
  readonly reachable: boolean;
  readonly problem: string | null;
  readonly trading_state: string;
  readonly last_seq: number;
  /** Null while the box works alone. */
  readonly cloud: {
    readonly connected: boolean;
    readonly error: string | null;
    readonly durable_seq: number;
    readonly verified_seq: number;
    readonly lag_records: number;
    readonly lag_s: number;
  } | null;
}

export class ConnectorWatch {
  #status: ConnectorStatus | undefined;
  #problem: string | null = "not asked yet";
  #answered: number;
  /** Monotonic milliseconds and the journal's head then. */
  readonly #heads: { readonly at: number; readonly seq: number }[] = [];

  constructor(now: number) {
    this.#answered = now;
  }

  get status(): ConnectorStatus | undefined {
    return this.#status;
  }

  onStatus(status: ConnectorStatus, now: number): void {
    this.#status = status;
    this.#problem = null;
    this.#answered = now;
    if (this.#heads.at(-1)?.seq !== status.last_seq) this.#heads.push({ at: now, seq: status.last_seq });
    while (this.#heads.length > 1 && (this.#heads[0]?.seq ?? 0) <= status.verified_seq) this.#heads.shift();
    if (this.#heads.length > SAMPLES_KEPT) this.#heads.splice(1, 1);
  }

  onAway(problem: string): void {
    this.#problem = problem;
  }

  awaySeconds(now: number): number {
    return this.#problem === null ? 0 : (now - this.#answered) / 1000;
  }

  view(now: number): ConnectorView {
    const s = this.#status;
    return {
      reachable: this.#problem === null,
      problem: this.#problem,
      trading_state: s?.trading_state ?? "unknown",
      last_seq: s?.last_seq ?? 0,
      cloud: s?.replication.configured ? this.#cloud(s, now) : null,
    };
  }

  #cloud(s: ConnectorStatus, now: number): ConnectorView["cloud"] {
    const behind = this.#heads.find(({ seq }) => seq > s.verified_seq);
    return {
      connected: s.replication.connected,
      error: s.replication.error?.message ?? null,
      durable_seq: s.cloud_durable_seq,
      verified_seq: s.verified_seq,
      lag_records: Math.max(0, s.last_seq - s.verified_seq),
      lag_s: behind ? Math.round((now - behind.at) / 1000) : 0,
    };
  }
}
