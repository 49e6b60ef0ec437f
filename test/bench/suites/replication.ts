// Replication: what the transport leaves of a bare gRPC stream, and records from an edge's disk to verified in the cloud.
import type { Suite } from "../harness.ts";
import { catchupRows } from "./replication-catchup.ts";
import { transportRows } from "./replication-transport.ts";
import { verifiedRows } from "./replication-verified.ts";

export const suite: Suite = {
  name: "replication",
  run: async ({ seconds }) => [
    ...(await transportRows(seconds)),
    ...(await verifiedRows(seconds)),
    ...(await catchupRows()),
  ],
};
