// The EA's way of a command: duplicate? expired? allowed? sane? inside its guard? then journal SENDING, call OrderSend
// once, and report. A pure machine on market time; the journal and the ledger are handed in and durable when they return.
// Guarantees: OrderSend is called at most once for a cmd_id, over sessions and restarts; what is ambiguous stays unknown
// until the server's own lists have been read.
import { assert } from "#proto/errors.ts";
import type { Cmd } from "#proto/generated/mtx1.ts";
import { ACK_STATUS, CMD_ACTION, CMD_STATE } from "#proto/mtx1.ts";
import type { Broker } from "./broker.ts";
import { FILLING, ORDER_STATUS, RETCODE, type RequestResult, type Side, type TradeRequest } from "./broker-types.ts";
import { type SymbolSpec, toMicrolots, toPoints } from "./specs.ts";

/** Nothing from the server for this long: unknown. */
const RESULT_TIMEOUT_MS = 30_000;
/** Lists at the server may lag; only after this is an order said not to exist. */
const SETTLE_MS = 10_000;
const AMBIGUOUS: readonly number[] = [10011, 10012, 10023, 10028, 10031, 10039];
const AUTO_FILLING = 255;

export interface CommandEntry {
  readonly id: string;
  /** What the command says, to tell a repeated id with another content. */
  readonly content: string;
  readonly magic: string;
  state: number;
  retcode: number;
  order: number;
  deal: number;
  request_id: number;
  /** When it reached this state, market milliseconds. */
  at_ms: number;
}

export interface CommandStore {
  readonly entries: ReadonlyMap<string, CommandEntry>;
  /** Durable when it returns. */
  put(entry: CommandEntry): void;
  /** One line for each call of OrderSend, durable when it returns. */
  ledger(call: { cmd_id: string; request_id: number; at_ms: number }): void;
}

export interface CommandReport {
  readonly id: string;
  readonly status: number;
  readonly entry: Pick<CommandEntry, "state" | "retcode" | "order" | "deal">;
}

export type OrderEffect =
  | { readonly kind: "ack" | "status"; readonly report: CommandReport }
  | { readonly kind: "result"; readonly id: string; readonly symbol: string; readonly result: RequestResult };

export interface CommandContext {
  readonly symbol: SymbolSpec | undefined;
  /** The EA's clock, market milliseconds; also what the expiry is held against. */
  readonly nowMs: number;
  /** The server's time, where the EA's clock is another one; nowMs when absent. */
  readonly serverMs?: number;
  readonly live: boolean;
  readonly tradingAllowed: boolean;
  /** 0 = no limit. */
  readonly maxPerSecond: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const NONE = { state: CMD_STATE.none, retcode: 0, order: 0, deal: 0 } as const;

export class OrderPath {
  /** To be taken and emptied by the terminal. */
  readonly effects: OrderEffect[] = [];
  private readonly broker: Broker;
  private readonly store: CommandStore;
  private readonly byRequest = new Map<number, CommandEntry>();
  private readonly byMagic = new Map<string, CommandEntry>();
  private readonly open = new Set<CommandEntry>();
  private nextRequest = 1;
  private second = 0;
  private sentThisSecond = 0;

  /** A journal with commands on their way is that of an EA that was ended: what became of them is unknown. */
  constructor(broker: Broker, store: CommandStore) {
    this.broker = broker;
    this.store = store;
    for (const entry of store.entries.values()) {
      this.byMagic.set(entry.magic, entry);
      this.nextRequest = Math.max(this.nextRequest, entry.request_id + 1);
      if (entry.state === CMD_STATE.unknown) this.open.add(entry);
      if (entry.state === CMD_STATE.sending || entry.state === CMD_STATE.sent || entry.state === CMD_STATE.partial)
        this.move(entry, CMD_STATE.unknown, broker.now);
    }
  }

  /** Commands whose end is not known yet. */
  get inFlight(): number {
    return this.open.size;
  }

  onCommand(cmd: Cmd, context: CommandContext): void {
    const id = hex(cmd.cmd_id);
    const content = contentOf(cmd, context.symbol?.name ?? `#${cmd.symbol_id}`);
    const known = this.store.entries.get(id);
    if (known) this.ack(id, known.content === content ? ACK_STATUS.duplicate : ACK_STATUS.invalid, known);
    else if (!context.live) this.ack(id, ACK_STATUS.not_live, NONE);
    else if (this.overRate(context)) this.ack(id, ACK_STATUS.rate, NONE);
    else this.onNew(newEntry(id, content, cmd.magic.toString(), context.serverMs ?? context.nowMs), cmd, context);
  }

