// The only place that says which service exists, on which port and network, who may call whom, and how long a call may take.

export type Network = "edge" | "public" | "internal" | "compliance";
/** 5 s for look-ups, 30 s for ordinary work, 60 s for heavy work. */
export const TIMEOUT_MS = { fast: 5_000, normal: 30_000, heavy: 60_000 } as const;

export interface Service {
  readonly name: string;
  readonly port: number;
  readonly network: Network;
  readonly timeout: keyof typeof TIMEOUT_MS;
  /** Services that may call this one, by name. */
  readonly callers: readonly string[];
  /** Second port where a service speaks plain HTTP for health and metrics beside its own protocol. */
  readonly healthPort?: number;
}

export const SERVICES = {
  "metatrader-connector": {
    name: "metatrader-connector",
    port: 9001,
    network: "edge",
    timeout: "fast",
    callers: ["data-collector", "market-monitor", "config-manager"],
  },
  "data-collector": { name: "data-collector", port: 9002, network: "edge", timeout: "normal", callers: [] },
  "market-monitor": { name: "market-monitor", port: 9003, network: "edge", timeout: "fast", callers: [] },
  "config-manager": {
    name: "config-manager",
    port: 9004,
    network: "edge",
    timeout: "normal",
    callers: ["metatrader-connector", "data-collector", "market-monitor"],
  },
  "api-gateway": { name: "api-gateway", port: 8000, network: "public", timeout: "normal", callers: [] },
  "data-bridge": {
    name: "data-bridge",
    port: 8001,
    network: "internal",
    timeout: "normal",
    callers: ["metatrader-connector"],
    healthPort: 8101,
  },
  "trading-engine": {
    name: "trading-engine",
    port: 8007,
    network: "internal",
    timeout: "fast",
    callers: ["api-gateway"],
  },
  "database-service": {
    name: "database-service",
    port: 8008,
    network: "internal",
    timeout: "normal",
    callers: ["api-gateway"],
  },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof SERVICES;

/** The SPIFFE identity of a service, or of an edge box by its stream id (hex). */
export const spiffeId = (name: string): string => `spiffe://lockstep/${name}`;
