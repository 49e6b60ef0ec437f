/** The bytes under a person's or the cloud's signature: ASCII, a line a fact, each ended. No fact holds a control character. */
export const signedLines = (...lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(`${lines.join("\n")}\n`);
