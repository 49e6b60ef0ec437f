// What the box is configured to do: the settings file's words until a configuration was put into force, then that document's.
// A configuration comes into force whole or not at all: its document is on disk before the record that names it is journaled;
// its records are decided in one go behind that record; and where a crash kept some of them from the journal, `begin` puts
// them there before anything else is decided.
import type { Core } from "#core-wasm/host/core.ts";
import type { Log } from "#mesh/service/log.ts";
import type { ConfigurationDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import { ConfigChange, ModelDigest } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import { SOURCE } from "#proto/records.ts";
import type { ConfigurationChange, ConfigurationInForce } from "#proto/services/metatrader-connector.ts";
import type { Journal } from "#storage/journal/journal.ts";
import type { Book } from "./book.ts";
import type { EdgeConfig } from "./config.ts";
import {
  addRecords,
  type ConfigurationRecord,
  configurationRecords,
  obeyedOfDocument,
  obeyedOfFile,
} from "./configuration.ts";
import { type CurrentConfiguration, checkChange, configurationOfFile, digestOf } from "./configure.ts";
import type { DocumentStore } from "./document-store-io.ts";
import type { EaPolicy } from "./ea-session.ts";
import type { HotPath } from "./hot-path.ts";
import type { StreamIdentity } from "./identity-io.ts";
import type { EdgeModel } from "./model-store-io.ts";

const OPERATOR_KEY = "operator_key:";
const NS_PER_MS = 1_000_000n;

export interface EdgeConfigurationParts {
  readonly config: EdgeConfig;
  readonly log: Log;
  readonly storage: {
    readonly identity: StreamIdentity;
    readonly model: EdgeModel;
    readonly findModel: (sha256: string) => EdgeModel;
    readonly documents: DocumentStore;
  };
  readonly journal: Pick<Journal, "lastSeq" | "whenDurable">;
  readonly core: Core;
  readonly hot: HotPath;
}

export class EdgeConfiguration {
  readonly #parts: EdgeConfigurationParts;
  #current: CurrentConfiguration;
  /** The one that scores. */
  #model: EdgeModel;

  /** Throws bad_file when the document or the model in force is gone. */
  constructor(parts: EdgeConfigurationParts) {
    this.#parts = parts;
    const last = parts.hot.book.configChange;
    const sha256 = hexOf(last?.document_sha256 ?? new Uint8Array());
    this.#current = last
      ? { version: last.config_version, document: parts.storage.documents.find(sha256), sha256 }
      : configurationOfFile(parts.config.settings);
    this.#model = this.#modelOf(this.#current.document);
  }

  get model(): EdgeModel {
    return this.#model;
  }

  get version(): number {
    return this.#current.version;
  }

  /** What the EA does by itself when it hears nothing of us. */
  get policy(): EaPolicy {
    const { session } = this.#current.document;
    return {
      disconnect: session.disconnect_policy,
      delayMs: session.policy_delay_ms,
      commandsPerS: session.commands_per_s_max,
    };
  }

  get #book(): Book {
    return this.#parts.hot.book;
  }

  /** At the stream's opening: everything that is wanted and not in force yet; decided with the next commit. */
  begin(): void {
    const { config, log } = this.#parts;
    const { version, document } = this.#current;
    if (version > 0)
      log.info("configuration in force; limits and strategy of the settings file are not read", { version });
    const obeyed = version > 0 ? obeyedOfDocument(document, version) : obeyedOfFile(config.settings);
    const records = this.#missing(obeyed);
    this.#load(this.#model);
    this.#obey(records);
  }

  /** A change that is in force already is answered again, so that it can be sent twice. Durable when this resolves. */
  async configure(
    change: ConfigurationChange,
  ): Promise<{ version: number; sha256: string; records: number; seq: bigint }> {
    const { journal, log } = this.#parts;
    const records = this.#isInForce(change) ? 0 : this.#putIntoForce(change);
    const { version, sha256 } = this.#current;
    const seq = journal.lastSeq;
    if (records > 0)
      log.warn("configuration", { version, operator: change.operator, reason: change.reason, sha256, seq });
    await journal.whenDurable(seq);
    return { version, sha256, records, seq };
  }

  #putIntoForce(change: ConfigurationChange): number {
    const { hot, storage } = this.#parts;
    const { streamId } = storage.identity;
    const checked = checkChange(change, { current: this.#current, streamId, operators: this.#book.configuration });
    const { document, version, sha256 } = checked.next;
    // All that can be refused, before anything is written.
    const records = this.#missing(obeyedOfDocument(document, version));
    const model = this.#modelOf(document);
    this.#load(model);
    storage.documents.keep(sha256, checked.text);
    hot.commit();
    hot.add(ConfigChange, { source: SOURCE.operator }, checked.record);
    this.#current = checked.next;
    this.#model = model;
    this.#obey(records);
    hot.commit();
    return records.length + 1;
  }

  #missing(obeyed: Parameters<typeof configurationRecords>[0]): ConfigurationRecord[] {
    const { configuration } = this.#book;
    const symbolIndex = (name: string): number => {
      const symbol = this.#book.symbolOf(name);
      if (symbol) return symbol.index;
      throw new LockstepError(
        "refused",
        `the stream has not seen ${name} yet: symbols of its own table can have settings (${[...this.#book.symbols.keys()].join(", ") || "none yet: connect the terminal first"})`,
      );
    };
    return configurationRecords(obeyed, this.#parts.config.settings.operators, { configuration, symbolIndex });
  }

  #modelOf({ model }: ConfigurationDocument): EdgeModel {
    return model === null ? this.#parts.storage.model : this.#parts.storage.findModel(model);
  }

  /** A model that was ordered from elsewhere stays, unless the configuration has another one than before. */
  #isConfigured({ sha256 }: EdgeModel): boolean {
    return hexOf(sha256) === this.#book.models.configured;
  }

  /** Bytes lie in the core's memory before the record that names them; throws model_refused where they cannot. */
  #load(model: EdgeModel): void {
    if (!this.#isConfigured(model)) this.#parts.core.loadModel(model.bytes);
  }

  #obey(records: readonly ConfigurationRecord[]): void {
    const { hot } = this.#parts;
    addRecords(hot, records);
    const { sha256, bytes, version } = this.#model;
    if (this.#isConfigured(this.#model)) return;
    hot.add(ModelDigest, { source: SOURCE.edge }, { sha256, size_bytes: bytes.length, artefact_version: version });
  }

  #isInForce(change: ConfigurationChange): boolean {
    const last = this.#book.configChange;
    return (
      last !== undefined &&
      change.config_version === last.config_version &&
      change.previous_sha256 === hexOf(last.previous_sha256) &&
      digestOf(change.document) === hexOf(last.document_sha256) &&
      change.operator === last.operator &&
      change.reason === last.reason &&
      change.signature === hexOf(last.signature)
    );
  }

  /** What the journal says is in force, and who may sign what comes next. */
  told(): ConfigurationInForce {
    const { config, storage } = this.#parts;
    const { version, document, sha256 } = this.#current;
    const book = this.#book;
    const last = book.configChange;
    return {
      stream_id: hexOf(storage.identity.streamId),
      edge_name: config.LOCKSTEP_EDGE_NAME,
      config_version: version,
      document,
      document_sha256: sha256,
      ...(last && {
        change: {
          seq: Number(last.seq),
          time_ms: Number(last.timeNs / NS_PER_MS),
          previous_sha256: hexOf(last.previous_sha256),
          operator: last.operator,
          reason: last.reason,
          public_key: hexOf(last.public_key),
          signature: hexOf(last.signature),
        },
      }),
      operators: [...book.configuration].flatMap(([key, name]) =>
        key.startsWith(OPERATOR_KEY) ? [{ name, public_key: key.slice(OPERATOR_KEY.length) }] : [],
      ),
      symbols: [...book.symbols.keys()],
    };
  }
}
