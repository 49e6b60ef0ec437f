// Credit-based flow control, both halves. The cloud hands out credit for a fixed number of batches on the way; each batch
// takes one, and it comes back when the cloud has made the batch durable. So neither end ever holds more than that.
import { assert } from "#proto/errors.ts";
import { CREDIT_BATCHES_MAX } from "#proto/limits.ts";

/** The sender's half: what it may still send on this connection. */
export class CreditHeld {
  #left = 0;

  get left(): number {
    return this.#left;
  }

  /** False when the other end gives more than any window: it does not keep the protocol. */
  add(batches: number): boolean {
    if (batches > CREDIT_BATCHES_MAX - this.#left) return false;
    this.#left += batches;
    return true;
  }

  take(): void {
    assert(this.#left > 0, "a batch is sent only with credit");
    this.#left--;
  }

  clear(): void {
    this.#left = 0;
  }
}

/** The receiver's half: what the other end was given, what it used, what can be given back. */
export class CreditGiven {
  readonly limit: number;
  #open = 0;
  #returnable = 0;

  constructor(limit: number) {
    assert(limit >= 1 && limit <= CREDIT_BATCHES_MAX, "credit is at least one batch and at most the window");
    this.limit = limit;
  }

  /** A batch came. False: the sender had no credit for it. */
  use(): boolean {
    if (this.#open + this.#returnable >= this.limit) return false;
    this.#open++;
    return true;
  }

  /** A batch is done with; its credit can go back with the next acknowledgement. */
  settle(): void {
    assert(this.#open > 0, "only a batch that came can be settled");
    this.#open--;
    this.#returnable++;
  }

  giveBack(): number {
    const batches = this.#returnable;
    this.#returnable = 0;
    return batches;
  }
}
