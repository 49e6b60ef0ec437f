// What the page shows, as a fold of the journal's records: bounded, rebuilt from the journal at every start, and stamped
// with versions, so that each reader can be told what it has not seen. Seals are checked by the reader before they get here.
import { modelsAfter } from "#core-wasm/host/model-records.ts";
import {
  Account,
  Alert,
  Bar,
  BarHistory,
  ConfigChange,
  Fill,
  HEADER_OFFSET,
  type Header,
  Lease,
  Link,
  ModelDigest,
  ModelShadow,
  NewsItem,
  OperatorCommand,
  OrderIntent,
  OrderUpdate,
  Position,
  Prediction,
  RiskLimits,
  RiskVerdict,
  readHeader,
  ShadowPrediction,
  StateChange,
  StreamStart,
  SymbolSpec,
  Tick,
} from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { readI64 } from "#proto/mtx1/ticks.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { BAR_BASIS } from "#proto/records.ts";
import { Decisions } from "./decisions.ts";
import { plain, plainFields } from "./plain.ts";
import { Latest, Recent } from "./recent.ts";
import { MarketSymbol } from "./symbol.ts";

const NS_PER_MS = 1_000_000n;
const MS_PER_S = 1000;
const NEWS_KEPT = 50;
/** By the broker's ticket; more than any account that trades 16 symbols holds. */
const POSITIONS_KEPT = 512;

/** What the journal says of the box itself. Numbers are those of proto/records.ts. */
export interface Box {
  readonly stream_id: string;
  readonly edge_name: string;
  readonly core_sha256: string;
  readonly model_sha256: string;
  /** Of the model that scores beside it; "" = none. */
  readonly shadow_sha256: string;
  readonly link: number;
  readonly trading_state: number;
  /** The operator_command that came last: who, why, which, when. */
  readonly command: { readonly [field: string]: unknown } | null;
  /** The configuration in force, and who put it there; null = none in the journal: the box's settings file. */
  readonly configuration: {
    readonly version: number;
    readonly operator: string;
    readonly reason: string;
    readonly time_ms: number;
  } | null;
  readonly lease: { readonly expires_ms: number; readonly issuer: string } | null;
  readonly lease_required: boolean;
  readonly account: { readonly [field: string]: unknown } | null;
}

const NOTHING: Box = {
  stream_id: "",
  edge_name: "",
  core_sha256: "",
  model_sha256: "",
  shadow_sha256: "",
  link: 0,
  trading_state: 0,
  command: null,
  configuration: null,
  lease: null,
  lease_required: false,
  account: null,
};

export type PositionView = { readonly [K in keyof Position]: unknown } & {
  readonly ticket: string;
  readonly symbol: number;
};

export interface NewsView {
  readonly seq: number;
  readonly source: string;
  /** Unix milliseconds, of the fetch where the source says none. */
  readonly at_ms: number;
  readonly title: string;
  readonly link: string;
}

/** One alert record, for the alert book. */
export interface JournalAlert {
  readonly seq: number;
  readonly time_ms: number;
  readonly symbol: number;
  readonly code: number;
  readonly severity: number;
  readonly value: unknown;
  readonly limit: unknown;
}

const msOf = (time_ns: bigint): number => Number(time_ns / NS_PER_MS);

export class View {
  /** Goes up with each batch of records and each change from elsewhere. */
  version = 1;
  /** Last record folded in, and its time. */
  seq = 0;
  time_ms = 0;
  readonly box = new Latest<Box>(NOTHING);
  readonly symbols = new Map<number, MarketSymbol>();
  /** Open positions by ticket; told as a whole whenever one changes. */
  readonly positions = new Map<string, PositionView>();
  positionsVersion = 0;
  readonly news = new Recent<NewsView>(NEWS_KEPT);
  readonly decisions = new Decisions();
  onAlert: (alert: JournalAlert) => void = () => undefined;
  onStateChange: (change: { to: number; reason: number; time_ms: number }) => void = () => undefined;

  /** Whole records, in order. */
  apply(records: Uint8Array): void {
    this.version++;
    const view = viewOf(records);
    let last = 0;
    walkRecords(records, (at, _length, code) => {
      last = at;
      if (code === Tick.code) this.#onTick(view, at);
      else HANDLERS.get(code)?.(this, readHeader(view, at), view, at);
    });
    this.seq = Number(view.getBigUint64(last + HEADER_OFFSET.seq, true));
    this.time_ms = msOf(view.getBigInt64(last + HEADER_OFFSET.time_ns, true));
  }

  /** Without BigInt and objects: nearly all records are ticks. */
  #onTick(view: DataView, at: number): void {
    const symbol = this.symbols.get(view.getUint16(at + HEADER_OFFSET.symbol, true));
    if (!symbol) return;
    const o = Tick.offset;
    const ms = readI64(view, at + o.broker_time_ms);
    symbol.onTick(ms, readI64(view, at + o.bid_points), readI64(view, at + o.ask_points), this.version);
  }

  /** From the journal, or from the connector where the journal's own record has been truncated. */
  nameSymbol(o: { index: number; name: string; digits: number }): void {
    const known = this.symbols.get(o.index);
    if (known?.name === o.name && known.digits === o.digits) return;
    this.symbols.set(o.index, known?.name === o.name ? known.withDigits(o.digits) : new MarketSymbol(o));
    this.symbolsVersion = this.version;
  }
  symbolsVersion = 0;

  symbolNamed(name: string): MarketSymbol | undefined {
    for (const symbol of this.symbols.values()) if (symbol.name === name) return symbol;
    return undefined;
  }

  changeBox(part: Partial<Box>): void {
    this.box.change(part, this.version);
  }

  nameModel(view: DataView, at: number, code: number): void {
    const { model_sha256: live, shadow_sha256: shadow } = this.box.value;
    const after = modelsAfter({ live, shadow }, view, at, code);
    this.changeBox({ model_sha256: after.live, shadow_sha256: after.shadow });
  }

  setPosition(symbol: number, position: Position): void {
    this.positionsVersion = this.version;
    const ticket = String(position.ticket);
    if (position.volume_microlots === 0n) this.positions.delete(ticket);
    else if (this.positions.size < POSITIONS_KEPT || this.positions.has(ticket))
      this.positions.set(ticket, { ...plainFields(position), ticket, symbol });
  }
}

