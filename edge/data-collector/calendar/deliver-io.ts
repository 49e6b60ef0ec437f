// One calendar file to the connector: read whole, judged, handed over in parts. Told again now and then, because the
// connector keeps only what is near in its journal; what it has already is known to it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { BrokerZone } from "#proto/broker-zone.ts";
import { LockstepError } from "#proto/errors.ts";
import { CALENDAR_EVENTS_A_CALL } from "#proto/limits.ts";
import type { CalendarItem } from "#proto/services/metatrader-connector.ts";
import type { Listed, Outcome } from "../files/inbox.ts";
import { type CalendarContent, parseCalendar } from "./file.ts";

export const CALENDAR_BYTES_MAX = 16 * 1024 * 1024;
const AGAIN_MS = 300_000;

export interface CalendarDelivery {
  readonly zone: BrokerZone;
  readonly deliver: (body: {
    source: string;
    content_sha256: string;
    events: CalendarItem[];
  }) => Promise<{ taken: number; known: number; dropped: number }>;
}

export class CalendarFiles {
  readonly counts = { files: 0, taken: 0, known: 0, dropped: 0, repeated: 0 };
  readonly refused: Record<string, number> = {};
  readonly #o: CalendarDelivery;
  /** Refusals of a file are counted once, not with every time that it is told again. */
  readonly #counted = new Set<string>();

  constructor(options: CalendarDelivery) {
    this.#o = options;
  }

  async handle(path: string, file: Listed): Promise<Outcome> {
    if (file.bytes > CALENDAR_BYTES_MAX) return this.#refuse("too_big");
    const bytes = await readFile(path).catch((cause: Error) => {
      throw new LockstepError("unavailable", `${path} cannot be read: ${cause.message}`, { cause });
    });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const text = decode(bytes);
    if (text === undefined) return this.#refuse("malformed");
    const content = parseCalendar(text, { written_ms: file.modified_ms, zone: this.#o.zone });
    if (typeof content === "string") return this.#refuse(content);
    this.#count(sha256, content);
    const source = basename(path)
      .replace(/[^!-~]/g, "_")
      .slice(0, 32);
    for (let at = 0; at < content.events.length; at += CALENDAR_EVENTS_A_CALL) {
      const events = content.events.slice(at, at + CALENDAR_EVENTS_A_CALL);
      const { taken, known, dropped } = await this.#o.deliver({ source, content_sha256: sha256, events });
      this.counts.taken += taken;
      this.counts.known += known;
      this.counts.dropped += dropped;
    }
    return { state: "again", afterMs: AGAIN_MS, why: `${content.events.length} events` };
  }

  #count(sha256: string, { refused, repeated }: CalendarContent): void {
    if (this.#counted.has(sha256)) return;
    this.#counted.add(sha256);
    if (this.#counted.size > 1_000) for (const oldest of this.#counted) if (this.#counted.delete(oldest)) break;
    this.counts.files++;
    this.counts.repeated += repeated;
    for (const [why, rows] of Object.entries(refused)) this.refused[why] = (this.refused[why] ?? 0) + rows;
  }

  #refuse(why: string): Outcome {
    this.refused[why] = (this.refused[why] ?? 0) + 1;
    return { state: "refused", why };
  }
}

/** UTF-8, or UTF-16LE with its mark, as MQL5's FileWrite writes it; undefined when it is neither. */
function decode(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
