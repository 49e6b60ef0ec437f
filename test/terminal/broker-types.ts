// What the simulated trade server and the EA's order path say to each other. Prices are whole points, volumes whole
// micro-lots, money whole micros of the account currency, times UTC milliseconds; magics are decimal text (64 bits).
import type { RandomState } from "./random.ts";

export const RETCODE = {
  requote: 10004,
  reject: 10006,
  placed: 10008,
  done: 10009,
  done_partial: 10010,
  error: 10011,
  timeout: 10012,
  invalid: 10013,
  invalid_volume: 10014,
  invalid_price: 10015,
  invalid_stops: 10016,
  trade_disabled: 10017,
  market_closed: 10018,
  no_money: 10019,
  price_off: 10021,
  no_changes: 10025,
  invalid_fill: 10030,
  position_closed: 10036,
  invalid_close_volume: 10038,
  long_only: 10042,
  short_only: 10043,
  close_only: 10044,
} as const;

export const BUY = 0;
export const SELL = 1;
export type Side = 0 | 1;
export const FILLING = { fok: 0, ioc: 1, return: 2 } as const;
export const ENTRY = { in: 0, out: 1, inout: 2, out_by: 3 } as const;
export const REASON = { expert: 3, stop: 4, target: 5, stop_out: 6 } as const;
export const ORDER_STATUS = { started: 0, placed: 1, canceled: 2, partial: 3, filled: 4, rejected: 5 } as const;
export const MARGIN_MODE = { netting: 0, hedging: 2 } as const;

export interface TradeRequest {
  readonly request_id: number;
  readonly action: "deal" | "protect" | "check";
  readonly symbol: string;
  readonly side: Side;
  readonly volume: number;
  readonly stop: number;
  readonly target: number;
  readonly filling: number;
  /** Ticket of the position to close or protect, 0 = none. */
  readonly position: number;
  readonly magic: string;
  readonly comment: string;
}

export interface Position {
  ticket: number;
  readonly identifier: number;
  readonly symbol: string;
  side: Side;
  volume: number;
  /** Sum of price times volume over what is open: the exact average, without rounding. */
  cost: number;
  stop: number;
  target: number;
  magic: string;
  comment: string;
  readonly time_ms: number;
  update_ms: number;
}

export interface Order {
  readonly ticket: number;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: number;
  remaining: number;
  state: number;
  readonly filling: number;
  readonly reason: number;
  readonly stop: number;
  readonly target: number;
  readonly price: number;
  position_id: number;
  readonly magic: string;
  readonly comment: string;
  readonly setup_ms: number;
  done_ms: number;
}

export interface Deal {
  readonly deal: number;
  readonly order: number;
  readonly position_id: number;
  readonly symbol: string;
  readonly side: Side;
  readonly entry: number;
  readonly volume: number;
  readonly price: number;
  readonly commission: number;
  readonly profit: number;
  readonly magic: string;
  readonly time_ms: number;
  readonly reason: number;
  readonly comment: string;
  readonly stop: number;
  readonly target: number;
}

export interface RequestResult {
  readonly request_id: number;
  readonly retcode: number;
  readonly order: number;
  readonly deal: number;
  readonly volume: number;
  readonly price: number;
  readonly bid: number;
  readonly ask: number;
  /** Nothing more will come of this request. */
  readonly final: boolean;
  readonly comment: string;
}

/** What the server tells the terminal, in the order in which it happens. */
export type BrokerEvent =
  | {
      readonly kind: "order";
      readonly change: "add" | "update" | "delete" | "history";
      readonly order: Readonly<Order>;
    }
  | { readonly kind: "deal"; readonly deal: Deal }
  | { readonly kind: "position"; readonly position: Readonly<Position>; readonly byDeal: boolean }
  | { readonly kind: "result"; readonly result: RequestResult };

/** Chances in [0, 1] of each thing that can go wrong with one request. */
export interface BrokerFaults {
  readonly reject: number;
  readonly requote: number;
  /** Refused: the session is over (10018). */
  readonly closed: number;
  /** Refused: the stop level was moved while the order was on its way (10016). */
  readonly stops: number;
  readonly partial: number;
  /** Answers 10012; every second time it was executed nevertheless. */
  readonly timeout: number;
  /** Executed, and the answer never comes. */
  readonly lost: number;
  /** The transactions of one execution come in any order. */
  readonly shuffle: number;
}

export interface BrokerState {
  readonly now: number;
  readonly balance: number;
  readonly nextTicket: number;
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly pending: readonly PendingRequest[];
  readonly random: RandomState;
}

export interface PendingRequest {
  readonly due: number;
  readonly order: number;
  readonly request: TradeRequest;
  /** Order ticket whose remainder is still to be filled, 0 = a request that has not been looked at. */
  readonly remainderOf: number;
}
