// The shapes that market, playback and broker hand to one another. Times are UTC milliseconds, prices whole points.

export interface MarketTick {
  readonly symbol: string;
  readonly time_ms: number;
  readonly bid: number;
  readonly ask: number;
  /** 2 bid changed, 4 ask changed. */
  readonly flags: number;
}

export interface HistoryBar {
  readonly open_time_ms: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly tick_volume: number;
  readonly spread: number;
}

export interface SymbolHistory {
  readonly minutes: readonly HistoryBar[];
  readonly hours: readonly HistoryBar[];
}
