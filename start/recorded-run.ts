// The run that a journal holds: decided again and compared with what was journaled, its decisions and deals collected, and
// each input told apart: the market's own, or a consequence of this stream's own orders.
import type { Core } from "#core-wasm/host/core.ts";
import { feedWithModels } from "#core-wasm/host/model-records.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { Account, Fill, HEADER_OFFSET, OrderIntent, OrderUpdate, Position } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { type Decision, Decisions } from "./feeder.ts";
import type { Deal, Outcome } from "./whatif.ts";
import { netOf } from "./whatif.ts";

const INPUTS_BELOW = 100;
const ENTRY_IN = 0;

/** One input record of a batch. */
export interface Input {
  readonly at: number;
  readonly length: number;
  readonly code: number;
}

export class RecordedRun {
  readonly #core: Core;
  readonly #find: (digest: string) => Uint8Array;
  readonly #redecider: Redecider;
  readonly #decisions: Decision[] = [];
  readonly #deals: Deal[] = [];
  readonly #taken = new Decisions((decision) => void this.#decisions.push(decision));
  readonly #intents = new Set<string>();
  readonly #magics = new Set<bigint>();
  readonly #positions = new Set<bigint>();
  #firstBalance: bigint | undefined;
  #realised = 0n;
  /** Change of the balance that own deals do not explain, as the last account record had it. */
  #seen = 0n;
  #outside = 0n;

  constructor(core: Core, find: (digest: string) => Uint8Array) {
    this.#core = core;
    this.#find = find;
    this.#redecider = new Redecider(core);
  }

  /** A sealed batch; returns its inputs that other orders would have met too. Throws wrong_digest where a decision differs. */
  take(batch: Uint8Array): Input[] {
    const feed = (records: Uint8Array): void => this.#redecider.feed(records);
    feedWithModels({ records: batch, load: ({ sha256 }) => this.#core.loadModel(this.#find(sha256)), feed });
    const inputs: Input[] = [];
    const view = viewOf(batch);
    walkRecords(batch, (at, length, code) => {
      if ((code & 0xfff) >= INPUTS_BELOW) this.#output(batch.subarray(at, at + length), code);
      else if (!this.#isOwn(view, at, code)) inputs.push({ at, length, code });
      if (code === Account.code) this.#account(Account.read(view, at));
    });
    return inputs;
  }

  #output(record: Uint8Array, code: number): void {
    this.#taken.take(record);
    if (code !== OrderIntent.code) return;
    const { intent_id, magic } = OrderIntent.read(viewOf(record), 0);
    this.#intents.add(Buffer.from(intent_id).toString("latin1"));
    this.#magics.add(magic);
  }

  /** Whether the record tells of an order, a deal or a position of this stream. */
  #isOwn(view: DataView, at: number, code: number): boolean {
    if (code === OrderUpdate.code) return this.#isIntent(OrderUpdate.read(view, at).intent_id);
    if (code === Position.code) {
      const { magic, identifier } = Position.read(view, at);
      if (this.#magics.has(magic)) this.#positions.add(identifier);
      return this.#positions.has(identifier);
    }
    if (code !== Fill.code) return false;
    const fill = Fill.read(view, at);
    const { intent_id, magic, position_id } = fill;
    if (!this.#isIntent(intent_id) && !this.#magics.has(magic) && !this.#positions.has(position_id)) return false;
    this.#positions.add(position_id);
    const deal = {
      time_ns: view.getBigInt64(at + HEADER_OFFSET.time_ns, true),
      closes: fill.entry !== ENTRY_IN,
      profit_micros: fill.profit_micros,
      commission_micros: fill.commission_micros,
      swap_micros: fill.swap_micros,
    };
    this.#realised += netOf(deal);
    this.#deals.push(deal);
    return true;
  }

  #isIntent(id: Uint8Array): boolean {
    return this.#intents.has(Buffer.from(id).toString("latin1"));
  }

  /**
   * An account record can hold a deal whose own record comes later; so a change that own deals do not explain counts
   * as one from outside (a deposit, another hand's deal) only when the next record still has it.
   */
  #account({ balance_micros }: Account): void {
    this.#firstBalance ??= balance_micros;
    const unexplained = balance_micros - this.#firstBalance - this.#realised;
    if (unexplained === this.#seen) this.#outside = unexplained;
    this.#seen = unexplained;
  }

  /** The first balance and what came from outside since. */
  get base_micros(): bigint {
    return (this.#firstBalance ?? 0n) + this.#outside;
  }

  get outcome(): Outcome {
    return { predictions: this.#taken.predictions, decisions: this.#decisions, deals: this.#deals };
  }
}
