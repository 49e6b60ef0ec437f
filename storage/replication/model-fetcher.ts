// The edge's end of the distribution of models, a plain state machine: keep a line, hear which models are assigned, get the
// bytes that are not here piece by piece, and go on where it stood after any cut or restart. Guarantees: what is delivered
// is whole, has the digest of its order and can be scored; one piece is asked for at a time; never gives up for good.
import { assert, LockstepError } from "#proto/errors.ts";
import type { ModelAssignment } from "#proto/generated/records.ts";
import { hexOf } from "#proto/hex.ts";
import type { Random } from "#proto/world.ts";
import { equalBytes } from "./messages.ts";
import { isNoModel, type ModelCloudMessage, type ModelEdgeMessage } from "./model-messages.ts";

/** A piece that has not come by then: the line only looks alive. */
export const CHUNK_WITHIN_MS = 15_000;
/** After damaged bytes, or a model that the cloud does not have, the next attempt: a person mends such things. */
export const AGAIN_MS = 60_000;
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 10_000;

/** Models of this box: whole ones, and what is here of those on their way. Bytes survive a restart. */
export interface ModelParts {
  has(sha256: string): boolean;
  /** Bytes that are here of a model on its way. */
  partBytes(sha256: string): number;
  append(sha256: string, offset: number, data: Uint8Array): void;
  /** Makes it a whole one, durable. Throws bad_file when its bytes are not those of the digest, model_refused when no core could score it. */
  finish(sha256: string, sizeBytes: number): void;
  /** Throws away what is here of a model on its way. */
  drop(sha256: string): void;
}

export type FetcherEffect =
  /** Open a line, then call onConnected. Any earlier one is gone. */
  | { readonly type: "connect" }
  | { readonly type: "disconnect" }
  | { readonly type: "send"; readonly message: ModelEdgeMessage }
  /** The model (if any) is among the whole ones. The same order may come again with each line. */
  | { readonly type: "deliver"; readonly assignment: ModelAssignment }
  /** For a person. */
  | { readonly type: "alarm"; readonly error: LockstepError };

interface Wanted {
  readonly assignment: ModelAssignment;
  readonly sha256: string;
  /** Not asked for before, monotonic milliseconds. */
  notBeforeMs: number;
}

export class ModelFetcher {
  readonly #parts: ModelParts;
  readonly #random: Random;
  #effects: FetcherEffect[] = [];
  #state: "waiting" | "connecting" | "connected" | "stopped" = "stopped";
  /** When waiting: the next attempt. While a piece is on its way: the end of patience for it. */
  #deadlineMs = 0;
  #backoffMs = BACKOFF_MIN_MS;
  /** By role: the newest order counts. */
  readonly #wanted = new Map<number, Wanted>();
  /** What was asked for, and how many bytes of it were here then. */
  #asked: { readonly wanted: Wanted; readonly offset: number } | undefined;

