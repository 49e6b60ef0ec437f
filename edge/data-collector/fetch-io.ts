// One GET of a source, bounded in time and in bytes as they come out of any compression; a body that is not UTF-8 is
// malformed. Asks with the source's own ETag, so that an unchanged answer costs it nothing.
import { createHash } from "node:crypto";
import type { Refusal } from "./feeds/item.ts";

export const ANSWER_BYTES_MAX = 2 * 1024 * 1024;

export type Answer =
  | { readonly kind: "text"; readonly text: string; readonly sha256: string; readonly etag: string | undefined }
  | { readonly kind: "unchanged" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (refusal: Refusal): Answer => ({ kind: "refused", refusal });

/** `timeoutMs` is for the whole answer, however slowly it trickles. */
export async function fetchSource(url: string, o: { etag: string | undefined; timeoutMs: number }): Promise<Answer> {
  const deadline = AbortSignal.timeout(o.timeoutMs);
  try {
    const response = await fetch(url, {
      signal: deadline,
      headers: {
        accept: "application/rss+xml, application/atom+xml, application/json",
        ...(o.etag && { "if-none-match": o.etag }),
      },
    });
    if (response.status === 304) return { kind: "unchanged" };
    if (response.status !== 200) {
      await response.body?.cancel();
      return refused("bad_status");
    }
    const bytes = await readAll(response);
    if (bytes === undefined) return refused("too_big");
    const etag = response.headers.get("etag") ?? undefined;
    return { kind: "text", text: utf8(bytes), sha256: createHash("sha256").update(bytes).digest("hex"), etag };
  } catch (error) {
    if (deadline.aborted) return refused("too_slow");
    return refused(error instanceof TypeError && error.message.includes("encoded data") ? "malformed" : "unreachable");
  }
}

async function readAll(response: Response): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).length;
    // Leaving the loop cancels the rest.
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts);
}

/** Throws TypeError where it is not UTF-8. */
const utf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
