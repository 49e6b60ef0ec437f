// The change of a configuration as config-manager takes it, signed by an operator where a key is given.
import { hash } from "node:crypto";
import { type ConfigurationDocument, documentText } from "#proto/configuration/document.ts";
import { configurationMessage } from "#proto/configuration/message.ts";
import type { ConfigurationChange, ConfigurationInForce } from "#proto/services/metatrader-connector.ts";
import type { OperatorIdentity } from "./operator.ts";

export function configurationBody(o: {
  readonly current: ConfigurationInForce;
  readonly document: ConfigurationDocument;
  readonly operator: string;
  readonly reason: string;
  readonly identity: OperatorIdentity | undefined;
}): ConfigurationChange {
  const { current, document, operator, reason, identity } = o;
  const words = {
    config_version: current.config_version + 1,
    previous_sha256: current.document_sha256,
    operator,
    reason,
  };
  const unsigned = { ...words, document, public_key: "0".repeat(64), signature: "0".repeat(128) };
  if (!identity) return unsigned;
  const message = configurationMessage({
    ...words,
    stream_id: Buffer.from(current.stream_id, "hex"),
    document_sha256: hash("sha256", documentText(document), "buffer"),
    previous_sha256: Buffer.from(current.document_sha256, "hex"),
  });
  return {
    ...unsigned,
    public_key: identity.public_key,
    signature: Buffer.from(identity.sign(message)).toString("hex"),
  };
}
