// The pre-trade checks, in the order of proto/reasons.ts. Every check is evaluated and recorded for every intent,
// never only the first that fails: value, limit, headroom (how far from failing, saturating), result. A check whose
// data is missing says so and fails. An intent is accepted only if every check passes.
import {
  OrderIntent,
  RISK_VERDICT_BYTES,
  RISK_VERDICT_CHECKS_BYTES,
  RISK_VERDICT_CODE,
  RiskVerdict,
} from "../generated/records";
import { begin, commit } from "../outbox";
import { stream } from "../state";
import { Market } from "../structures";
import { findExit } from "./exit";
import { checkPositionSize } from "./exposure";
import { findLimits } from "./limits";
import { checkDailyLoss, checkDrawdown, checkLossStreak, checkRealisedLoss } from "./losses";
import { checkCollar, checkCollarPeriod, checkQuoteAge, checkSpread } from "./market";
import { checking, codeAndResult, entryOf, PASS } from "./measure";
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
  findLimits(symbol);
  findStrategy(strategyOf(intent.magic));
  findPortfolio(symbol, m, intent);
  checking(verdict, reason.TRADING_STATE);
  checkTradingState();
  checking(verdict, reason.SYMBOL_KNOWN);
  checkSymbol(m, intent);
  checking(verdict, reason.PRICE_AND_VOLUME_GRID);
  checkGrid(m, intent);
  checking(verdict, reason.ORDER_SIZE);
  checkOrderSize(intent);
  checking(verdict, reason.POSITION_SIZE);
  checkPositionSize(m, intent);
  checking(verdict, reason.DAILY_LOSS);
  checkDailyLoss();
  checking(verdict, reason.SPREAD);
  checkSpread(m);
  checking(verdict, reason.QUOTE_AGE);
  checkQuoteAge(m);
  checking(verdict, reason.KILL_SWITCH);
  checkKillSwitch();
  checking(verdict, reason.LEASE);
  checkLease();
  checking(verdict, reason.STOPS_LEVEL);
  checkStopsLevel(m, intent);
  checking(verdict, reason.ORDER_NOTIONAL);
  checkNotional();
  checking(verdict, reason.GROSS_EXPOSURE);
  checkGross();
  checking(verdict, reason.NET_EXPOSURE);
  checkNet();
  checking(verdict, reason.CURRENCY_EXPOSURE);
  checkCurrency(m);
  checking(verdict, reason.CORRELATED_EXPOSURE);
  checkCorrelated();
  checking(verdict, reason.FREE_MARGIN);
  checkMargin();
  checking(verdict, reason.LEVERAGE);
  checkLeverage();
  checking(verdict, reason.DAILY_REALISED_LOSS);
  checkRealisedLoss();
  checking(verdict, reason.DRAWDOWN);
  checkDrawdown();
  checking(verdict, reason.LOSS_STREAK);
  checkLossStreak();
  checking(verdict, reason.PRICE_COLLAR);
  checkCollar(m, intent);
  checking(verdict, reason.PRICE_COLLAR_PERIOD);
  checkCollarPeriod(m);
  checking(verdict, reason.ORDER_RATE);
  checkOrderRate();
  checking(verdict, reason.REPEATED_ORDER);
  checkRepeated(m, intent);
  checking(verdict, reason.OPEN_ORDERS);
  checkOpenOrders();
  checking(verdict, reason.SESSION_WINDOW);
  checkSession();
  checking(verdict, reason.NEWS_WINDOW);
  checkNews(m);
  checking(verdict, reason.STOP_REQUIRED);
  checkStop(intent);
  checking(verdict, reason.PREDICTION_EDGE);
  checkEdge(intent);
  checking(verdict, reason.STRATEGY_EXPOSURE);
  checkStrategyExposure();
  checking(verdict, reason.STRATEGY_DAILY_LOSS);
  checkStrategyLoss();
  checking(verdict, reason.PREDICTION_UNCERTAINTY);
  checkUncertainty(intent);

  count(verdict);
  const accepted = verdict.failed_count == 0 && <u32>verdict.check_count == CHECKS;
  verdict.accepted = accepted ? 1 : 0;
  commit(at);
  return accepted;
}

/** How many were written down, and how many of them did not pass: at the end, so that no check waits for a counter. */
function count(verdict: RiskVerdict): void {
  let checks: u32 = 0;
  let failed: u32 = 0;
  for (let code: u32 = 1; code <= CHECKS; code++) {
    const entry = codeAndResult(entryOf(verdict, code));
    checks += <u32>((entry & 0xffff) == code);
    failed += <u32>(entry >> 16 != PASS);
  }
  verdict.check_count = <u16>checks;
  verdict.failed_count = <u16>failed;
}
