// The cloud's authority over this box: leases, limits and stops become records; a box that takes over begins its epoch with
// the proof of it; one that was replaced stops for good. No I/O but through its parts.
import { checkTakeover } from "#core-wasm/host/authority.ts";
import type { Core } from "#core-wasm/host/core.ts";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import { CODEC_BY_CODE, RiskLimits, Takeover } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { SOURCE, TRADING_STATE } from "#proto/records.ts";
import type { Journal } from "#storage/journal/journal.ts";
import { CloudDoor, readTakeover } from "./cloud-door.ts";
import { addRecords, cloudKeyRecords, limitsInForce, limitsUnderCloud } from "./configuration.ts";
import type { Now } from "./ea-session.ts";
import type { HotPath } from "./hot-path.ts";
import type { StreamIdentity } from "./identity-io.ts";
import type { TerminalLink } from "./terminal-link.ts";

const NS_PER_MS = 1_000_000n;

/** What a takeover leaves in the data directory (identity-io.ts): of the box that takes over, and of the one that is replaced. */
export interface FenceStore {
  /** Under which this box goes on; undefined = it began the stream. */
  readonly takeover: TakeoverOrder | undefined;
  readonly superseded: Superseded | undefined;
  /** Durable when it returns. */
  saveSuperseded(fence: Superseded): void;
}

export interface TakeoverOrder {
  /** Of the signed takeover record. */
  readonly payload: Uint8Array;
  /** An operator's word that the box before is gone for good: asked for where no lease has bounded it. */
  readonly oldBoxIsDead: boolean;
}

export interface Superseded {
  /** Payload of the other box's takeover, in hex. */
  readonly takeover: string;
  readonly epoch: number;
  /** The cloud has this journal up to there. */
  readonly cloud_durable_seq: string;
  readonly last_seq: string;
}

/** The box's parts that the cloud's word concerns. */
export interface AuthorityEdge {
  readonly hot: HotPath;
  readonly core: Core;
  readonly journal: Pick<Journal, "append" | "lastSeq">;
  readonly link: TerminalLink;
  readonly identity: StreamIdentity;
  /** How far the cloud has this journal. */
  readonly cloud: { readonly durableSeq: bigint };
  now(): Now;
}

export interface AuthorityParts {
  readonly fence: FenceStore;
  readonly log: Log;
  /** Sessions may have bytes to write. */
  readonly onOutput: () => void;
}

/** Throws superseded when another box has the stream: this one is not opened again. */
export function refuseSuperseded({ superseded }: FenceStore, core: Core): void {
  if (superseded && superseded.epoch > core.authority().epoch) throw supersededError(superseded);
}

export class CloudAuthority {
  readonly #edge: AuthorityEdge;
  readonly #p: AuthorityParts;
  readonly #door: CloudDoor;

  constructor(edge: AuthorityEdge, parts: AuthorityParts) {
    this.#edge = edge;
    this.#p = parts;
    edge.link.beginEpoch(edge.core.authority().epoch);
    this.#door = new CloudDoor({ streamId: edge.identity.streamId, authority: () => edge.core.authority() });
  }

  /** Tells the stream whose word from the cloud counts; decided with the next commit. */
  enrol(keys: readonly string[]): void {
    const { hot } = this.#edge;
    addRecords(hot, cloudKeyRecords(keys, hot.book.configuration));
  }

  /** Which box of the stream this is: 0 the one that began it. */
  get epoch(): number {
    return this.#edge.core.authority().epoch;
  }

  /** A lease, limits or a stop, as it came from the cloud: becomes two records, or is refused, counted and alarmed. */
  onCommand(bytes: Uint8Array): void {
    if (this.#edge.hot.failure) return;
    const { log } = this.#p;
    try {
      const taken = this.#door.onCommand(bytes, this.#edge.hot.time.nowNs());
      if (!taken) return;
      const { ordered, number } = taken.ordered.envelope;
      this.#edge.hot.addWhole(taken.records);
      if (ordered === RiskLimits.code) this.#limitSymbols(taken.ordered.record);
      this.#edge.hot.commit();
      log.info("command of the cloud", {
        kind: CODEC_BY_CODE.get(ordered)?.kind,
        number,
        seq: this.#edge.journal.lastSeq,
      });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      log.error("ALARM: a command of the cloud was refused", { error });
    }
  }

  /** Behind the cloud's limits, before anything else is decided: symbols with limits of their own get them too. */
  #limitSymbols(limits: Uint8Array): void {
    const { hot } = this.#edge;
    addRecords(hot, limitsUnderCloud(RiskLimits.read(viewOf(limits), 0), hot.book.configuration));
  }

