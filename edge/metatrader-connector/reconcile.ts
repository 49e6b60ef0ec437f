// After each connect the broker's state is read whole before anything is sent: specifications, account, positions,
// orders, deals, and what the EA's journal says of every order that is not final. A pure machine; MT5 has no atomic
// snapshot, so one that a trade fell into is taken again.
import {
  CmdStatus,
  Deals,
  Orders,
  Positions,
  ResyncReq,
  SnapshotBegin,
  SnapshotEnd,
  TradeTx,
} from "#proto/generated/mtx1.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import { decodePayload, type Frame } from "#proto/mtx1/frame.ts";
import { SECTION } from "#proto/mtx1.ts";
import { type SessionEffect, send } from "./ea-session.ts";

/** Asked again when an answer does not come, and when a trade fell into the snapshot. */
export const RESYNC_MS = 10_000;
const ALL_SECTIONS = SECTION.account | SECTION.positions | SECTION.orders | SECTION.deals | SECTION.specs;

export interface Reconciled {
  /** Tickets of every position the broker has. */
  readonly positions: ReadonlySet<bigint>;
}

export class Reconcile {
  #wanted = new Set<string>();
  #historyFromS = 0n;
  #askedMs = 0;
  #running = false;
  #snapshotId: number | undefined;
  #disturbed = false;
  #rows = { positions: 0, orders: 0, deals: 0 };
  #positions = new Set<bigint>();
  #complete = false;

  get running(): boolean {
    return this.#running;
  }

  begin(o: { ids: readonly string[]; historyFromS: bigint; nowMs: number }): SessionEffect[] {
    this.#running = true;
    this.#wanted = new Set(o.ids);
    this.#historyFromS = o.historyFromS;
    return this.#ask(o.nowMs);
  }

  #ask(nowMs: number): SessionEffect[] {
    this.#askedMs = nowMs;
    this.#snapshotId = undefined;
    this.#complete = false;
    return [
      send(ResyncReq, {
        sections: ALL_SECTIONS,
        history_from_s: this.#historyFromS,
        commands: [...this.#wanted].map((id) => ({ cmd_id: bytesOf(id) })),
      }),
    ];
  }

  stop(): void {
    this.#running = false;
  }

  tick(nowMs: number): SessionEffect[] {
    return this.#running && nowMs - this.#askedMs >= RESYNC_MS ? this.#ask(nowMs) : [];
  }

  /** Looks at each frame while running; returns what was found once everything is in step. */
  onFrame(frame: Frame, nowMs: number): { effects: SessionEffect[]; found?: Reconciled } {
    if (!this.#running) return { effects: [] };
    switch (frame.type) {
      case SnapshotBegin.type:
        this.#snapshotId = decodePayload(SnapshotBegin, frame.payload).id;
        this.#disturbed = false;
        this.#rows = { positions: 0, orders: 0, deals: 0 };
        this.#positions = new Set();
        break;
      case TradeTx.type:
        this.#disturbed = this.#snapshotId !== undefined;
        break;
      case Positions.type:
        for (const row of this.#rowsOf(Positions, "positions", frame)) this.#positions.add(row.ticket);
        break;
      case Orders.type:
        this.#rowsOf(Orders, "orders", frame);
        break;
      case Deals.type:
        this.#rowsOf(Deals, "deals", frame);
        break;
      case SnapshotEnd.type:
        if (!this.#onEnd(decodePayload(SnapshotEnd, frame.payload))) return { effects: this.#ask(nowMs) };
        break;
      case CmdStatus.type:
        this.#wanted.delete(hexOf(decodePayload(CmdStatus, frame.payload).cmd_id));
        break;
      default:
        return { effects: [] };
    }
    if (!this.#complete || this.#wanted.size > 0) return { effects: [] };
    this.#running = false;
    return { effects: [], found: { positions: this.#positions } };
  }

  #rowsOf<R>(
    codec: {
      name: string;
      type: number;
      mac: boolean;
      lengthOf(v: { snapshot_id: number; rows: readonly R[] }): number;
      read(view: DataView, at: number, end: number): { snapshot_id: number; rows: readonly R[] };
      write(view: DataView, at: number, v: { snapshot_id: number; rows: readonly R[] }): void;
    },
    section: "positions" | "orders" | "deals",
    frame: Frame,
  ): readonly R[] {
    const { snapshot_id, rows } = decodePayload(codec, frame.payload);
    if (snapshot_id === 0 || snapshot_id !== this.#snapshotId) return [];
    this.#rows[section] += rows.length;
    return rows;
  }

  /** True when nothing is missing and nothing moved meanwhile. */
  #onEnd(end: SnapshotEnd): boolean {
    const same =
      end.id === this.#snapshotId &&
      end.positions === this.#rows.positions &&
      end.orders === this.#rows.orders &&
      end.deals === this.#rows.deals;
    this.#complete = same && !this.#disturbed;
    return this.#complete;
  }
}
