// Many terminals at once at a steady rate: every tick taken once, how late its acknowledgement (decided and durable) comes,
// and what the connector then needs of memory.
import { Ticks } from "#proto/generated/mtx1.ts";
import type { TinyEa } from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { SERVER, SPEC } from "../../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { percentile } from "../harness.ts";
import { openBox } from "./edge-box.ts";
import { live, price, START_MS } from "./edge-latency.ts";

/** A terminal looks for ticks about this often. */
const LOOK_MS = 16;
const SETTLE_MS = 60_000;

export interface Sustained {
  readonly terminals: number;
  readonly ticks: number;
  readonly ticksPerS: number;
  /** From the sending of a frame to the acknowledgement that covers it, milliseconds. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly most: number };
  /** Of the connector, before the first tick and after the last. */
  readonly residentMb: { readonly idle: number; readonly after: number };
}

/** One terminal's ticks, sent when due. */
class Feed {
  readonly lags: number[] = [];
  sent = 0;
  readonly #ea: TinyEa;
  readonly #waiting: { readonly frame: number; readonly at: number }[] = [];

  constructor(ea: TinyEa) {
    this.#ea = ea;
    ea.onChange = () => this.#onAck();
  }

  #onAck(): void {
    const now = performance.now();
    for (let next = this.#waiting[0]; next && next.frame <= this.#ea.acked; next = this.#waiting[0]) {
      this.lags.push(now - next.at);
      this.#waiting.shift();
    }
  }

  send(count: number): void {
    const rows = Array.from({ length: count }, (_, i) => {
      const { bid, ask } = price(this.sent + i);
      return { dt_ms: i * 20, flags: 6, bid, ask, last: 0, volume_real: 0 };
    });
    const base_msc = BigInt(START_MS + this.sent * 20);
    this.sent += count;
    const frame = { symbol_id: SPEC.symbol_id, source: 0, flags: 0, base_msc, index_of_first: 0n, rows };
    this.#waiting.push({ frame: this.#ea.send(Ticks, frame), at: performance.now() });
  }

  async settled(): Promise<void> {
    await this.#ea.until(() => this.#waiting.length === 0, "the last acknowledgement", SETTLE_MS);
    this.#ea.close();
  }
}

export async function sustained(o: { terminals: number; rate: number; seconds: number }): Promise<Sustained> {
  const box = await openBox({ timeframe_s: 3600, accounts: o.terminals });
  try {
    const feeds: Feed[] = [];
    for (let i = 1; i <= o.terminals; i++) feeds.push(new Feed(await live(box.port, BigInt(i))));
    const idle = box.residentMb();
    const began = performance.now();
    const each = o.rate / o.terminals;
    for (let elapsed = 0; elapsed < o.seconds; ) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      elapsed = Math.min(o.seconds, (performance.now() - began) / 1000);
      for (const feed of feeds) if (feed.sent < each * elapsed) feed.send(Math.ceil(each * elapsed - feed.sent));
    }
    for (const feed of feeds) await feed.settled();
    const took = (performance.now() - began) / 1000;
    const after = box.residentMb();
    const ticks = feeds.reduce((sum, feed) => sum + feed.sent, 0);
    let taken = 0;
    for (let i = 1; i <= o.terminals; i++) taken += Number((await box.status(`${i}@${SERVER}`)).ticks);
    if (taken !== ticks) throw new Error(`${ticks} ticks were sent, the connector has ${taken}`);
    const lags = feeds.flatMap((feed) => feed.lags);
    const lagMs = { p50: percentile(lags, 50), p99: percentile(lags, 99), most: percentile(lags, 100) };
    return { terminals: o.terminals, ticks, ticksPerS: ticks / took, lagMs, residentMb: { idle, after } };
  } finally {
    await box.close();
  }
}
