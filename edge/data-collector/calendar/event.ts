// A row of a calendar file, judged: an event is taken whole, or refused with a reason from a closed list. The names are
// those of MQL5's MqlCalendarValue and MqlCalendarEvent, or plain ones.
import { createHash } from "node:crypto";
import { type BrokerZone, brokerMsOf } from "#proto/broker-zone.ts";
import { TIME_MS_MAX } from "#proto/limits.ts";
import { CALENDAR_IMPORTANCE } from "#proto/records.ts";
import { CalendarItem } from "#proto/services/metatrader-connector.ts";
import type { Row } from "./table.ts";

/** Why a row, or a file as a whole, is not taken. */
export const CALENDAR_REFUSALS = [
  "bad_id",
  "bad_time",
  "bad_currency",
  "bad_importance",
  "bad_revision",
  "bad_value",
  "no_name",
  "huge",
  "untimed",
  "malformed",
  "too_many",
] as const;
export type CalendarRefusal = (typeof CALENDAR_REFUSALS)[number];

const NAME_MAX = 200;
const ABSENT = (-(2n ** 63n)).toString();
const ID_MAX = 2n ** 64n - 1n;
/** Nothing is scheduled as far off as this; a time beyond it is a lie or a mistake. */
const FUTURE_MS = 400 * 86_400_000;
const IMPORTANCE: ReadonlyMap<string, number> = new Map([
  ...Object.entries(CALENDAR_IMPORTANCE).flatMap(([name, value]): [string, number][] => [
    [name, value],
    [String(value), value],
  ]),
  ["medium", CALENDAR_IMPORTANCE.moderate],
]);

export interface CalendarFile {
  /** When it was written, UTC milliseconds: MT5 shows all times with its server's offset of that moment. */
  readonly written_ms: number;
  /** Of times that name no zone. */
  readonly zone: BrokerZone;
}

export function judgeEvent(row: Row, file: CalendarFile): CalendarItem | CalendarRefusal {
  const cell = (...names: string[]): string => {
    for (const name of names) {
      const text = row[name]?.trim();
      if (text !== undefined && text !== "") return text;
    }
    return "";
  };
  const mode = cell("time_mode").toLowerCase();
  if (mode !== "" && mode !== "0" && !/datetime$/.test(mode)) return "untimed";
  const time_ms = timeOf(cell("time", "datetime", "date"), file);
  if (time_ms === undefined || time_ms > file.written_ms + FUTURE_MS) return "bad_time";
  const currency = cell("currency").toUpperCase();
  if (!/^[A-Z]{3,8}$/.test(currency)) return "bad_currency";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const name = cell("name", "event", "event_code").replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ");
  if (name === "") return "no_name";
  if (name.length > NAME_MAX) return "huge";
  const importance = IMPORTANCE.get(
    cell("importance")
      .toLowerCase()
      .replace(/^calendar_importance_/, ""),
  );
  if (importance === undefined) return "bad_importance";
  const revision = cell("revision");
  if (!/^\d{0,9}$/.test(revision)) return "bad_revision";
  const event_id = idOf(cell("id", "value_id"), { currency, name, time_ms });
  if (event_id === undefined) return "bad_id";
  const actual_micros = microsOf(cell("actual_value"), cell("actual"));
  const forecast_micros = microsOf(cell("forecast_value"), cell("forecast"));
  const previous_micros = microsOf(cell("revised_prev_value", "prev_value"), cell("previous"));
  if (actual_micros === "bad" || forecast_micros === "bad" || previous_micros === "bad") return "bad_value";
  const values = { actual_micros, forecast_micros, previous_micros };
  return { event_id, time_ms, currency, name, importance, revision: Number(revision), ...values };
}

/** Own, or made from currency, name and day: a file without ids that moves an event by hours speaks of the same one. */
function idOf(text: string, o: { currency: string; name: string; time_ms: number }): string | undefined {
  if (text !== "") return /^[1-9]\d{0,19}$/.test(text) && BigInt(text) <= ID_MAX ? text : undefined;
  const day = new Date(o.time_ms).toISOString().slice(0, 10);
  const hash = createHash("sha256").update(`${o.currency}\0${o.name}\0${day}`).digest();
  return hash.readBigUInt64LE(0).toString();
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;
const MT5 = /^(\d{4})\.(\d\d)\.(\d\d) (\d\d):(\d\d)(?::(\d\d))?$/;

/** UTC milliseconds. ISO 8601 with a zone as it is; MT5's writing, Unix seconds and ISO without zone are broker time. */
function timeOf(text: string, file: CalendarFile): number | undefined {
  const parts = ISO.exec(text) ?? MT5.exec(text);
  const shown = parts ? clockMs(parts) : /^\d{9,10}$/.test(text) ? Number(text) * 1000 : undefined;
  if (shown === undefined) return undefined;
  const zone = parts?.[7];
  const offsetMs = zone === undefined ? brokerMsOf(file.zone, file.written_ms) - file.written_ms : zoneMs(zone);
  const utc = shown - offsetMs;
  return utc > 0 && utc <= TIME_MS_MAX ? utc : undefined;
}

function clockMs(parts: readonly (string | undefined)[]): number | undefined {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(parts[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const sound = hour < 24 && minute < 60 && second < 60 && month >= 1 && month <= 12;
  return sound && new Date(ms).getUTCDate() === day ? ms : undefined;
}

function zoneMs(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === "-" ? -ms : ms;
}

/** MQL5's whole millionths, or a decimal number; null = not known. */
function microsOf(whole: string, decimal: string): string | null | "bad" {
  if (whole !== "") return whole === ABSENT ? null : inBounds(whole);
  if (decimal === "" || decimal === "-") return null;
  const [, sign = "", units, part = ""] = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  if (units === undefined) return "bad";
  return inBounds(`${sign}${BigInt(units + part.padEnd(6, "0"))}`);
}

function inBounds(text: string): string | "bad" {
  if (!/^-?\d{1,19}$/.test(text)) return "bad";
  const plain = BigInt(text).toString();
  return CalendarItem.shape.actual_micros.safeParse(plain).success ? plain : "bad";
}
