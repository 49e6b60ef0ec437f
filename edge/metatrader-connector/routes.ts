// HTTP beside MTX1: status for people and programs, the operator's commands, configurations and what the collector brings. All only from this
// machine, as JSON, never from a page of another origin; a release only with its operator's signature.
import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { Command, metatraderConnector } from "#proto/services/metatrader-connector.ts";
import type { Random } from "#proto/world.ts";
import { bytesOf, hexOf } from "./convert.ts";
import type { Edge } from "./edge.ts";

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

export function makeRoutes(o: {
  edge: () => Edge;
  /** What is added to the status. */
  status: () => Record<string, unknown>;
  random: Random;
}): Hono {
  const routes = new Hono();
  routes.get("/status", (c) => c.json({ ...o.edge().status(), ...o.status() }));
  routes.post("/command", async (c) => {
    const body = Command.parse(await ownJson(c));
    const id = body.command_id ? bytesOf(body.command_id) : o.random.bytes(16);
    const { seq } = await o.edge().command({
      command_id: id,
      operator: body.operator,
      reason: body.reason,
      command: OPERATOR_COMMAND[body.command],
      public_key: bytesOf(body.public_key),
      signature: bytesOf(body.signature),
    });
    return c.json({ seq: Number(seq), command_id: hexOf(id), trading_state: o.edge().status().trading_state });
  });
  routes.get("/configuration", (c) => c.json(o.edge().configuration.told()));
  routes.post("/configuration", async (c) => {
    const change = metatraderConnector.routes.configure.body.parse(await ownJson(c));
    const { version, sha256, records, seq } = await o.edge().configure(change);
    return c.json({ config_version: version, document_sha256: sha256, records, seq: Number(seq) });
  });
  routes.post("/news", async (c) => {
    const { items } = metatraderConnector.routes.news.body.parse(await ownJson(c));
    const { seq, ...counts } = await o.edge().addNews(items);
    return c.json({ ...counts, seq: Number(seq) });
  });
  routes.post("/calendar", async (c) => {
    const body = metatraderConnector.routes.calendar.body.parse(await ownJson(c));
    const { seq, ...counts } = await o.edge().bring((edge) => edge.calendar.onFile(body));
    return c.json({ ...counts, seq: Number(seq) });
  });
  routes.get("/history/:symbol", (c) => c.json(o.edge().history.stateOf(c.req.param("symbol"))));
  routes.post("/history", async (c) => {
    const body = metatraderConnector.routes.history.body.parse(await ownJson(c));
    const { seq, ...counts } = await o.edge().bring((edge) => edge.history.add(body));
    return c.json({ ...counts, seq: Number(seq) });
  });
  return routes;
}

/** The JSON body of a request from a program on this machine; anything else is refused. */
async function ownJson(c: Context): Promise<unknown> {
  const from = getConnInfo(c).remote.address ?? "";
  if (!LOOPBACK.test(from)) throw new LockstepError("auth_refused", "this is taken from this machine only");
  if (c.req.header("origin") !== undefined) throw new LockstepError("auth_refused", "this is not taken from web pages");
  if (!c.req.header("content-type")?.startsWith("application/json"))
    throw new LockstepError("bad_request", "send application/json");
  if (Number(c.req.header("content-length") ?? Number.POSITIVE_INFINITY) > BODY_BYTES_MAX)
    throw new LockstepError("bad_request", `send at most ${BODY_BYTES_MAX} bytes, with their content-length`);
  return c.req.json().catch(() => undefined);
}
/** The largest call of news, its text escaped, with room. */
const BODY_BYTES_MAX = 1024 * 1024;
