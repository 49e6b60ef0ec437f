// Holds a script's core against the model, record by record: each verdict in every field, and after each record what the
// core says of itself. Counts what was seen.
import type { Answer, Script } from "#core-wasm/host/script.fixture.ts";
import type * as r from "#proto/generated/records.ts";
import { REASONS } from "#proto/reasons.ts";
import { decodeRecord } from "#proto/record.ts";
import { CHECK_RESULT, INTENT_ACTION, TRADING_STATE } from "#proto/records.ts";
import { RiskModel, type Verdict } from "./model.ts";

/** Core and model differ, or a rule that no verdict may break is broken. */
export class Difference extends Error {}

const RESULTS = Object.keys(CHECK_RESULT);
const EXIT_MAY_FAIL = ["symbol_known", "price_and_volume_grid"];

interface Intended {
  readonly symbol: number;
  readonly intent: r.OrderIntent;
  readonly verdict: r.RiskVerdict;
}

interface Input {
  readonly header: r.Header;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
}

/** How often things were seen, over all streams. */
export class Seen {
  readonly counts = new Map<string, number>();
  verdicts = 0;
  accepted = 0;

  add(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }
}

export class Watch {
  readonly model = new RiskModel();
  readonly #script: Script;
  readonly #seen: Seen;
  /** The last verdict, for streams that draw limits around what was measured. */
  last: Verdict | undefined;
  /** Opening orders accepted and not heard of since, and the like: what a broker would answer. */
  readonly accepted: Intended[] = [];

  /** From here on each record that the script sends is watched; what it has sent before must have caused no intent. */
  constructor(script: Script, seen = new Seen()) {
    this.#script = script;
    this.#seen = seen;
    for (const record of script.inputs) this.#take(decodeRecord(record), []);
    const raw = script.raw.bind(script);
    script.raw = (record) => {
      const answers = raw(record);
      this.#take(decodeRecord(record), answers);
      this.#compareState();
      return answers;
    };
  }

  /** Adds what the model met to what was seen. */
  close(): void {
    for (const [what, times] of this.model.met) this.#seen.add(what, times);
  }

