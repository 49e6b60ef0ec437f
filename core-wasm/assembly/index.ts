// Exports only: what the host may call, and where it finds the regions of the memory. Zero imports.
export { apply } from "./apply";
export { outboxBytes } from "./outbox";
export { inboxAt, inboxBytesMax, modelAt, modelBytesMax, outboxAt, stateBytes, staticEnd } from "./regions";
export { select, stateAt } from "./state";
export { counter } from "./status";
