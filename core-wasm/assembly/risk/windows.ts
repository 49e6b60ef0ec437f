// When and on what leave something may be opened: kill switch, lease, hours, news, stop, edge. None but the kill switch's
// trading state stops an order that only reduces.
import { NewsWindow as NewsRecord, OrderIntent } from "../generated/records";
import { NEWS_MAX, newsAt, newsCount, PRESENT, stream } from "../state";
import { Market } from "../structures";
import { exit } from "./exit";
import { limited, limits } from "./limits";
import { atLeast, atMost, measured, missing, unlimited } from "./measure";

const NS_PER_S: i64 = 1_000_000_000;
const DAY_S: i64 = 86_400;
const EVEN_PPM: i64 = 500_000;

export function checkKillSwitch(): void {
  const killed = <i64>stream().killed;
  if (exit) return unlimited(killed);
  atMost(killed, 0);
}

export function checkLease(): void {
  const left_ms = (stream().lease_expires_ns - stream().time_ns) / 1_000_000;
  if (exit) return unlimited(left_ms);
  if (!limited) return missing();
  // A box that took over opens nothing without leave of its own, whatever the limits say.
  if (limits.lease_required == 0 && stream().epoch == 0) return unlimited(left_ms);
  if (stream().lease_expires_ns == 0) return missing();
  atLeast(left_ms, 1);
}

/** Headroom: seconds to the end of the hours, or minus those to their beginning. */
export function checkSession(): void {
  const second = (stream().time_ns / NS_PER_S) % DAY_S;
  if (exit) return unlimited(second);
  if (!limited) return missing();
  const from = <i64>limits.session_from_s;
  const to = <i64>limits.session_to_s;
  if (from == to) return unlimited(second);
  const into = (second - from + DAY_S) % DAY_S;
  const length = (to - from + DAY_S) % DAY_S;
  // The last second inside has headroom 0.
  measured(second, to, into < length ? length - into - 1 : into - DAY_S);
}

export function checkNews(m: Market): void {
  const now = stream().time_ns / 1_000_000;
  let nearest = i64.MAX_VALUE;
  const windows = newsCount();
  for (let i: u32 = 0; i < windows; i++) {
    const news = newsAt(i);
    if (news.to_ms <= news.from_ms) continue;
    const ours = news.currency == 0 || news.currency == m.base_currency || news.currency == m.profit_currency;
    if (!ours) continue;
    const distance = now < news.from_ms ? news.from_ms - now : now < news.to_ms ? 0 : now - news.to_ms + 1;
    if (distance < nearest) nearest = distance;
  }
  if (exit) return unlimited(nearest);
  if (!limited || m.spec != PRESENT) return missing();
  atLeast(nearest, 1);
}

/** A repeated id replaces its window; otherwise the oldest makes room, but not for one that only says it is gone. */
export function takeNews(record: NewsRecord): void {
  const s = stream();
  let at = s.news_at;
  let known = false;
  for (let i: u32 = 0; i < NEWS_MAX; i++) {
    if (newsAt(i).event_id != record.event_id || newsAt(i).to_ms == 0) continue;
    at = i;
    known = true;
  }
  if (!known && record.from_ms == record.to_ms) return;
  const news = newsAt(at);
  news.event_id = record.event_id;
  news.from_ms = record.from_ms;
  news.to_ms = record.to_ms;
  news.currency = record.currency_0;
  if (at == s.news_at) s.news_at = (at + 1) & (NEWS_MAX - 1);
}

export function checkStop(intent: OrderIntent): void {
  if (exit) return unlimited(intent.stop_points);
  if (!limited) return missing();
  atLeast(intent.stop_points, <i64>limits.stop_required);
}

export function checkEdge(intent: OrderIntent): void {
  const edge = <i64>intent.probability_up_ppm - EVEN_PPM;
  const size = edge < 0 ? -edge : edge;
  if (exit) return unlimited(size);
  if (!limited) return missing();
  atLeast(size, <i64>limits.edge_min_ppm);
}

/** Value: answers that the conformal set of the prediction keeps. */
export function checkUncertainty(intent: OrderIntent): void {
  const answers = <i64>(intent.direction_set & 1) + <i64>((intent.direction_set >> 1) & 1);
  if (exit) return unlimited(answers);
  if (!limited) return missing();
  if (limits.certainty_required == 0) return unlimited(answers);
  measured(answers, 1, answers == 1 ? 0 : -1);
}
