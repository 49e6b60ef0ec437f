// What calls for a person, now and lately: conditions that began and ended, and events of the journal. A machine: told of
// both, it keeps a bounded list for the page and says which alerts are news for the channels.

import type { Severity } from "#proto/configuration/services.ts";
import { Recent } from "../recent.ts";
import type { Condition } from "./rules.ts";

const KEPT = 200;
/** A condition that goes and comes back within this time is one alert, not many. */
const HOLD_MS = 5_000;
/** The same key is news again after this time. */
const REPEAT_MS = 300_000;
/** Keys remembered for that. */
const KEYS_MAX = 1_000;

export interface AlertView {
  readonly id: string;
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  /** UTC milliseconds at which it began, by the clock of whoever says it. */
  readonly at_ms: number;
  /** event: it happened. active, over: it lasts, or did until ended_ms. */
  readonly state: "event" | "active" | "over";
  readonly ended_ms: number | null;
}

interface Active {
  alert: AlertView;
  /** When its condition was last true. */
  seen: number;
}

export class AlertBook {
  readonly recent = new Recent<AlertView>(KEPT);
  readonly #active = new Map<string, Active>();
  readonly #told = new Map<string, number>();
  #count = 0;
  /** An alert that a person has not been told of lately. */
  onNews: (alert: AlertView) => void = () => undefined;

  get active(): AlertView[] {
    return [...this.#active.values()].map(({ alert }) => alert);
  }

  /** All conditions that hold at `now` (monotonic milliseconds; `utc` for people). */
  onConditions(conditions: readonly Condition[], o: { now: number; utc: number; version: number }): void {
    for (const condition of conditions) {
      const known = this.#active.get(condition.key);
      if (!known || known.alert.severity !== condition.severity) this.#begin(condition, o);
      else {
        known.seen = o.now;
        // Only the page: its numbers move on, the news is the same.
        known.alert = { ...known.alert, text: condition.text };
        if (this.recent.get(known.alert.id)?.text !== condition.text)
          this.recent.set(known.alert.id, known.alert, o.version);
      }
    }
    for (const [key, { alert, seen }] of this.#active) {
      if (o.now - seen < HOLD_MS) continue;
      this.#active.delete(key);
      this.recent.set(alert.id, { ...alert, state: "over", ended_ms: o.utc }, o.version);
    }
  }

  #begin({ key, severity, text }: Condition, o: { now: number; utc: number; version: number }): void {
    const before = this.#active.get(key)?.alert;
    if (before) this.recent.set(before.id, { ...before, state: "over", ended_ms: o.utc }, o.version);
    const alert = this.#add({ key, severity, text, at_ms: o.utc, state: "active", ended_ms: null }, o.version);
    this.#active.set(key, { alert, seen: o.now });
    this.#tell(alert, o.now);
  }

  /** `news`: false for what the journal said before this process watched it. */
  onEvent(condition: Condition, o: { at_ms: number; now: number; version: number; news: boolean }): void {
    const { at_ms } = o;
    const alert = this.#add({ ...condition, at_ms, state: "event", ended_ms: null }, o.version);
    if (o.news) this.#tell(alert, o.now);
  }

  #add(alert: Omit<AlertView, "id">, version: number): AlertView {
    const named = { id: String(++this.#count), ...alert };
    this.recent.set(named.id, named, version);
    return named;
  }

  #tell(alert: AlertView, now: number): void {
    const key = `${alert.key}/${alert.severity}`;
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
    this.#told.delete(key);
    this.#told.set(key, now);
    if (this.#told.size > KEYS_MAX) for (const oldest of this.#told.keys()) if (this.#told.delete(oldest)) break;
    this.onNews(alert);
  }
}