type Handler = (into: View, header: Header, view: DataView, at: number) => void;

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [
    StreamStart.code,
    (into, _header, view, at) => {
      const { stream_id, edge_name, core_sha256 } = StreamStart.read(view, at);
      into.changeBox({ stream_id: hexOf(stream_id), edge_name, core_sha256: hexOf(core_sha256) });
    },
  ],
  [
    SymbolSpec.code,
    (into, { symbol }, view, at) => {
      const { name, digits } = SymbolSpec.read(view, at);
      into.nameSymbol({ index: symbol, name, digits });
    },
  ],
  [
    BarHistory.code,
    (into, { symbol }, view, at) => {
      const bar = BarHistory.read(view, at);
      into.symbols.get(symbol)?.onBar(bar.timeframe_s, closed(bar, Number(bar.tick_volume)), into.version);
    },
  ],
  [
    Bar.code,
    (into, { symbol }, view, at) => {
      const bar = Bar.read(view, at);
      if (bar.basis !== BAR_BASIS.time) return;
      into.symbols.get(symbol)?.onBar(bar.timeframe_s, closed(bar, bar.tick_count), into.version);
    },
  ],
  [
    Prediction.code,
    (into, { symbol, seq }, view, at) =>
      into.symbols.get(symbol)?.onPrediction(Number(seq), Prediction.read(view, at), into.version),
  ],
  [
    ShadowPrediction.code,
    (into, { symbol, seq }, view, at) =>
      into.symbols.get(symbol)?.onShadow(Number(seq), ShadowPrediction.read(view, at), into.version),
  ],
  [
    OrderIntent.code,
    (into, header, view, at) => into.decisions.onIntent(header, OrderIntent.read(view, at), into.version),
  ],
  [
    RiskVerdict.code,
    (into, header, view, at) => into.decisions.onVerdict(header, RiskVerdict.read(view, at), into.version),
  ],
  [OrderUpdate.code, (into, _header, view, at) => into.decisions.onUpdate(OrderUpdate.read(view, at), into.version)],
  [Fill.code, (into, header, view, at) => into.decisions.onFill(header, Fill.read(view, at), into.version)],
  [Position.code, (into, { symbol }, view, at) => into.setPosition(symbol, Position.read(view, at))],
  [Account.code, (into, _header, view, at) => into.changeBox({ account: plainFields(Account.read(view, at)) })],
  [Link.code, (into, _header, view, at) => into.changeBox({ link: Link.read(view, at).state })],
  ...[ModelDigest.code, ModelShadow.code].map((code): [number, Handler] => [
    code,
    (into, _header, view, at) => into.nameModel(view, at, code),
  ]),
  [
    Lease.code,
    (into, _header, view, at) => {
      const { expires_ns, issuer } = Lease.read(view, at);
      into.changeBox({ lease: { expires_ms: msOf(expires_ns), issuer } });
    },
  ],
  [
    RiskLimits.code,
    (into, { symbol }, view, at) => {
      if (symbol === 0) into.changeBox({ lease_required: RiskLimits.read(view, at).lease_required === 1 });
    },
  ],
  [
    StateChange.code,
    (into, { time_ns }, view, at) => {
      const { to_state: to, reason } = StateChange.read(view, at);
      into.changeBox({ trading_state: to });
      into.onStateChange({ to, reason, time_ms: msOf(time_ns) });
    },
  ],
  [
    OperatorCommand.code,
    (into, { seq, time_ns }, view, at) => {
      const command = plainFields(OperatorCommand.read(view, at));
      into.changeBox({ command: { ...command, seq: Number(seq), time_ms: msOf(time_ns) } });
    },
  ],
  [
    ConfigChange.code,
    (into, { time_ns }, view, at) => {
      const { config_version: version, operator, reason } = ConfigChange.read(view, at);
      into.changeBox({ configuration: { version, operator, reason, time_ms: msOf(time_ns) } });
    },
  ],
  [
    NewsItem.code,
    (into, { seq }, view, at) =>
      into.news.set(String(seq), viewNews(Number(seq), NewsItem.read(view, at)), into.version),
  ],
  [
    Alert.code,
    (into, { seq, time_ns, symbol }, view, at) => {
      const { code, severity, value, limit } = Alert.read(view, at);
      const place = { seq: Number(seq), time_ms: msOf(time_ns), symbol };
      into.onAlert({ ...place, code, severity, value: plain(value), limit: plain(limit) });
    },
  ],
]);

const closed = (bar: Bar | BarHistory, ticks: number) =>
  [
    Number(bar.open_time_ms) / MS_PER_S,
    Number(bar.open_points),
    Number(bar.high_points),
    Number(bar.low_points),
    Number(bar.close_points),
    ticks,
  ] as const;

function viewNews(
  seq: number,
  { source, published_ms, fetched_ms, title_bytes, link_bytes, text }: NewsItem,
): NewsView {
  const bytes = Buffer.concat(text.map(({ piece }) => piece));
  const title = bytes.toString("utf8", 0, title_bytes);
  const link = bytes.toString("utf8", title_bytes, title_bytes + link_bytes);
  return { seq, source, at_ms: Number(published_ms || fetched_ms), title, link };
}
