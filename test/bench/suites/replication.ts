// Replication: what the transport leaves of a bare gRPC stream.
import type { Suite } from "../harness.ts";
import { transportRows } from "./replication-transport.ts";

export const suite: Suite = {
  name: "replication",
  run: async ({ seconds }) => [...(await transportRows(seconds))],
};
