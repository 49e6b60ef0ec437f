// The terminal's memory on disk: the EA's commands, and the trade server's books (which would live elsewhere), one JSON
// line for each change. Written before the call returns, so it survives the end of the process; a torn last line is
// left out. Without a file name everything is kept in memory only.
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { LockstepError } from "#proto/errors.ts";
import type { Broker } from "./broker.ts";
import type { BrokerState, Deal, Order } from "./broker-types.ts";
import type { CommandEntry } from "./order-path.ts";
import type { TerminalStore } from "./terminal.ts";

type Line =
  | { readonly command: CommandEntry }
  | { readonly broker: BrokerState }
  | { readonly deal: Deal }
  | { readonly order: Order }
  | { readonly market: MarketStart }
  | { readonly instance: string };

/** When the market of a replay began: clock and market time, milliseconds. */
export interface MarketStart {
  readonly startedMs: number;
  readonly fromMs: number;
}

export interface JournalFiles {
  readonly journal: string | undefined;
  readonly ledger: string | undefined;
}

export class JournalFile implements TerminalStore {
  readonly entries = new Map<string, CommandEntry>();
  readonly deals: Deal[] = [];
  readonly orders: Order[] = [];
  broker: BrokerState | undefined;
  market: MarketStart | undefined;
  /** Calls of OrderSend by cmd_id, of this process. */
  readonly calls = new Map<string, number>();
  /** Random at first start, then the same for ever. */
  readonly instance: string;
  private readonly journal: number | undefined;
  private readonly ledgerFile: number | undefined;
  private lastDeal = 0;
  private lastOrder = 0;

  constructor({ journal, ledger }: JournalFiles, newInstance: () => bigint) {
    let instance: string | undefined;
    if (journal !== undefined && existsSync(journal))
      for (const line of readLines(journal)) {
        if ("command" in line) this.entries.set(line.command.id, line.command);
        else if ("broker" in line) this.broker = line.broker;
        else if ("deal" in line) this.deals.push(line.deal);
        else if ("order" in line) this.orders.push(line.order);
        else if ("market" in line) this.market = line.market;
        else instance = line.instance;
      }
    this.lastDeal = this.deals.at(-1)?.deal ?? 0;
    this.lastOrder = this.orders.reduce((last, { ticket }) => Math.max(last, ticket), 0);
    this.journal = journal === undefined ? undefined : openSync(journal, "a", 0o600);
    this.ledgerFile = ledger === undefined ? undefined : openSync(ledger, "a");
    this.instance = instance ?? newInstance().toString();
    if (instance === undefined) this.write({ instance: this.instance });
  }

  startMarket(market: MarketStart): void {
    this.market = market;
    this.write({ market });
  }

  put(entry: CommandEntry): void {
    this.entries.set(entry.id, entry);
    this.write({ command: entry });
    if (entry.retcode !== 0 && this.ledgerFile !== undefined) {
      const { id: cmd_id, request_id, retcode, state } = entry;
      writeSync(this.ledgerFile, `${JSON.stringify({ outcome: { cmd_id, request_id, retcode, state } })}\n`);
    }
  }

  ledger(call: { cmd_id: string; request_id: number; at_ms: number }): void {
    const count = (this.calls.get(call.cmd_id) ?? 0) + 1;
    this.calls.set(call.cmd_id, count);
    if (this.ledgerFile !== undefined)
      writeSync(this.ledgerFile, `${JSON.stringify({ order_send: { ...call, count } })}\n`);
  }

  /** Deals and orders first: a state without them would be a balance without a reason. */
  saveBroker(broker: Broker): void {
    if (this.journal === undefined) return;
    for (const deal of newest(broker.deals, ({ deal }) => deal > this.lastDeal)) {
      this.write({ deal });
      this.lastDeal = deal.deal;
    }
    for (const order of newest(broker.historyOrders, ({ ticket }) => ticket > this.lastOrder)) {
      this.write({ order });
      this.lastOrder = Math.max(this.lastOrder, order.ticket);
    }
    this.write({ broker: broker.state() });
  }

  close(): void {
    if (this.journal !== undefined) closeSync(this.journal);
    if (this.ledgerFile !== undefined) closeSync(this.ledgerFile);
  }

  private write(line: Line): void {
    if (this.journal !== undefined) writeSync(this.journal, `${JSON.stringify(line)}\n`);
  }
}

/** The items at the end of a list that are new, oldest first. */
function newest<T>(list: readonly T[], isNew: (item: T) => boolean): T[] {
  let from = list.length;
  while (from > 0 && isNew(list[from - 1] as T)) from--;
  return list.slice(from);
}

function readLines(path: string): Line[] {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  // What follows the last whole line was being written when the process ended: cut off, or the next line joins it.
  if (end < bytes.length) truncateSync(path, end);
  return bytes
    .toString("utf8", 0, end)
    .split("\n")
    .filter((text) => text !== "")
    .map((text, i) => {
      try {
        return JSON.parse(text) as Line;
      } catch (cause) {
        throw new LockstepError("bad_file", `${path} is damaged in line ${i + 1}: give the terminal a new --journal`, {
          cause,
        });
      }
    });
}
