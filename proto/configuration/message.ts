// What a person signs to put a configuration into force: which document, as which version, in whose stream, in place of which
// other one. So a signature is good for one change and never again: not for an older version, not on another box.

export interface SignedConfiguration {
  /** 16 bytes. */
  readonly stream_id: Uint8Array;
  readonly config_version: number;
  /** SHA-256 of the document's text (documentText), 32 bytes. */
  readonly document_sha256: Uint8Array;
  /** Of the one in force until then. */
  readonly previous_sha256: Uint8Array;
  readonly operator: string;
  readonly reason: string;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** The bytes under the Ed25519 signature: seven lines of ASCII. Operator and reason hold no control characters. */
export function configurationMessage(words: SignedConfiguration): Uint8Array {
  return new TextEncoder().encode(
    [
      "lockstep configuration 1",
      `stream ${hex(words.stream_id)}`,
      `version ${words.config_version}`,
      `document ${hex(words.document_sha256)}`,
      `instead of ${hex(words.previous_sha256)}`,
      `operator ${words.operator}`,
      `reason ${words.reason}\n`,
    ].join("\n"),
  );
}
