import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Bar, BarHistory, BatchSeal, OrderIntent, Prediction, RiskVerdict, Tick } from "#proto/generated/records.ts";
import { prediction } from "#proto/prediction.fixture.ts";
import { encodeRecord, sealRecord, viewOf } from "#proto/record.ts";
import { KINDS, SOURCE } from "#proto/records.ts";
import { findClickHouse } from "../engines/clickhouse.ts";
import { ClickHouse } from "./client.ts";
import { rowStructure } from "./raw-records.ts";
import { ensureTables } from "./schema.ts";
import { TABLE_OF_KIND } from "./tables/all.ts";
import { countRecords, removeBeyond, writeRecords } from "./writer.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-ch-"));
const clickhouse = new ClickHouse(findClickHouse({ path: join(root, "data") }));
await ensureTables(clickhouse);
after(async () => {
  await clickhouse.close();
  rmSync(root, { recursive: true, force: true });
});

const STREAM = "0123456789abcdef0123456789abcdef";
const TIME = 1_767_225_600_123_456_789n;
const MAX = (1n << 63n) - 1n;
const MIN = -(1n << 63n);

function journaled<T>(codec: Parameters<typeof encodeRecord<T>>[0], seq: bigint, payload: T): Uint8Array {
  const meta = { time_ns: TIME + seq, source: SOURCE.terminal | (7 << 8), symbol: 3 };
  const bytes = encodeRecord(codec, meta, payload);
  sealRecord(bytes, viewOf(bytes), 0, bytes.length, seq);
  return bytes;
}

const check = (i: number) => ({
  value: i === 0 ? MIN : BigInt(i),
  limit: MAX,
  headroom: -BigInt(i),
  code: i + 1,
  result: i % 3,
  pad: 0,
  reserved: 0,
});