  /** Another box has the stream: when the proof is the cloud's, this one never sends an order again, also not after a restart. */
  onSuperseded(payload: Uint8Array): void {
    if (this.#edge.hot.failure?.code === "superseded") return;
    try {
      const { epoch } = this.#door.onTakeover(payload);
      const fence: Superseded = {
        takeover: hexOf(payload),
        epoch,
        cloud_durable_seq: this.#edge.cloud.durableSeq.toString(),
        last_seq: this.#edge.journal.lastSeq.toString(),
      };
      this.#edge.hot.fail(supersededError(fence));
      this.#edge.link.supersede(this.#edge.now());
      this.#p.onOutput();
      this.#p.fence.saveSuperseded(fence);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#p.log.error("ALARM: a takeover was refused as not proven, or cannot be remembered", { error });
    }
  }

  /**
   * The first batch of a replacement box: the takeover, then what the box before had decided and not sent to the cloud. It
   * may have sent those orders: they are asked about and never sent from here.
   */
  takeOver(pending: Uint8Array): boolean {
    const order = this.#p.fence.takeover;
    const takeover = order && readTakeover(order.payload);
    if (!takeover || takeover.epoch <= this.epoch) return false;
    if (!order.oldBoxIsDead && !this.#wasLeased())
      throw new LockstepError(
        "refused",
        "the box before needed no lease: only a person can say that it trades no more (`npm run operator -- replace ... --old-box-is-dead`)",
      );
    const { streamId } = this.#edge.identity;
    checkTakeover(takeover, { streamId, authority: this.#edge.core.authority() });
    if (hexOf(takeover.box_key) !== hexOf(this.#edge.identity.signer.publicKey))
      throw new LockstepError(
        "bad_signature",
        "the takeover is for another box's key: use the directory it was made for",
      );
    const record = encodeRecord(Takeover, { time_ns: this.#edge.hot.time.nowNs(), source: SOURCE.cloud }, takeover);
    this.#edge.journal.append(record);
    const outputs = Buffer.concat([pending, this.#edge.core.apply(record)]);
    if (outputs.length > 0) this.#edge.journal.append(outputs);
    for (const records of [record, outputs])
      this.#edge.hot.book.apply(records, {
        onAccepted: (order) => this.#edge.hot.orders.onRecovered(order, this.#edge.hot.now()),
      });
    this.#edge.hot.orders.mayOpen = this.#edge.hot.book.tradingState === TRADING_STATE.active;
    this.#edge.link.beginEpoch(takeover.epoch);
    this.#edge.link.onTakenOver();
    this.#p.log.warn("this box has taken over the stream", { epoch: takeover.epoch, operator: takeover.operator });
    return true;
  }

  /** The box before opened nothing without a lease: its end is the cloud's to know. */
  #wasLeased(): boolean {
    if (this.epoch > 0) return true;
    const limits = limitsInForce(this.#edge.hot.book.configuration);
    return limits.length > 0 && limits.every(({ lease_required }) => lease_required === 1);
  }

  get counts(): CloudDoor["counts"] {
    return this.#door.counts;
  }

  get leaseLeftS(): number {
    const { leaseExpiresNs } = this.#edge.core.authority();
    return Math.max(0, Math.floor(Number(leaseExpiresNs - this.#edge.hot.time.lastNs) / 1e9));
  }

  status(): Record<string, unknown> {
    const { epoch, leaseExpiresNs, cloudKeys } = this.#edge.core.authority();
    const expires_ms = leaseExpiresNs > 1n ? Number(leaseExpiresNs / NS_PER_MS) : null;
    return {
      epoch,
      lease: { expires_ms, left_s: this.leaseLeftS, cloud_keys: cloudKeys.length },
      cloud_commands: this.counts,
    };
  }
}

const supersededError = ({ epoch, cloud_durable_seq, last_seq }: Superseded): LockstepError =>
  new LockstepError(
    "superseded",
    `a replacement box has this stream (epoch ${epoch}): this one never trades again. The cloud holds this journal up to ${cloud_durable_seq}, it ends at ${last_seq}: keep its directory until somebody has looked at what lies between`,
  );
