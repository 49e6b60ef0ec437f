// HTTP beside MTX1: status for people and programs, the operator's commands, configurations and what the collector brings. All only from this
// machine, as JSON, never from a page of another origin; a release only with its operator's signature.
import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";
import { bytesOf, hexOf } from "#proto/hex.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import {
  type AccountSummary,
  Command,
  type HistoryState,
  ModelConfigOrder,
  metatraderConnector,
  type NewsItem,
} from "#proto/services/metatrader-connector.ts";
import type { Random } from "#proto/world.ts";
import { type AccountStream, type Box, runningEdge } from "./box.ts";
import type { Edge } from "./edge.ts";
import type { Near } from "./near.ts";

export function makeRoutes(o: {
  box: Pick<Box, "stream" | "streams" | "edges">;
  /** What is added to an account's status. */
  status: (stream: AccountStream) => Record<string, unknown>;
  random: Random;
  near: Near;
}): Hono {
  const { box } = o;
  const routes = new Hono();
  routes.get("/accounts", (c) => c.json({ accounts: box.streams.map(summaryOf) }));
  routes.get("/status", (c) => {
    const stream = box.stream(c.req.query("account") ?? box.streams[0]?.account);
    return c.json({ ...runningEdge(stream).status(), ...o.status(stream) });
  });
  routes.post("/command", async (c) => {
    const body = Command.parse(await ownJson(c, o.near));
    const edge = runningEdge(box.stream(body.account));
    const id = body.command_id ? bytesOf(body.command_id) : o.random.bytes(16);
    const { seq } = await edge.command({
      command_id: id,
      operator: body.operator,
      reason: body.reason,
      command: OPERATOR_COMMAND[body.command],
      public_key: bytesOf(body.public_key),
      signature: bytesOf(body.signature),
    });
    return c.json({ seq: Number(seq), command_id: hexOf(id), trading_state: edge.status().trading_state });
  });
  routes.get("/configuration", (c) => c.json(runningEdge(box.stream(c.req.query("account"))).configuration.told()));
  routes.post("/configuration", async (c) => {
    const change = metatraderConnector.routes.configure.body.parse(await ownJson(c, o.near));
    const edge = runningEdge(box.stream(c.req.query("account")));
    const { version, sha256, records, seq } = await edge.configure(change);
    return c.json({ config_version: version, document_sha256: sha256, records, seq: Number(seq) });
  });
  routes.post("/model-config", async (c) => {
    const { symbol, public_key, signature, ...config } = ModelConfigOrder.parse(await ownJson(c, o.near));
    const signed = { public_key: bytesOf(public_key), signature: bytesOf(signature) };
    const { seq } = await runningEdge(box.stream(c.req.query("account"))).configureModels(symbol, {
      ...config,
      ...signed,
    });
    return c.json({ seq: Number(seq) });
  });
  routes.post("/news", async (c) => {
    const { items } = metatraderConnector.routes.news.body.parse(await ownJson(c, o.near));
    return c.json(await addNews(box, items));
  });
  routes.post("/calendar", async (c) => {
    const body = metatraderConnector.routes.calendar.body.parse(await ownJson(c, o.near));
    return c.json(await bringAll(running(box), (edge) => edge.calendar.onFile(body)));
  });
  routes.get("/history/:symbol", (c) => c.json(historyOf(running(box), c.req.param("symbol"))));
  routes.post("/history", async (c) => {
    const body = metatraderConnector.routes.history.body.parse(await ownJson(c, o.near));
    return c.json(await bringAll(warming(running(box), body.symbol), (edge) => edge.history.add(body)));
  });
  return routes;
}

function summaryOf({ account, config, edge, halt }: AccountStream): AccountSummary {
  const name = { account, edge_name: config.LOCKSTEP_EDGE_NAME };
  if (!edge)
    return { ...name, halted: halt?.message ?? "", link: "down", feeders: 0, trading_state: "failed", ...NO_SEQS };
  return { ...name, ...edge.summary() };
}
const NO_SEQS = { last_seq: 0, verified_seq: 0 };

function running({ edges }: Pick<Box, "edges">): readonly Edge[] {
  if (edges.length === 0) throw new LockstepError("unavailable", "halted: no account of this box is running");
  return edges;
}

/** The news are the same for all accounts. Throws when one of them cannot take them: then they come again. */
async function addNews(box: Pick<Box, "edges">, items: readonly NewsItem[]) {
  const taken = await Promise.all(running(box).map((edge) => edge.addNews(items)));
  const accepted = Math.max(...taken.map((one) => one.accepted));
  return { accepted, repeated: items.length - accepted, seq: Math.max(...taken.map(({ seq }) => Number(seq))) };
}

/** Likewise of the calendar and of history: the most that any account took of it. */
async function bringAll<T extends Readonly<Record<string, number>>>(
  edges: readonly Edge[],
  work: (edge: Edge) => T,
): Promise<Record<string, number>> {
  const taken = await Promise.all(edges.map((edge) => edge.bring(work)));
  const names = Object.keys(taken[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, Math.max(...taken.map((one) => Number(one[name])))]));
}

/** Accounts that a symbol's history can still warm up; where there is none, those that say why. */
function warming(edges: readonly Edge[], symbol: string): readonly Edge[] {
  const having = edges.filter((edge) => edge.config.LOCKSTEP_SYMBOLS.includes(symbol));
  const open = having.filter((edge) => edge.history.stateOf(symbol).state !== "closed");
  return [open, having, edges].find((list) => list.length > 0) ?? [];
}

/** As the account says that has the least of it. */
function historyOf(edges: readonly Edge[], symbol: string): HistoryState {
  const states = warming(edges, symbol).map((edge) => edge.history.stateOf(symbol));
  const newestOf = ({ newest }: HistoryState): number => Math.max(0, ...Object.values(newest));
  return states.reduce((least, state) => (newestOf(state) < newestOf(least) ? state : least));
}

/** The JSON body of a request from a program on this machine; anything else is refused. */
async function ownJson(c: Context, near: Near): Promise<unknown> {
  if (!near(getConnInfo(c).remote.address))
    throw new LockstepError("auth_refused", "this is taken from this machine only");
  if (c.req.header("origin") !== undefined) throw new LockstepError("auth_refused", "this is not taken from web pages");
  if (!c.req.header("content-type")?.startsWith("application/json"))
    throw new LockstepError("bad_request", "send application/json");
  if (Number(c.req.header("content-length") ?? Number.POSITIVE_INFINITY) > BODY_BYTES_MAX)
    throw new LockstepError("bad_request", `send at most ${BODY_BYTES_MAX} bytes, with their content-length`);
  return c.req.json().catch(() => undefined);
}
/** The largest call of news, its text escaped, with room. */
const BODY_BYTES_MAX = 1024 * 1024;
