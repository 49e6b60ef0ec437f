// The calendar as the terminal tells it: kinds of events once a session, values of the days around now when it goes live
// and again now and then, every change in between by itself. Times are the server's, all shown with its present offset.
import { CalEvents, CalReq, CalValues, type CalValuesRow } from "#proto/generated/mtx1.ts";
import { TIME_MS_MAX } from "#proto/limits.ts";
import { decodePayload, type Frame } from "#proto/mtx1/frame.ts";
import { CALENDAR_WHAT } from "#proto/mtx1.ts";
import type { BrokerTime } from "./broker-time.ts";
import type { CalendarEntry } from "./calendar.ts";
import { toAscii } from "./convert.ts";
import { type SessionEffect, send } from "./ea-session.ts";

/** Values are read whole this often: what changed while the terminal slept, and what has come near. */
const ASK_MS = 3_600_000;
const BACK_S = 6 * 3600;
const AHEAD_S = 7 * 86_400;
/** Kinds of events that exist are some two thousand. */
const KINDS_MAX = 8_192;
/** CALENDAR_TIMEMODE_DATETIME: only such an event has a time of day. */
const TIMED = 0;
/** LONG_MIN. */
const ABSENT = -(2n ** 63n);
const TERMINAL = { source: "terminal", sha256: new Uint8Array(32) };

interface Kind {
  readonly currency: string;
  readonly name: string;
  readonly importance: number;
  readonly timed: boolean;
}

export class EaCalendar {
  readonly counts = { rows: 0, untimed: 0, unknown_kind: 0, refused: 0 };
  readonly #brokerTime: BrokerTime;
  readonly #kinds = new Map<bigint, Kind>();
  #askedMs = Number.NEGATIVE_INFINITY;
  #askedOffsetS: number | undefined;

  constructor(brokerTime: BrokerTime) {
    this.#brokerTime = brokerTime;
  }

  /** While live: asks when it is time, and at once when the broker's clock was changed, which moves every time shown. */
  tick(now: { readonly ms: number; readonly utcMs: number }): SessionEffect[] {
    const { offsetS } = this.#brokerTime;
    const first = this.#askedOffsetS === undefined;
    if (now.ms - this.#askedMs < ASK_MS && offsetS === this.#askedOffsetS) return [];
    this.#askedMs = now.ms;
    this.#askedOffsetS = offsetS;
    const nowS = Math.floor(now.utcMs / 1000) + (offsetS ?? 0);
    return [
      send(CalReq, {
        what: CALENDAR_WHAT.values | (first ? CALENDAR_WHAT.events : 0),
        from_s: BigInt(Math.max(0, nowS - BACK_S)),
        to_s: BigInt(nowS + AHEAD_S),
      }),
    ];
  }

  /** What a frame tells; undefined when it is not about the calendar. */
  onFrame(frame: Frame): CalendarEntry[] | undefined {
    if (frame.type === CalEvents.type) {
      this.#onKinds(frame.payload);
      return [];
    }
    if (frame.type !== CalValues.type) return undefined;
    return decodePayload(CalValues, frame.payload).rows.flatMap((row) => this.#entryOf(row));
  }

  #onKinds(payload: Uint8Array): void {
    for (const row of decodePayload(CalEvents, payload).rows) {
      if (this.#kinds.size >= KINDS_MAX && !this.#kinds.has(row.event_id)) {
        this.counts.refused++;
        continue;
      }
      this.#kinds.set(row.event_id, {
        currency: toAscii(row.currency, 8),
        name: toAscii(row.name || row.event_code, 64),
        importance: row.importance,
        timed: row.time_mode === TIMED,
      });
    }
  }

  #entryOf(row: CalValuesRow): CalendarEntry[] {
    this.counts.rows++;
    const kind = this.#kinds.get(row.event_id);
    if (!kind) this.counts.unknown_kind++;
    else if (!kind.timed) this.counts.untimed++;
    if (!kind?.timed) return [];
    const time_ms = this.#brokerTime.utcMsByPresentOffset(Number(row.time_s) * 1000);
    const sound = time_ms > 0 && time_ms <= TIME_MS_MAX && kind.importance <= 3 && kind.currency !== "";
    if (!sound) {
      this.counts.refused++;
      return [];
    }
    return [
      {
        event: {
          event_id: row.value_id,
          time_ms: BigInt(time_ms),
          currency: kind.currency,
          name: kind.name,
          actual_micros: row.actual,
          forecast_micros: row.forecast,
          previous_micros: row.revised_previous === ABSENT ? row.previous : row.revised_previous,
          importance: kind.importance,
        },
        revision: row.revision,
        origin: TERMINAL,
      },
    ];
  }
}
