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
import { stream } from "../state";
import { Market } from "../structures";
import { findExit } from "./exit";
import { checkPositionSize } from "./exposure";
import { checkDailyLoss, checkDrawdown, checkLossStreak, checkRealisedLoss } from "./losses";
import { checkCollar, checkCollarPeriod, checkQuoteAge, checkSpread } from "./market";
import { headroom, limit, PASS, result, value } from "./measure";
import { checkGrid, checkOrderSize, checkStopsLevel, checkSymbol, checkTradingState } from "./order";
import {
  checkCorrelated,
  checkCurrency,
  checkGross,
  checkLeverage,
  checkMargin,
  checkNet,
  checkNotional,
  findPortfolio,
} from "./portfolio";
import { checkOpenOrders, checkOrderRate, checkRepeated } from "./rate";
import * as reason from "./reasons";
import { checkStrategyExposure, checkStrategyLoss, findStrategy, strategyOf } from "./strategy";
import {
  checkEdge,
  checkKillSwitch,
  checkLease,
  checkNews,
  checkSession,
  checkStop,
  checkUncertainty,
} from "./windows";

const CHECKS: u32 = 33;

/** Records the verdict of the intent just committed; true = accepted. */
export function judge(symbol: u32, m: Market, intent: OrderIntent): bool {
  const s = stream();
  const at = begin(RISK_VERDICT_CODE, RISK_VERDICT_BYTES + CHECKS * RISK_VERDICT_CHECKS_BYTES, symbol);
  const verdict = changetype<RiskVerdict>(at);
  verdict.cause_seq = s.last_seq;
  verdict.intent_id_0 = intent.intent_id_0;
  verdict.intent_id_1 = intent.intent_id_1;
  verdict.trading_state = s.trading_state;

  findExit(m, intent);
  findStrategy(strategyOf(intent.magic));
  findPortfolio(symbol, m, intent);
  checkTradingState();
  record(verdict, reason.TRADING_STATE);
  checkSymbol(m, intent);
  record(verdict, reason.SYMBOL_KNOWN);
  checkGrid(m, intent);
  record(verdict, reason.PRICE_AND_VOLUME_GRID);
  checkOrderSize(symbol, intent);
  record(verdict, reason.ORDER_SIZE);
  checkPositionSize(symbol, m, intent);
  record(verdict, reason.POSITION_SIZE);
  checkDailyLoss(symbol);
  record(verdict, reason.DAILY_LOSS);
  checkSpread(symbol, m);
  record(verdict, reason.SPREAD);
  checkQuoteAge(symbol, m);
  record(verdict, reason.QUOTE_AGE);
  checkKillSwitch();
  record(verdict, reason.KILL_SWITCH);
  checkLease(symbol);
  record(verdict, reason.LEASE);
  checkStopsLevel(m, intent);
  record(verdict, reason.STOPS_LEVEL);
  checkNotional(symbol);
  record(verdict, reason.ORDER_NOTIONAL);
  checkGross(symbol);
  record(verdict, reason.GROSS_EXPOSURE);
  checkNet(symbol);
  record(verdict, reason.NET_EXPOSURE);
  checkCurrency(symbol, m);
  record(verdict, reason.CURRENCY_EXPOSURE);
  checkCorrelated(symbol);
  record(verdict, reason.CORRELATED_EXPOSURE);
  checkMargin(symbol);
  record(verdict, reason.FREE_MARGIN);
  checkLeverage(symbol);
  record(verdict, reason.LEVERAGE);
  checkRealisedLoss(symbol);
  record(verdict, reason.DAILY_REALISED_LOSS);
  checkDrawdown(symbol);
  record(verdict, reason.DRAWDOWN);
  checkLossStreak(symbol);
  record(verdict, reason.LOSS_STREAK);
  checkCollar(symbol, m, intent);
  record(verdict, reason.PRICE_COLLAR);
  checkCollarPeriod(symbol, m);
  record(verdict, reason.PRICE_COLLAR_PERIOD);
  checkOrderRate(symbol);
  record(verdict, reason.ORDER_RATE);
  checkRepeated(symbol, m, intent);
  record(verdict, reason.REPEATED_ORDER);
  checkOpenOrders(symbol);
  record(verdict, reason.OPEN_ORDERS);
  checkSession(symbol);
  record(verdict, reason.SESSION_WINDOW);
  checkNews(symbol, m);
  record(verdict, reason.NEWS_WINDOW);
  checkStop(symbol, intent);
  record(verdict, reason.STOP_REQUIRED);
  checkEdge(symbol, intent);
  record(verdict, reason.PREDICTION_EDGE);
  checkStrategyExposure();
  record(verdict, reason.STRATEGY_EXPOSURE);
  checkStrategyLoss();
  record(verdict, reason.STRATEGY_DAILY_LOSS);
  checkUncertainty(symbol, intent);
  record(verdict, reason.PREDICTION_UNCERTAINTY);

  count(verdict);
  const accepted = verdict.failed_count == 0 && <u32>verdict.check_count == CHECKS;
  verdict.accepted = accepted ? 1 : 0;
  commit(at);
  return accepted;
}

function entryOf(verdict: RiskVerdict, code: u32): RiskVerdictChecks {
  const at = changetype<usize>(verdict) + RISK_VERDICT_BYTES + <usize>(code - 1) * RISK_VERDICT_CHECKS_BYTES;
  return changetype<RiskVerdictChecks>(at);
}

/** Writes down what the check just measured, in the place of its code: they count from 1. */
function record(verdict: RiskVerdict, code: u16): void {
  const entry = entryOf(verdict, code);
  entry.code = code;
  entry.value = value;
  entry.limit = limit;
  entry.headroom = headroom;
  entry.result = result;
}

/** How many were written down, and how many of them did not pass: at the end, so that no check waits for a counter. */
function count(verdict: RiskVerdict): void {
  let checks: u32 = 0;
  let failed: u32 = 0;
  for (let code: u32 = 1; code <= CHECKS; code++) {
    const entry = entryOf(verdict, code);
    checks += <u32>(<u32>entry.code == code);
    failed += <u32>(entry.result != PASS);
  }
  verdict.check_count = <u16>checks;
  verdict.failed_count = <u16>failed;
}
