import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as m from "#proto/generated/mtx1.ts";
import { OrderIntent, RiskVerdict } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import type { Frame, FrameCodec } from "#proto/mtx1/frame.ts";
import { type DecodedRecord, decodeRecord, encodeRecord, walkRecords } from "#proto/record.ts";
import { Book } from "./book.ts";
import { BrokerTime, offsetOf } from "./broker-time.ts";
import { fromPoints, INTEGER_MAX, nearestPoints, quotePoints, scaleOf, toMicros, writeI64 } from "./convert.ts";
import { Door } from "./door.ts";
import { InputGroup } from "./input-group.ts";
import { StreamTime } from "./stream-time.ts";
import { TickCursor } from "./tick-cursor.ts";
import { SPEC } from "./tiny-ea.fixture.ts";

const NOW_MS = 1_700_000_000_000;
const OFFSET_S = 10_800;

function frameOf<T>(codec: FrameCodec<T>, value: T): Frame {
  const payload = new Uint8Array(codec.lengthOf(value));
  codec.write(new DataView(payload.buffer), 0, value);
  return { type: codec.type, flags: 0, seq: 1, ack: 0, payload, authenticated: codec.mac };
}

/** A door whose groups are folded into its book as if journaled, with one symbol known. */
function makeDoor(): { door: Door; book: Book; give: <T>(codec: FrameCodec<T>, value: T) => DecodedRecord[] } {
  const book = new Book();
  const brokerTime = new BrokerTime();
  brokerTime.onReading({ tradeServerS: NOW_MS / 1000 + OFFSET_S, gmtS: NOW_MS / 1000, utcS: NOW_MS / 1000 });
  const time = new StreamTime({
    mode: "wall",
    clock: { nowNs: () => BigInt(NOW_MS) * 1_000_000n, monotonicMs: () => 0 },
    lastNs: 0n,
  });
  const group = new InputGroup(() => assert.fail("the group is full"));
  const door = new Door({ book, group, time, brokerTime });
  const give = <T>(codec: FrameCodec<T>, value: T): DecodedRecord[] => {
    door.onFrame(frameOf(codec, value));
    const records = group.take();
    const decoded: DecodedRecord[] = [];
    walkRecords(records, (at) => decoded.push(decodeRecord(records, at)));
    book.apply(records, { ticks: false });
    door.onCommitted();
    return decoded;
  };
  door.onSession(1);
  give(m.SymbolSpec, SPEC);
  return { door, book, give };
}

const ticks = (rows: readonly (readonly [ms: number, bid: number, ask: number])[]): m.Ticks => ({
  symbol_id: SPEC.symbol_id,
  source: 0,
  flags: 0,
  base_msc: BigInt(NOW_MS + OFFSET_S * 1000),
  index_of_first: 0n,
  rows: rows.map(([ms, bid, ask]) => ({ dt_ms: ms, flags: 6, bid, ask, last: 0, volume_real: 0 })),
});

test("convert: every price on the grid of every symbol: there and back without loss", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), fc.integer({ min: -1e9, max: 1e9 }), (digits, points) => {
      const price = fromPoints(BigInt(points), digits);
      assert.equal(price, Number((points / 10 ** digits).toFixed(digits)));
      assert.equal(quotePoints(price, scaleOf(digits)), points === 0 ? Math.round(price) : points);
    }),
  );
});

test("convert: NaN, infinities and what is too large: refused, never a number", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300, INTEGER_MAX * 2])
    for (const number of [quotePoints(bad, 1e5), nearestPoints(bad, 1e5), toMicros(bad)])
      assert.equal(number, undefined);
  assert.equal(quotePoints(1.234565, 1e5), undefined);
  assert.equal(nearestPoints(1.2345651, 1e5), 123457);
  assert.equal(toMicros(0.07), 70_000);
});

test("convert: i64 without bigint: the same bytes", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const view = new DataView(new ArrayBuffer(8));
      writeI64(view, 0, value);
      assert.equal(view.getBigInt64(0, true), BigInt(value));
    }),
  );
});

