// Orders on their way, a pure machine. A command leaves once, when its intent is durable, the session is live and the
// intent has not expired; again only after the EA has said that it never got it. An outcome that is not known is
// "unknown" until it is looked up. A final "done" is told only after its fills, so that the core never sees a gap
// between "in flight" and "filled".
import type { CmdAck, CmdResult, CmdStatus } from "#proto/generated/mtx1.ts";
import { hexOf } from "#proto/hex.ts";
import { ACK_STATUS, CMD_STATE } from "#proto/mtx1.ts";
import { INTENT_ACTION, ORDER_STATE } from "#proto/records.ts";
import type { BookOrder } from "./book.ts";
import { retcodeClass } from "./retcodes.ts";

/** No word after a command for this long: its outcome is unknown. */
export const ANSWER_MS = 30_000;
/** How often an unknown outcome is asked for, and how long fills may lag behind a result. */
export const QUERY_MS = 5_000;
/** Deals, orders and positions become visible at different moments: "not found" counts after this long. */
export const SETTLE_MS = 10_000;

export interface OrderOutcome {
  readonly state: number;
  readonly final: boolean;
  readonly retcode: number;
  readonly orderTicket?: bigint;
  readonly dealTicket?: bigint;
}

export type OrderEffect =
  | { readonly do: "command"; readonly order: BookOrder }
  | { readonly do: "update"; readonly order: BookOrder; readonly outcome: OrderOutcome }
  | { readonly do: "query"; readonly ids: readonly string[] };

export interface OrderNow {
  readonly ms: number;
  /** The stream's time. */
  readonly ns: bigint;
}

/**
 * deciding: the intent is not durable yet. ready: durable and surely never at the EA. sent: at the EA or on the way.
 * doubt: it may be at the EA, nobody has said. unknown: the EA or the broker does not know either. filling: done, its
 * fills are not all here.
 */
type Phase = "deciding" | "ready" | "sent" | "doubt" | "unknown" | "filling";

interface Track {
  readonly order: BookOrder;
  phase: Phase;
  /** When the phase began or was last asked about. */
  sinceMs: number;
  /** Volume that must have come in fills before "done". */
  due: bigint;
  /** When the EA first knew nothing of what it had acknowledged before. */
  lostMs: number | undefined;
  outcome: OrderOutcome | undefined;
}

export class Orders {
  /** False once trading is halted or may only reduce: an opening order that has not left by then does not leave. */
  mayOpen = true;
  readonly #tracks = new Map<string, Track>();
  #live = false;

  get size(): number {
    return this.#tracks.size;
  }

