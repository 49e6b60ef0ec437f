// The close of a bar: score the active model's heads of that timeframe, record the prediction with the features it
// was made from, and hand it to the policy.
import { decide } from "../decision/policy";
import { WARM_BARS, writeFeatures } from "../features/registry";
import { atr } from "../features/volatility";
import { FEATURE_COUNT } from "../generated/features";
import { PREDICTION_BYTES, PREDICTION_CODE, PREDICTION_FEATURES_BYTES, Prediction } from "../generated/records";
import { FEATURES_AT } from "../memory";
import { begin, commit } from "../outbox";
import { headsAt, stream, timeframeSeconds } from "../state";
import { Bars, Market } from "../structures";
import { DIRECTION, Head, HIGH_VOLATILITY, headBytes } from "./head";
import { score } from "./logistic";

const UNDECIDED: f64 = 0.5;

/** After the indicators took the bar in. `trade` is false for bars from history: they never cause an order. */
export function onBarClosed(symbol: u32, m: Market, b: Bars, timeframe: u32, open_time_ms: i64, trade: bool): void {
  const s = stream();
  const seconds = timeframeSeconds(timeframe);
  const direction = findHead(seconds, DIRECTION);
  const volatility = findHead(seconds, HIGH_VOLATILITY);
  if (direction == 0 && volatility == 0) return;
  writeFeatures(symbol, m, b, open_time_ms, open_time_ms + <i64>seconds * 1000);
  const up = direction != 0 ? score(direction, s.feature_count) : UNDECIDED;
  const volatile = volatility != 0 ? score(volatility, s.feature_count) : UNDECIDED;
  const warm = b.count >= WARM_BARS && isWarm(direction, b.count) && isWarm(volatility, b.count);

  const at = begin(PREDICTION_CODE, PREDICTION_BYTES + FEATURE_COUNT * PREDICTION_FEATURES_BYTES, symbol);
  const p = changetype<Prediction>(at);
  p.cause_seq = s.last_seq;
  p.bar_time_ms = open_time_ms;
  p.probability_up = up;
  p.probability_high_volatility = volatile;
  p.atr_points = atr(b);
  p.model_sha256_head_0 = s.model_0;
  p.model_sha256_head_1 = s.model_1;
  p.timeframe_s = seconds;
  p.horizon_s = changetype<Head>(direction != 0 ? direction : volatility).horizon_s;
  p.regime = volatility != 0 && volatile >= UNDECIDED ? 1 : 0;
  p.warm = warm ? 1 : 0;
  p.feature_count = <u16>FEATURE_COUNT;
  memory.copy(at + PREDICTION_BYTES, FEATURES_AT, FEATURE_COUNT * PREDICTION_FEATURES_BYTES);
  commit(at);
  s.predictions++;
  if (trade && warm && direction != 0) decide(symbol, m, seconds, up, atr(b));
}

/** Address of the active model's head, 0 = it has none. */
function findHead(timeframe_s: u32, kind: u32): usize {
  const s = stream();
  if (s.model_active == 0) return 0;
  for (let i: u32 = 0; i < s.head_count; i++) {
    const at = headsAt() + <usize>i * headBytes(s.feature_count);
    const head = changetype<Head>(at);
    if (head.timeframe_s == timeframe_s && head.kind == kind) return at;
  }
  return 0;
}

function isWarm(head: usize, bars: u32): bool {
  return head == 0 || bars >= changetype<Head>(head).warm_bars;
}
