// One line at a time to data-bridge: opening another cuts the one before, and what that still says is not heard any more.
import type { Duplex, DuplexHandler } from "#mesh/service/rpc.ts";

export class OneLine {
  readonly #open: (handler: DuplexHandler) => Duplex;
  #line: Duplex | undefined;
  #id = 0;

  constructor(open: (handler: DuplexHandler) => Duplex) {
    this.#open = open;
  }

  /** Throws what opening throws; then there is no line. */
  connect(handler: DuplexHandler): void {
    this.cut();
    const id = this.#id;
    const mine = (): boolean => id === this.#id;
    this.#line = this.#open({
      onMessage: (bytes) => mine() && handler.onMessage(bytes),
      onDrain: () => mine() && handler.onDrain?.(),
      onClosed: (error) => {
        if (!mine()) return;
        this.#line = undefined;
        handler.onClosed(error);
      },
    });
  }

  /** False = it takes no more before onDrain; undefined = there is no line. */
  send(bytes: Uint8Array): boolean | undefined {
    return this.#line?.send(bytes);
  }

  cut(): void {
    this.#id++;
    this.#line?.cut();
    this.#line = undefined;
  }
}
