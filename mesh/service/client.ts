// A typed HTTP client of a service, made from its contract in proto/services. A call takes no longer than the timeout
// class of the topology; only GETs are tried again; every failure is a LockstepError.
import { randomInt } from "node:crypto";
import type { z } from "zod";
import { ERROR_CODES, type ErrorCode, LockstepError } from "#proto/errors.ts";
import type { Contract, Route } from "#proto/services/contract.ts";
import { SERVICES, type Service, type ServiceName, TIMEOUT_MS } from "../topology.ts";

const ATTEMPTS = 3;
/** First pause before a repeat; doubled each time, with jitter. */
const PAUSE_MS = 50;

type Part<R extends Route, K extends "params" | "query" | "body"> = R extends {
  readonly [P in K]: infer S extends z.ZodType;
}
  ? { readonly [P in K]: z.input<S> }
  : unknown;
type Input<R extends Route> = Part<R, "params"> & Part<R, "query"> & Part<R, "body">;
type Call<R extends Route> =
  unknown extends Input<R>
    ? () => Promise<z.output<R["response"]>>
    : (input: Input<R>) => Promise<z.output<R["response"]>>;
export type Client<C extends Contract> = { readonly [N in keyof C["routes"]]: Call<C["routes"][N]> };

interface Given {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** Where a service is: `TRADING_ENGINE_URL` for trading-engine and so on, else its port on this host. */
export function serviceUrl(name: ServiceName, env: NodeJS.ProcessEnv = process.env): string {
  const service: Service = SERVICES[name];
  const given = env[`${name.toUpperCase().replaceAll("-", "_")}_URL`];
  return given || `http://127.0.0.1:${service.healthPort ?? service.port}`;
}

export function makeClient<C extends Contract & { readonly service: ServiceName }>(o: {
  contract: C;
  url?: string;
  timeoutMs?: number;
}): Client<C> {
  const service: Service = SERVICES[o.contract.service];
  const base = o.url ?? serviceUrl(o.contract.service);
  const timeoutMs = o.timeoutMs ?? TIMEOUT_MS[service.timeout];
  const calls = Object.entries(o.contract.routes).map(([name, route]) => [
    name,
    (given: Given = {}) => call({ service: service.name, base, route, given, timeoutMs }),
  ]);
  return Object.fromEntries(calls) as Client<C>;
}

interface Request {
  readonly service: string;
  readonly base: string;
  readonly route: Route;
  readonly given: Given;
  readonly timeoutMs: number;
}

async function call(o: Request): Promise<unknown> {
  // One deadline for all attempts: the caller's own caller waits no longer either.
  const deadline = AbortSignal.timeout(o.timeoutMs);
  const attempts = o.route.method === "GET" ? ATTEMPTS : 1;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(o, deadline);
    } catch (error) {
      const again = error instanceof LockstepError && error.code === "unavailable";
      if (!again || attempt >= attempts || deadline.aborted) throw error;
      const pauseMs = PAUSE_MS * 2 ** (attempt - 1);
      await new Promise((resolve) => setTimeout(resolve, pauseMs / 2 + randomInt(pauseMs + 1)));
    }
  }
}

async function once(o: Request, signal: AbortSignal): Promise<unknown> {
  const url = urlOf(o);
  const body = o.given.body === undefined ? undefined : JSON.stringify(o.given.body);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: o.route.method,
      signal,
      ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    if (signal.aborted)
      throw new LockstepError("timeout", `${o.service} did not answer within ${o.timeoutMs} ms (${url})`, { cause });
    throw new LockstepError("unavailable", `${o.service} cannot be reached at ${o.base}: is it running?`, { cause });
  }
  const json = parseJson(text);
  if (status >= 400) throw answered(o.service, status, json);
  const parsed = o.route.response.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw new LockstepError(
    "protocol",
    `${o.service} answered ${url} against its contract (${where}): same build on both sides?`,
  );
}

function urlOf({ base, route, given }: Request): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(given.params?.[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given.query ?? {}))
    if (value !== undefined) query.set(name, String(value));
  return base + path + (query.size > 0 ? `?${query}` : "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answered(service: string, status: number, json: unknown): LockstepError {
  const error = (json as { error?: { code?: unknown; message?: unknown } } | undefined)?.error;
  const code = ERROR_CODES.find((known) => known === error?.code);
  const fallback: ErrorCode = status === 404 ? "not_found" : status < 500 ? "bad_request" : "unavailable";
  return new LockstepError(code ?? fallback, `${service}: ${error?.message ?? `HTTP ${status}`}`);
}
