// The market of a recorded journal, decided by a core of its own and executed on paper: everything that was recorded but the
// consequences of the recorded orders, in whose place stand those of this run's. Settings and model may be other ones.
import { hash } from "node:crypto";
import type { Core } from "#core-wasm/host/core.ts";
import { modelNamed } from "#core-wasm/host/model-records.ts";
import { Account, HEADER_OFFSET, Link, ModelDigest, ModelShadow, SymbolSpec, Tick } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { viewOf } from "#proto/record.ts";
import { LINK } from "#proto/records.ts";
import { type ConfigurationFrom, ConfiguredMarket } from "./configured-market.ts";
import { type Decision, Feeder } from "./feeder.ts";
import { PaperBroker, type PaperCosts } from "./paper-broker.ts";
import type { PaperDeal } from "./paper-records.ts";
import type { Input } from "./recorded-run.ts";
import { type Change, ChangedSettings } from "./settings.ts";
import type { Outcome } from "./whatif.ts";

/** Where an artefact says its version. */
const MODEL_VERSION_AT = 4;

export interface PaperMarketOptions {
  readonly core: Core;
  readonly costs: PaperCosts;
  readonly find: (digest: string) => Uint8Array;
  readonly changes: readonly Change[];
  /** Stands in place of all recorded limits and parameters. */
  readonly configuration?: ConfigurationFrom | undefined;
  /** Scores instead of every recorded model. */
  readonly model?: Uint8Array | undefined;
}

export class PaperMarket {
  readonly #options: PaperMarketOptions;
  readonly #decisions: Decision[] = [];
  readonly #deals: PaperDeal[] = [];
  readonly #specs = new Map<number, SymbolSpec>();
  readonly #feeder: Feeder;
  readonly #broker: PaperBroker;
  readonly #settings: ChangedSettings;
  readonly #configured: ConfiguredMarket | undefined;

  constructor(options: PaperMarketOptions) {
    this.#options = options;
    this.#settings = new ChangedSettings(options.changes);
    this.#configured = options.configuration && new ConfiguredMarket(options.configuration);
    this.#feeder = new Feeder(options.core, { onDecision: (decision) => void this.#decisions.push(decision) });
    const onDeal = (deal: PaperDeal): void => void this.#deals.push(deal);
    this.#broker = new PaperBroker({ specs: this.#specs, costs: options.costs, onDeal });
  }

  /** A batch's inputs; `base_micros` is what the account holds apart from this stream's deals. */
  take(batch: Uint8Array, inputs: readonly Input[], base_micros: bigint): void {
    const records = batch.slice();
    const view = viewOf(records);
    for (const { at, length, code } of inputs) {
      if (code === Tick.code) this.#takeTick(records, view, at);
      else this.#place(records.subarray(at, at + length), code, base_micros);
    }
  }

  #takeTick(records: Uint8Array, view: DataView, at: number): void {
    const first = this.#configured?.beforeTick(view.getBigInt64(at + HEADER_OFFSET.time_ns, true)) ?? [];
    for (const record of first) this.#feeder.feed(record);
    this.#feeder.tickOnPaper(records, view, at, this.#broker);
  }

  #place(record: Uint8Array, code: number, base_micros: bigint): void {
    const placed = this.#configured?.place(record, code);
    for (const before of placed?.before ?? []) this.#feeder.feed(before);
    if (!placed?.dropped) this.#takeOther(record, code, base_micros);
    for (const after of placed?.after ?? []) this.#feeder.feed(after);
  }

  #takeOther(record: Uint8Array, code: number, base_micros: bigint): void {
    const view = viewOf(record);
    if (code === SymbolSpec.code) this.#specs.set(view.getUint16(HEADER_OFFSET.symbol, true), SymbolSpec.read(view, 0));
    else if (code === ModelDigest.code) this.#model(view);
    else if (code === ModelShadow.code) this.#shadow(view);
    else if (code === Account.code) this.#account(view, base_micros);
    else this.#settings.apply(record, 0, code);
    this.#feeder.feed(record);
    if (code === Link.code && Link.read(view, 0).state === LINK.syncing) this.#tellPositions(view);
    this.#feeder.handOver(this.#broker);
  }

  #model(view: DataView): void {
    const bytes = this.#options.model ?? this.#options.find(hexOf(ModelDigest.read(view, 0).sha256));
    this.#options.core.loadModel(bytes);
    ModelDigest.write(view, 0, {
      sha256: hash("sha256", bytes, "buffer"),
      size_bytes: bytes.length,
      artefact_version: viewOf(bytes).getUint32(MODEL_VERSION_AT, true),
    });
  }

  #shadow(view: DataView): void {
    const named = modelNamed(view, 0, ModelShadow.code);
    if (named) this.#options.core.loadModel(this.#options.find(named.sha256));
  }

  /** The recorded account with the recorded orders' results taken off and this run's put on. */
  #account(view: DataView, base_micros: bigint): void {
    const recorded = Account.read(view, 0);
    const broker = this.#broker;
    broker.setAccount({ base_micros: base_micros + recorded.credit_micros, leverage: recorded.leverage });
    const balance_micros = base_micros + broker.realised_micros;
    const profit_micros = broker.floating_micros();
    const equity_micros = balance_micros + recorded.credit_micros + profit_micros;
    const margin_micros = broker.margin_micros();
    // Before anything that a later tick executes: the core steps over deals that an account record holds already.
    const before_ms = view.getBigInt64(HEADER_OFFSET.time_ns, true) / 1_000_000n - 1n;
    const server_time_ms = recorded.server_time_ms < before_ms ? recorded.server_time_ms : before_ms;
    const margin_free_micros = equity_micros - margin_micros;
    const changed = { balance_micros, profit_micros, equity_micros, margin_micros, margin_free_micros, server_time_ms };
    Account.write(view, 0, { ...recorded, ...changed });
  }

  /** The recorded ones that follow are not this run's. */
  #tellPositions(view: DataView): void {
    const told = this.#broker.tellPositions(view.getBigInt64(HEADER_OFFSET.time_ns, true));
    for (const record of told) this.#feeder.feed(record);
  }

  /** Throws bad_config when a setting to change was in no record. */
  finish(): Outcome {
    this.#settings.checkAllMet("the journal");
    return { predictions: this.#feeder.decisions.predictions, decisions: this.#decisions, deals: this.#deals };
  }
}
