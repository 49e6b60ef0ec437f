// Random days against a broker that fills, halves, refuses, delays and falls silent. An independent book, kept from
// what the broker truly did, judges every accepted intent: no limit is ever passed, orders in flight included.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { REASONS } from "#proto/reasons.ts";
import { ORDER_STATE } from "#proto/records.ts";
import { type Answer, EQUITY, LIMITS, LOT, PARAMS, Script } from "./script.fixture.ts";

const POINT_MICROS = 1_000_000n;

interface Order {
  readonly id: Uint8Array;
  readonly action: number;
  readonly side: number;
  readonly volume: bigint;
}

/** What is true at the broker, whether the core has been told or not. */
class Truth {
  net = 0n;
  /** Sum of volume x price of what makes the net, for its mean price. */
  openPrice = 0n;
  realised = 0n;
  bid = 0n;
  ask = 0n;
  state = 0;
  limits = LIMITS;
  readonly inFlight: Order[] = [];
  readonly ids = new Set<string>();

  floating(): bigint {
    const price = this.net > 0n ? this.bid - this.openPrice : this.openPrice - this.ask;
    const volume = this.net > 0n ? this.net : -this.net;
    return (price * POINT_MICROS * volume) / LOT;
  }

  loss(): bigint {
    return -(this.realised + (this.net === 0n ? 0n : this.floating()));
  }

  /** Every rule, for one intent and its verdict. */
  judge(intent: Answer["payload"], verdict: Answer["payload"]): void {
    const id = Buffer.from(intent.intent_id).toString("hex");
    assert.ok(!this.ids.has(id), "an id is used once");
    this.ids.add(id);
    assert.deepEqual(verdict.intent_id, intent.intent_id);
    assert.equal(verdict.checks.length, REASONS.length);
    for (const c of verdict.checks) if (c.result !== 2) assert.equal(c.result === 0, c.headroom >= 0n);
    assert.equal(verdict.accepted === 1, verdict.failed_count === 0);
    if (verdict.accepted !== 1) return;
    assert.ok(intent.volume_microlots <= this.limits.order_volume_max_microlots, "order size");
    assert.ok(!this.inFlight.some((o) => o.action === intent.action), "one of a kind in flight");
    if (intent.action === 2) {
      assert.ok(this.state <= 1, "halted");
      return;
    }
    assert.equal(this.state, 0, "only while active");
    assert.ok(this.ask - this.bid <= this.limits.spread_max_points, "spread");
    assert.ok(this.loss() <= this.limits.daily_loss_max_micros, `daily loss ${this.loss()}`);
    const sign = intent.side === 0 ? 1n : -1n;
    const pending = this.inFlight.filter((o) => o.side === intent.side).reduce((sum, o) => sum + o.volume, 0n);
    const worst = sign * this.net + pending + intent.volume_microlots;
    assert.ok(worst <= this.limits.position_volume_max_microlots, `position ${worst}`);
    const below = intent.side === 0 ? intent.stop_points : intent.target_points;
    const above = intent.side === 0 ? intent.target_points : intent.stop_points;
    assert.ok(below < this.bid && above > this.ask, "stop and target on their sides");
  }
}