test("clickhouse: raw records: every field comes back as it was, at the ends of its range too", async () => {
  const tick = {
    broker_time_ms: 1n,
    bid_points: MIN / 2n,
    ask_points: MIN / 2n + 3n,
    flags: 0xffffffff,
    spread_points: 3,
  };
  const intent = {
    cause_seq: 9n,
    intent_id: new Uint8Array(16).fill(10), // 0x0a0a..., the pattern on which inline inserts break
    magic: MAX as bigint,
    position_ticket: (1n << 64n) - 1n,
    volume_microlots: 1n,
    price_points: -1n,
    stop_points: 0n,
    target_points: 2n,
    guard_price_points: 3n,
    expires_ns: TIME,
    deviation_points: -2147483648,
    timeframe_s: 60,
    probability_up_ppm: 500_000,
    action: 1,
    side: 1,
    direction_set: 3,
  };
  const verdict = {
    cause_seq: 9n,
    intent_id: intent.intent_id,
    accepted: 0,
    trading_state: 2,
    failed_count: 3,
    checks: Array.from({ length: 8 }, (_, i) => check(i)),
  };
  const scored = prediction({
    probability_up: 0.1,
    probability_high_volatility: Number.NaN,
    direction_gru: 0.75,
    contribution_feature_2: 80,
    features: [{ value: 0.25 }, { value: -0 }, { value: 1e300 }],
  });
  const stream = "00".repeat(16);
  await writeRecords(clickhouse, {
    stream,
    raw: [
      { kind: "tick", count: 0, parts: [journaled(Tick, 1n, tick)] },
      { kind: "order_intent", count: 0, parts: [journaled(OrderIntent, (1n << 63n) + 2n, intent)] },
      { kind: "risk_verdict", count: 8, parts: [journaled(RiskVerdict, 3n, verdict)] },
      { kind: "risk_verdict", count: 0, parts: [journaled(RiskVerdict, 4n, { ...verdict, checks: [] })] },
      { kind: "prediction", count: 3, parts: [journaled(Prediction, 5n, scored)] },
    ],
    loose: [{ seq: 6n, time_ns: TIME, symbol: 0, kind: "timer", source: 4, payload: '{"it\'s":"\\u0001"}' }],
  });
  const read = async (table: string, columns = "*") =>
    clickhouse.query(`SELECT ${columns} FROM ${table} WHERE stream_id = '${stream}' ORDER BY seq`);
  const common = (seq: string, at = Number(seq)) => ({
    stream_id: stream,
    symbol: 3,
    time: `2026-01-01T00:00:00.1234567${89 + at}Z`,
    seq,
  });
  assert.deepEqual(await read("ticks", "*, ask_points"), [
    {
      ...common("1"),
      broker_time_ms: "1",
      bid_points: tick.bid_points.toString(),
      spread_points: "3",
      flags: 0xffffffff,
      source: 0x701,
      ask_points: tick.ask_points.toString(),
    },
  ]);
  const [decision] = await read("decisions", "* REPLACE(hex(intent_id) AS intent_id) EXCEPT time");
  assert.deepEqual(decision, {
    stream_id: stream,
    symbol: 3,
    seq: ((1n << 63n) + 2n).toString(),
    ...Object.fromEntries(Object.entries(intent).map(([name, v]) => [name, typeof v === "bigint" ? v.toString() : v])),
    intent_id: "0A".repeat(16),
  });
  const [full, empty] = (await read("verdicts")) as Record<string, unknown>[];
  assert.deepEqual(
    full?.checks_value,
    verdict.checks.map(({ value }) => value.toString()),
  );
  assert.deepEqual(full?.checks_code, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(full?.checks_result, [0, 1, 2, 0, 1, 2, 0, 1]);
  assert.deepEqual(empty?.checks_value, []);
  const [said] = (await read("predictions")) as Record<string, unknown>[];
  assert.equal(said?.probability_up, 0.1);
  assert.equal(said?.probability_high_volatility, null);
  assert.deepEqual([said?.direction_gru, said?.contribution_feature_2, said?.regime_models], [0.75, 80, 4]);
  assert.deepEqual(said?.features, [0.25, -0, 1e300]);
  assert.deepEqual(await read("records"), [
    { ...common("6", 0), symbol: 0, kind: "timer", source: 4, payload: '{"it\'s":"\\u0001"}' },
  ]);
});

test("clickhouse: rows beyond the cursor: taken back, the others stay, the counts say so by kind", async () => {
  const bar = {
    open_points: 1n,
    high_points: 2n,
    low_points: 0n,
    close_points: 1n,
    open_time_ms: 60_000n,
    timeframe_s: 60,
  };
  const raw = [
    { kind: "tick", count: 0, parts: [1n, 2n, 3n, 4n].map((seq) => journaled(Tick, seq, someTick(seq))) },
    {
      kind: "bar",
      count: 0,
      parts: [journaled(Bar, 5n, { ...bar, cause_seq: 4n, spread_sum_points: 7n, tick_count: 2, basis: 0 })],
    },
    {
      kind: "bar_history",
      count: 0,
      parts: [journaled(BarHistory, 6n, { ...bar, tick_volume: 3n, spread_points: 4, score: 0 })],
    },
    {
      kind: "batch_seal",
      count: 0,
      parts: [
        journaled(BatchSeal, 7n, {
          stream_id: new Uint8Array(16),
          first_seq: 1n,
          record_count: 6,
          reserved: 0,
          previous_hash: new Uint8Array(32),
          records_sha256: new Uint8Array(32).fill(1),
          outputs_digest: new Uint8Array(32).fill(2),
          signature: new Uint8Array(64),
        }),
      ],
    },
  ];
  await writeRecords(clickhouse, { stream: STREAM, raw, loose: [] });
  const whole = { tick: 4, bar: 1, bar_history: 1, batch_seal: 1 };
  assert.deepEqual(await countRecords(clickhouse, { stream: STREAM, upToSeq: 7n }), whole);
  assert.equal(await removeBeyond(clickhouse, { stream: STREAM, seq: 2n }), 5);
  assert.deepEqual(await countRecords(clickhouse, { stream: STREAM, upToSeq: 7n }), { tick: 2 });
  assert.equal(await removeBeyond(clickhouse, { stream: STREAM, seq: 2n }), 0);
  assert.deepEqual(await ensureTables(clickhouse), { rebuilt: false });
});

const someTick = (n: bigint) => ({ broker_time_ms: n, bid_points: n, ask_points: n + 1n, flags: 6, spread_points: 1 });

test("clickhouse: every kind with a table: its structure is as long as its record", () => {
  for (const { name, group } of KINDS) {
    if (!TABLE_OF_KIND.has(name)) continue;
    for (const count of group ? [0, 1, 12] : [0]) {
      const bytes = [...rowStructure(name, count).matchAll(/(?:U?Int|Float)(\d+)|FixedString\((\d+)\)/g)].map(
        ([, bits, length]) => (bits ? Number(bits) / 8 : Number(length)),
      );
      assert.equal(bytes.reduce((sum, n) => sum + n, 0) % 64, 0, name);
    }
  }
});

test("clickhouse: scratch files of a killed process: removed at the next start on the same data", () => {
  const path = join(root, "other");
  const engine = findClickHouse({ path });
  assert.ok(engine.embedded);
  const left = engine.scratch.replace(/\d+$/, "4194999"); // above the largest pid
  mkdirSync(left);
  findClickHouse({ path });
  assert.equal(existsSync(left), false);
  assert.equal(existsSync(engine.scratch), true);
  rmSync(engine.scratch, { recursive: true });
});

test("clickhouse: a remote server: raw records go in the body of the same INSERT", async () => {
  const seen: { query: string; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const query = new URL(request.url ?? "", "http://x").searchParams.get("query") ?? "";
    seen.push({ query, body: Buffer.concat(chunks) });
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const remote = new ClickHouse(findClickHouse({ url: `http://127.0.0.1:${port}` }));
  const parts = [1n, 2n].map((seq) => journaled(Tick, seq, someTick(seq)));
  await writeRecords(remote, { stream: STREAM, raw: [{ kind: "tick", count: 0, parts }], loose: [] });
  await remote.close();
  await new Promise((done) => server.close(done));
  assert.equal(seen.length, 1);
  assert.match(seen[0]!.query, /^INSERT INTO ticks .* FROM input\('.*'\) FORMAT RowBinary/);
  assert.deepEqual(seen[0]!.body, Buffer.concat(parts));
});