test("broker time: to the quarter hour, a change only when two readings agree, a replay by the terminal's own clocks", () => {
  const time = new BrokerTime();
  const read = (offset: number) =>
    time.onReading({ tradeServerS: 1_700_000_000 + offset, gmtS: 0, utcS: 1_700_000_000 });
  assert.equal(read(7213), true);
  assert.deepEqual([time.offsetS, time.driftS], [7200, 13]);
  // Another zone, if it is one: nobody's clock is off by an hour.
  assert.equal(read(10_790), false);
  assert.equal(time.driftS, 13);
  assert.equal(read(7201), false);
  assert.equal(read(10_800), false);
  assert.equal(read(10_810), true);
  assert.deepEqual([time.utcMs(10_800_000), time.driftS], [0, 10]);
  time.onSession();
  assert.deepEqual([time.offsetS, time.driftS], [undefined, undefined]);
  assert.equal(offsetOf({ tradeServerS: 1_400_010_800, gmtS: 1_400_000_000, utcS: 1_700_000_000 }), 10_800);
  assert.equal(offsetOf({ tradeServerS: 1_400_000_000, gmtS: 0, utcS: undefined }), undefined);
});

test("door: ticks: points, UTC and spread; bad rows refused and counted, the rest taken", () => {
  const { door, give } = makeDoor();
  const records = give(
    m.Ticks,
    ticks([
      [0, 1.08331, 1.08345],
      [5, Number.NaN, 1.08],
      [6, 1.08, Number.POSITIVE_INFINITY],
      [-3, 1.0833, 1.08331],
    ]),
  );
  assert.deepEqual(
    records.map(({ header, payload }) => [header.symbol, header.source, payload.broker_time_ms, payload.bid_points]),
    [
      [1, 257, BigInt(NOW_MS), 108_331n],
      [1, 257, BigInt(NOW_MS - 3), 108_330n],
    ],
  );
  assert.equal(records[0]?.payload.spread_points, 14);
  assert.deepEqual([door.counts.refused, door.counts.ticks], [2, 2]);
  give(m.Ticks, { ...ticks([[0, 1, 1]]), symbol_id: 99 });
  assert.equal(door.counts.unknown_symbol, 1);
});

test("door: ticks: a frame cut anywhere in its head: refused by type, not by a range error", () => {
  const { door } = makeDoor();
  const whole = frameOf(m.Ticks, ticks([[0, 1.08331, 1.08345]]));
  for (let bytes = 0; bytes < m.Ticks.fixed; bytes++)
    assert.throws(() => door.onFrame({ ...whole, payload: whole.payload.subarray(0, bytes) }), { code: "bad_frame" });
});

test("door: specification: journaled when new or changed only", () => {
  const { give, book } = makeDoor();
  assert.equal(give(m.SymbolSpec, SPEC).length, 0);
  assert.equal(give(m.SymbolSpec, { ...SPEC, tick_value: 0.91 }).length, 1);
  const second = give(m.SymbolSpec, { ...SPEC, symbol_id: 8, name: "USDJPY", digits: 3, tick_size: 0.001 });
  assert.equal(second[0]?.header.symbol, 2);
  assert.equal(book.symbols.size, 2);
  assert.equal(give(m.SymbolSpec, { ...SPEC, name: "BAD", tick_size: Number.NaN }).length, 0);
});

test("door: history: closed bars, each once, none after the first tick", () => {
  const { give } = makeDoor();
  const bars = (first: number, flags: number): m.Bars => ({
    symbol_id: SPEC.symbol_id,
    tf_minutes: 1,
    flags,
    rows: [0, 1, 2].map((i) => ({
      open_time_s: BigInt(NOW_MS / 1000 + OFFSET_S - 6000 + (first + i) * 60),
      open: 1.1,
      high: 1.2,
      low: 1.0,
      close: 1.15,
      tick_volume: 5n,
      real_volume: 0n,
      spread: 3,
    })),
  });
  assert.equal(give(m.Bars, bars(0, 1)).length, 2);
  assert.equal(give(m.Bars, bars(1, 0)).length, 2);
  give(m.Ticks, ticks([[0, 1.1, 1.2]]));
  assert.equal(give(m.Bars, bars(9, 0)).length, 0);
});

test("door: deals: each ticket once, also within a frame; balance operations are no fills", () => {
  const { door, give } = makeDoor();
  const deal = (n: bigint, type = 0): m.DealsRow => ({
    symbol_id: SPEC.symbol_id,
    type,
    entry: 0,
    deal: n,
    order: 1n,
    position_id: 1n,
    magic: 0n,
    time_msc: BigInt(NOW_MS),
    volume: 0.1,
    price: 1.1,
    commission: -0.35,
    fee: -0.05,
    swap: 0,
    profit: 0,
    sl: 0,
    tp: 0,
    reason: 3,
    comment: "",
    external_id: "",
  });
  const records = give(m.Deals, { snapshot_id: 0, rows: [deal(1n), deal(1n), deal(2n), deal(3n, 2)] });
  assert.deepEqual(
    records.map((r) => [r.payload.deal_ticket, r.payload.commission_micros, r.payload.volume_microlots]),
    [
      [1n, -400_000n, 100_000n],
      [2n, -400_000n, 100_000n],
    ],
  );
  assert.equal(give(m.Deals, { snapshot_id: 4, rows: [deal(2n)] }).length, 0);
  assert.deepEqual([door.counts.repeated_deals, door.counts.other_deals], [2, 1]);
});

