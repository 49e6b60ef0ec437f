// The door for what the cloud orders: a command is taken once, when its signature, stream, epoch, number and time are right,
// and becomes two records; everything else is refused with a typed error, counted, and for a person to look at. A plain
// machine over what the stream's own records say of the cloud (core-wasm/host/core.ts, authority).
import { checkCommand, checkTakeoverWord } from "#core-wasm/host/authority.ts";
import type { Authority } from "#core-wasm/host/core.ts";
import { type OrderedRecord, readOrdered } from "#proto/cloud-command.ts";
import { type ErrorCode, LockstepError } from "#proto/errors.ts";
import { CloudCommand, HEADER_OFFSET, Lease, RiskLimits, Takeover } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { viewOf } from "#proto/record.ts";
import { HEADER_BYTES } from "#proto/records.ts";

/** A command is issued in the stream's own time, which the cloud has from this box: it cannot be from later. */
const AHEAD_MAX_NS = 5_000_000_000n;

export interface CloudDoorParts {
  readonly streamId: Uint8Array;
  /** As the records say now. */
  readonly authority: () => Authority;
}

/** Envelope and ordered record, to be journaled together; undefined: the same was taken before. */
export type Taken = { readonly records: Uint8Array; readonly ordered: OrderedRecord } | undefined;

export class CloudDoor {
  readonly #parts: CloudDoorParts;
  /** The last command taken of each kind, to tell a repeat (after each connection) from a replay. */
  readonly #taken = new Map<number, string>();
  readonly #refused: Partial<Record<ErrorCode, number>> = {};
  #accepted = 0;
  #repeated = 0;

  constructor(parts: CloudDoorParts) {
    this.#parts = parts;
  }

  get counts(): { readonly accepted: number; readonly repeated: number; readonly refused: Record<string, number> } {
    return { accepted: this.#accepted, repeated: this.#repeated, refused: { ...this.#refused } };
  }

  /** Throws a typed error when it is not to be taken (see checkCommand), `expired` when its time is not now. */
  onCommand(bytes: Uint8Array, nowNs: bigint): Taken {
    try {
      const ordered = readOrdered(bytes);
      if (bytes.length !== CloudCommand.lengthOf() + ordered.record.length)
        throw new LockstepError("protocol", `a command of the cloud came with ${bytes.length} bytes`);
      if (this.#isRepeat(ordered, hexOf(bytes))) {
        this.#repeated++;
        return undefined;
      }
      const { streamId, authority } = this.#parts;
      checkCommand(ordered, { streamId, authority: authority() });
      checkTime(ordered, nowNs);
      this.#accepted++;
      this.#taken.set(ordered.envelope.ordered, hexOf(bytes));
      return { records: stamped(bytes, nowNs), ordered };
    } catch (error) {
      if (error instanceof LockstepError) this.#refused[error.code] = (this.#refused[error.code] ?? 0) + 1;
      throw error;
    }
  }

  /** The last one of its kind comes again with each connection. A restart knows its number alone. */
  #isRepeat({ envelope }: OrderedRecord, bytes: string): boolean {
    const known = this.#taken.get(envelope.ordered);
    if (known !== undefined) return known === bytes;
    const last = this.#parts.authority().numbers.get(envelope.ordered);
    return last !== 0n && last === envelope.number;
  }

  /** The proof that another box has the stream. Throws what is wrong with it. */
  onTakeover(payload: Uint8Array): Takeover {
    const { streamId, authority } = this.#parts;
    const takeover = readTakeover(payload);
    const known = authority();
    checkTakeoverWord(takeover, { streamId, cloudKeys: known.cloudKeys });
    if (takeover.epoch <= known.epoch)
      throw new LockstepError(
        "replayed",
        `the takeover of epoch ${takeover.epoch} is over: this box is of ${known.epoch}`,
      );
    return takeover;
  }
}

/** A takeover from its payload alone. Throws protocol. */
export function readTakeover(payload: Uint8Array): Takeover {
  if (payload.length !== Takeover.lengthOf() - HEADER_BYTES)
    throw new LockstepError("protocol", `a takeover of ${payload.length} bytes came`);
  const record = new Uint8Array(Takeover.lengthOf());
  record.set(payload, HEADER_BYTES);
  return Takeover.read(viewOf(record), 0);
}

function checkTime({ envelope, record }: OrderedRecord, nowNs: bigint): void {
  const refuse = (what: string): LockstepError =>
    new LockstepError("expired", `command ${envelope.number} of the cloud ${what} at ${nowNs} of the stream's time`);
  if (envelope.valid_until_ns <= nowNs) throw refuse("is not valid any more");
  if (envelope.issued_ns > nowNs + AHEAD_MAX_NS) throw refuse("is not valid yet");
  if (envelope.ordered === Lease.code && Lease.read(viewOf(record), 0).expires_ns > envelope.valid_until_ns)
    throw refuse("is a lease that outlives its command");
  if (envelope.ordered === RiskLimits.code && envelope.ordered_symbol !== 0)
    throw new LockstepError("protocol", "the cloud sets limits for all symbols alone");
}

/** Both records with the box's time; the journal gives them seq and check. */
function stamped(bytes: Uint8Array, nowNs: bigint): Uint8Array {
  const records = new Uint8Array(bytes);
  const view = viewOf(records);
  for (const at of [0, CloudCommand.lengthOf()]) {
    view.setBigUint64(at, 0n, true);
    view.setBigInt64(at + HEADER_OFFSET.time_ns, nowNs, true);
    view.setUint32(at + HEADER_OFFSET.check, 0, true);
  }
  return records;
}
