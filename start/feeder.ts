// Gives a core its records, each with the next seq, and collects what comes out: decisions, and the accepted intents that
// somebody has to answer.
import type { Core } from "#core-wasm/host/core.ts";
import { assert } from "#proto/errors.ts";
import { HEADER_OFFSET, OrderIntent, Prediction, RiskVerdict, Tick } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { SLOT_BYTES } from "#proto/records.ts";
import type { PaperBroker } from "./paper-broker.ts";
import { updateRecord } from "./paper-records.ts";

/** One intent and what the checks said. */
export interface Decision {
  readonly time_ns: bigint;
  readonly symbol: number;
  readonly intent: OrderIntent;
  readonly verdict: RiskVerdict;
}

/** Takes outputs of a core in order and tells each intent together with the verdict that follows it. */
export class Decisions {
  readonly #onDecision: (decision: Decision) => void;
  predictions = 0;
  intents = 0;
  refusals = 0;
  #intent: OrderIntent | undefined;

  constructor(onDecision: (decision: Decision) => void) {
    this.#onDecision = onDecision;
  }

  take(records: Uint8Array): void {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code === Prediction.code) this.predictions++;
      else if (code === OrderIntent.code) {
        this.intents++;
        this.#intent = OrderIntent.read(view, at);
      } else if (code === RiskVerdict.code) this.#judged(view, at);
    });
  }

  /** A verdict follows its intent. */
  #judged(view: DataView, at: number): void {
    const intent = this.#intent;
    assert(intent !== undefined, "a verdict follows its intent");
    const verdict = RiskVerdict.read(view, at);
    if (verdict.accepted === 0) this.refusals++;
    const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
    this.#onDecision({ time_ns: view.getBigInt64(at + HEADER_OFFSET.time_ns, true), symbol, intent, verdict });
  }
}

export class Feeder {
  readonly #core: Core;
  readonly decisions: Decisions;
  #seq = 0;
  coreMs = 0;
  /** Accepted intents, to be answered before the next ticks. */
  readonly open: { readonly symbol: number; readonly intent: OrderIntent }[] = [];
  readonly #onOutputs: ((outputs: Uint8Array) => void) | undefined;

  constructor(
    core: Core,
    o: { onDecision?(decision: Decision): void; onOutputs?: ((outputs: Uint8Array) => void) | undefined },
  ) {
    this.#core = core;
    this.#onOutputs = o.onOutputs;
    this.decisions = new Decisions((decision) => {
      const { symbol, intent, verdict } = decision;
      if (verdict.accepted === 1) this.open.push({ symbol, intent });
      o.onDecision?.(decision);
    });
  }

  feed(records: Uint8Array): void {
    const view = viewOf(records);
    for (let at = 0; at < records.length; at += view.getUint32(at + HEADER_OFFSET.length, true))
      view.setBigUint64(at + HEADER_OFFSET.seq, BigInt(++this.#seq), true);
    const began = performance.now();
    this.#apply(records);
    this.coreMs += performance.now() - began;
  }

  #apply(records: Uint8Array): void {
    const outputs = this.#core.apply(records);
    if (outputs.length === 0) return;
    this.decisions.take(outputs);
    this.#onOutputs?.(outputs);
  }

  /** Nobody executes anything here. */
  answerExpired(time_ns: bigint): void {
    for (const order of this.open.splice(0)) this.feed(updateRecord(time_ns, order, {}));
  }

  /** The tick at `at` and what it executes on paper, then what that made the core want. Called for every tick: kept lean. */
  tickOnPaper(records: Uint8Array, view: DataView, at: number, broker: PaperBroker): void {
    const seq = ++this.#seq;
    view.setUint32(at + HEADER_OFFSET.seq, seq, true);
    view.setUint32(at + HEADER_OFFSET.seq + 4, Math.floor(seq / 2 ** 32), true);
    this.#apply(records.subarray(at, at + SLOT_BYTES));
    const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
    if (broker.waits(symbol)) {
      const tick = {
        symbol,
        time_ns: view.getBigInt64(at + HEADER_OFFSET.time_ns, true),
        bid_points: view.getBigInt64(at + Tick.offset.bid_points, true),
        ask_points: view.getBigInt64(at + Tick.offset.ask_points, true),
      };
      for (const answer of broker.tick(tick)) this.feed(answer);
    }
    this.handOver(broker);
  }

  /** Accepted intents go to the broker. */
  handOver(broker: PaperBroker): void {
    if (this.open.length === 0) return;
    for (const { symbol, intent } of this.open.splice(0)) broker.take(symbol, intent);
  }
}
