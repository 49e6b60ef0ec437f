// What an edge's journal alone tells of a market: every tick, every fill, and the positions that follow from the fills.
import { openDisk } from "#mesh/world/disk.ts";
import { Fill, HEADER_OFFSET, OrderUpdate, SymbolSpec, Tick } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { JournalReader } from "#storage/journal/reader.ts";

export interface EdgeJournal {
  /** `symbol utc_ms bid_points ask_points flags`, in the journal's order. */
  readonly ticks: readonly string[];
  readonly fills: number;
  /** Deal tickets of the fills. */
  readonly deals: readonly number[];
  /** Net lots by symbol, without those that are flat. */
  readonly positions: Readonly<Record<string, number>>;
  /** State of the last order_update by intent. */
  readonly orders: ReadonlyMap<string, number>;
}

export function readEdgeJournal(directory: string): EdgeJournal {
  const reader = new JournalReader({ disk: openDisk(directory) });
  const names = new Map<number, string>();
  const net = new Map<string, bigint>();
  const ticks: string[] = [];
  const deals: number[] = [];
  const orders = new Map<string, number>();
  for (const group of reader.records(1n)) {
    const view = viewOf(group);
    walkRecords(group, (at, _length, code) => {
      const name = names.get(view.getUint16(at + HEADER_OFFSET.symbol, true)) ?? "?";
      if (code === Tick.code) {
        const { broker_time_ms, bid_points, ask_points, flags } = Tick.read(view, at);
        ticks.push(`${name} ${broker_time_ms} ${bid_points} ${ask_points} ${flags}`);
      } else if (code === SymbolSpec.code)
        names.set(view.getUint16(at + HEADER_OFFSET.symbol, true), SymbolSpec.read(view, at).name);
      else if (code === OrderUpdate.code) {
        const { intent_id, state } = OrderUpdate.read(view, at);
        orders.set(Buffer.from(intent_id).toString("hex"), state);
      } else if (code === Fill.code) {
        const { side, volume_microlots, deal_ticket } = Fill.read(view, at);
        deals.push(Number(deal_ticket));
        net.set(name, (net.get(name) ?? 0n) + (side === 0 ? volume_microlots : -volume_microlots));
      }
    });
  }
  const open = [...net].filter(([, volume]) => volume !== 0n);
  const positions = Object.fromEntries(open.map(([name, volume]) => [name, Number(volume) / 1e6]));
  return { ticks, fills: deals.length, deals, positions, orders };
}
