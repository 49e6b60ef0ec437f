// Models and who shall score with them: artefacts are published under their digest, orders go to a stream's edge by the bus.
// Whether an order is obeyed is decided by the edge, which knows its operators; here only what could never be right is refused.
import { hash } from "node:crypto";
import { Hono } from "hono";
import { isSigned, verifyAssignment } from "#core-wasm/host/signatures.ts";
import { readArtefact } from "#core-wasm/models/artefact.ts";
import { LockstepError } from "#proto/errors.ts";
import { MODEL_BYTES_MAX } from "#proto/limits.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import { type AssignedModel, assignmentOf, NO_MODEL } from "#proto/services/models.ts";
import { tradingEngine } from "#proto/services/trading-engine.ts";
import type { Models } from "#storage/events/bus.ts";

const BODY_BYTES_MAX = 2 * MODEL_BYTES_MAX;

export function modelRoutes(models: Models): Hono {
  const { publishModel, getModel, assignModel, listAssignments } = tradingEngine.routes;
  return new Hono()
    .post(publishModel.path, async (c) => {
      if (Number(c.req.header("content-length") ?? Number.POSITIVE_INFINITY) > BODY_BYTES_MAX)
        throw new LockstepError("bad_request", `send at most ${BODY_BYTES_MAX} bytes, with their content-length`);
      const { artefact } = publishModel.body.parse(await json(c.req));
      return c.json(await publish(models, new Uint8Array(Buffer.from(artefact, "base64"))));
    })
    .get(getModel.path, async (c) => {
      const { sha256 } = getModel.params.parse(c.req.param());
      const bytes = await models.get(sha256);
      if (!bytes) throw new LockstepError("not_found", `model ${sha256} was not published`);
      return c.json({ sha256, artefact: Buffer.from(bytes).toString("base64") });
    })
    .post(assignModel.path, async (c) => {
      const order = assignModel.body.parse(await json(c.req));
      await checkOrder(models, order);
      await models.assign(order);
      return c.json(order);
    })
    .get(listAssignments.path, async (c) => {
      const { stream_id } = listAssignments.params.parse(c.req.param());
      return c.json(await models.assigned(stream_id));
    });
}

const json = (request: { json(): Promise<unknown> }): Promise<unknown> => request.json().catch(() => undefined);

async function publish(models: Models, bytes: Uint8Array): Promise<{ sha256: string; size_bytes: number }> {
  try {
    readArtefact(bytes);
  } catch (cause) {
    throw new LockstepError("refused", (cause as Error).message, { cause });
  }
  const sha256 = hash("sha256", bytes);
  await models.put(sha256, bytes);
  return { sha256, size_bytes: bytes.length };
}

async function checkOrder(models: Models, order: AssignedModel): Promise<void> {
  const assignment = assignmentOf(order);
  if (order.role === MODEL_ROLE.live && !isSigned(assignment))
    throw new LockstepError("auth_refused", "a live model is changed by an operator's signed order only");
  verifyAssignment(Buffer.from(order.stream_id, "hex"), assignment);
  const last = (await models.assigned(order.stream_id)).find(({ role }) => role === order.role);
  if (last && last.version >= order.version)
    throw new LockstepError("refused", `version ${last.version} of this role was ordered before: give a higher one`);
  if (order.sha256 === NO_MODEL) return;
  const bytes = await models.get(order.sha256);
  if (!bytes)
    throw new LockstepError("not_found", `model ${order.sha256} was not published: npm run model -- publish FILE`);
  if (bytes.length !== order.size_bytes)
    throw new LockstepError("refused", `the model has ${bytes.length} bytes, the order says ${order.size_bytes}`);
}
