// What an operator signs to release a stream: every word of the command and whose stream it is for, so that a signature is
// good for one command of one stream and nothing else.
import { hexOf } from "./hex.ts";
import { OPERATOR_COMMAND } from "./records.ts";
import { signedLines } from "./signed-lines.ts";

export interface SignedWords {
  /** 16 bytes. */
  readonly stream_id: Uint8Array;
  /** 16 bytes. */
  readonly command_id: Uint8Array;
  /** OPERATOR_COMMAND */
  readonly command: number;
  readonly operator: string;
  readonly reason: string;
}

/** The bytes under the Ed25519 signature: five lines of ASCII. Operator and reason hold no control characters. */
export function operatorMessage(words: SignedWords): Uint8Array {
  const name = Object.entries(OPERATOR_COMMAND).find(([, number]) => number === words.command)?.[0] ?? words.command;
  return signedLines(
    `lockstep operator command 1: ${name}`,
    `stream ${hexOf(words.stream_id)}`,
    `id ${hexOf(words.command_id)}`,
    `operator ${words.operator}`,
    `reason ${words.reason}`,
  );
}
