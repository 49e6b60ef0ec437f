// What the public API answers, put together from the services behind it. Without trading-engine edges are still shown,
// their verification as unknown.

import type { Client } from "#mesh/service/client.ts";
import { LockstepError } from "#proto/errors.ts";
import type { apiGateway, Edge, TimeframeName } from "#proto/services/api-gateway.ts";
import { TIMEFRAME_S } from "#proto/services/api-gateway.ts";
import type { databaseService } from "#proto/services/database-service.ts";
import type { tradingEngine } from "#proto/services/trading-engine.ts";
import { presentBar, presentDecision, presentEdge, presentFill, presentPrediction } from "./present.ts";

export interface Upstream {
  readonly database: Client<typeof databaseService>;
  readonly engine: Client<typeof tradingEngine>;
}

type Answers = Client<typeof apiGateway>;

const withSeconds = <Q extends { timeframe?: TimeframeName | undefined }>({ timeframe, ...rest }: Q) => ({
  ...rest,
  timeframe_s: timeframe && TIMEFRAME_S[timeframe],
});

export function answers({ database, engine }: Upstream): Answers {
  return {
    edges: () => edges({ database, engine }),
    latestPredictions: async ({ query }) =>
      (await database.latestPredictions({ query: withSeconds(query) })).map(presentPrediction),
    decisions: async ({ query }) => {
      const { items, next } = await database.decisions({ query });
      return { items: items.map(presentDecision), next };
    },
    fills: async ({ query }) => {
      const { items, next } = await database.fills({ query });
      return { items: items.map(presentFill), next };
    },
    divergences: async ({ query }) => database.divergences({ query }),
    bars: async ({ query }) => {
      const { items, next } = await database.bars({ query: withSeconds(query) });
      return { items: items.map(presentBar), next };
    },
  };
}

async function edges({ database, engine }: Upstream): Promise<Edge[]> {
  const [known, projected, verified] = await Promise.all([
    database.listEdges(),
    database.listStreams(),
    engine.listStreams().catch((error: unknown) => {
      if (error instanceof LockstepError && (error.code === "unavailable" || error.code === "timeout")) return [];
      throw error;
    }),
  ]);
  return known.map((edge) => {
    const mine = ({ stream_id }: { stream_id: string }) => stream_id === edge.stream_id;
    return presentEdge(edge, projected.find(mine), verified.find(mine));
  });
}