  private onNew(entry: CommandEntry, cmd: Cmd, context: CommandContext): void {
    const request = this.requestOf(cmd, context.symbol);
    const rejected = { state: CMD_STATE.rejected, retcode: 0 };
    if (Number(cmd.expires_utc_ms) <= context.nowMs)
      this.refuse(entry, { status: ACK_STATUS.expired, state: CMD_STATE.expired, retcode: 0 });
    else if (!context.tradingAllowed) this.refuse(entry, { ...rejected, status: ACK_STATUS.trading_disabled });
    else if (typeof request === "number")
      this.refuse(entry, { ...rejected, status: ACK_STATUS.invalid, retcode: request });
    else if (!this.insideGuard(cmd, request, context.symbol))
      this.refuse(entry, { ...rejected, status: ACK_STATUS.guard });
    else this.orderSend(entry, request, context.serverMs ?? context.nowMs);
  }

  onResult(result: RequestResult, nowMs: number): void {
    const entry = this.byRequest.get(result.request_id);
    if (!entry) return;
    entry.retcode = result.retcode;
    entry.order = result.order || entry.order;
    entry.deal = result.deal || entry.deal;
    // The server's answer after the EA has settled the matter by itself changes nothing any more.
    if (!this.open.has(entry)) {
      this.store.put(entry);
      return;
    }
    if (AMBIGUOUS.includes(result.retcode)) this.move(entry, CMD_STATE.unknown, nowMs);
    else if (!result.final) this.move(entry, CMD_STATE.partial, nowMs);
    else this.move(entry, succeeded(result.retcode) ? CMD_STATE.done : CMD_STATE.rejected, nowMs);
    const told = { ...result, final: !this.open.has(entry) };
    this.effects.push({ kind: "result", id: entry.id, symbol: symbolOf(entry), result: told });
  }

  /** Time passes: silence becomes unknown, unknown is looked up. */
  tick(nowMs: number): void {
    for (const entry of this.open) {
      const silent = entry.state === CMD_STATE.sent && nowMs - entry.at_ms >= RESULT_TIMEOUT_MS;
      if (silent) this.move(entry, CMD_STATE.unknown, nowMs);
      if (entry.state === CMD_STATE.unknown) this.reconcile(entry, nowMs);
    }
  }

  report(cmdId: Uint8Array): void {
    const id = hex(cmdId);
    const entry = this.store.entries.get(id);
    this.effects.push({ kind: "status", report: { id, status: ACK_STATUS.accepted, entry: { ...(entry ?? NONE) } } });
  }

  /** The command that an order or deal of the EA belongs to, by its magic. */
  idOfMagic(magic: string): string | undefined {
    return this.byMagic.get(magic)?.id;
  }

  /** The magic of the command that a request was made for; undefined after a restart. */
  magicOfRequest(requestId: number): string | undefined {
    return this.byRequest.get(requestId)?.magic;
  }

  private orderSend(entry: CommandEntry, terms: Omit<TradeRequest, "request_id">, nowMs: number): void {
    entry.request_id = this.nextRequest++;
    this.byMagic.set(entry.magic, entry);
    this.byRequest.set(entry.request_id, entry);
    this.move(entry, CMD_STATE.sending, nowMs);
    this.store.ledger({ cmd_id: entry.id, request_id: entry.request_id, at_ms: nowMs });
    this.broker.submit({ ...terms, request_id: entry.request_id }, nowMs);
    this.move(entry, CMD_STATE.sent, nowMs);
    this.ack(entry.id, ACK_STATUS.accepted, entry);
  }

  private move(entry: CommandEntry, state: number, nowMs: number): void {
    assert(state !== CMD_STATE.none, "a command is never forgotten");
    entry.state = state;
    entry.at_ms = nowMs;
    const final = state === CMD_STATE.done || state >= CMD_STATE.rejected;
    if (final && state !== CMD_STATE.unknown) this.open.delete(entry);
    else this.open.add(entry);
    this.store.put(entry);
  }

  private reconcile(entry: CommandEntry, nowMs: number): void {
    const { order, deals } = this.broker.findByMagic(entry.magic);
    const works = order !== undefined && order.done_ms === 0;
    if (works) return;
    if (!order && nowMs - entry.at_ms < SETTLE_MS) return;
    entry.order = order?.ticket ?? entry.order;
    entry.deal = deals.at(-1)?.deal ?? entry.deal;
    const executed = deals.length > 0 || order?.state === ORDER_STATUS.filled;
    this.move(entry, executed ? CMD_STATE.done : CMD_STATE.not_found, nowMs);
    this.effects.push({ kind: "status", report: { id: entry.id, status: ACK_STATUS.accepted, entry: { ...entry } } });
  }