test("door: positions: another ticket under the same identifier: the old one ends first, and once", () => {
  const { book, give } = makeDoor();
  const position = (ticket: bigint, type: number): m.PositionsRow => ({
    symbol_id: SPEC.symbol_id,
    type,
    reason: 3,
    ticket,
    identifier: 7n,
    magic: 0n,
    time_msc: BigInt(NOW_MS),
    update_msc: BigInt(NOW_MS),
    volume: 0.2,
    open: 1.1,
    sl: 0,
    tp: 0,
    current: 1.1,
    swap: 0,
    profit: 0,
    comment: "",
  });
  const told = (rows: readonly m.PositionsRow[]): unknown[] =>
    give(m.Positions, { snapshot_id: 1, rows: [...rows] }).map(({ payload }) => [
      payload.ticket,
      payload.identifier,
      payload.volume_microlots,
    ]);
  assert.deepEqual(told([position(7n, 0)]), [[7n, 7n, 200_000n]]);
  assert.deepEqual(told([position(9n, 1), position(9n, 1)]), [
    [7n, 7n, 0n],
    [9n, 7n, 200_000n],
    [9n, 7n, 200_000n],
  ]);
  assert.deepEqual([...book.positions.keys()], [9n]);
});

const DEAL: m.DealsRow = {
  symbol_id: SPEC.symbol_id,
  type: 0,
  entry: 0,
  deal: 1n,
  order: 900n,
  position_id: 900n,
  magic: 77n,
  time_msc: BigInt(NOW_MS),
  volume: 0.1,
  price: 1.1,
  commission: 0,
  fee: 0,
  swap: 0,
  profit: 0,
  sl: 0,
  tp: 0,
  reason: 3,
  comment: "",
  external_id: "",
};
const ACCOUNT: m.Account = {
  login: 1n,
  trade_mode: 0,
  margin_mode: 0,
  perms: 31,
  currency_digits: 2,
  leverage: 100,
  balance: 1,
  credit: 0,
  profit: 0,
  equity: 1,
  margin: 0,
  margin_free: 1,
  margin_level: 0,
  so_call: 0,
  so_so: 0,
  so_mode: 0,
  limit_orders: 0,
  server_ms: BigInt(NOW_MS),
  currency: "USD",
  server: "",
  company: "",
};

/** An accepted intent in the book, as the core would have said it. */
function accepted(book: Book, o: { action: number; orderTicket?: bigint }): string {
  const intent_id = new Uint8Array(16).fill(9);
  const intent = { ...EMPTY_INTENT, intent_id, magic: 77n, action: o.action };
  const meta = { time_ns: 1n, source: 5, symbol: 1 };
  book.apply(encodeRecord(OrderIntent, meta, intent));
  const verdict = {
    cause_seq: 0n,
    intent_id,
    accepted: 1,
    trading_state: 0,
    check_count: 0,
    failed_count: 0,
    checks: [],
  };
  book.apply(encodeRecord(RiskVerdict, meta, verdict));
  const order = book.orderByMagic(77n);
  assert.ok(order);
  order.orderTicket = o.orderTicket ?? 0n;
  return order.id;
}
const EMPTY_INTENT = OrderIntent.read(new DataView(new ArrayBuffer(1024)), 0);

