// The account between the broker's words: equity, the trading day and its losses, the peak, losses in a row.
import type { Account as AccountRecord, Fill } from "#proto/generated/records.ts";
import { DAY, isMoney, isTime, MS, SECOND, saturate } from "./numbers.ts";
import { ENTRY_IN } from "./positions.ts";

const HEDGING = 2;

export class Account {
  /** The last account record was in bounds. */
  known = false;
  equity = 0n;
  free = 0n;
  leverage = 0n;
  hedging = false;
  /** The broker's time of the last record: what happened up to then is in it. */
  time_ms = 0n;
  day: { start: bigint | undefined } = { start: undefined };
  #dayEnd = 0n;
  #offset_s = 0n;
  realised = 0n;
  peak: bigint | undefined;
  #streak = 0;
  coolUntil = 0n;

  onRecord(record: AccountRecord): boolean {
    this.known = isMoney(record.equity_micros) && isMoney(record.margin_free_micros) && isTime(record.server_time_ms);
    if (!this.known) return false;
    this.equity = record.equity_micros;
    this.free = record.margin_free_micros;
    this.leverage = BigInt(record.leverage);
    this.hedging = record.margin_mode === HEDGING;
    this.time_ms = record.server_time_ms;
    this.day.start ??= this.equity;
    return true;
  }

  move(by: bigint): void {
    this.equity = saturate(this.equity + by);
  }

  /** True when a new trading day has begun: it starts with the equity as it is, if that is known. */
  onTime(now: bigint): boolean {
    if (now < this.#dayEnd) return false;
    this.#findDayEnd(now);
    this.realised = 0n;
    this.day = { start: this.known ? this.equity : undefined };
    return true;
  }

  /** Moves the next boundary, never the day that has begun. */
  onDayOffset(offset_s: number, now: bigint): void {
    if (this.#offset_s === BigInt(offset_s)) return;
    this.#offset_s = BigInt(offset_s);
    this.#findDayEnd(now);
  }

  #findDayEnd(now: bigint): void {
    const into = (((now - this.#offset_s * SECOND) % DAY) + DAY) % DAY;
    this.#dayEnd = now - into + DAY;
  }

  loss(): bigint | undefined {
    return this.day.start === undefined ? undefined : saturate(this.day.start - this.equity);
  }

  drawdown(): bigint | undefined {
    return this.peak === undefined ? undefined : saturate(this.peak - this.equity);
  }

  /** The peak follows the equity while the account is known. */
  follow(): void {
    if (this.known && (this.peak === undefined || this.equity > this.peak)) this.peak = this.equity;
  }

  /** A deal that closed something; `limits` undefined = a streak is counted and causes nothing. */
  countStreak(fill: Fill, limits: { loss_streak_max: number; cooldown_ms: bigint } | undefined, now: bigint): void {
    if (fill.entry === ENTRY_IN) return;
    this.#streak = fill.profit_micros + fill.commission_micros + fill.swap_micros < 0n ? this.#streak + 1 : 0;
    if (this.#streak === 0 || !limits || this.#streak < limits.loss_streak_max) return;
    this.#streak = 0;
    this.coolUntil = saturate(now + limits.cooldown_ms * MS);
  }
}