  constructor(o: { readonly parts: ModelParts; readonly random: Random }) {
    this.#parts = o.parts;
    this.#random = o.random;
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  start(): FetcherEffect[] {
    assert(this.#state === "stopped", "a fetcher is started once");
    this.#state = "waiting";
    this.#deadlineMs = 0;
    return this.#take();
  }

  stop(): FetcherEffect[] {
    if (this.#state === "connected" || this.#state === "connecting") this.#effects.push({ type: "disconnect" });
    this.#state = "stopped";
    return this.#take();
  }

  /** Monotonic time passed. */
  tick(nowMs: number): FetcherEffect[] {
    if (this.#state === "waiting" && nowMs >= this.#deadlineMs) {
      this.#state = "connecting";
      this.#effects.push({ type: "connect" });
    } else if (this.#state === "connected" && this.#asked && nowMs >= this.#deadlineMs) this.#drop(nowMs);
    this.#ask(nowMs);
    return this.#take();
  }

  onConnected(): FetcherEffect[] {
    if (this.#state === "connecting") this.#state = "connected";
    return this.#take();
  }

  onDisconnected(nowMs: number): FetcherEffect[] {
    if (this.#state === "connected" || this.#state === "connecting") this.#retry(nowMs);
    return this.#take();
  }

  onMessage(nowMs: number, message: ModelCloudMessage): FetcherEffect[] {
    if (this.#state !== "connected") return this.#take();
    this.#backoffMs = BACKOFF_MIN_MS;
    if (message.type === "order") this.#onOrder(nowMs, message.assignment);
    else if (message.type === "chunk") this.#onChunk(nowMs, message);
    else this.#onRefusal(nowMs, message);
    this.#ask(nowMs);
    return this.#take();
  }

  /** Bytes that were no message came. */
  onGarbage(nowMs: number, error: LockstepError): FetcherEffect[] {
    if (this.#state !== "connected") return this.#take();
    this.#alarm(error);
    this.#backoffMs = BACKOFF_MAX_MS;
    this.#drop(nowMs);
    return this.#take();
  }

  #onOrder(nowMs: number, assignment: ModelAssignment): void {
    const known = this.#wanted.get(assignment.role);
    if (known && known.assignment.assignment_version >= assignment.assignment_version) return;
    const sha256 = hexOf(assignment.sha256);
    this.#wanted.set(assignment.role, { assignment, sha256, notBeforeMs: nowMs });
    if (this.#asked?.wanted.assignment.role === assignment.role) this.#asked = undefined;
  }

  #onChunk(nowMs: number, chunk: ModelCloudMessage & { type: "chunk" }): void {
    const asked = this.#asked;
    // An answer to what is not wanted any more.
    if (!asked || !equalBytes(chunk.sha256, asked.wanted.assignment.sha256) || chunk.offset !== asked.offset) return;
    this.#asked = undefined;
    const { sha256, assignment } = asked.wanted;
    this.#attempt(nowMs, asked.wanted, () => {
      if (chunk.offset + chunk.data.length > assignment.size_bytes)
        throw new LockstepError("bad_file", `more bytes than the ${assignment.size_bytes} of its order came`);
      this.#parts.append(sha256, chunk.offset, chunk.data);
    });
  }

  #onRefusal(nowMs: number, { sha256, code, message }: ModelCloudMessage & { type: "refusal" }): void {
    const asked = this.#asked;
    if (!asked || !equalBytes(sha256, asked.wanted.assignment.sha256)) return;
    this.#asked = undefined;
    asked.wanted.notBeforeMs = nowMs + AGAIN_MS;
    this.#alarm(new LockstepError(code, `the cloud does not give model ${asked.wanted.sha256}: ${message}`));
  }

  /** The next piece of the first model that is not here; what is whole is delivered. */
  #ask(nowMs: number): void {
    if (this.#state !== "connected" || this.#asked) return;
    for (const [role, wanted] of this.#wanted) {
      if (wanted.notBeforeMs > nowMs) continue;
      const offset = this.#next(nowMs, wanted);
      if (offset === "later") continue;
      if (offset === "here") {
        this.#wanted.delete(role);
        this.#effects.push({ type: "deliver", assignment: wanted.assignment });
        continue;
      }
      this.#asked = { wanted, offset };
      this.#deadlineMs = nowMs + CHUNK_WITHIN_MS;
      this.#effects.push({
        type: "send",
        message: { type: "request", sha256: wanted.assignment.sha256, offset },
      });
      return;
    }
  }

  #next(nowMs: number, wanted: Wanted): number | "here" | "later" {
    const { sha256, assignment } = wanted;
    if (isNoModel(assignment)) return "here";
    let offset = 0;
    const fine = this.#attempt(nowMs, wanted, () => {
      if (this.#parts.has(sha256)) return;
      offset = this.#parts.partBytes(sha256);
      if (offset >= assignment.size_bytes) this.#parts.finish(sha256, assignment.size_bytes);
    });
    if (!fine) return "later";
    return this.#parts.has(sha256) ? "here" : offset;
  }

  /** What goes wrong with a model is said, its bytes are thrown away, and it is tried again later. */
  #attempt(nowMs: number, wanted: Wanted, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#parts.drop(wanted.sha256);
      wanted.notBeforeMs = nowMs + AGAIN_MS;
      this.#alarm(
        new LockstepError(error.code, `model ${wanted.sha256} is refused: ${error.message}`, { cause: error }),
      );
      return false;
    }
  }

  #drop(nowMs: number): void {
    this.#effects.push({ type: "disconnect" });
    this.#retry(nowMs);
  }

  /** The cloud says all orders again on the next line. */
  #retry(nowMs: number): void {
    const [a = 0, b = 0] = this.#random.bytes(2);
    this.#deadlineMs = nowMs + this.#backoffMs * (0.5 + (a * 256 + b) / 131_072);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MAX_MS);
    this.#asked = undefined;
    this.#state = "waiting";
  }

  #alarm(error: LockstepError): void {
    this.#effects.push({ type: "alarm", error });
  }

  #take(): FetcherEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
