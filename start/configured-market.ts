// Another configuration in place of the recorded one, from a moment on: the recorded limits and parameters do not count any
// more, a document's stand in their place, for each symbol once the stream knows it.

import { limitsOfSymbol, strategyOfSymbol } from "#proto/configuration/difference.ts";
import type { ConfigurationDocument } from "#proto/configuration/document.ts";
import {
  isConfiguredWindow,
  newsWindowRecord,
  riskLimitsRecord,
  strategyLimitsRecord,
  strategyParamsRecord,
} from "#proto/configuration/payloads.ts";
import {
  ConfigChange,
  HEADER_OFFSET,
  NewsWindow,
  RiskLimits,
  StrategyLimits,
  StrategyParams,
  StreamStart,
  SymbolSpec,
} from "#proto/generated/records.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { SOURCE } from "#proto/records.ts";

const REPLACED: ReadonlySet<number> = new Set([RiskLimits.code, StrategyParams.code, StrategyLimits.code]);
const VERSION = 1;

export interface ConfigurationFrom {
  readonly document: ConfigurationDocument;
  /** Of the stream's time; 0 = from the beginning. */
  readonly from_ns: bigint;
}

export interface Placed {
  /** To be fed before the record, and behind it. */
  readonly before: readonly Uint8Array[];
  readonly after: readonly Uint8Array[];
  /** The record itself does not count. */
  readonly dropped: boolean;
}

const AS_IT_IS: Placed = { before: [], after: [], dropped: false };

export class ConfiguredMarket {
  readonly #document: ConfigurationDocument;
  readonly #fromNs: bigint;
  /** Names by index, as specifications tell them. */
  readonly #names = new Map<number, string>();
  /** Symbols, strategies and windows that have recorded settings of their own. */
  readonly #symbols = new Set<number>();
  readonly #strategies = new Set<number>();
  readonly #windows = new Map<bigint, NewsWindow>();
  #active = false;

  constructor({ document, from_ns }: ConfigurationFrom) {
    this.#document = document;
    this.#fromNs = from_ns;
  }

  /** Asked before a tick, which is never replaced: what has to be fed first. */
  beforeTick(time_ns: bigint): readonly Uint8Array[] {
    return this.#active || time_ns < this.#fromNs ? [] : this.#begin(time_ns);
  }

  /** Asked for every other record. */
  place(record: Uint8Array, code: number): Placed {
    const view = viewOf(record);
    const time_ns = view.getBigInt64(HEADER_OFFSET.time_ns, true);
    if (code === StreamStart.code) return AS_IT_IS;
    const before = this.#active || time_ns < this.#fromNs ? [] : this.#begin(time_ns);
    const symbol = view.getUint16(HEADER_OFFSET.symbol, true);
    if (code === SymbolSpec.code) {
      this.#names.set(symbol, SymbolSpec.read(view, 0).name);
      return { before, after: this.#active ? this.#ofSymbol(symbol, time_ns) : [], dropped: false };
    }
    const dropped = this.#active && (REPLACED.has(code) || this.#isRecordedWindow(view, code));
    if (!this.#active) this.#note(view, code, symbol);
    return { before, after: [], dropped };
  }

  #isRecordedWindow(view: DataView, code: number): boolean {
    return code === NewsWindow.code && isConfiguredWindow(NewsWindow.read(view, 0));
  }

  #note(view: DataView, code: number, symbol: number): void {
    if (code === ConfigChange.code) return;
    if (code === StrategyLimits.code) this.#strategies.add(StrategyLimits.read(view, 0).strategy_id);
    else if (REPLACED.has(code)) this.#symbols.add(symbol);
    else if (this.#isRecordedWindow(view, code)) {
      const window = NewsWindow.read(view, 0);
      this.#windows.set(window.event_id, window);
    }
  }

  #begin(time_ns: bigint): Uint8Array[] {
    this.#active = true;
    const document = this.#document;
    const meta = { time_ns, source: SOURCE.edge };
    const general = document.strategy_limits.find(({ strategy_id }) => strategy_id === 0);
    for (const { strategy_id } of document.strategy_limits) this.#strategies.add(strategy_id);
    const wanted = document.news_windows.map(newsWindowRecord);
    for (const { event_id } of wanted) this.#windows.delete(event_id);
    const gone = [...this.#windows.values()].map((window) => ({ ...window, to_ms: window.from_ms }));
    return [
      encodeRecord(RiskLimits, meta, riskLimitsRecord(document.limits, VERSION)),
      encodeRecord(StrategyParams, meta, strategyParamsRecord(document.strategy, VERSION)),
      ...[...this.#strategies].map((id) => {
        const own = document.strategy_limits.find(({ strategy_id }) => strategy_id === id) ?? general;
        return encodeRecord(StrategyLimits, meta, strategyLimitsRecord(id, own, VERSION));
      }),
      ...[...gone, ...wanted].map((window) => encodeRecord(NewsWindow, meta, window)),
      ...[...this.#names.keys()].flatMap((symbol) => this.#ofSymbol(symbol, time_ns)),
    ];
  }

  #ofSymbol(symbol: number, time_ns: bigint): Uint8Array[] {
    const own = this.#document.symbols[this.#names.get(symbol) ?? ""];
    if (own === undefined && !this.#symbols.has(symbol)) return [];
    const meta = { time_ns, source: SOURCE.edge, symbol };
    return [
      encodeRecord(RiskLimits, meta, riskLimitsRecord(limitsOfSymbol(this.#document, own), VERSION)),
      encodeRecord(StrategyParams, meta, strategyParamsRecord(strategyOfSymbol(this.#document, own), VERSION)),
    ];
  }
}
