// MTX1, the protocol between the Expert Advisor and the connector: the single source of every frame's payload, field by
// field. `npm run generate` turns this into the TypeScript codec, the MQL5 codec and docs/mtx1.md.
// Little-endian, explicit padding, strings after the fixed part. Header, CRC and MAC are in mtx1/frame.ts.
import { CALENDAR_FRAMES } from "./mtx1/calendar-frames.ts";
import type { FrameType } from "./mtx1/declare.ts";
import { MARKET_FRAMES } from "./mtx1/market-frames.ts";
import { ORDERS_FRAMES } from "./mtx1/order-frames.ts";
import { SESSION_FRAMES } from "./mtx1/session-frames.ts";
import { STATE_FRAMES } from "./mtx1/state-frames.ts";
import { ORDER_STATE } from "./records.ts";

export const FRAME_MAGIC = 0x3158544d;
export const FRAME_VERSION = 1;
export const FRAME_HEADER_BYTES = 24;
export const MAC_BYTES = 16;
export const FRAME_FLAG = { replay: 1, more: 2, mac: 4 } as const;
/** Ticks in one TICKS frame. */
export const TICKS_ROWS_MAX = 2000;

export const BYE_CODE = {
  version: 1,
  auth: 2,
  busy: 3,
  account: 4,
  protocol: 5,
  shutdown: 6,
  superseded: 7,
} as const;
export const CMD_ACTION = {
  market: 1,
  pending: 2,
  protect: 3,
  modify: 4,
  cancel: 5,
  close: 6,
  close_by: 7,
  check: 8,
} as const;
export const ACK_STATUS = {
  accepted: 1,
  duplicate: 2,
  expired: 3,
  not_live: 4,
  invalid: 5,
  trading_disabled: 6,
  rate: 7,
  guard: 8,
} as const;
/** The same numbers as the records' order states. */
export const CMD_STATE = ORDER_STATE;
export const HEARTBEAT_FLAG = { broker_connected: 1, trading_allowed: 2, live: 4 } as const;
export const SUBSCRIBE_WHAT = { ticks: 1, m1_bars: 2, book: 4 } as const;
/** What CAL_REQ asks for. */
export const CALENDAR_WHAT = { countries: 1, events: 2, values: 4 } as const;
export const TICKS_SOURCE = { live: 0, backfill: 1, poll: 2 } as const;
export const SECTION = { account: 1, positions: 2, orders: 4, deals: 8, specs: 16 } as const;
export const TRADE_TX_TYPE = {
  order_add: 0,
  order_update: 1,
  order_delete: 2,
  history_add: 3,
  history_update: 4,
  history_delete: 5,
  deal_add: 6,
  deal_update: 7,
  deal_delete: 8,
  position: 9,
  request: 10,
} as const;

export const FRAMES: readonly FrameType[] = [
  ...SESSION_FRAMES,
  ...MARKET_FRAMES,
  ...STATE_FRAMES,
  ...ORDERS_FRAMES,
  ...CALENDAR_FRAMES,
];
