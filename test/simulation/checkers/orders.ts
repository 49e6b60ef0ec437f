// Orders against the journal's truth (the platter) and the broker's: write-ahead, at most one order an intent, unknown
// stays unknown, every fill is booked once and under the right intent.
import { Cmd } from "#proto/generated/mtx1.ts";
import { Fill, OrderIntent, OrderUpdate, RiskVerdict } from "#proto/generated/records.ts";
import { decodePayload } from "#proto/mtx1/frame.ts";
import { FRAME_HEADER_BYTES, MAC_BYTES } from "#proto/mtx1.ts";
import { viewOf } from "#proto/record.ts";
import { INTENT_ACTION, ORDER_STATE } from "#proto/records.ts";
import type { Deal } from "../../terminal/broker-types.ts";
import type { TerminalMachine } from "../terminal.ts";
import type { World } from "../world.ts";

const FRAME_TYPE_AT = 8;
const NO_ID = "0".repeat(32);

export interface KnownIntent {
  readonly id: string;
  readonly seq: number;
  readonly symbol: number;
  readonly timeNs: bigint;
  readonly intent: OrderIntent;
  accepted: boolean;
  final: boolean;
  filledMicrolots: bigint;
  /** Times a command for it left. */
  sent: number;
}

export class OrderChecker {
  readonly intents = new Map<string, KnownIntent>();
  readonly fills = new Map<bigint, Fill>();
  readonly #byMagic = new Map<string, KnownIntent>();
  readonly #world: World;
  readonly #terminal: TerminalMachine;
  #decided: KnownIntent | undefined;
  /** Called when an accepted order leaves the box, after the checks here. */
  onLeaves: (intent: KnownIntent) => void = () => undefined;
  /** Called at each accepted verdict. */
  onAccepted: (intent: KnownIntent) => void = () => undefined;

  constructor(world: World, terminal: TerminalMachine) {
    this.#world = world;
    this.#terminal = terminal;
  }

  /** OrderSend was called. `durable`: the observer knows what is durable in the box. */
  onSend(id: string, o: { count: number; durable: boolean }): void {
    const { count } = o;
    if (count > 1) this.#world.fail("at most one order an intent", `OrderSend was called ${count} times for ${id}`);
    if (o.durable && !this.intents.get(id)?.accepted)
      this.#world.fail("write-ahead", `the broker has an order for ${id}, of which nothing is durable in the box`);
  }

  /** A record became durable. */
  onRecord(view: DataView, code: number, seq: number): void {
    if (code === OrderIntent.code) this.#onIntent(view, seq);
    else if (code === RiskVerdict.code) this.#onVerdict(RiskVerdict.read(view, 0));
    else if (code === OrderUpdate.code) this.#onUpdate(OrderUpdate.read(view, 0), seq);
    else if (code === Fill.code) this.#onFill(Fill.read(view, 0), seq);
  }

