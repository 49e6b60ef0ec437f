// Records about edges, orders and money as PostgreSQL rows. Pure. Collects over a group of batches; what a record kind
// means for which table is all here.

import {
  Account,
  Fill,
  type Header,
  Link,
  ModelDigest,
  ModelShadow,
  OperatorCommand,
  OrderIntent,
  OrderUpdate,
  Position,
  RiskVerdict,
  readHeader,
  StateChange,
  StreamStart,
  SymbolSpec,
} from "#proto/generated/records.ts";
import type { ProjectedRow, ProjectedRows, Value } from "#storage/postgres/projections.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer R)[] ? R[] : Record<string, Value> };
type Handler = (rows: Mutable<ProjectedRows>, header: Header, view: DataView, at: number) => void;

const hex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`;

/** Payload fields as column values: bigint as text, bytes as \x hex. */
function columns(payload: object, names: readonly string[]): Record<string, Value> {
  const source = payload as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    names.map((name) => {
      const value = source[name];
      if (typeof value === "bigint") return [name, value.toString()];
      if (value instanceof Uint8Array) return [name, hex(value)];
      return [name, value as Value];
    }),
  );
}

const place = (header: Header): ProjectedRow => ({ seq: header.seq.toString(), time_ns: header.time_ns.toString() });

const INTENT = (
  "cause_seq intent_id action side magic position_ticket volume_microlots price_points stop_points target_points " +
  "guard_price_points expires_ns deviation_points timeframe_s probability_up_ppm"
).split(" ");
const UPDATE = (
  "intent_id order_ticket deal_ticket volume_filled_microlots volume_remaining_microlots price_points broker_time_ms " +
  "retcode state"
).split(" ");
const FILL = (
  "intent_id deal_ticket order_ticket position_id magic side entry reason volume_microlots price_points " +
  "commission_micros swap_micros profit_micros broker_time_ms"
).split(" ");
const POSITION = (
  "ticket identifier magic side volume_microlots open_price_points stop_points target_points swap_micros " +
  "profit_micros broker_time_ms"
).split(" ");
const ACCOUNT = (
  "login currency balance_micros credit_micros profit_micros equity_micros margin_micros margin_free_micros " +
  "server_time_ms leverage margin_mode trade_mode permissions"
).split(" ");
const SYMBOL = (
  "name digits base_currency profit_currency margin_currency tick_size_points tick_value_micros " +
  "contract_size_micros volume_min_microlots volume_max_microlots volume_step_microlots trade_mode"
).split(" ");

const HANDLERS = new Map<number, Handler>([
  [
    StreamStart.code,
    (rows, header, view, at) => {
      const start = StreamStart.read(view, at);
      rows.edges.push({
        name: start.edge_name,
        ...columns(start, ["public_key", "core_sha256", "layout_version"]),
        started_ns: header.time_ns.toString(),
        last_seen_ns: header.time_ns.toString(),
        last_seq: header.seq.toString(),
      });
    },
  ],
  [
    ModelDigest.code,
    (rows, _header, view, at) =>
      rows.edgeModels.push({ sha256: hex(ModelDigest.read(view, at).sha256), shadow: false }),
  ],
  [
    ModelShadow.code,
    (rows, _header, view, at) => {
      const { sha256, size_bytes } = ModelShadow.read(view, at);
      rows.edgeModels.push({ sha256: size_bytes === 0 ? null : hex(sha256), shadow: true });
    },
  ],
  [
    Link.code,
    (rows, _header, view, at) => {
      rows.edgeChanges.link_state = Link.read(view, at).state;
    },
  ],
  [
    StateChange.code,
    (rows, _header, view, at) => {
      rows.edgeChanges.trading_state = StateChange.read(view, at).to_state;
    },
  ],
  [
    SymbolSpec.code,
    (rows, { symbol, seq }, view, at) =>
      rows.symbols.push({ symbol, seq: seq.toString(), ...columns(SymbolSpec.read(view, at), SYMBOL) }),
  ],
  [
    OrderIntent.code,
    (rows, header, view, at) =>
      rows.order_intents.push({
        ...place(header),
        symbol: header.symbol,
        ...columns(OrderIntent.read(view, at), INTENT),
        // Columns that later records fill: an INSERT names all it selects from.
        state: 0,
        final: false,
        retcode: 0,
        order_ticket: "0",
        volume_filled_microlots: 0,
        filled_price_points: 0,
        updated_seq: 0,
      }),
  ],
  [
    RiskVerdict.code,
    (rows, header, view, at) => {
      const verdict = RiskVerdict.read(view, at);
      rows.verdicts.push({
        verdict_seq: header.seq.toString(),
        accepted: verdict.accepted === 1,
        ...columns(verdict, ["intent_id", "failed_count"]),
      });
    },
  ],
  [
    OrderUpdate.code,
    (rows, header, view, at) => {
      const update = OrderUpdate.read(view, at);
      const final = update.final === 1;
      rows.order_updates.push({ ...place(header), symbol: header.symbol, final, ...columns(update, UPDATE) });
    },
  ],
  [
    Fill.code,
    (rows, header, view, at) =>
      rows.fills.push({ ...place(header), symbol: header.symbol, ...columns(Fill.read(view, at), FILL) }),
  ],
  [
    Position.code,
    (rows, header, view, at) =>
      rows.positions.push({ ...place(header), symbol: header.symbol, ...columns(Position.read(view, at), POSITION) }),
  ],
  [
    Account.code,
    (rows, header, view, at) => rows.accounts.push({ ...place(header), ...columns(Account.read(view, at), ACCOUNT) }),
  ],
  [
    OperatorCommand.code,
    (rows, header, view, at) =>
      rows.operator_commands.push({
        ...place(header),
        ...columns(OperatorCommand.read(view, at), ["command_id", "operator", "reason", "command"]),
      }),
  ],
]);

export class OrderRows {
  readonly rows: Mutable<ProjectedRows> = {
    edges: [],
    edgeChanges: {},
    edgeModels: [],
    symbols: [],
    order_intents: [],
    verdicts: [],
    order_updates: [],
    fills: [],
    positions: [],
    accounts: [],
    operator_commands: [],
  };

  add(code: number, view: DataView, at: number): void {
    HANDLERS.get(code)?.(this.rows, readHeader(view, at), view, at);
  }

  /** The last record of the group: how recently the edge was heard of. */
  seen(header: Header): void {
    this.rows.edgeChanges.last_seen_ns = header.time_ns.toString();
    this.rows.edgeChanges.last_seq = header.seq.toString();
  }
}
