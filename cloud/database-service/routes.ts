// The contract's routes over the queries. Everything that comes in is checked by the contract's own shapes.
import { Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";
import { databaseService, type ProjectedStream } from "#proto/services/database-service.ts";
import type { Stores } from "./project-io.ts";
import type { Projections } from "./projections.ts";
import { decisions, fills } from "./queries/decisions.ts";
import { divergences, edges, projectedStream } from "./queries/edges.ts";
import { bars, latestPredictions, predictions, ticks } from "./queries/market.ts";

/** Counting reads whole columns: once a second is enough for anybody. */
const COUNTS_MS = 1_000;

export interface Serving {
  readonly stores: Stores;
  readonly projections: Projections;
}

/** `serving` is undefined while engines are being opened. */
export function databaseRoutes(serving: () => Serving | undefined): Hono {
  const now = (): Serving => {
    const open = serving();
    if (!open) throw new LockstepError("unavailable", "the databases are being opened: see /healthz, ask again soon");
    return open;
  };
  const { routes } = databaseService;
  const streams = oncePer(COUNTS_MS, () => listStreams(now()));
  return new Hono()
    .get(routes.listStreams.path, async (c) => c.json(await streams()))
    .get(routes.listEdges.path, async (c) => c.json(await edges(now().stores)))
    .get(routes.ticks.path, async (c) => c.json(await ticks(now().stores, routes.ticks.query.parse(c.req.query()))))
    .get(routes.bars.path, async (c) => c.json(await bars(now().stores, routes.bars.query.parse(c.req.query()))))
    .get(routes.latestPredictions.path, async (c) =>
      c.json(await latestPredictions(now().stores, routes.latestPredictions.query.parse(c.req.query()))),
    )
    .get(routes.predictions.path, async (c) =>
      c.json(await predictions(now().stores, routes.predictions.query.parse(c.req.query()))),
    )
    .get(routes.decisions.path, async (c) =>
      c.json(await decisions(now().stores, routes.decisions.query.parse(c.req.query()))),
    )
    .get(routes.fills.path, async (c) => c.json(await fills(now().stores, routes.fills.query.parse(c.req.query()))))
    .get(routes.divergences.path, async (c) =>
      c.json(await divergences(now().stores, routes.divergences.query.parse(c.req.query()))),
    );
}

async function listStreams({ stores, projections }: Serving): Promise<ProjectedStream[]> {
  const found: ProjectedStream[] = [];
  for (const state of projections.streams) found.push(await projectedStream(stores, state));
  return found.sort((a, b) => (a.stream_id < b.stream_id ? -1 : 1));
}

/** The last answer for `ms`; callers that come meanwhile share one call. A failure is not kept. */
export function oncePer<T>(ms: number, call: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (last && performance.now() - last.at < ms) return last.answer;
    const mine = { at: performance.now(), answer: call() };
    last = mine;
    mine.answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return mine.answer;
  };
}
