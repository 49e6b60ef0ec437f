// What an operator of the cloud may ask for: a replacement box, a stop, other limits. Each request is signed by a named
// person whose key this service was given, for one stream in one epoch.
import { Hono } from "hono";
import type { z } from "zod";
import { hasSigned } from "#core-wasm/host/signatures.ts";
import { limitsDetail, type RequestWords, requestMessage } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import { OperatorCommand, RiskLimits } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { KINDS, OPERATOR_COMMAND } from "#proto/records.ts";
import { type LimitsBody, tradingEngine } from "#proto/services/trading-engine.ts";
import type { Clock, Random } from "#proto/world.ts";
import type { AuthorityKeeper } from "./authority-io.ts";

export interface CloudOperator {
  readonly name: string;
  /** Ed25519, raw, 64 hex digits. */
  readonly public_key: string;
}

/** The stream's keeper and the time of its last verified record. */
export interface Commanded {
  readonly keeper: AuthorityKeeper;
  readonly timeNs: bigint;
}

export interface RequestParts {
  readonly operators: readonly CloudOperator[];
  readonly find: (streamId: string) => Commanded | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

type Signed = { operator: string; epoch: number; public_key: string; signature: string };

/** Throws auth_refused or bad_signature, and refused when the stream's epoch is another by now. */
export function checkRequest(o: {
  body: Signed;
  words: Pick<RequestWords, "stream_id" | "action" | "detail">;
  operators: readonly CloudOperator[];
  epoch: number;
}): void {
  const { body, words, operators, epoch } = o;
  if (!operators.some(({ name, public_key }) => name === body.operator && public_key === body.public_key))
    throw new LockstepError("auth_refused", `${body.operator} is no operator of this cloud with that key`);
  const message = requestMessage({ ...words, epoch: body.epoch, operator: body.operator });
  if (!hasSigned(message, { public_key: bytesOf(body.public_key), signature: bytesOf(body.signature) }))
    throw new LockstepError("bad_signature", `the request is not signed by the key of ${body.operator}`);
  if (body.epoch !== epoch)
    throw new LockstepError(
      "refused",
      `the stream is in epoch ${epoch}, the request was for ${body.epoch}: look again`,
    );
}

export function requestRoutes(parts: RequestParts): Hono {
  const { replace, stop, limits } = tradingEngine.routes;
  const found = (streamId: string): Commanded => {
    const commanded = parts.find(streamId);
    if (commanded) return commanded;
    throw new LockstepError("not_found", `no stream ${streamId} is commanded here: GET /leases has them`);
  };
  const admit = (streamId: string, body: Signed, words: Pick<RequestWords, "action" | "detail">): Commanded => {
    const commanded = found(streamId);
    const { epoch } = commanded.keeper.commands.authority;
    checkRequest({ body, words: { ...words, stream_id: streamId }, operators: parts.operators, epoch });
    return commanded;
  };
  return new Hono()
    .post(replace.path, async (c) => {
      const { stream_id } = replace.params.parse(c.req.param());
      const body = replace.body.parse(await c.req.json().catch(() => undefined));
      const { keeper, timeNs } = admit(stream_id, body, { action: "replace", detail: body.box_key });
      const nowMs = Number(parts.clock.nowNs() / 1_000_000n);
      // The box that was granted it may ask again: an answer can be lost.
      const granted = keeper.commands.authority;
      const authority =
        granted.box_key === body.box_key
          ? granted
          : keeper.commands.replace({
              operator: body.operator,
              boxKey: bytesOf(body.box_key),
              issuedNs: timeNs,
              nowMs,
            });
      await keeper.store(authority);
      return c.json({ epoch: authority.epoch, takeover: authority.takeover, opens_ms: authority.opens_ms });
    })
    .post(stop.path, async (c) => {
      const { stream_id } = stop.params.parse(c.req.param());
      const body = stop.body.parse(await c.req.json().catch(() => undefined));
      const { operator, command, reason } = body;
      const { keeper, timeNs } = admit(stream_id, body, { action: "stop", detail: `${command} ${reason}` });
      const order = {
        command_id: parts.random.bytes(16),
        operator,
        reason: `${reason} (from the cloud)`,
        command: OPERATOR_COMMAND[command],
        public_key: new Uint8Array(32),
        signature: new Uint8Array(64),
      };
      const authority = keeper.commands.order(OperatorCommand, order, timeNs);
      await keeper.store(authority);
      return c.json({ number: authority.number, epoch: authority.epoch });
    })
    .post(limits.path, async (c) => {
      const { stream_id } = limits.params.parse(c.req.param());
      const body = limits.body.parse(await c.req.json().catch(() => undefined));
      const { keeper, timeNs } = admit(stream_id, body, { action: "limits", detail: limitsDetail(body.limits) });
      const authority = keeper.commands.order(RiskLimits, limitsRecord(body.limits), timeNs);
      await keeper.store(authority);
      return c.json({ number: authority.number, epoch: authority.epoch });
    });
}

const WIDE: ReadonlySet<string> = new Set(
  KINDS.find(({ name }) => name === "risk_limits")?.fields.flatMap(({ name, type }) => (type === "i64" ? [name] : [])),
);

/** What is out of bounds the core refuses, and opens nothing until there are limits again. */
function limitsRecord(limits: z.infer<typeof LimitsBody>): RiskLimits {
  const fields = Object.entries(limits).map(([name, value]) => [name, WIDE.has(name) ? BigInt(value) : Number(value)]);
  return Object.fromEntries(fields) as unknown as RiskLimits;
}
