// The part of the book that is about models: which score, which one the box's own configuration brought, up to which version
// orders were taken, and what is set for the models' answers. A fold of the records, as the book.
import { modelsAfter, NO_MODELS, type StreamModels } from "#core-wasm/host/model-records.ts";
import {
  Alert,
  HEADER_OFFSET,
  ModelAssignment,
  ModelConfig,
  ModelDigest,
  ModelShadow,
  readHeader,
} from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { ALERT, SOURCE } from "#proto/records.ts";

/** A model_config that the core did not take. */
export interface RefusedConfig {
  readonly seq: bigint;
  /** MODEL_CONFIG_REFUSAL */
  readonly why: number;
  readonly versionInForce: number;
}

export interface SavedModels {
  readonly models: StreamModels;
  readonly configured: string;
  readonly versions: [role: number, version: number][];
  readonly configs: [symbol: number, config: ModelConfig][];
}

const CODES = new Set<number>([ModelDigest.code, ModelShadow.code, ModelAssignment.code, ModelConfig.code, Alert.code]);
export const isAboutModels = (code: number): boolean => CODES.has(code);

export class ModelBook {
  /** SHA-256 in hex. */
  models: StreamModels = NO_MODELS;
  /** The one that the box's own configuration brought last: it comes again only when that has changed. */
  configured = "";
  /** Of the last order by MODEL_ROLE. */
  readonly versions = new Map<number, number>();
  /** In force by symbol, 0 = for all. */
  readonly configs = new Map<number, ModelConfig>();
  refused: RefusedConfig | undefined;
  /** As it was before the last model_config, should the core refuse that one. */
  #before: { readonly symbol: number; readonly config: ModelConfig | undefined } | undefined;

  static from(saved: SavedModels): ModelBook {
    const book = new ModelBook();
    book.models = saved.models;
    book.configured = saved.configured;
    for (const [role, version] of saved.versions) book.versions.set(role, version);
    for (const [symbol, config] of saved.configs) book.configs.set(symbol, config);
    return book;
  }

  save(): SavedModels {
    const { models, configured } = this;
    return { models, configured, versions: [...this.versions], configs: [...this.configs] };
  }

  onRecord(view: DataView, at: number, code: number): void {
    this.models = modelsAfter(this.models, view, at, code);
    if (code === ModelDigest.code) {
      if (view.getUint8(at + HEADER_OFFSET.source) === SOURCE.edge)
        this.configured = hexOf(ModelDigest.read(view, at).sha256);
    } else if (code === ModelAssignment.code) {
      const { role, assignment_version } = ModelAssignment.read(view, at);
      this.versions.set(role, assignment_version);
    } else if (code === ModelConfig.code) this.#onConfig(readHeader(view, at).symbol, ModelConfig.read(view, at));
    else if (code === Alert.code) this.#onAlert(Alert.read(view, at));
  }

  #onConfig(symbol: number, config: ModelConfig): void {
    this.#before = { symbol, config: this.configs.get(symbol) };
    this.configs.set(symbol, config);
  }

  #onAlert({ code, cause_seq, value, limit }: Alert): void {
    if (code !== ALERT.model_config_refused || !this.#before) return;
    const { symbol, config } = this.#before;
    if (config) this.configs.set(symbol, config);
    else this.configs.delete(symbol);
    this.refused = { seq: cause_seq, why: Number(value), versionInForce: Number(limit) };
  }
}
