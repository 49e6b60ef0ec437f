// The pre-trade checks, in the order of proto/reasons.ts. Every check is evaluated and recorded for every intent,
// never only the first that fails: value, limit, headroom (how far from failing, saturating), result. A check whose
// data is missing says so and fails. An intent is accepted only if every check passes.
import {
  OrderIntent,
  RISK_VERDICT_BYTES,
  RISK_VERDICT_CHECKS_BYTES,
  RISK_VERDICT_CODE,
  RiskVerdict,
  RiskVerdictChecks,
} from "../generated/records";
import { begin, commit } from "../outbox";
import { Market, stream } from "../state";
import { checkPositionSize } from "./exposure";
import { checkDailyLoss } from "./losses";
import { checkQuoteAge, checkSpread } from "./market";
import { headroom, limit, PASS, result, value } from "./measure";
import { checkGrid, checkOrderSize, checkSymbol, checkTradingState } from "./order";
import {
  DAILY_LOSS,
  ORDER_SIZE,
  POSITION_SIZE,
  PRICE_AND_VOLUME_GRID,
  QUOTE_AGE,
  SPREAD,
  SYMBOL_KNOWN,
  TRADING_STATE,
} from "./reasons";

const CHECKS: u32 = 8;

/** Records the verdict of the intent just committed; true = accepted. */
export function judge(symbol: u32, m: Market, intent: OrderIntent): bool {
  const s = stream();
  const at = begin(RISK_VERDICT_CODE, RISK_VERDICT_BYTES + CHECKS * RISK_VERDICT_CHECKS_BYTES, symbol);
  const verdict = changetype<RiskVerdict>(at);
  verdict.cause_seq = s.last_seq;
  verdict.intent_id_0 = intent.intent_id_0;
  verdict.intent_id_1 = intent.intent_id_1;
  verdict.trading_state = s.trading_state;

  checkTradingState(m, intent);
  record(verdict, TRADING_STATE);
  checkSymbol(m, intent);
  record(verdict, SYMBOL_KNOWN);
  checkGrid(m, intent);
  record(verdict, PRICE_AND_VOLUME_GRID);
  checkOrderSize(symbol, intent);
  record(verdict, ORDER_SIZE);
  checkPositionSize(symbol, m, intent);
  record(verdict, POSITION_SIZE);
  checkDailyLoss(symbol, intent);
  record(verdict, DAILY_LOSS);
  checkSpread(symbol, m, intent);
  record(verdict, SPREAD);
  checkQuoteAge(symbol, m);
  record(verdict, QUOTE_AGE);

  const accepted = verdict.failed_count == 0 && <u32>verdict.check_count == CHECKS;
  verdict.accepted = accepted ? 1 : 0;
  commit(at);
  return accepted;
}

/** Writes down what the check just measured. */
function record(verdict: RiskVerdict, code: u16): void {
  const at = changetype<usize>(verdict) + RISK_VERDICT_BYTES + <usize>verdict.check_count * RISK_VERDICT_CHECKS_BYTES;
  const entry = changetype<RiskVerdictChecks>(at);
  entry.code = code;
  entry.value = value;
  entry.limit = limit;
  entry.headroom = headroom;
  entry.result = result;
  verdict.check_count++;
  if (result != PASS) verdict.failed_count++;
}
