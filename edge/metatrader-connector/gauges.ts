// What Prometheus is told of each account, and of the sockets.
import type { Metrics } from "#mesh/service/metrics.ts";
import type { AccountStream } from "./box.ts";
import type { ConnectorServer } from "./connector-io.ts";
import type { Edge } from "./edge.ts";

const OF_ACCOUNT: Readonly<Record<string, [help: string, value: (edge: Edge) => number]>> = {
  last_seq: ["Last record appended", ({ journal }) => Number(journal.lastSeq)],
  durable_seq: ["Last durable record", ({ journal }) => Number(journal.durableSeq)],
  cloud_durable_seq: ["Last record durable in the cloud", ({ cloud }) => Number(cloud.durableSeq)],
  verified_seq: ["Last record decided again by the cloud", ({ cloud }) => Number(cloud.verifiedSeq)],
  staged_bytes: ["Bytes appended and not yet durable", ({ journal }) => journal.stagedBytes],
  link: ["0 down, 1 syncing, 2 live", ({ link }) => link.state],
  feeders: ["Further sessions that only bring symbols", ({ link }) => link.feeders],
  halted: ["1 = nothing is decided", ({ hot }) => (hot.failure ? 1 : 0)],
  ticks: ["Ticks taken since start", ({ hot }) => hot.door.counts.ticks],
  ticks_refused: ["Rows that could not be converted since start", ({ hot }) => hot.door.counts.refused],
  commands: ["Orders sent since start", ({ link }) => link.counts.commands],
  open_orders: ["Orders that are not final", ({ hot }) => hot.orders.size],
  unknown_orders: ["Orders whose outcome is unknown", ({ hot }) => hot.orders.count("unknown")],
  epoch: ["Takeovers of the stream so far", ({ authority }) => authority.epoch],
  lease_left_s: ["Seconds left of the cloud's lease", ({ authority }) => authority.leaseLeftS],
  cloud_commands: ["Commands of the cloud taken since start", ({ authority }) => authority.counts.accepted],
  cloud_commands_refused: [
    "Commands of the cloud refused since start: forged, replayed, for another box or expired",
    ({ authority }) => Object.values(authority.counts.refused).reduce((sum, count) => sum + count, 0),
  ],
  bad_frames: ["Sessions ended by a bad frame since start", ({ link }) => link.counts.bad_frames],
};

export function addGauges(
  metrics: Metrics,
  { streams, sockets }: { streams: readonly AccountStream[]; sockets: ConnectorServer },
): void {
  for (const [name, [help, value]] of Object.entries(OF_ACCOUNT))
    metrics.gauge(`lockstep_edge_${name}`, help, ["account"], (gauge) => {
      for (const { account, edge } of streams) if (edge) gauge.set({ account }, value(edge));
    });
  metrics.gauge("lockstep_edge_running", "0 = the account's stream is halted", ["account"], (gauge) => {
    for (const { account, edge } of streams) gauge.set({ account }, edge ? 1 : 0);
  });
  metrics.gauge("lockstep_edge_paused_lines", "EAs that are not read until the disk has caught up", [], (gauge) =>
    gauge.set(sockets.paused),
  );
  metrics.gauge("lockstep_edge_pauses", "How often that happened since start", [], (gauge) =>
    gauge.set(sockets.pauses),
  );
}
