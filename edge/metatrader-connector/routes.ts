// HTTP beside MTX1: status for people and programs, the operator's commands and the collector's news. Both only from this
// machine, as JSON, never from a page of another origin; a release only with its operator's signature.
import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import {
  type AccountSummary,
  Command,
  metatraderConnector,
  type NewsItem,
} from "#proto/services/metatrader-connector.ts";
import type { Random } from "#proto/world.ts";
import { type AccountStream, type Box, runningEdge } from "./box.ts";
import { bytesOf, hexOf } from "./convert.ts";
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
  routes.post("/news", async (c) => {
    const { items } = metatraderConnector.routes.news.body.parse(await ownJson(c, o.near));
    return c.json(await addNews(box, items));
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

/** The news are the same for all accounts. Throws when one of them cannot take them: then they come again. */
async function addNews({ edges }: Pick<Box, "edges">, items: readonly NewsItem[]) {
  if (edges.length === 0) throw new LockstepError("unavailable", "halted: no account of this box is running");
  const taken = await Promise.all(edges.map((edge) => edge.addNews(items)));
  const most = (pick: (one: (typeof taken)[number]) => number): number => Math.max(...taken.map(pick));
  const accepted = most((one) => one.accepted);
  return { accepted, repeated: items.length - accepted, seq: most(({ seq }) => Number(seq)) };
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
