// Decisions as the page shows them: an intent, its verdict with every check, and what became of its order; the orders that
// are still open; the last deals. A fold of the records.
import type { Fill, Header, OrderIntent, OrderUpdate, RiskVerdict } from "#proto/generated/records.ts";
import { INTENT_ACTION } from "#proto/records.ts";
import { plain } from "./plain.ts";
import { Recent } from "./recent.ts";

const DECISIONS_KEPT = 100;
const FILLS_KEPT = 100;
/** The limits of a stream allow 64 orders in flight; more than this is a journal of another build. */
const ORDERS_KEPT = 256;
const NS_PER_MS = 1_000_000n;

/** CHECK_RESULT and the numbers, which can be larger than a double holds. */
export type CheckRow = readonly [code: number, result: number, value: unknown, limit: unknown, headroom: unknown];

export interface DecisionView {
  readonly id: string;
  readonly seq: number;
  readonly time_ms: number;
  readonly symbol: number;
  readonly action: number;
  readonly side: number;
  readonly volume_microlots: number;
  readonly price_points: number;
  readonly stop_points: number;
  readonly target_points: number;
  readonly timeframe_s: number;
  readonly probability_up_ppm: number;
  readonly expires_ms: number;
  /** Null for the moment between an intent and its verdict. */
  readonly verdict: {
    readonly seq: number;
    readonly accepted: boolean;
    readonly trading_state: number;
    readonly checks: readonly CheckRow[];
  } | null;
  readonly order: {
    readonly state: number;
    readonly final: boolean;
    readonly retcode: number;
    readonly filled_microlots: number;
    readonly price_points: number;
  };
}

export interface FillView {
  readonly seq: number;
  readonly time_ms: number;
  readonly symbol: number;
  readonly side: number;
  readonly entry: number;
  readonly volume_microlots: number;
  readonly price_points: number;
  readonly profit_micros: number;
  readonly costs_micros: number;
  readonly reason: number;
}

const idOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export class Decisions {
  readonly recent = new Recent<DecisionView>(DECISIONS_KEPT);
  readonly fills = new Recent<FillView>(FILLS_KEPT);
  /** Accepted and not final. */
  readonly open = new Map<string, DecisionView>();
  openVersion = 0;
  /** Refused since the journal's first record seen. */
  refused = 0;
  accepted = 0;

  onIntent({ seq, time_ns, symbol }: Header, intent: OrderIntent, version: number): void {
    const id = idOf(intent.intent_id);
    const decision: DecisionView = {
      id,
      seq: Number(seq),
      time_ms: Number(time_ns / NS_PER_MS),
      symbol,
      action: intent.action,
      side: intent.side,
      volume_microlots: Number(intent.volume_microlots),
      price_points: Number(intent.price_points),
      stop_points: Number(intent.stop_points),
      target_points: Number(intent.target_points),
      timeframe_s: intent.timeframe_s,
      probability_up_ppm: intent.probability_up_ppm,
      expires_ms: Number(intent.expires_ns / NS_PER_MS),
      verdict: null,
      order: { state: 0, final: false, retcode: 0, filled_microlots: 0, price_points: 0 },
    };
    this.recent.set(id, decision, version);
  }

  onVerdict({ seq }: Header, verdict: RiskVerdict, version: number): void {
    const id = idOf(verdict.intent_id);
    const accepted = verdict.accepted === 1;
    if (accepted) this.accepted++;
    else this.refused++;
    const decision = this.recent.get(id);
    if (!decision) return;
    const checks = verdict.checks.map(
      (c): CheckRow => [c.code, c.result, plain(c.value), plain(c.limit), plain(c.headroom)],
    );
    const judged = {
      ...decision,
      verdict: { seq: Number(seq), accepted, trading_state: verdict.trading_state, checks },
    };
    this.recent.set(id, judged, version);
    if (accepted && this.open.size < ORDERS_KEPT) this.#setOpen(judged, version);
  }

  onUpdate(update: OrderUpdate, version: number): void {
    const id = idOf(update.intent_id);
    const decision = this.open.get(id) ?? this.recent.get(id);
    if (!decision) return;
    const updated = {
      ...decision,
      order: {
        state: update.state,
        final: update.final === 1,
        retcode: update.retcode,
        filled_microlots: Number(update.volume_filled_microlots),
        price_points: Number(update.price_points),
      },
    };
    if (this.recent.get(id)) this.recent.set(id, updated, version);
    if (this.open.has(id)) this.#setOpen(updated, version);
  }

  #setOpen(decision: DecisionView, version: number): void {
    if (decision.order.final) this.open.delete(decision.id);
    else this.open.set(decision.id, decision);
    this.openVersion = version;
  }

  onFill({ seq, symbol }: Header, fill: Fill, version: number): void {
    const row: FillView = {
      seq: Number(seq),
      time_ms: Number(fill.broker_time_ms),
      symbol,
      side: fill.side,
      entry: fill.entry,
      volume_microlots: Number(fill.volume_microlots),
      price_points: Number(fill.price_points),
      profit_micros: Number(fill.profit_micros),
      costs_micros: Number(fill.commission_micros + fill.swap_micros),
      reason: fill.reason,
    };
    this.fills.set(String(fill.deal_ticket), row, version);
  }

  /** The newest verdicts' checks of `code`, newest first, of accepted decisions. */
  lastAccepted(): DecisionView | undefined {
    return this.recent.values().findLast(({ verdict }) => verdict?.accepted === true);
  }
}

export const isOpening = ({ action }: DecisionView): boolean => action === INTENT_ACTION.open;
