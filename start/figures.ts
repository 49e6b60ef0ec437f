// What the parts say of themselves, read over HTTP, and the run's figures made from it.
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { type Ports, urlOf } from "./system.ts";

const whole = z.coerce.number().int();

const EdgeStatus = z.looseObject({
  stream_id: z.string(),
  link: z.union([z.string(), z.number()]),
  trading_state: z.union([z.string(), z.number()]),
  last_seq: whole,
  sealed_seq: whole,
  durable_seq: whole,
  verified_seq: whole,
  ticks: whole,
  predictions: whole,
  order_intents: whole,
  fills: whole,
  risk_refusals: whole,
  outputs_digest: z.string(),
  core_digest: z.string(),
  model_digest: z.string(),
});
export type EdgeStatus = z.infer<typeof EdgeStatus>;

const EngineStream = z.looseObject({
  stream_id: z.string(),
  verified_seq: whole,
  verified_records: whole,
  outputs_digest: z.string(),
  divergences: whole,
  reason: z.string(),
});
const DatabaseStream = z.looseObject({
  stream_id: z.string(),
  projected_seq: whole,
  counts: z.record(z.string(), whole),
  problem: z.string(),
});

export interface Figures {
  readonly edge: EdgeStatus | undefined;
  readonly engine: z.infer<typeof EngineStream> | undefined;
  readonly database: z.infer<typeof DatabaseStream> | undefined;
}

async function get<T>(url: string, shape: z.ZodType<T>): Promise<T | undefined> {
  let body: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) return undefined;
    body = await response.json();
  } catch {
    return undefined; // starting, restarting or stopped: asked again in a moment
  }
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new LockstepError("protocol", `${url} answers in a shape that start does not know: ${parsed.error.message}`);
  return parsed.data;
}

export async function readFigures(ports: Ports): Promise<Figures> {
  const [edge, engines, databases] = await Promise.all([
    get(`${urlOf(ports.connector)}/status`, EdgeStatus),
    get(`${urlOf(ports.engine)}/streams`, z.array(EngineStream)),
    get(`${urlOf(ports.database)}/streams`, z.array(DatabaseStream)),
  ]);
  const mine = <T extends { stream_id: string }>(list: readonly T[] | undefined): T | undefined =>
    list?.find((s) => s.stream_id === edge?.stream_id);
  return { edge, engine: mine(engines), database: mine(databases) };
}

/** Everything journaled is sealed, decided again in the cloud, and projected. */
export function isSettled({ edge, engine, database }: Figures): boolean {
  if (!edge || !engine || !database || edge.last_seq === 0) return false;
  const head = edge.last_seq;
  return (
    edge.sealed_seq === head &&
    engine.verified_seq === head &&
    edge.verified_seq === head &&
    database.projected_seq === head
  );
}

/** The object that --json prints last. */
export function summaryOf(figures: Figures, wallS: number): Record<string, unknown> {
  const { edge, engine, database } = figures;
  return {
    ticks: edge?.ticks ?? 0,
    records: edge?.last_seq ?? 0,
    predictions: edge?.predictions ?? 0,
    order_intents: edge?.order_intents ?? 0,
    fills: edge?.fills ?? 0,
    risk_refusals: edge?.risk_refusals ?? 0,
    verified_records: engine?.verified_records ?? 0,
    projected_seq: database?.projected_seq ?? 0,
    projected: database?.counts ?? {},
    divergences: engine?.divergences ?? 0,
    edge_digest: edge?.outputs_digest ?? "",
    cloud_digest: engine?.outputs_digest ?? "",
    core_digest: edge?.core_digest ?? "",
    model_digest: edge?.model_digest ?? "",
    wall_s: Number(wallS.toFixed(3)),
  };
}

export function lineOf({ edge, engine, database }: Figures, terminal: Record<string, unknown>): string {
  if (!edge) return "the edge is starting";
  const n = (v: number): string => v.toLocaleString("en-US");
  const market = typeof terminal.market_time === "string" ? `${terminal.market_time}  ` : "";
  const trading = `predictions ${n(edge.predictions)}  intents ${n(edge.order_intents)}  fills ${n(edge.fills)}  refused ${n(edge.risk_refusals)}`;
  const cloud = `verified ${n(engine?.verified_seq ?? 0)}  projected ${n(database?.projected_seq ?? 0)}  divergences ${engine?.divergences ?? 0}`;
  return `${market}ticks ${n(edge.ticks)}  records ${n(edge.last_seq)}  ${trading}  ${cloud}  link ${edge.link}  state ${edge.trading_state}`;
}