  private ack(id: string, status: number, entry: CommandReport["entry"]): void {
    this.effects.push({ kind: "ack", report: { id, status, entry: { ...entry } } });
  }

  private refuse(entry: CommandEntry, o: { status: number; state: number; retcode: number }): void {
    entry.state = o.state;
    entry.retcode = o.retcode;
    this.store.put(entry);
    this.ack(entry.id, o.status, entry);
  }

  private overRate({ nowMs, maxPerSecond }: CommandContext): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.second) {
      this.second = second;
      this.sentThisSecond = 0;
    }
    return maxPerSecond > 0 && ++this.sentThisSecond > maxPerSecond;
  }

  /** The request, or the return code that says why there is none. */
  private requestOf(cmd: Cmd, spec: SymbolSpec | undefined): Omit<TradeRequest, "request_id"> | number {
    if (!spec) return RETCODE.invalid;
    const action = ACTION[cmd.action];
    if (!action || cmd.order_type > 1) return RETCODE.invalid;
    const volume = toMicrolots(cmd.volume);
    const stop = toPoints(spec, cmd.sl);
    const target = toPoints(spec, cmd.tp);
    if (volume === undefined && action === "deal") return RETCODE.invalid_volume;
    if (stop === undefined || target === undefined) return RETCODE.invalid_stops;
    const position = this.positionOf(cmd, spec);
    if (cmd.action === CMD_ACTION.close && position === 0) return RETCODE.position_closed;
    return {
      action,
      symbol: spec.name,
      side: cmd.order_type as Side,
      volume: volume ?? 0,
      stop,
      target,
      filling: chooseFilling(cmd, spec),
      position,
      magic: cmd.magic.toString(),
      comment: cmd.tag,
    };
  }

  /** A close that names no position means the symbol's only one. */
  private positionOf(cmd: Cmd, spec: SymbolSpec): number {
    if (cmd.position !== 0n || cmd.action !== CMD_ACTION.close) return Number(cmd.position);
    const held = this.broker.positions.filter(({ symbol }) => symbol === spec.name);
    return held.length === 1 ? (held[0]?.ticket ?? 0) : 0;
  }

  /** Market execution takes any price, so the EA itself holds the quote against the guard before it sends. */
  private insideGuard(cmd: Cmd, { side }: { side: Side }, spec: SymbolSpec | undefined): boolean {
    const quote = spec && this.broker.quote(spec.name);
    if (!quote) return true;
    if (cmd.max_spread_pts > 0 && quote.ask - quote.bid > cmd.max_spread_pts) return false;
    if (cmd.guard_price === 0) return true;
    const guard = Math.round(cmd.guard_price * 10 ** spec.digits);
    return side === 0 ? quote.ask <= guard : quote.bid >= guard;
  }
}

const ACTION: Record<number, TradeRequest["action"]> = {
  [CMD_ACTION.market]: "deal",
  [CMD_ACTION.close]: "deal",
  [CMD_ACTION.protect]: "protect",
  [CMD_ACTION.check]: "check",
};

const succeeded = (retcode: number): boolean =>
  retcode === 0 || retcode === RETCODE.done || retcode === RETCODE.done_partial || retcode === RETCODE.no_changes;

function chooseFilling(cmd: Cmd, spec: SymbolSpec): number {
  if (cmd.filling !== AUTO_FILLING) return cmd.filling;
  if (spec.exec_mode !== 2) return FILLING.return;
  const partial = (cmd.flags & 1) !== 0;
  if (!partial && spec.filling_bits & 1) return FILLING.fok;
  return spec.filling_bits & 2 ? FILLING.ioc : FILLING.fok;
}

function contentOf(cmd: Cmd, symbol: string): string {
  const { action, order_type, volume, price, stoplimit, sl, tp, position, order, magic } = cmd;
  return [action, symbol, order_type, volume, price, stoplimit, sl, tp, position, order, magic].join("|");
}

const newEntry = (id: string, content: string, magic: string, at_ms: number): CommandEntry => ({
  id,
  content,
  magic,
  state: CMD_STATE.received,
  retcode: 0,
  order: 0,
  deal: 0,
  request_id: 0,
  at_ms,
});

const symbolOf = ({ content }: CommandEntry): string => content.split("|")[1] ?? "";
