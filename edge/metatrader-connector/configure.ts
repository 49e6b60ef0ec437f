// Whether a configuration may come into force: the next version, in place of the one that is in force, signed by an operator
// of this box unless it only takes away. The edge decides this itself, whoever hands it over.
import { hash } from "node:crypto";
import { isSigned, verifyConfigChange } from "#core-wasm/host/signatures.ts";
import { differences, needsSignature } from "#proto/configuration/difference.ts";
import { ConfigurationDocument, documentText } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import type { ConfigChange } from "#proto/generated/records.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import type { ConfigurationChange } from "#proto/services/metatrader-connector.ts";
import type { EdgeSettings } from "./config.ts";

/** What is in force: of the settings file as version 0, or of the last config_change. */
export interface CurrentConfiguration {
  readonly version: number;
  readonly document: ConfigurationDocument;
  readonly sha256: string;
}

export const digestOf = (document: ConfigurationDocument): string => hash("sha256", documentText(document));

/** The settings file as a document; what it does not say, the services' own environments do. */
export function configurationOfFile({
  limits,
  strategy,
  strategy_limits,
  session,
}: EdgeSettings): CurrentConfiguration {
  const plain = <T extends { version: number }>({ version: _, ...values }: T) => values;
  const document = ConfigurationDocument.parse({
    limits: plain(limits),
    strategy: plain(strategy),
    strategy_limits: strategy_limits.map(plain),
    session,
  });
  return { version: 0, document, sha256: digestOf(document) };
}

export interface Checked {
  readonly record: ConfigChange;
  readonly text: string;
  readonly next: CurrentConfiguration;
}

/** Throws refused (another version is in force), auth_refused or bad_signature. */
export function checkChange(
  change: ConfigurationChange,
  o: {
    readonly current: CurrentConfiguration;
    readonly streamId: Uint8Array;
    /** By `operator_key:PUBLIC_KEY`. */
    readonly operators: ReadonlyMap<string, string>;
  },
): Checked {
  const { current } = o;
  if (change.config_version !== current.version + 1 || change.previous_sha256 !== current.sha256)
    throw new LockstepError(
      "refused",
      `configuration ${current.version} (${current.sha256.slice(0, 16)}) is in force: a change builds on it and is version ${current.version + 1}; load it and make yours again`,
    );
  const { document } = change;
  const text = documentText(document);
  const record: ConfigChange = {
    document_sha256: hash("sha256", text, "buffer"),
    previous_sha256: bytesOf(current.sha256),
    operator: change.operator,
    reason: change.reason,
    public_key: bytesOf(change.public_key),
    signature: bytesOf(change.signature),
    config_version: change.config_version,
  };
  checkSigner(record, o.operators, () => differences(current.document, document));
  verifyConfigChange(o.streamId, record);
  return { record, text, next: { version: change.config_version, document, sha256: hexOf(record.document_sha256) } };
}

function checkSigner(
  record: ConfigChange,
  operators: ReadonlyMap<string, string>,
  changed: () => ReturnType<typeof differences>,
): void {
  if (isSigned(record)) {
    if (operators.get(`operator_key:${hexOf(record.public_key)}`) === record.operator) return;
    throw new LockstepError(
      "auth_refused",
      `${record.operator} is no operator of this box with that key: name and public key belong into "operators" of its settings file`,
    );
  }
  const found = changed();
  if (!needsSignature(found)) return;
  const paths = found.filter(({ effect }) => effect !== "tightens").map(({ path }) => path);
  throw new LockstepError(
    "auth_refused",
    `this does more than take away (${paths.slice(0, 8).join(", ")}${paths.length > 8 ? ", ..." : ""}): it needs an operator's signature`,
  );
}