test("door: deals with an order's magic: its fills, unless the server's, a person's, another order's, or impossible", () => {
  const [open, close] = [1, 2];
  const cases: readonly (readonly [
    string,
    boolean,
    { action: number; orderTicket?: bigint },
    Partial<m.DealsRow>,
    boolean?,
  ])[] = [
    ["opening", true, { action: open }, {}],
    ["opening, its ticket known", true, { action: open, orderTicket: 900n }, {}],
    ["a deal of another ticket", false, { action: open, orderTicket: 901n }, {}],
    ["netting: closes another hand's", true, { action: open }, { entry: 1 }],
    ["netting: reverses another hand's", true, { action: open }, { entry: 2 }],
    ["hedging: an opening order closes nothing", false, { action: open }, { entry: 1 }, true],
    ["hedging: closed by its opposite", false, { action: open }, { entry: 3 }, true],
    ["stop", false, { action: open }, { entry: 1, reason: 4 }],
    ["closed by a person on the phone", false, { action: open }, { entry: 1, reason: 1 }],
    ["closed by a person in the terminal", false, { action: open }, { entry: 1, reason: 0 }],
    ["rollover", false, { action: open }, { entry: 0, reason: 7 }],
    ["closing", true, { action: close }, { entry: 1 }, true],
    ["a closing order opens nothing", false, { action: close }, { entry: 0 }, true],
  ];
  for (const [what, mine, order, row, hedging] of cases) {
    const { book, give } = makeDoor();
    give(m.Account, { ...ACCOUNT, margin_mode: hedging ? 2 : 0 });
    const id = accepted(book, order);
    const [fill] = give(m.Deals, { snapshot_id: 0, rows: [{ ...DEAL, ...row }] });
    assert.equal(hexOf(fill?.payload.intent_id as Uint8Array), mine ? id : "0".repeat(32), what);
  }
});

test("door: deals of symbols that are not the stream's: counted, no record; the account says what they are worth", () => {
  const { door, give } = makeDoor();
  assert.equal(give(m.Deals, { snapshot_id: 0, rows: [{ ...DEAL, symbol_id: 0 }] }).length, 0);
  assert.deepEqual([door.counts.other_symbols, door.counts.unknown_symbol], [1, 0]);
  const [account] = give(m.Account, { ...ACCOUNT, margin: 250, margin_free: 750, equity: 1_000 });
  assert.deepEqual([account?.payload.margin_micros, account?.payload.margin_free_micros], [250_000_000n, 750_000_000n]);
});

test("door: an account before the broker has a time: no record, and one with the next", () => {
  const { door, give } = makeDoor();
  assert.equal(give(m.Account, { ...ACCOUNT, server_ms: 0n }).length, 0);
  assert.equal(give(m.Account, { ...ACCOUNT, server_ms: BigInt(OFFSET_S * 1000) }).length, 0);
  assert.equal(give(m.Account, ACCOUNT).length, 1);
  assert.equal(door.counts.early_accounts, 2);
});

test("door: a symbol without ticks: the terminal is asked for those since it was first told, after a restart too", () => {
  const { door, book, give } = makeDoor();
  const since = BigInt(NOW_MS - 60_000 + OFFSET_S * 1000);
  assert.equal(door.cursorMsc("EURUSD"), since);
  assert.equal(Book.restore(book.save()).symbolOf("EURUSD")?.sinceMs, NOW_MS);
  assert.deepEqual([door.cursorMsc("GBPUSD"), door.wantsBars("GBPUSD"), door.wantsBars("EURUSD")], [0n, true, true]);
  give(m.Ticks, ticks([[5, 1.1, 1.2]]));
  assert.equal(door.cursorMsc("EURUSD"), BigInt(NOW_MS + 5 + OFFSET_S * 1000));
  assert.equal(door.wantsBars("EURUSD"), false);
});

test("tick cursor: cut anywhere and sent again from the cursor on: each row exactly once", () => {
  const row = fc.record({ step: fc.nat(2), bid: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 4 }), (rows, cuts) => {
      let ms = 1000;
      const all = rows.map(({ step, bid }) => {
        ms += step;
        return { ms, bid };
      });
      let cursor = new TickCursor();
      const kept: typeof all = [];
      for (const end of [...cuts, all.length]) {
        // A new session, perhaps after a restart: the EA sends every row from the cursor's time on.
        cursor = TickCursor.from(JSON.parse(JSON.stringify(cursor)));
        cursor.onSession();
        const from = cursor.ms;
        for (const tick of all.slice(0, end).filter((t) => t.ms >= from)) {
          if (cursor.has(tick.ms, 6, tick.bid, tick.bid)) continue;
          cursor.onTick(tick.ms, 6, tick.bid, tick.bid);
          kept.push(tick);
        }
      }
      assert.deepEqual(kept, all);
    }),
  );
});

test("book: saved and restored: the same book", () => {
  const { book, give } = makeDoor();
  give(m.Ticks, ticks([[0, 1.1, 1.2]]));
  assert.equal(Book.restore(book.save()).save(), book.save());
});
