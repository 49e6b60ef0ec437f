// Settings of api-gateway, from the environment.
import { z } from "zod";
import { readConfig, SERVICE_ENV } from "#mesh/service/config.ts";

const ENV = {
  ...SERVICE_ENV,
  /** Default: this host, the ports of mesh/topology.ts. */
  DATABASE_SERVICE_URL: z.url().optional(),
  TRADING_ENGINE_URL: z.url().optional(),
};

export const readGatewayConfig = (env?: NodeJS.ProcessEnv) => readConfig(ENV, env);
export type GatewayConfig = ReturnType<typeof readGatewayConfig>;
