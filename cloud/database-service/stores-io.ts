// Opens bus, PostgreSQL and ClickHouse, each tried again until it answers, and knows at any moment which one is away.
import type { Log } from "#mesh/service/log.ts";
import { ClickHouse } from "#storage/clickhouse/client.ts";
import { ensureTables } from "#storage/clickhouse/schema.ts";
import { findClickHouse } from "#storage/engines/clickhouse.ts";
import type { Bus } from "#storage/events/bus.ts";
import { connectBus } from "#storage/events/nats.ts";
import { migrate } from "#storage/postgres/migrate.ts";
import { Postgres } from "#storage/postgres/pool.ts";
import type { DatabaseConfig } from "./config.ts";
import { type Stores, sleep } from "./project-io.ts";

const RETRY_MS = 500;
const PING_MS = 1_000;

export class OpenStores {
  readonly #log: Log;
  readonly #missing = new Map<string, string>();
  #bus: Bus | undefined;
  #clickhouse: ClickHouse | undefined;
  #postgres: Postgres | undefined;
  #pinged = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Resolves when all three are open; undefined when the signal came first. */
  async open(config: DatabaseConfig, signal: AbortSignal): Promise<Stores | undefined> {
    this.#missing.set("nats", "connecting");
    void this.#openBus(config.NATS_URL);
    await Promise.all([
      this.#until("postgres", () => this.#openPostgres(config.POSTGRES_URL), signal),
      this.#until("clickhouse", () => this.#openClickHouse(config), signal),
      this.#until("nats", async () => this.#bus ?? Promise.reject(new Error("connecting")), signal),
    ]);
    const { bus, clickhouse, postgres } = this;
    return bus && clickhouse && postgres && !signal.aborted ? { bus, clickhouse, postgres } : undefined;
  }

  get bus(): Bus | undefined {
    return this.#bus;
  }
  get clickhouse(): ClickHouse | undefined {
    return this.#clickhouse;
  }
  get postgres(): Postgres | undefined {
    return this.#postgres;
  }

  async #openBus(url: string): Promise<void> {
    try {
      this.#bus = await connectBus({ url, name: "database-service" });
    } catch (error) {
      this.#log.error("bus refused", { error });
      this.#missing.set("nats", String(error));
    }
  }

  async #openPostgres(url: string): Promise<void> {
    this.#postgres ??= new Postgres(url);
    const applied = await migrate(this.#postgres);
    if (applied.length > 0) this.#log.info("migrated PostgreSQL", { applied });
  }

  async #openClickHouse(config: DatabaseConfig): Promise<void> {
    this.#clickhouse ??= new ClickHouse(findClickHouse({ url: config.CLICKHOUSE_URL, path: config.CLICKHOUSE_PATH }));
    const { rebuilt } = await ensureTables(this.#clickhouse);
    if (rebuilt) this.#log.warn("ClickHouse tables were of another version: rebuilding them from the journals");
  }

  async #until(name: string, open: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    for (let said = ""; !signal.aborted; ) {
      try {
        await open();
        this.#missing.delete(name);
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#missing.set(name, why);
        if (why !== said && name !== "nats") this.#log.warn("waiting for an engine", { engine: name, error });
        said = why;
        await sleep(name === "nats" ? 20 : RETRY_MS, signal);
      }
    }
  }

  /** What is away, in words. Asks the databases at most once a second. */
  async missing(): Promise<string[]> {
    const now = performance.now();
    if (now - this.#pinged > PING_MS) {
      this.#pinged = now;
      await Promise.all([
        this.#ping("postgres", this.#postgres && (() => this.#postgres?.query("SELECT 1"))),
        this.#ping("clickhouse", this.#clickhouse && (() => this.#clickhouse?.query("SELECT 1 AS one"))),
      ]);
    }
    const bus = this.#bus && !this.#bus.connected ? ["nats: the connection is down"] : [];
    return [...bus, ...[...this.#missing].map(([name, why]) => `${name}: ${why}`)];
  }

  async #ping(name: string, ask: (() => Promise<unknown> | undefined) | undefined): Promise<void> {
    const opening = this.#missing.has(name) && this.#missing.get(name) !== AWAY;
    if (!ask || opening) return;
    const answered = await Promise.race([
      Promise.resolve(ask()).then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PING_MS).unref()),
    ]);
    if (answered) this.#missing.delete(name);
    else this.#missing.set(name, AWAY);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#bus?.close(), this.#postgres?.close(), this.#clickhouse?.close()]);
  }
}

const AWAY = "does not answer";