  #take(input: Input, answers: readonly Answer[]): void {
    const { header } = input;
    const intents = answers.flatMap(({ kind, symbol, payload }, i): Intended[] =>
      kind === "order_intent" ? [{ symbol, intent: payload, verdict: answers[i + 1]?.payload }] : [],
    );
    this.#seen.add(`input ${input.kind}`);
    this.model.onTime(header.time_ns);
    // What time alone causes comes before what the record causes: bars that it closes, but for the tick's own symbol.
    const ticked = input.kind === "tick" ? header.symbol : 0;
    const early = intents.filter(({ symbol, intent }) => intent.timeframe_s !== 0 && symbol !== ticked);
    for (const one of early) this.#compare(one);
    apply(this.model, input);
    for (const one of intents) if (!early.includes(one)) this.#compare(one);
    if (input.kind === "operator_command") this.model.afterCommand();
  }

  #compare(one: Intended): void {
    const { intent, symbol, verdict } = one;
    const expected = this.model.judge(intent, symbol);
    this.last = expected;
    this.#seen.verdicts++;
    const refuse = (what: string): never => {
      throw new Difference(
        `symbol ${symbol}, seq ${intent.cause_seq}, ${intent.action === 1 ? "open" : "close"}: ${what}`,
      );
    };
    if (verdict.checks.length !== REASONS.length) refuse(`${verdict.checks.length} checks`);
    for (const [i, check] of expected.checks.entries()) {
      const said = verdict.checks[i] as r.RiskVerdictChecks;
      const name = REASONS[i]?.name as string;
      for (const field of ["code", "value", "limit", "headroom", "result"] as const)
        if (said[field] !== check[field])
          refuse(
            `${name}: the core's ${field} is ${said[field]}, the model's ${check[field]} (${show(said)} | ${show(check)})`,
          );
      this.#seen.add(`check ${name} ${RESULTS[check.result]}`);
    }
    const failed = expected.checks.filter(({ result }) => result !== CHECK_RESULT.pass);
    if (verdict.failed_count !== failed.length) refuse(`failed_count is ${verdict.failed_count}, not ${failed.length}`);
    if (verdict.accepted !== (expected.accepted ? 1 : 0))
      refuse(`accepted is ${verdict.accepted}, ${failed.length} checks fail`);
    if (verdict.trading_state !== expected.trading_state) refuse(`trading state ${verdict.trading_state}`);
    this.#rules(one, expected, refuse);
    this.#seen.add(`${expected.exit ? "exit" : "order"} ${expected.accepted ? "accepted" : "refused"}`);
    if (!expected.accepted) return;
    this.#seen.accepted++;
    this.model.onAccepted(intent, symbol);
    this.accepted.push(one);
  }

  /** What holds whatever the numbers are. */
  #rules({ intent, symbol }: Intended, { exit, accepted, checks }: Verdict, refuse: (what: string) => never): void {
    const failed = checks
      .filter(({ result }) => result !== CHECK_RESULT.pass)
      .map(({ code }) => REASONS[code - 1]?.name ?? "");
    if (exit && failed.some((name) => !EXIT_MAY_FAIL.includes(name)))
      refuse(`a verified exit fails ${failed.join(", ")}`);
    if (!accepted || this.model.leave.state === TRADING_STATE.active) return;
    const { positions } = this.model.book(symbol);
    const closed = [...positions.byId.values()].find(({ ticket }) => ticket === intent.position_ticket);
    const shrinks = closed && closed.side !== intent.side && intent.volume_microlots <= closed.volume;
    if (intent.action !== INTENT_ACTION.close || !shrinks) refuse("a position could grow or flip while not active");
  }

  #compareState(): void {
    const status = this.#script.core.status();
    const { account, leave } = this.model;
    const pairs: readonly (readonly [what: string, core: bigint | number, model: bigint | number])[] = [
      ["trading state", status.trading_state, leave.state],
      ["orders in flight", status.in_flight, Number(this.model.ordersInFlight())],
      ["equity", status.equity_micros, account.equity],
    ];
    for (const [what, core, model] of pairs)
      if (core !== model)
        throw new Difference(
          `after seq ${this.#script.core.lastSeq()}: the core's ${what} is ${core}, the model's ${model}`,
        );
  }
}

const show = (check: Pick<r.RiskVerdictChecks, "value" | "limit" | "headroom" | "result">): string =>
  `${check.value} against ${check.limit}: ${check.headroom}, ${RESULTS[check.result]}`;

/** Kinds that change nothing of what the checks look at: bars and models only lead to intents. */
const OTHERS = [
  "stream_start",
  "model_digest",
  "bar_history",
  "calendar_event",
  "timer",
  "gap",
  "cloud_key",
  "cloud_command",
];

/** What each input is to the model. */
const APPLY: Readonly<Record<string, (model: RiskModel, record: never, symbol: number) => void>> = {
  tick: (model, record, symbol) => model.onTick(record, symbol),
  symbol_spec: (model, record, symbol) => model.onSpec(record, symbol),
  account: (model, record) => model.onAccount(record),
  position: (model, record, symbol) => model.onPosition(record, symbol),
  order_update: (model, record) => model.onOrderUpdate(record),
  fill: (model, record, symbol) => model.onFill(record, symbol),
  risk_limits: (model, record, symbol) => model.onLimits(record, symbol),
  strategy_params: (model, record) => model.onParams(record),
  strategy_limits: (model, record) => model.onStrategyLimits(record),
  operator_command: (model, record) => model.onCommand(record),
  operator_key: (model, record) => model.leave.onKey(record),
  lease: (model, record) => model.onLease(record),
  takeover: (model, record) => model.onTakeover(record),
  news_window: (model, record) => model.onNews(record),
  link: (model, record) => model.onLink(record),
};

function apply(model: RiskModel, { kind, header, payload }: Input): void {
  if (OTHERS.includes(kind)) return;
  const one = APPLY[kind];
  if (!one) throw new Error(`the model does not know the input ${kind}: say in watch.ts what it changes`);
  one(model, payload as never, header.symbol);
}