  count(phase: Phase): number {
    let count = 0;
    for (const track of this.#tracks.values()) if (track.phase === phase) count++;
    return count;
  }

  /** Ids whose state the EA must be asked for after a reconnect. */
  openIds(): string[] {
    return [...this.#tracks.keys()];
  }

  #track(order: BookOrder, phase: Phase, sinceMs: number): void {
    this.#tracks.set(order.id, { order, phase, sinceMs, due: 0n, lostMs: undefined, outcome: undefined });
  }

  /** The core wants it and the verdict accepted it; `order.seq` is not durable yet. */
  onAccepted(order: BookOrder, now: OrderNow): void {
    this.#track(order, "deciding", now.ms);
  }

  /** From the journal after a restart: it may have been sent. */
  onRecovered(order: BookOrder, now: OrderNow): void {
    this.#track(order, "doubt", now.ms);
  }

  /** It cannot be said to the terminal at all: it was never sent. */
  onUndeliverable(order: BookOrder): OrderEffect[] {
    const track = this.#tracks.get(order.id);
    return track ? this.#finish(track, WITHDRAWN) : [];
  }

  onDurable(seq: bigint, now: OrderNow): OrderEffect[] {
    if (this.#tracks.size === 0) return [];
    const effects: OrderEffect[] = [];
    for (const track of this.#tracks.values())
      if (track.phase === "deciding" && track.order.seq <= seq) effects.push(...this.#ready(track, now));
    return effects;
  }

  #ready(track: Track, now: OrderNow): OrderEffect[] {
    track.phase = "ready";
    if (now.ns >= track.order.intent.expires_ns) return this.#finish(track, EXPIRED);
    if (!this.mayOpen && track.order.intent.action === INTENT_ACTION.open) return this.#finish(track, WITHDRAWN);
    if (!this.#live) return [];
    track.phase = "sent";
    track.sinceMs = now.ms;
    return [{ do: "command", order: track.order }];
  }

  onLive(now: OrderNow): OrderEffect[] {
    this.#live = true;
    return [...this.#tracks.values()].flatMap((track) => (track.phase === "ready" ? this.#ready(track, now) : []));
  }

  /** The session is gone or must look again: nothing leaves, and what left may or may not have arrived. */
  onDown(now: OrderNow): void {
    this.#live = false;
    for (const track of this.#tracks.values()) {
      if (track.phase === "sent") this.#phase(track, "doubt", now);
    }
  }

  onAck(ack: CmdAck, now: OrderNow): OrderEffect[] {
    const track = this.#tracks.get(hexOf(ack.cmd_id));
    if (!track) return [];
    if (ack.status === ACK_STATUS.expired) return this.#finish(track, { ...EXPIRED, retcode: ack.last_retcode });
    if (ack.status === ACK_STATUS.accepted || ack.status === ACK_STATUS.duplicate)
      return this.#onState(track, ack, now);
    // Refused before anything was sent, unless the EA knows the id already: then the refusal was of something else.
    const untouched = ack.state === CMD_STATE.none || ack.state === CMD_STATE.rejected;
    if (untouched) return this.#finish(track, { state: ORDER_STATE.rejected, final: true, retcode: ack.last_retcode });
    return this.#onState(track, ack, now);
  }

  /** After a reconnect, or in answer to a query. `sameJournal`: the EA still has the journal it had at the sending. */
  onStatus(status: CmdStatus, o: { now: OrderNow; sameJournal: boolean }): OrderEffect[] {
    const track = this.#tracks.get(hexOf(status.cmd_id));
    if (!track || track.phase === "deciding") return [];
    if (status.state !== CMD_STATE.none) {
      // The EA has looked it up: what it says now counts more than an earlier "unknown".
      if (track.phase === "unknown") this.#phase(track, "sent", o.now);
      return this.#onState(track, status, o.now);
    }
    if (track.phase === "ready") return [];
    if (track.order.filledMicrolots > 0n) return this.#done(track, { ...DONE, ...ticketsOf(status) }, o.now);
    if (!o.sameJournal || track.order.state !== ORDER_STATE.none) return this.#onLost(track, o.now);
    if (!this.#live) return this.#ready(track, o.now);
    // While live the command was surely delivered: it is not sent again, and after its expiry nobody executes it.
    return o.now.ns >= track.order.intent.expires_ns ? this.#finish(track, EXPIRED) : [];
  }

  /** An EA that lost its journal cannot know; what the broker shows after a while decides. */
  #onLost(track: Track, now: OrderNow): OrderEffect[] {
    track.lostMs ??= now.ms;
    if (now.ms - track.lostMs >= SETTLE_MS)
      return this.#finish(track, { state: ORDER_STATE.not_found, final: true, retcode: 0 });
    return this.#toUnknown(track, { state: ORDER_STATE.unknown, final: false, retcode: 0 }, now);
  }

  onResult(result: CmdResult, now: OrderNow): OrderEffect[] {
    const track = this.#tracks.get(hexOf(result.cmd_id));
    if (!track) return [];
    const tickets = { orderTicket: result.order, dealTicket: result.deal };
    const { retcode } = result;
    switch (retcodeClass(retcode)) {
      case "ambiguous":
        return this.#toUnknown(track, { state: ORDER_STATE.unknown, final: false, retcode, ...tickets }, now);
      case "refused":
        if (result.final !== 1)
          return this.#report(track, { state: ORDER_STATE.sent, final: false, retcode, ...tickets });
        if (track.order.filledMicrolots > 0n) return this.#done(track, { ...DONE, retcode, ...tickets }, now);
        return this.#finish(track, { state: ORDER_STATE.rejected, final: true, retcode, ...tickets });
      case "success": {
        this.#phase(track, "sent", now);
        const partial = track.order.filledMicrolots > 0n || retcode === 10010;
        const state = partial ? ORDER_STATE.partial : ORDER_STATE.working;
        if (result.final !== 1) return this.#report(track, { state, final: false, retcode, ...tickets });
        track.due = BigInt(Math.round(result.volume * 1e6) || 0) || track.order.intent.volume_microlots;
        return this.#done(track, { ...DONE, retcode, ...tickets }, now);
      }
    }
  }

  /** A fill of this order went into the journal. */
  onFill(order: BookOrder, now: OrderNow): OrderEffect[] {
    const track = this.#tracks.get(order.id);
    if (track?.phase === "filling" && track.outcome) return this.#done(track, track.outcome, now);
    return track?.phase === "unknown" && isFilled(order) ? this.#finish(track, DONE) : [];
  }

  tick(now: OrderNow): OrderEffect[] {
    const effects: OrderEffect[] = [];
    const asked: string[] = [];
    for (const track of this.#tracks.values()) {
      if (track.phase === "ready" && now.ns >= track.order.intent.expires_ns)
        effects.push(...this.#finish(track, EXPIRED));
      if (!this.#live) continue;
      const waitedMs = now.ms - track.sinceMs;
      if (track.phase === "sent" && waitedMs >= ANSWER_MS)
        effects.push(...this.#toUnknown(track, { state: ORDER_STATE.unknown, final: false, retcode: 0 }, now));
      else if ((track.phase === "unknown" || track.phase === "filling") && waitedMs >= QUERY_MS) {
        track.sinceMs = now.ms;
        asked.push(track.order.id);
      }
    }
    if (asked.length > 0) effects.push({ do: "query", ids: asked });
    return effects;
  }

  #onState(track: Track, status: CmdAck | CmdStatus, now: OrderNow): OrderEffect[] {
    const outcome = outcomeOf(status);
    switch (status.state) {
      case CMD_STATE.done:
        // The EA has told all its deals before it says so: what has come is what there is.
        track.due = 0n;
        return this.#done(track, { ...outcome, ...FINAL_DONE }, now);
      case CMD_STATE.rejected:
      case CMD_STATE.expired:
      case CMD_STATE.not_found:
        if (track.order.filledMicrolots > 0n) return this.#done(track, { ...outcome, ...FINAL_DONE }, now);
        return this.#finish(track, { ...outcome, final: true });
      case CMD_STATE.unknown:
        return this.#toUnknown(track, outcome, now);
      default:
        // A result may have come before this: the EA reports in any order, and a step back says nothing new.
        if (track.phase === "filling" || track.phase === "unknown") return [];
        this.#phase(track, "sent", now);
        return this.#report(track, outcome);
    }
  }

  /** Final once the fills it promises are here; a "done" of which nothing was heard yet waits for its first fill. */
  #done(track: Track, outcome: OrderOutcome, now: OrderNow): OrderEffect[] {
    const { filledMicrolots } = track.order;
    if (filledMicrolots > 0n && filledMicrolots >= track.due) return this.#finish(track, outcome);
    if (track.phase !== "filling") this.#phase(track, "filling", now);
    track.outcome = outcome;
    return [];
  }

  #toUnknown(track: Track, outcome: OrderOutcome, now: OrderNow): OrderEffect[] {
    if (isFilled(track.order)) return this.#finish(track, { ...outcome, ...FINAL_DONE });
    const known = track.phase === "unknown";
    this.#phase(track, "unknown", now);
    return known ? [] : this.#report(track, outcome);
  }

  #report(track: Track, outcome: OrderOutcome): OrderEffect[] {
    const last = track.outcome;
    track.outcome = outcome;
    const same =
      last?.state === outcome.state && last.retcode === outcome.retcode && last.orderTicket === outcome.orderTicket;
    return same ? [] : [{ do: "update", order: track.order, outcome }];
  }

  #finish(track: Track, outcome: OrderOutcome): OrderEffect[] {
    this.#tracks.delete(track.order.id);
    return [{ do: "update", order: track.order, outcome: { ...outcome, final: true } }];
  }

  #phase(track: Track, phase: Phase, now: OrderNow): void {
    track.phase = phase;
    track.sinceMs = now.ms;
  }
}

/** Nothing more can come of it, whatever was or was not said. */
const isFilled = (order: BookOrder): boolean => order.filledMicrolots >= order.intent.volume_microlots;

const FINAL_DONE = { state: ORDER_STATE.done, final: true } as const;
const DONE: OrderOutcome = { ...FINAL_DONE, retcode: 0 };
/** Never sent: between its verdict and its leaving somebody, or a breach, stopped trading. */
const WITHDRAWN: OrderOutcome = { state: ORDER_STATE.rejected, final: true, retcode: 0 };
const EXPIRED: OrderOutcome = { state: ORDER_STATE.expired, final: true, retcode: 0 };

const ticketsOf = (status: CmdAck | CmdStatus) => ({ orderTicket: status.order, dealTicket: status.deal });

const outcomeOf = (status: CmdAck | CmdStatus): OrderOutcome => ({
  state: status.state,
  final: false,
  retcode: status.last_retcode,
  ...ticketsOf(status),
});
