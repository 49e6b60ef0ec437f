// Every queue stays within its named bound, whatever is slow, stuck or away. Looked at twice a second.
import { EVENTS_QUEUED_MAX, MTX1_PAYLOAD_MAX, STAGED_BYTES_MAX } from "#proto/limits.ts";
import type { System } from "../system.ts";

const LOOK_US = 500_000;
/** The newest, the one before, and one that is being written. */
const SNAPSHOTS_MAX = 3;
/** One order that opens and one that closes, for each symbol. */
const ORDERS_A_SYMBOL = 2;

export function watchBounds(system: System): void {
  system.world.scheduler.after(LOOK_US, () => {
    look(system);
    watchBounds(system);
    return "idle";
  });
}

function look({ world, box, engine, secondEngine }: System): void {
  const bound = (what: string, value: number, most: number): void => {
    if (value > most) world.fail("every queue is within its bound", `${what}: ${value}, at most ${most}`);
  };
  const { edge } = box;
  if (edge) {
    bound("bytes that are not durable yet", edge.journal.stagedBytes, STAGED_BYTES_MAX + MTX1_PAYLOAD_MAX);
    bound("orders that are followed", edge.hot.orders.size, ORDERS_A_SYMBOL * world.plan.symbols.length);
  }
  const snapshots = box.disk.listSync().filter((name) => name.startsWith("snapshot"));
  bound("snapshots", snapshots.length, SNAPSHOTS_MAX);
  for (const { queue } of [engine, secondEngine]) bound("events for the bus", queue?.length ?? 0, EVENTS_QUEUED_MAX);
}
