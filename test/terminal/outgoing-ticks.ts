// Ticks on their way to the connector: kept until acknowledged, sent again in the next session from where the connector
// says. Guarantees: none is lost; after a reconnect exactly the rows from the connector's own cursor on are sent, whole
// rows with their multiplicity, so that the connector can tell those it has.
import { type BrokerZone, brokerMsOf } from "#proto/broker-zone.ts";
import { Ticks } from "#proto/generated/mtx1.ts";
import type { FrameCodec } from "#proto/mtx1/frame.ts";
import { TICKS_ROWS_MAX } from "#proto/mtx1.ts";
import { type SymbolSpec, toPrice } from "./specs.ts";
import type { MarketTick } from "./tick.ts";

const OVERLAP = 2;
const LIVE = 0;
const BACKFILL = 1;

export interface TickPeer {
  send(codec: FrameCodec<Ticks>, value: Ticks): number;
}

export interface TickSymbol {
  readonly spec: SymbolSpec;
  readonly symbolId: number;
}

interface Row {
  readonly tick: MarketTick;
  /** Frame it went out in, 0 = not in this session. */
  seq: number;
}

export class OutgoingTicks {
  /** Rows that the connector has made durable, each once. */
  acked = 0;
  /** Rows put on the wire, repeats included. */
  sent = 0;
  /** Rows acknowledged in an earlier session that the connector now asks for again: it has lost what it promised. */
  lostByPeer = 0;
  private rows: Row[] = [];
  private unsent = 0;
  /** By symbol: the acknowledged rows of the last acknowledged millisecond. */
  private readonly tail = new Map<string, MarketTick[]>();
  private readonly symbols: ReadonlyMap<string, TickSymbol>;
  private readonly zone: BrokerZone;
  private cursors = new Map<string, number>();
  private index = 0n;

  constructor(symbols: ReadonlyMap<string, TickSymbol>, zone: BrokerZone) {
    this.symbols = symbols;
    this.zone = zone;
  }

  /** Rows not yet acknowledged. */
  get waiting(): number {
    return this.rows.length;
  }

  add(ticks: readonly MarketTick[]): void {
    for (const tick of ticks) this.rows.push({ tick, seq: 0 });
    this.unsent += ticks.length;
  }

  /** A new session asks for each symbol's ticks from a time on, UTC milliseconds, 0 = from wherever we are. */
  onSubscribe(cursors: ReadonlyMap<string, number>): void {
    this.cursors = new Map(cursors);
    this.index = 0n;
    for (const row of this.rows) row.seq = 0;
    this.unsent = this.rows.length;
  }

  /** The session is live: the rows of the last acknowledged millisecond once more, for the connector to compare. */
  repeatTail(peer: TickPeer): void {
    for (const [symbol, rows] of this.tail) {
      const from = this.cursors.get(symbol) ?? 0;
      const time = rows[0]?.time_ms ?? 0;
      if (from === time) this.sendRun(peer, rows, OVERLAP);
      else if (from !== 0 && from < time) this.lostByPeer += rows.length;
    }
  }

  /** Sends whatever has not been sent in this session, one frame for each run of one symbol. */
  flush(peer: TickPeer): void {
    if (this.unsent === 0) return;
    let run: Row[] = [];
    const close = (): void => {
      const first = run[0];
      if (!first) return;
      const atCursor = first.tick.time_ms === this.cursors.get(first.tick.symbol);
      const seq = this.sendRun(
        peer,
        run.map(({ tick }) => tick),
        atCursor ? OVERLAP : 0,
      );
      for (const row of run) row.seq = seq;
      run = [];
    };
    for (const row of this.rows.slice(this.rows.length - this.unsent)) {
      const cursor = this.cursors.get(row.tick.symbol);
      if (cursor === undefined || row.tick.time_ms < cursor) {
        // The connector has it, or does not want the symbol.
        row.seq = -1;
        continue;
      }
      const first = run[0]?.tick;
      const same = first?.symbol === row.tick.symbol && (first.time_ms === cursor) === (row.tick.time_ms === cursor);
      if (first && (!same || run.length === TICKS_ROWS_MAX)) close();
      run.push(row);
    }
    close();
    this.unsent = 0;
    this.onAck(0);
  }

  /** Everything up to this frame is durable at the connector. */
  onAck(seq: number): void {
    let done = 0;
    for (const row of this.rows) {
      if (row.seq === 0 || row.seq > seq) break;
      done++;
      this.acked++;
      const { symbol, time_ms } = row.tick;
      const tail = this.tail.get(symbol);
      if (tail?.[0]?.time_ms === time_ms) tail.push(row.tick);
      else this.tail.set(symbol, [row.tick]);
    }
    if (done > 0) this.rows = this.rows.slice(done);
  }

  private sendRun(peer: TickPeer, ticks: readonly MarketTick[], flags: number): number {
    const first = ticks[0] as MarketTick;
    const symbol = this.symbols.get(first.symbol) as TickSymbol;
    const base = brokerMsOf(this.zone, first.time_ms);
    const seq = peer.send(Ticks, {
      symbol_id: symbol.symbolId,
      source: flags === OVERLAP ? BACKFILL : LIVE,
      flags,
      base_msc: BigInt(base),
      index_of_first: this.index,
      rows: ticks.map((tick) => ({
        dt_ms: brokerMsOf(this.zone, tick.time_ms) - base,
        flags: tick.flags,
        bid: toPrice(symbol.spec, tick.bid),
        ask: toPrice(symbol.spec, tick.ask),
        last: 0,
        volume_real: 0,
      })),
    });
    this.index += BigInt(ticks.length);
    this.sent += ticks.length;
    return seq;
  }
}
