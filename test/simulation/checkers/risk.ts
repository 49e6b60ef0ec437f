// Limits by a model of its own, simple and independent of the core: what is durable in the journal and what the broker
// truly holds decide whether an opening order may leave.
import {
  HEADER_OFFSET,
  Lease,
  Link,
  OperatorCommand,
  Position,
  RiskLimits,
  StateChange,
  SymbolSpec,
} from "#proto/generated/records.ts";
import { INTENT_ACTION, LINK, OPERATOR_COMMAND, TRADING_STATE } from "#proto/records.ts";
import type { World } from "../world.ts";
import type { KnownIntent } from "./orders.ts";

/** The value in force behind a record: inputs that stand in the same group may come after the decision. */
class History<T> {
  readonly #entries: { readonly seq: number; readonly value: T }[] = [];

  add(seq: number, value: T): void {
    this.#entries.push({ seq, value });
  }

  at(seq: number): T | undefined {
    return this.#entries.findLast((entry) => entry.seq <= seq)?.value;
  }

  /** Behind the record and before it: what time alone causes is decided before the record that brings the time. */
  around(seq: number): (T | undefined)[] {
    return [this.at(seq - 1), this.at(seq)];
  }
}

/** Least that one lot is worth, in dollars: the prices of a run stay far from these bounds. */
const LEAST_WORTH: Readonly<Record<string, bigint>> = { EURUSD: 95_000n, GBPUSD: 112_000n, USDJPY: 99_000n };

const DAY_NS = 86_400_000_000_000n;
const MINUTE_NS = 60_000_000_000n;

export class RiskChecker {
  readonly #world: World;
  readonly #openings: KnownIntent[] = [];
  /** By ticket, as the journal has them. */
  readonly #positions = new Map<bigint, { readonly symbol: number; readonly microlots: bigint }>();
  readonly #worth = new Map<number, bigint>();
  readonly #limits = new History<RiskLimits>();
  readonly #leaseNs = new History<bigint>();
  readonly #commanded = new History<number>();
  readonly #commandIds = new Set<string>();
  /** Seqs of commands that had been given before. */
  readonly #repeated = new Set<number>();
  #day = 0n;
  /** A flatten command is in force: own positions are closed although nothing else is ordered. */
  readonly #flattening = new History<boolean>();
  readonly #link = new History<number>();
  /** An output: it stands before the verdicts that it holds for. */
  #state: number = TRADING_STATE.active;

  constructor(world: World) {
    this.#world = world;
  }

  onRecord(view: DataView, code: number, seq: number): void {
    const day = view.getBigInt64(HEADER_OFFSET.time_ns, true) / DAY_NS;
    if (this.#day > 0n && day > this.#day && this.#positions.size > 0)
      this.#world.reach("a day begins with a position open");
    this.#day = day;
    if (code === RiskLimits.code) this.#limits.add(seq, RiskLimits.read(view, 0));
    else if (code === Lease.code) this.#leaseNs.add(seq, Lease.read(view, 0).expires_ns);
    else if (code === OperatorCommand.code) this.#onCommand(OperatorCommand.read(view, 0), seq);
    else if (code === StateChange.code) this.#onState(StateChange.read(view, 0));
    else if (code === Position.code) this.#onPosition(Position.read(view, 0), view.getUint16(SYMBOL_AT, true));
    else if (code === SymbolSpec.code)
      this.#worth.set(view.getUint16(SYMBOL_AT, true), LEAST_WORTH[SymbolSpec.read(view, 0).name] ?? 0n);
    else if (code === Link.code) this.#link.add(seq, Link.read(view, 0).state);
  }

  #onPosition({ ticket, volume_microlots }: Position, symbol: number): void {
    if (volume_microlots === 0n) this.#positions.delete(ticket);
    else this.#positions.set(ticket, { symbol, microlots: volume_microlots });
  }

  #onState({ to_state, cause_seq }: StateChange): void {
    if (this.#repeated.has(Number(cause_seq)))
      this.#world.fail("a command that comes again changes nothing", `seq ${cause_seq} set the state to ${to_state}`);
    const lifted = this.#state === TRADING_STATE.halted && to_state !== TRADING_STATE.halted;
    if (lifted && this.#commanded.at(Number(cause_seq)) !== OPERATOR_COMMAND.activate)
      this.#world.fail("a halt is lifted by a release only", `seq ${cause_seq} set the state to ${to_state}`);
    this.#state = to_state;
  }

  #onCommand({ command, command_id }: OperatorCommand, seq: number): void {
    const id = Buffer.from(command_id).toString("hex");
    if (this.#commandIds.has(id)) {
      this.#repeated.add(seq);
      this.#world.reach("command: came again");
      return;
    }
    this.#commandIds.add(id);
    this.#commanded.add(seq, command);
    if (command === OPERATOR_COMMAND.flatten) this.#flattening.add(seq, true);
    if (command === OPERATOR_COMMAND.activate) this.#flattening.add(seq, false);
  }