  #onIntent(view: DataView, seq: number): void {
    const intent = OrderIntent.read(view, 0);
    const id = hex(intent.intent_id);
    if (this.intents.has(id)) this.#world.fail("an intent's id is used once", `${id} again at seq ${seq}`);
    const known: KnownIntent = {
      id,
      seq,
      symbol: view.getUint16(18, true),
      timeNs: view.getBigInt64(8, true),
      intent,
      accepted: false,
      final: false,
      filledMicrolots: 0n,
      sent: 0,
    };
    this.#decided = known;
    this.intents.set(id, known);
    this.#byMagic.set(intent.magic.toString(), known);
    this.#world.reach(intent.action === INTENT_ACTION.open ? "order: open decided" : "order: close decided");
  }

  #onVerdict(verdict: RiskVerdict): void {
    const known = this.#decided;
    if (!known || known.id !== hex(verdict.intent_id) || verdict.accepted !== 1) {
      this.#world.reach("order: refused by risk");
      return;
    }
    known.accepted = true;
    this.onAccepted(known);
  }

  #onUpdate(update: OrderUpdate, seq: number): void {
    const known = this.intents.get(hex(update.intent_id));
    if (!known) this.#world.fail("updates are of known intents", `seq ${seq} names ${hex(update.intent_id)}`);
    if (update.state === ORDER_STATE.unknown) this.#world.reach("order: unknown");
    if (update.final !== 1) return;
    this.#world.reach(`order: final ${nameOf(update.state)}`);
    known.final = true;
    const filled = update.volume_filled_microlots;
    if (filled > 0n && filled < known.intent.volume_microlots) this.#world.reach("order: filled in part");
    const deals = this.#dealsOf(known);
    const dead = update.state !== ORDER_STATE.done && update.volume_filled_microlots === 0n;
    if (dead && deals.length > 0)
      this.#world.fail(
        "unknown stays unknown",
        `seq ${seq}: ${known.id} is booked as ${nameOf(update.state)}, the broker has executed it (deal ${deals[0]?.deal})`,
      );
  }

  #onFill(fill: Fill, seq: number): void {
    if (this.fills.has(fill.deal_ticket))
      this.#world.fail("a deal is booked once", `deal ${fill.deal_ticket} again at seq ${seq}`);
    this.fills.set(fill.deal_ticket, fill);
    const deal = this.#terminal.broker.deals.find((d) => BigInt(d.deal) === fill.deal_ticket);
    if (!deal) this.#world.fail("a fill is a deal of the broker's", `seq ${seq} books deal ${fill.deal_ticket}`);
    const id = hex(fill.intent_id);
    const mine = this.#causeOf(deal);
    if (id !== NO_ID && id !== mine?.id)
      this.#world.fail("a fill belongs to its intent", `deal ${deal.deal} is booked for ${id}, it is ${mine?.id}'s`);
    if (id === NO_ID) this.#world.reach(deal.reason === 3 ? "order: foreign fill" : "order: stop or target");
    if (mine && id === mine.id) mine.filledMicrolots += fill.volume_microlots;
    if (BigInt(deal.volume) !== fill.volume_microlots || BigInt(deal.price) !== fill.price_points)
      this.#world.fail("a fill says what the deal says", `deal ${deal.deal} at seq ${seq}`);
  }

  #causeOf(deal: Deal): KnownIntent | undefined {
    return deal.reason === 3 ? this.#byMagic.get(deal.magic) : undefined;
  }

  #dealsOf(known: KnownIntent): Deal[] {
    const magic = known.intent.magic.toString();
    return this.#terminal.broker.deals.filter((d) => d.magic === magic && d.reason === 3);
  }

  /** Frames that are about to leave for the EA. */
  onFrames(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      if (viewOf(frame).getUint16(FRAME_TYPE_AT, true) !== Cmd.type) continue;
      this.#onCommand(decodePayload(Cmd, frame.subarray(FRAME_HEADER_BYTES, frame.length - MAC_BYTES)));
    }
  }

  #onCommand(cmd: Cmd): void {
    const id = hex(cmd.cmd_id);
    const known = this.intents.get(id);
    if (!known?.accepted)
      this.#world.fail("write-ahead", `a command for ${id} leaves, its intent and verdict are not durable`);
    if (known.final) this.#world.fail("a final order is over", `a command for ${id} leaves after its end was booked`);
    if (known.intent.magic !== cmd.magic || known.intent.side !== cmd.order_type)
      this.#world.fail("a command says what its intent says", id);
    this.#world.say("edge", "command", `${id} ${known.sent}`);
    const memory = this.#terminal.remembers(id);
    const atBroker = this.#dealsOf(known).length > 0 || this.#terminal.sends.has(id);
    if (known.sent > 0 && (atBroker || memory))
      this.#world.fail("unknown stays unknown", `a command for ${id} leaves again, the terminal has had it`);
    if (known.sent > 0) this.#world.reach("order: sent again");
    known.sent++;
    this.onLeaves(known);
  }

  /** At the end: nothing that the broker executed was forgotten. */
  missingDeals(): readonly Deal[] {
    return this.#terminal.broker.deals.filter((deal) => !this.fills.has(BigInt(deal.deal)));
  }

  /** Booked as dead, and the broker executed it later. */
  checkDead(): void {
    for (const known of this.intents.values())
      if (known.final && known.filledMicrolots === 0n && this.#dealsOf(known).length > 0 && !this.#isBooked(known))
        this.#world.fail("unknown stays unknown", `${known.id} is final without a fill, the broker executed it`);
  }

  #isBooked(known: KnownIntent): boolean {
    return this.#dealsOf(known).every((deal) => this.fills.has(BigInt(deal.deal)));
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const nameOf = (state: number): string =>
  Object.entries(ORDER_STATE).find(([, value]) => value === state)?.[0] ?? String(state);
