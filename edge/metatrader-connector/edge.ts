// The edge box put together: recovered stream, hot path, line to the terminal, timers, snapshots, operator commands.
// No sockets here: bytes go in through `link`, and `onOutput` says that a connection has something to write.
import type { Core } from "#core-wasm/host/core.ts";
import type { CoreInstance } from "#core-wasm/host/instance.ts";
import { verifyRelease } from "#core-wasm/host/signatures.ts";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import {
  type ModelAssignment,
  type ModelConfig,
  NewsItem as NewsRecord,
  OperatorCommand,
  StreamStart,
  Timer,
} from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { secretKey } from "#proto/mtx1/handshake.ts";
import { LAYOUT_VERSION, MODEL_ROLE, OPERATOR_COMMAND, SOURCE } from "#proto/records.ts";
import type { ConfigurationChange, NewsItem } from "#proto/services/metatrader-connector.ts";
import type { Clock, Disk, Random, Timers } from "#proto/world.ts";
import { Journal } from "#storage/journal/journal.ts";
import { olderThanDays } from "#storage/journal/segment-times.ts";
import { type Snapshot, saveSnapshot } from "#storage/journal/snapshot.ts";
import type { Book } from "./book.ts";
import { BrokerTime } from "./broker-time.ts";
import { CalendarDesk } from "./calendar-desk.ts";
import { CloudAcks } from "./cloud-acks.ts";
import { CloudAuthority, type FenceStore, refuseSuperseded } from "./cloud-authority.ts";
import type { EdgeConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import { nameOf } from "./convert.ts";
import { mtx1Crypto } from "./crypto-io.ts";
import type { DocumentStore } from "./document-store-io.ts";
import type { Now } from "./ea-session.ts";
import { EdgeConfiguration } from "./edge-configuration.ts";
import { packSnapshot } from "./edge-snapshot.ts";
import { type EdgeSummary, edgeStatus, edgeSummary } from "./edge-status.ts";
import { History } from "./history.ts";
import { HotPath } from "./hot-path.ts";
import type { StreamIdentity } from "./identity-io.ts";
import { type ModelOrderParts, takeAssignment, takeConfig } from "./model-orders.ts";
import type { EdgeModel } from "./model-store-io.ts";
import { newsRecord } from "./news.ts";
import { type Recovered, recoverStream } from "./recovery.ts";
import { StreamTime } from "./stream-time.ts";
import { TerminalLink } from "./terminal-link.ts";

const NS_PER_S = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;
const SNAPSHOT_RETRY_MS = 10_000;

/** What a data directory holds (edge-storage-io.ts), or what a simulation has in its place. */
export interface EdgeStorage {
  /** Of the journal and its snapshots. */
  readonly disk: Disk;
  readonly identity: StreamIdentity;
  readonly fence: FenceStore;
  /** The model that scores from here on. */
  readonly model: EdgeModel;
  /** Of every configuration that ever was in force. */
  readonly documents: DocumentStore;
  /** A model that the journal's tail names, by its SHA-256 in hex; throws bad_file when it is gone. */
  readonly findModel: (sha256: string) => EdgeModel;
  /** The module that decides; the built one when absent. */
  readonly wasm?: Uint8Array;
}

export interface EdgeParts {
  readonly config: EdgeConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly storage: EdgeStorage;
  /** Where the stream's core lives, beside others; an instance of its own when absent. */
  readonly cores?: CoreInstance;
  /** The journal's; the system's when absent. */
  readonly timers?: Timers;
  /** Sizes of the journal's parts and of one apply; those of the configuration and proto/limits.ts when absent. */
  readonly sizes?: { readonly segmentSlots: number; readonly batchSlots: number; readonly groupSlots: number };
}

/** What stops the box for good until a person has looked: it goes on saying so, it does not restart into it again. */
const HALTS = new Set([
  "core_fault",
  "core_digest",
  "unknown_kind",
  "unknown_version",
  "wrong_digest",
  "gap",
  "journal_damaged",
  "journal_truncated",
  "superseded",
]);

export class Edge {
  readonly identity: StreamIdentity;
  readonly journal: Journal;
  readonly core: Core;
  readonly book: Book;
  readonly hot: HotPath;
  readonly link: TerminalLink;
  readonly calendar: CalendarDesk;
  readonly history: History;
  readonly config: EdgeConfig;
  readonly configuration: EdgeConfiguration;
  /** A connection has bytes to write. */
  onOutput: (connection: Connection) => void = () => undefined;
  /** After each sync: what is durable, and what of it is sealed. */
  onDurable: (durableSeq: bigint, durableSealedSeq: bigint) => void = () => undefined;
  readonly cloud = new CloudAcks();
  readonly authority: CloudAuthority;
  readonly #brokerTime: BrokerTime;
  readonly #parts: EdgeParts;
  readonly #disk: Disk;
  #snapshotSeqs: bigint[] = [];
  /** Not saved yet: its records are not durable. */
  #snapshotTaken: Snapshot | undefined;
  /** After one that failed: no further attempt before this. */
  #snapshotAgainMs = 0;

  static async open(parts: EdgeParts): Promise<Edge> {
    const { disk, identity, findModel, wasm } = parts.storage;
    // The seals ask for the core's digest; there is none before the core is recovered, and nothing to seal.
    let core: Core | undefined;
    const outputsDigest = (): Uint8Array => core?.outputsDigest() ?? new Uint8Array(32);
    const { streamId, signer } = identity;
    const { timers, sizes } = parts;
    const journal = await Journal.open({
      disk,
      streamId,
      signer,
      outputsDigest,
      ...(timers && { timers }),
      segmentSlots: sizes?.segmentSlots ?? parts.config.LOCKSTEP_SEGMENT_SLOTS,
      ...(sizes && { batchSlots: sizes.batchSlots }),
    });
    try {
      const { cores } = parts;
      const recovered = await recoverStream({
        disk,
        findModel,
        cores,
        ...(wasm && { wasm }),
        lastSeq: journal.lastSeq,
      });
      core = recovered.core;
      refuseSuperseded(parts.storage.fence, core);
      const edge = new Edge(parts, journal, recovered);
      edge.#begin(recovered);
      return edge;
    } catch (error) {
      // Closing would seal what a crash left open, with the digest of a core that has decided nothing.
      await journal.release();
      throw error;
    }
  }

  static isHalt(error: unknown): error is LockstepError {
    return error instanceof LockstepError && HALTS.has(error.code);
  }

  private constructor(parts: EdgeParts, journal: Journal, recovered: Recovered) {
    const { config, clock, random, log, storage } = parts;
    this.#parts = parts;
    this.#disk = storage.disk;
    this.config = config;
    this.identity = storage.identity;
    this.journal = journal;
    this.core = recovered.core;
    this.book = recovered.book;
    if (recovered.snapshotSeq > 0n) this.#snapshotSeqs.push(recovered.snapshotSeq);
    const time = new StreamTime({ mode: config.LOCKSTEP_CLOCK, clock, lastNs: this.book.lastTimeNs });
    const brokerTime = new BrokerTime(config.LOCKSTEP_BROKER_ZONE);
    this.#brokerTime = brokerTime;
    this.hot = new HotPath({
      journal: this.journal,
      core: this.core,
      book: this.book,
      time,
      brokerTime,
      ...(parts.sizes && { groupSlots: parts.sizes.groupSlots }),
      nowMs: () => clock.monotonicMs(),
      onOrders: (effects) => this.link.onOrders(effects),
      onFailure: (error) =>
        log.error("HALTED: nothing is decided and no order leaves until a person has looked and restarted", { error }),
    });
    this.configuration = new EdgeConfiguration({ ...parts, journal, core: this.core, hot: this.hot });
    const { configuration } = this;
    const { news } = config.settings;
    this.history = new History(this.hot, config.LOCKSTEP_SYMBOLS);
    this.hot.door.onNewSymbol = (symbol) => this.history.onNewSymbol(symbol);
    this.calendar = new CalendarDesk(this.hot, {
      beforeMs: news.before_s * 1000,
      afterMs: news.after_s * 1000,
      importance: news.importance,
    });
    this.link = new TerminalLink({
      hot: this.hot,
      brokerTime,
      config: {
        symbols: config.LOCKSTEP_SYMBOLS,
        random,
        onCalendar: (entries) => this.calendar.onTerminal(entries),
        session: {
          key: secretKey(mtx1Crypto, config.secret),
          accounts: new Set([config.account]),
          crypto: mtx1Crypto,
          // As configured when a session begins.
          get policy() {
            return configuration.policy;
          },
        },
      },
    });
    this.authority = new CloudAuthority(this, { fence: storage.fence, log, onOutput: () => this.#flush() });
    this.journal.onDurable = (durableSeq, sealedSeq) => this.#onDurable(durableSeq, sealedSeq);
    this.journal.onFailure = (error) => this.hot.fail(error);
    this.journal.onWarning = (error) => log.warn("journal", { error });
  }

  now(): Now {
    const { clock } = this.#parts;
    const ns = this.hot.time.mode === "wall" ? clock.nowNs() : this.hot.time.lastNs;
    return { ms: clock.monotonicMs(), utcMs: Number(ns / NS_PER_MS) };
  }

  #onDurable(durableSeq: bigint, sealedSeq: bigint): void {
    this.link.onDurable(durableSeq, this.now());
    this.#flush();
    this.onDurable(durableSeq, sealedSeq);
  }

  #flush(): void {
    for (const connection of this.link.open) if (connection.out.length > 0) this.onOutput(connection);
  }

  /** First what a crash left undone, then who we are, then what has changed in the configuration. */
  #begin(recovered: Recovered): void {
    const { log } = this.#parts;
    for (const note of recovered.notes) log.warn("recovery", { note });
    if (!this.authority.takeOver(recovered.pending) && recovered.pending.length > 0) {
      this.journal.append(recovered.pending);
      this.book.apply(recovered.pending, {
        onAccepted: (order) => this.hot.orders.onAccepted(order, this.hot.now()),
      });
    }
    if (this.journal.lastSeq === 0n) this.#streamStart();
    this.authority.enrol(this.config.settings.cloud_keys);
    this.configuration.begin();
    this.hot.commit();
    // Of two snapshots one was of no use: the journal before the other may be gone, so there must be two again.
    if (recovered.notes.length > 0) this.snapshot();
    log.info("stream open", {
      stream_id: hexOf(this.identity.streamId),
      last_seq: this.journal.lastSeq,
      snapshot_seq: recovered.snapshotSeq,
      replayed: recovered.replayed,
      pending_bytes: recovered.pending.length,
      open_orders: this.book.open.size,
    });
  }

  #streamStart(): void {
    this.hot.add(
      StreamStart,
      { source: SOURCE.edge },
      {
        stream_id: this.identity.streamId,
        edge_name: this.config.LOCKSTEP_EDGE_NAME,
        core_sha256: this.core.digest,
        public_key: this.identity.signer.publicKey,
        layout_version: LAYOUT_VERSION,
      },
    );
  }

  /** A few times a second: liveness, expiries, the heartbeat record of quiet markets, snapshots. */
  tick(): void {
    const { hot, link, journal } = this;
    const now = this.now();
    if (!hot.failure && hot.time.mode === "wall") {
      const dueNs = this.book.lastTimeNs + NS_PER_S;
      if (hot.time.nowNs() >= dueNs) hot.add(Timer, { source: SOURCE.timer }, { due_ns: dueNs, timer_id: 0 });
    }
    this.calendar.tick(now.ms);
    link.tick(now);
    this.#flush();
    this.#saveSnapshot();
    const last = this.#snapshotSeqs.at(-1) ?? 0n;
    if (this.#snapshotTaken || now.ms < this.#snapshotAgainMs) return;
    if (journal.lastSeq - last >= BigInt(this.config.LOCKSTEP_SNAPSHOT_RECORDS)) this.snapshot();
  }

  /** Between two groups, so that core and book stand behind the same record; saved as soon as that is durable. */
  snapshot(): void {
    if (this.hot.failure) return;
    const seq = this.journal.lastSeq;
    if (seq === this.#snapshotSeqs.at(-1)) return;
    this.#orWithout(seq, () => {
      this.#snapshotTaken = { seq, bytes: packSnapshot(this.core.snapshot(), this.book) };
    });
    this.#saveSnapshot();
  }

  /** Not before its records: a crash that takes them makes it worthless, and by then an older one has gone for it. */
  #saveSnapshot(): void {
    const taken = this.#snapshotTaken;
    if (!taken || this.hot.failure || this.journal.durableSeq < taken.seq) return;
    this.#snapshotTaken = undefined;
    this.#orWithout(taken.seq, () => {
      saveSnapshot(this.#disk, taken);
      this.#snapshotSeqs = [...this.#snapshotSeqs.slice(-1), taken.seq];
      this.#truncate();
    });
  }

  /** A snapshot only saves time: a full disk must not end what goes on without one. */
  #orWithout(seq: bigint, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#snapshotAgainMs = this.#parts.clock.monotonicMs() + SNAPSHOT_RETRY_MS;
      this.#parts.log.warn("no snapshot was taken: free space, check the disk", { seq, error });
    }
  }

  /** Only what the cloud, on the line that is there, has made durable and decided again, and what both snapshots lie behind, may go. */
  #truncate(): void {
    const oldest = this.#snapshotSeqs.length > 1 ? (this.#snapshotSeqs[0] ?? 0n) : 0n;
    const kept = this.journal.lastSeq - BigInt(this.config.LOCKSTEP_KEEP_RECORDS);
    const acked = [this.cloud.deletableSeq, oldest, kept].reduce((a, b) => (a < b ? a : b));
    const days = this.config.LOCKSTEP_KEEP_DAYS;
    const below = olderThanDays(this.#disk, acked, { days, nowNs: this.book.lastTimeNs });
    if (below <= 0n) return;
    const removed = this.journal.truncateBelow(below);
    if (removed > 0) this.#parts.log.info("journal truncated", { below, segments: removed });
  }

  /** A named person's command; durable when this resolves. A release that is not rightly signed never gets into the journal. */
  async command(command: OperatorCommand): Promise<{ seq: bigint }> {
    this.#refuseHalted();
    this.#checkRelease(command);
    this.hot.add(OperatorCommand, { source: SOURCE.operator }, command);
    this.hot.commit();
    const seq = this.journal.lastSeq;
    const { operator, reason } = command;
    const id = hexOf(command.command_id);
    this.#parts.log.warn("operator command", {
      command: nameOf(OPERATOR_COMMAND, command.command),
      operator,
      reason,
      id,
      seq,
    });
    await this.journal.whenDurable(seq);
    return { seq };
  }

  /** Another configuration (edge-configuration.ts); durable when this resolves. */
  configure(change: ConfigurationChange): Promise<{ version: number; sha256: string; records: number; seq: bigint }> {
    this.#refuseHalted();
    return this.configuration.configure(change);
  }

  /** Items that the journal does not hold yet become records; durable when this resolves. */
  addNews(items: readonly NewsItem[]): Promise<{ accepted: number; repeated: number; seq: bigint }> {
    return this.bring(() => {
      const fresh = new Map(
        items.filter((item) => !this.book.news.has(item.item_id)).map((item) => [item.item_id, item]),
      );
      for (const item of fresh.values()) this.hot.add(NewsRecord, { source: SOURCE.edge }, newsRecord(item));
      return { accepted: fresh.size, repeated: items.length - fresh.size };
    });
  }

  /** What the collector brings (news, calendar, history) becomes records in `work`; they are durable when this resolves. */
  async bring<T>(work: (edge: this) => T): Promise<T & { seq: bigint }> {
    this.#refuseHalted();
    const outcome = work(this);
    this.hot.commit();
    const seq = this.journal.lastSeq;
    await this.journal.whenDurable(seq);
    return { ...outcome, seq };
  }

  /** An order about models; "known" = one at least as new was taken. Throws auth_refused, bad_signature; then nothing changes. */
  assignModel(assignment: ModelAssignment, model: EdgeModel | undefined): "taken" | "known" {
    this.#refuseHalted();
    const outcome = takeAssignment(this.#modelParts(), assignment, model);
    const { operator, reason, role, assignment_version: version } = assignment;
    const sha256 = hexOf(assignment.sha256);
    if (outcome === "taken")
      this.#parts.log.warn("model order", { role: nameOf(MODEL_ROLE, role), sha256, version, operator, reason });
    return outcome;
  }

  /** What is set for the models' answers; durable when this resolves. Throws refused with the core's reason. */
  async configureModels(symbol: number, config: ModelConfig): Promise<{ seq: bigint }> {
    this.#refuseHalted();
    takeConfig(this.#modelParts(), symbol, config);
    const seq = this.journal.lastSeq;
    const { operator, reason, config_version: version } = config;
    this.#parts.log.warn("model configuration", { symbol, version, operator, reason, seq });
    await this.journal.whenDurable(seq);
    return { seq };
  }

  #modelParts(): ModelOrderParts {
    const { hot, core, book, identity } = this;
    return { hot, core, book, streamId: identity.streamId };
  }

  #refuseHalted(): void {
    if (this.hot.failure) throw new LockstepError("unavailable", `halted: ${this.hot.failure.message}`);
  }

  #checkRelease(command: OperatorCommand): void {
    if (command.command !== OPERATOR_COMMAND.activate) return;
    const known = this.book.configuration.get(`operator_key:${hexOf(command.public_key)}`);
    if (known !== command.operator)
      throw new LockstepError(
        "auth_refused",
        `${command.operator} is no operator of this box with that key: name and public key belong into "operators" of its configuration`,
      );
    verifyRelease(this.identity.streamId, command);
  }

  /** What keeps the box from trading; empty = healthy. */
  missing(): string[] {
    return this.hot.failure ? [`halted: ${this.hot.failure.code}: ${this.hot.failure.message}`] : [];
  }

  /** How far the terminal's clock and the broker's are off; a replay's clocks say nothing. */
  clocks(): { terminal_skew_ms: number | null; broker_drift_s: number | null } {
    if (this.hot.time.mode !== "wall" || !this.link.current) return { terminal_skew_ms: null, broker_drift_s: null };
    const { skewMs } = this.link.current.session;
    return { terminal_skew_ms: skewMs ?? null, broker_drift_s: this.#brokerTime.driftS ?? null };
  }

  summary(): EdgeSummary {
    return edgeSummary(this);
  }

  status(): Record<string, unknown> {
    return edgeStatus(this);
  }

  /** Seals, syncs and snapshots; afterwards the directory is free. */
  async close(): Promise<void> {
    if (!this.hot.failure) {
      this.hot.commit();
      this.snapshot();
      await this.journal.whenDurable(this.journal.lastSeq);
      this.#saveSnapshot();
    }
    await this.journal.close();
  }
}