/** One random day; every number is a choice of what happens next. */
async function play(choices: readonly number[]): Promise<Truth> {
  const s = await Script.ready();
  // An order takes the whole of what may be held, so that any second one would pass the limit.
  s.params({ volume_microlots: LOT });
  s.spec({ volume_step_microlots: 1n, volume_min_microlots: 1n });
  const truth = new Truth();
  truth.limits = { ...LIMITS, position_volume_max_microlots: LOT, daily_loss_max_micros: 100_000_000n };
  s.limits(truth.limits);
  truth.bid = BigInt(s.bid);
  truth.ask = truth.bid + 10n;
  const late: (() => void)[] = [];
  const hear = (answers: readonly Answer[]): void => {
    for (const [i, { kind, payload }] of answers.entries()) {
      if (kind === "state_change") truth.state = payload.to_state;
      if (kind !== "order_intent") continue;
      const verdict = answers[i + 1]?.payload;
      truth.judge(payload, verdict);
      if (verdict.accepted === 1)
        truth.inFlight.push({
          id: payload.intent_id,
          action: payload.action,
          side: payload.side,
          volume: payload.volume_microlots,
        });
    }
  };
  const quote = (n: number): { bid: number; spread: number } => {
    s.bid = Math.max(1000, s.bid + (n % 61) - 30);
    const spread = 5 + (n % 22);
    truth.bid = BigInt(s.bid);
    truth.ask = truth.bid + BigInt(spread);
    return { bid: s.bid, spread };
  };
  const settle = (order: Order, part: bigint, delayed: boolean): void => {
    truth.inFlight.splice(truth.inFlight.indexOf(order), 1);
    const held = truth.net > 0n ? truth.net : -truth.net;
    const volume = order.action === 2 && part > held ? held : part;
    const price = order.side === 0 ? truth.ask : truth.bid;
    let profit = 0n;
    if (order.action === 2) {
      const points = truth.net > 0n ? price - truth.openPrice : truth.openPrice - price;
      profit = (points * POINT_MICROS * volume) / LOT;
      truth.realised += profit;
    } else truth.openPrice = price;
    truth.net += order.side === 0 ? volume : -volume;
    const ms = BigInt(s.ms);
    const tellFill = (): void => {
      if (volume > 0n) {
        const fill = {
          intent_id: order.id,
          volume_microlots: volume,
          price_points: price,
          side: order.side,
          entry: order.action === 2 ? 1 : 0,
          profit_micros: profit,
          broker_time_ms: ms,
          deal_ticket: ms * 8n + BigInt(order.action),
        };
        hear(s.fill(fill));
        hear(s.fill(fill));
      }
    };
    const tellEnd = (): void => hear(s.update(order.id, { state: ORDER_STATE.done, volume_filled_microlots: volume }));
    // In either order, at once or one of them or both late.
    const told = ms % 2n === 0n ? [tellFill, tellEnd] : [tellEnd, tellFill];
    for (const [i, tell] of told.entries()) {
      if (delayed && i >= ms % 3n) late.push(tell);
      else tell();
    }
  };
  for (const n of choices) {
    s.ms += 1 + (n % 7);
    const order = truth.inFlight[n % Math.max(truth.inFlight.length, 1)];
    const what = n % 17;
    if (what < 6) {
      s.ms += 60_000 - (s.ms % 60_000);
      hear(s.tick(quote(n >> 5)));
    } else if (what < 8) hear(s.tick(quote(n >> 5)));
    else if (what < 10) hear(s.opinion([0.3, 0.44, 0.5, 0.56, 0.7][(n >> 5) % 5] as number));
    else if (what < 13 && order) settle(order, [order.volume, order.volume / 2n, 0n][what - 10] as bigint, n % 3 === 0);
    else if (what === 13) for (const tell of late.splice(0)) tell();
    else if (what === 14) hear(s.timer((n >> 5) % 4000));
    else if (what === 15 && n % 4 === 0) hear(s.command(1 + ((n >> 5) % 3)));
    else if (what === 16 && late.length === 0) hear(s.account({ equity_micros: EQUITY - truth.loss() }));
  }
  for (const tell of late.splice(0)) tell();
  assert.equal(s.core.status().equity_micros, EQUITY - truth.loss(), "all told, the core's equity is the broker's");
  return truth;
}

test("limits: random days at a broker of every temper: no accepted intent breaks one", async () => {
  let intents = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(1 << 20), { minLength: 150, maxLength: 400 }), async (choices) => {
      intents += (await play(choices)).ids.size;
    }),
    { numRuns: 40 },
  );
  assert.ok(intents > 200, `only ${intents} intents: the days are too quiet to show anything`);
  assert.equal(PARAMS.hold_max_ms, 0n);
});
