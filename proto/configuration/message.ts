// What a person signs to put a configuration into force: which document, as which version, in whose stream, in place of which
// other one. So a signature is good for one change and never again: not for an older version, not on another box.
import { hexOf } from "../hex.ts";
import { signedLines } from "../signed-lines.ts";

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

/** The bytes under the Ed25519 signature: seven lines of ASCII. Operator and reason hold no control characters. */
export function configurationMessage(words: SignedConfiguration): Uint8Array {
  return signedLines(
    "lockstep configuration 1",
    `stream ${hexOf(words.stream_id)}`,
    `version ${words.config_version}`,
    `document ${hexOf(words.document_sha256)}`,
    `instead of ${hexOf(words.previous_sha256)}`,
    `operator ${words.operator}`,
    `reason ${words.reason}`,
  );
}