  /** At the verdict's place in the stream: everything before it is known, nothing after it. */
  onAccepted(known: KnownIntent): void {
    const opens = known.intent.action === INTENT_ACTION.open;
    if (this.#state === TRADING_STATE.halted) {
      if (opens || !this.#flattening.around(Number(known.intent.cause_seq)).includes(true))
        this.#world.fail("after a halt nothing is ordered", `${known.id} was accepted`);
      this.#world.reach("order: closed by flatten");
    }
    if (!opens) return;
    this.#checkStates(known);
    this.#checkCounts(known);
    this.#openings.push(known);
  }

  /** An order leaves now: whatever is durable by now counts. */
  onLeaves(known: KnownIntent): void {
    if (known.intent.action !== INTENT_ACTION.open) return;
    if (isStop(this.#commanded.at(Number.POSITIVE_INFINITY)))
      this.#world.fail("after a trip nothing is opened", `${known.id} leaves, a stop is in the journal`);
  }

  #checkStates(known: KnownIntent): void {
    const cause = Number(known.intent.cause_seq);
    const stopped = this.#commanded.around(cause).every(isStop);
    if (this.#state !== TRADING_STATE.active || stopped)
      this.#world.fail("after a trip nothing is opened", `${known.id} opens in state ${this.#state}`);
    if (!this.#link.around(cause).includes(LINK.live))
      this.#world.fail("nothing is opened without a live line", known.id);
    if (this.#limits.around(cause).some((limits) => limits?.lease_required !== 1)) return;
    const leases = this.#leaseNs.around(cause);
    if (leases.every((leaseNs) => leaseNs === undefined || known.timeNs >= leaseNs))
      this.#world.fail("nothing is opened without a lease", `${known.id} at ${known.timeNs}, leases ${leases.join()}`);
    this.#world.reach("lease: opened inside one");
  }

  #checkCounts(known: KnownIntent): void {
    const around = this.#limits.around(Number(known.intent.cause_seq));
    // A record of limits that causes a decision by its time: the wider of the two is what cannot be exceeded.
    for (const limits of around) if (limits && limits !== around[1]) return;
    const limits = around[1];
    if (!limits) this.#world.fail("limits are never exceeded", `${known.id} was accepted without limits`);
    const { volume_microlots } = known.intent;
    if (volume_microlots > limits.order_volume_max_microlots)
      this.#world.fail("limits are never exceeded", `${known.id}: order of ${volume_microlots}`);
    const inFlight = this.#openings.filter((o) => !o.final && o.filledMicrolots < o.intent.volume_microlots);
    const gross = this.#grossOf([...inFlight, known]);
    if (gross > limits.gross_exposure_max_micros)
      this.#world.fail("limits are never exceeded", `${known.id}: gross exposure of at least ${gross}`);
    const same = inFlight.filter((o) => o.symbol === known.symbol);
    const volume = same.reduce((sum, o) => sum + o.intent.volume_microlots - o.filledMicrolots, volume_microlots);
    if (volume > limits.position_volume_max_microlots)
      this.#world.fail("limits are never exceeded", `${known.id}: ${volume} of symbol ${known.symbol} in flight`);
    if (inFlight.length + 1 > limits.open_orders_max)
      this.#world.fail("limits are never exceeded", `${known.id}: ${inFlight.length + 1} orders in flight`);
    const lately = this.#openings.filter((o) => o.timeNs > known.timeNs - MINUTE_NS).length + 1;
    if (lately > limits.orders_a_minute_max)
      this.#world.fail("limits are never exceeded", `${known.id}: ${lately} orders within a minute`);
  }

  /** Micros of dollars that positions and these orders stand for, at the least. */
  #grossOf(orders: readonly KnownIntent[]): bigint {
    const worth = (symbol: number, microlots: bigint): bigint => microlots * (this.#worth.get(symbol) ?? 0n);
    let gross = 0n;
    for (const { symbol, intent, filledMicrolots } of orders)
      gross += worth(symbol, intent.volume_microlots - filledMicrolots);
    for (const { symbol, microlots } of this.#positions.values()) gross += worth(symbol, microlots);
    return gross;
  }
}

const SYMBOL_AT = 18;
const isStop = (command: number | undefined): boolean => command !== undefined && command !== OPERATOR_COMMAND.activate;
