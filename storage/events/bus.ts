// The port to the cloud's event bus: the journals' log, verified positions, events, snapshots, models. Guarantees stated here hold
// for every implementation and are tested by bus.conformance.ts. Streams are named by their id in hex (32 digits).
import type { AssignedModel } from "#proto/services/models.ts";
import type { CloudEvent, EventType } from "./envelope.ts";

/** What the log holds of a stream, read from its first and last batch. */
export interface JournalHead {
  /** seq of the last batch's seal: the next batch starts at lastSeq + 1. */
  readonly lastSeq: bigint;
  /** SHA-256 of the last seal's whole record: what the next seal must name as previous_hash. */
  readonly lastHash: Uint8Array;
  /** From stream_start, the first record of all. */
  readonly publicKey: Uint8Array;
  readonly coreSha256: Uint8Array;
  readonly edgeName: string;
}

export interface JournalBatch {
  readonly firstSeq: bigint;
  /** seq of the seal. */
  readonly lastSeq: bigint;
  /** Position in the log, from 1, of the message that holds the batch: a cheap place to resume (`hint` of read). */
  readonly index: number;
  /** Messages, of one batch or more, that the log has behind this one's, as of when it was sent. */
  readonly behind: number;
  /** Records and seal, the bytes of the edge's segment file. */
  readonly bytes: Uint8Array;
}

export interface JournalLog {
  /**
   * Where a stream's log ends; undefined when it has none. Also where this process begins to append: call it before the
   * first append and again after a failed one.
   */
  head(stream: string): Promise<JournalHead | undefined>;
  /** As head, to look only: appends under way are not touched. */
  peek(stream: string): Promise<JournalHead | undefined>;
  /**
   * Appends the next batch; resolves when the log has it. Calls may be pipelined and are kept in exact order. When one
   * fails, so does everything pipelined behind it, and nothing is appended until `head` was asked again: no gap and no
   * double is possible, whoever else appends. `fork`: the log has other bytes there. `unavailable`: the bus does not answer.
   */
  append(o: { stream: string; firstSeq: bigint; batch: Uint8Array }): Promise<void>;
  /** Batches from the one that holds `fromSeq` on, then live as they come, until `signal` aborts. Survives bus restarts. */
  read(o: { stream: string; fromSeq: bigint; hint?: number; signal: AbortSignal }): AsyncIterable<JournalBatch>;
  /** Every stream that has a log, then new ones as they appear, each once, until `signal` aborts. */
  streams(signal: AbortSignal): AsyncIterable<string>;
}

/** How far trading-engine has re-decided a stream and found it equal. Goes over the bus as JSON, seq as a decimal string. */
export interface VerifiedPosition {
  readonly stream_id: string;
  readonly verified_seq: bigint;
  readonly batches: number;
  readonly records: number;
  readonly outputs_digest: string;
  /** Differences found; above 0 verified_seq does not move any more. */
  readonly divergences: number;
}

/** One value a stream, of which only the newest counts. */
export interface Latest<T extends { readonly stream_id: string }> {
  publish(value: T): Promise<void>;
  latest(stream: string): Promise<T | undefined>;
  /** Calls back with the newest and then with newer ones (some may be skipped, the last never is). Survives bus restarts. */
  watch(o: { stream: string; signal: AbortSignal; onLatest: (value: T) => void }): Promise<void>;
}

export type Verified = Latest<VerifiedPosition>;

export interface Events {
  /**
   * Resolves when the bus has them all. At least once: consumers tell a repeat by type and id; the bus drops repeats
   * within two minutes. The types of BULK_EVENTS may be lost when the bus or its machine fails right after; the others may not.
   */
  publish(events: readonly CloudEvent[]): Promise<void>;
  /** Events of one type: from the first there is, or what is published from now; then live, until `signal` aborts. */
  subscribe(o: {
    type: EventType;
    stream?: string;
    from: "first" | "new";
    signal: AbortSignal;
  }): AsyncIterable<CloudEvent>;
}

export interface Snapshots {
  /** Replaces the stream's snapshot. */
  save(stream: string, bytes: Uint8Array): Promise<void>;
  latest(stream: string): Promise<Uint8Array | undefined>;
}

/** What the cloud has ordered of a stream. Goes over the bus as JSON; bytes in hex, u64 as decimal strings. */
export interface StreamAuthority {
  readonly stream_id: string;
  /** Which box may go on with the stream: 0 the one that began it. */
  readonly epoch: number;
  /** The takeover record's payload that opened the epoch; "" in epoch 0. */
  readonly takeover: string;
  /** Of the box of this epoch; "" in epoch 0: the one of stream_start. */
  readonly box_key: string;
  /** Highest number signed so far. */
  readonly number: string;
  /** The newest command of each kind, as proto/cloud-command.ts has it on its way. */
  readonly commands: readonly string[];
  /** By the cloud's clock, UTC milliseconds: every lease of earlier epochs has surely ended; nothing is granted before. */
  readonly opens_ms: number;
  /** The same of the leases of this epoch so far; 0 = none was granted. */
  readonly lease_over_ms: number;
  /** Expiry of the last lease granted in this epoch, in the stream's time, UTC nanoseconds; "0" = none. */
  readonly lease_expires_ns: string;
}

/** Written by trading-engine alone; data-bridge carries it to the edge. */
export type Authorities = Latest<StreamAuthority>;

export interface Models {
  /** Keeps an artefact for ever under its SHA-256 in hex; resolves when the bus has it whole. The same again changes nothing. */
  put(sha256: string, bytes: Uint8Array): Promise<void>;
  /** Throws bad_file when what is kept is not what its digest says. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  /** Replaces the stream's order of that role. */
  assign(order: AssignedModel): Promise<void>;
  /** The newest order of each role. */
  assigned(stream: string): Promise<AssignedModel[]>;
  /** Calls back with the newest order of each role and then with newer ones, until `signal` aborts. Survives bus restarts. */
  watch(o: { stream: string; signal: AbortSignal; onOrder: (order: AssignedModel) => void }): Promise<void>;
}

export interface Bus {
  readonly journal: JournalLog;
  readonly verified: Verified;
  readonly authorities: Authorities;
  readonly events: Events;
  readonly snapshots: Snapshots;
  readonly models: Models;
  /** False while the connection is down; it is retried for ever. */
  readonly connected: boolean;
  close(): Promise<void>;
}
