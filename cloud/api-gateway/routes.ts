// The public routes with their OpenAPI 3.1 description, both from the one contract in proto/services/api-gateway.ts.
import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { z } from "zod";
import type { Client } from "#mesh/service/client.ts";
import { errorBody, zodMessage } from "#mesh/service/http.ts";
import { ApiError, apiGateway } from "#proto/services/api-gateway.ts";
import type { Route } from "#proto/services/contract.ts";

type Name = keyof typeof apiGateway.routes;

/** Heading and text of each route on the API page. */
const ABOUT: Readonly<Record<Name, { tag: string; summary: string; description: string }>> = {
  edges: {
    tag: "Edges",
    summary: "All edges and how far each is verified",
    description: "One entry an edge box and its terminal account, with its digests, trading state and verification.",
  },
  latestPredictions: {
    tag: "Predictions",
    summary: "The latest prediction of each symbol and timeframe",
    description: "One entry a stream, symbol and timeframe: the scoring of the model at the close of its last bar.",
  },
  decisions: {
    tag: "Decisions",
    summary: "Order intents with their verdicts, newest first",
    description:
      "Every order that the core wanted, accepted or not, with each pre-trade check (value, limit, headroom) and the state of its order at the terminal.",
  },
  fills: {
    tag: "Decisions",
    summary: "Deals of the broker, newest first",
    description: "What was executed, at what price, with costs and realised profit.",
  },
  divergences: {
    tag: "Edges",
    summary: "Differences between edge and cloud, newest first",
    description: "Normally empty. Each entry names the record and field on which the two decided differently.",
  },
  bars: {
    tag: "Market",
    summary: "Bars of a symbol, newest first",
    description: "Bars that the core built from ticks, and those that the terminal sent from before the stream began.",
  },
};

const json = (schema: z.ZodType, description: string) => ({ description, content: { "application/json": { schema } } });
const failure = (description: string) => json(ApiError, description);

export function apiRoutes(answers: Client<typeof apiGateway>): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, c) =>
      result.success ? undefined : c.json(errorBody("bad_request", zodMessage(result.error)), 400),
  });
  for (const name of Object.keys(apiGateway.routes) as Name[]) {
    const route: Route = apiGateway.routes[name];
    const { tag, summary, description } = ABOUT[name];
    const described = createRoute({
      method: "get",
      path: route.path,
      operationId: name,
      tags: [tag],
      summary,
      description,
      ...(route.query ? { request: { query: route.query } } : {}),
      responses: {
        200: json(route.response, "OK"),
        400: failure("A parameter is wrong; the message names it"),
        503: failure("A database or service is away; ask again soon"),
      },
    });
    const answer = answers[name] as (input: { query: unknown }) => Promise<unknown>;
    app.openapi(described, async (c: Context) => c.json(await answer({ query: route.query?.parse(c.req.query()) })));
  }
  app.get("/openapi.json", (c) => c.json(app.getOpenAPI31Document(ABOUT_API)));
  return app;
}

const ABOUT_API = {
  openapi: "3.1.0",
  info: {
    title: "Lockstep API",
    version: "1.0.0",
    description:
      "Read access to what the edges recorded and decided, and to what the cloud verified. Every row comes from a signed journal record and names its seq. Integers of 64 bits are decimal strings; a price is given in points and as an exact decimal number; times are ISO 8601 in UTC. Lists are newest first and come a page at a time.",
  },
  servers: [{ url: "/" }],
};
