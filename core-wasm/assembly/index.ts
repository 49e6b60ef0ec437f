// Exports only: what the host may call, and where it finds the regions of the memory. Zero imports.
export { apply } from "./apply";
export { holdModel, modelHeld } from "./ensemble/model";
export { rowBytes, scoreRows } from "./ensemble/rows";
export { outboxBytes } from "./outbox";
export { inboxAt, inboxBytesMax, modelAt, modelBytesMax, outboxAt, stateBytes, staticEnd } from "./regions";
export { select, stateAt } from "./state";
export { counter } from "./status";
