// The versions of the box's configuration: what is in force the journal says, through the connector; what was in force the
// history keeps. A change goes to the connector first and into the history when it is durable there; one that a crash or
// another way in kept from the history is taken over at the next contact. So nothing has to be undone, and nothing is lost.
import { differences, needsSignature } from "#proto/configuration/difference.ts";
import { ConfigurationDocument, documentText } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import type { Check, Version } from "#proto/services/config-manager.ts";
import type { ConfigurationChange, ConfigurationInForce } from "#proto/services/metatrader-connector.ts";
import type { History } from "./history-io.ts";

export interface ConnectorPort {
  configuration(): Promise<ConfigurationInForce>;
  configure(
    change: ConfigurationChange,
  ): Promise<{ config_version: number; document_sha256: string; records: number; seq: number }>;
}

const NOBODY = { operator: "settings file", reason: "", public_key: "0".repeat(64), signature: "0".repeat(128) };
const NONE = "0".repeat(64);

export class Manager {
  readonly #connector: ConnectorPort;
  readonly #history: History;
  /** As last heard. */
  #heard: ConfigurationInForce | undefined;
  /** One change after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Why the connector was not reached; undefined while it is. */
  problem: string | undefined = "the connector was not asked yet";

  constructor(o: { connector: ConnectorPort; history: History }) {
    this.#connector = o.connector;
    this.#history = o.history;
  }

  /** As last heard; 0 before. */
  get versionInForce(): number {
    return this.#heard?.config_version ?? 0;
  }

  /** What is in force, asked now; what the history does not hold of it is added. Throws unavailable, timeout, bad_file. */
  async current(): Promise<ConfigurationInForce> {
    try {
      const heard = await this.#connector.configuration();
      this.problem = undefined;
      this.#heard = heard;
      this.#note(heard);
      return heard;
    } catch (error) {
      if (error instanceof LockstepError) this.problem = error.message;
      throw error;
    }
  }

  /** The same, of what was heard last where nobody answers. */
  async lastKnown(): Promise<ConfigurationInForce> {
    try {
      return await this.current();
    } catch (error) {
      if (this.#heard) return this.#heard;
      throw error;
    }
  }

  #note(heard: ConfigurationInForce): void {
    const last = this.#history.versions(heard.stream_id).at(-1);
    if (last?.config_version === heard.config_version && last.document_sha256 === heard.document_sha256) return;
    const { change } = heard;
    this.#history.add(
      {
        stream_id: heard.stream_id,
        config_version: heard.config_version,
        document_sha256: heard.document_sha256,
        previous_sha256: change?.previous_sha256 ?? NONE,
        operator: change?.operator ?? NOBODY.operator,
        reason: change?.reason ?? NOBODY.reason,
        public_key: change?.public_key ?? NOBODY.public_key,
        signature: change?.signature ?? NOBODY.signature,
        time_ms: change?.time_ms ?? 0,
        seq: change?.seq ?? 0,
      },
      heard.document,
    );
  }

  /** Newest first. */
  async versions(): Promise<Version[]> {
    const { stream_id } = await this.lastKnown();
    return this.#history.versions(stream_id).reverse();
  }

  async version(number: number): Promise<Version & { document: ConfigurationDocument }> {
    const { stream_id } = await this.lastKnown();
    const version = this.#history.version(stream_id, number);
    return { ...version, document: this.#history.document(version.document_sha256) };
  }

  async differences(from: number, to: number): Promise<Pick<Check, "differences" | "needs_signature">> {
    const [before, after] = [await this.version(from), await this.version(to)];
    return told(before.document, after.document);
  }

  /** What is wrong with a document, what it changes, and the text that would be signed. */
  async check(json: unknown): Promise<Check> {
    const { document } = await this.lastKnown();
    return checkOf(document, json);
  }

  /** Throws what the connector says: refused, auth_refused, bad_signature, unavailable. */
  apply(change: ConfigurationChange): ReturnType<ConnectorPort["configure"]> {
    const turn = this.#queue.then(async () => {
      // What is in force until then is in the history before it goes.
      await this.current();
      const done = await this.#connector.configure(change);
      await this.current();
      return done;
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

/** Pure: `npm run fuzz` gives it anything. */
export function checkOf(current: ConfigurationDocument, json: unknown): Check {
  const parsed = ConfigurationDocument.safeParse(json);
  if (parsed.success) return { problems: [], ...told(current, parsed.data), text: documentText(parsed.data) };
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  return { problems, differences: [], needs_signature: false, text: "" };
}

function told(from: ConfigurationDocument, to: ConfigurationDocument): Pick<Check, "differences" | "needs_signature"> {
  const found = differences(from, to);
  const text = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
  return {
    differences: found.map((d) => ({ path: d.path, from: text(d.from), to: text(d.to), effect: d.effect })),
    needs_signature: needsSignature(found),
  };
}
