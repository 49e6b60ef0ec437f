// By whose leave and when something may be opened: the trading state with its trips and releases, news windows, how often.
import type { NewsWindow, OperatorCommand, OperatorKey } from "#proto/generated/records.ts";
import { OPERATOR_COMMAND, TRADING_STATE } from "#proto/records.ts";
import { MINUTE } from "./numbers.ts";

const NEWS_MAX = 32;
const OPERATORS_MAX = 16;
const COMMANDS_MAX = 256;
const RATES_MAX = 64;

/** News windows, the oldest first. */
export class News {
  windows: NewsWindow[] = [];

  /** A repeated id replaces its window, which keeps its age (the oldest of a full table becomes the newest). */
  onRecord(window: NewsWindow): void {
    const at = this.windows.findIndex(({ event_id }) => event_id === window.event_id);
    if (at < 0 && window.from_ms === window.to_ms) return;
    if (at > 0 || (at === 0 && this.windows.length < NEWS_MAX)) this.windows[at] = window;
    else this.windows = [...(this.windows.length === NEWS_MAX ? this.windows.slice(1) : this.windows), window];
  }
}

/** Times of accepted opening orders. */
export class Rate {
  #times: bigint[] = [];

  onOpened(now: bigint): void {
    this.#times = [...this.#times, now].slice(-RATES_MAX);
  }

  within(now: bigint): bigint {
    return BigInt(this.#times.filter((time) => time > now - MINUTE).length);
  }
}

/** The trading state. What it trips on is the model's to say. */
export class Leave {
  state: number = TRADING_STATE.active;
  killed = false;
  readonly #keys = new Set<string>();
  readonly #commands: string[] = [];

  onKey(record: OperatorKey): void {
    if (record.operator === "") return;
    const name = keyName(record);
    if (record.revoked !== 0) this.#keys.delete(name);
    else if (this.#keys.size < OPERATORS_MAX) this.#keys.add(name);
  }

  /** "released" when the peak begins anew; undefined when the command changes nothing. */
  onCommand(record: OperatorCommand): "released" | "obeyed" | undefined {
    const { activate, reduce_only, kill, flatten } = OPERATOR_COMMAND;
    const { command } = record;
    if (command < activate || command > flatten) return undefined;
    const id = Buffer.from(record.command_id).toString("hex");
    const nameless = /^0+$/.test(id);
    if (command === activate && (nameless || record.reason === "" || !this.#keys.has(keyName(record))))
      return undefined;
    if (!nameless && this.#isRepeated(id)) return undefined;
    if (command === activate) {
      this.killed = false;
      this.state = TRADING_STATE.active;
      return "released";
    }
    if (command === kill) this.killed = true;
    // Only a release leads back: reduce-only does not relax a halt.
    this.state = Math.max(this.state, command === reduce_only ? TRADING_STATE.reduce_only : TRADING_STATE.halted);
    return "obeyed";
  }

  #isRepeated(id: string): boolean {
    if (this.#commands.includes(id)) return true;
    this.#commands.push(id);
    if (this.#commands.length > COMMANDS_MAX) this.#commands.shift();
    return false;
  }
}

const keyName = (of: { operator: string; public_key: Uint8Array }): string =>
  `${of.operator} ${Buffer.from(of.public_key).toString("hex")}`;
