// What becomes of accepted orders: filled, in parts, twice told, in either order, late, beyond the position, refused,
// never heard of. Profits and costs are drawn, not worked out: core and model only have to understand them alike.
import type { Script } from "#core-wasm/host/script.fixture.ts";
import type { Fill, OrderIntent } from "#proto/generated/records.ts";
import { ORDER_STATE } from "#proto/records.ts";
import type { Choices } from "../../choices.ts";
import type { Watch } from "./watch.ts";

const UNKNOWN = 9;

export class Broker {
  readonly #s: Script;
  readonly #watch: Watch;
  readonly #pick: Choices;
  #next = 1_000_000n;

  constructor(script: Script, watch: Watch, pick: Choices) {
    this.#s = script;
    this.#watch = watch;
    this.#pick = pick;
  }

  /** Of one accepted order, the oldest ones included. */
  answer(): void {
    const pick = this.#pick;
    const { accepted } = this.#watch;
    if (accepted.length === 0) return;
    const [one] = accepted.splice(pick.below(accepted.length), 1);
    if (!one) return;
    this.#s.ms += pick.below(300);
    const { intent, symbol } = one;
    const how = pick.below(16);
    if (how === 0) this.#update(intent, { state: UNKNOWN, final: 0 });
    else if (how < 3) this.#update(intent, { state: ORDER_STATE.rejected });
    else if (how < 5) {
      this.#update(intent, { state: ORDER_STATE.working, final: 0 });
      accepted.push(one);
    } else
      this.#fill(intent, symbol, how < 8 ? intent.volume_microlots / 2n || 1n : intent.volume_microlots, how === 15);
  }

  #update(intent: OrderIntent, changes: Parameters<Script["update"]>[1]): void {
    this.#s.update(intent.intent_id, changes);
    if (this.#pick.oneIn(12)) this.#s.update(intent.intent_id, changes);
  }

  /** A deal of a position that nobody may know. */
  stranger(symbol: number): void {
    const { pick } = { pick: this.#pick };
    const position_id = BigInt(pick.below(14));
    const magic = pick.oneIn(2) ? 0n : BigInt(5 + pick.below(3)) << 48n;
    const volume_microlots = BigInt(1 + pick.below(40)) * 10_000n;
    this.#s.fill(
      { ...this.#costs(), position_id, magic, volume_microlots, entry: pick.below(4), side: pick.below(2) },
      symbol,
    );
  }

  #costs(): Partial<Fill> {
    const pick = this.#pick;
    return {
      commission_micros: -BigInt(pick.below(3_000_000)),
      swap_micros: BigInt(pick.below(1_000_000) - 500_000),
      profit_micros: BigInt(pick.below(100_000_000) - 60_000_000),
      broker_time_ms: BigInt(this.#s.ms - (pick.oneIn(6) ? pick.below(90_000) : 0)),
    };
  }

  #fill(intent: OrderIntent, symbol: number, volume: bigint, turns: boolean): void {
    const pick = this.#pick;
    const { positions, quote } = this.#watch.model.book(symbol);
    const { account } = this.#watch.model;
    const [known] = positions.byId.keys();
    const closed = [...positions.byId].find(([, { ticket }]) => ticket === intent.position_ticket)?.[0];
    const netting = !account.hedging && known !== undefined;
    const position_id = intent.action === 2 ? (closed ?? this.#next++) : netting ? known : this.#next++;
    const fill = {
      ...this.#costs(),
      intent_id: intent.intent_id,
      order_ticket: this.#next++,
      deal_ticket: this.#next++,
      position_id,
      magic: intent.magic,
      volume_microlots: turns ? volume + 50_000n : volume,
      price_points: quote?.ask ?? 1n,
      side: intent.side,
      entry: turns ? 2 : intent.action - 1,
    };
    const tell = (): void => {
      this.#s.fill(fill, symbol);
      if (pick.oneIn(8)) this.#s.fill(fill, symbol);
    };
    const told = { state: ORDER_STATE.done, volume_filled_microlots: volume };
    const first = pick.oneIn(2);
    if (first) this.#update(intent, told);
    if (pick.oneIn(8)) return;
    tell();
    if (!first && !pick.oneIn(4)) this.#update(intent, told);
    if (pick.oneIn(10)) this.#record(symbol, position_id);
  }

  /** The terminal tells the position that the deal made. */
  #record(symbol: number, identifier: bigint): void {
    const known = this.#watch.model.book(symbol).positions.byId.get(identifier);
    if (!known) return;
    const { ticket, magic, side, volume, price } = known;
    this.#s.position({ identifier, ticket, magic, side, volume_microlots: volume, open_price_points: price }, symbol);
  }
}
