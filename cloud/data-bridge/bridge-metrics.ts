// What data-bridge counts.
import type { Metrics } from "#mesh/service/metrics.ts";

export interface BridgeMetrics {
  appended(o: { records: number; bytes: number }): void;
  refused(code: string): void;
  alarmed(code: string): void;
}

export function bridgeMetrics(metrics: Metrics, openConnections: () => number): BridgeMetrics {
  const batches = metrics.counter("lockstep_bridge_batches_total", "batches that the log has acknowledged");
  const records = metrics.counter("lockstep_bridge_records_total", "records in those batches, seals included");
  const bytes = metrics.counter("lockstep_bridge_bytes_total", "bytes of those batches");
  const refusals = metrics.counter("lockstep_bridge_refusals_total", "connections refused, by code", ["code"]);
  const alarms = metrics.counter("lockstep_bridge_alarms_total", "damage, forks and forgeries, by code", ["code"]);
  metrics.gauge("lockstep_bridge_connections", "edge connections open now", [], (gauge) =>
    gauge.set(openConnections()),
  );
  return {
    appended: (o) => {
      batches.inc();
      records.inc(o.records);
      bytes.inc(o.bytes);
    },
    refused: (code) => refusals.inc({ code }),
    alarmed: (code) => alarms.inc({ code }),
  };
}
