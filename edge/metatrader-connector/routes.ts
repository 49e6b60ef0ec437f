// HTTP beside MTX1: status for people and programs, and the operator's commands. Commands only from this machine, as
// JSON, never from a page of another origin; a release only with its operator's signature.
import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { Command } from "#proto/services/metatrader-connector.ts";
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
    const from = getConnInfo(c).remote.address ?? "";
    if (!LOOPBACK.test(from)) throw new LockstepError("auth_refused", "commands are taken from this machine only");
    if (c.req.header("origin") !== undefined)
      throw new LockstepError("auth_refused", "commands are not taken from web pages");
    if (!c.req.header("content-type")?.startsWith("application/json"))
      throw new LockstepError("bad_request", "send application/json");
    const body = Command.parse(await c.req.json().catch(() => undefined));
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
  return routes;
}
