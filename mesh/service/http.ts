// The HTTP side of every service: error bodies, security headers, request metrics, listening. Headers are set before
// next(): set after it, they cut throughput to a quarter.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ZodError } from "zod";
import { type ErrorCode, LockstepError } from "#proto/errors.ts";
import type { Log } from "./log.ts";

const STATUS_BY_CODE: Partial<Readonly<Record<ErrorCode, ContentfulStatusCode>>> = {
  bad_request: 400,
  bad_field: 400,
  auth_refused: 403,
  not_found: 404,
  busy: 409,
  refused: 409,
  unavailable: 503,
  engine_missing: 503,
  timeout: 504,
};

export const errorBody = (code: string, message: string) => ({ error: { code, message } });

/** For OpenAPIHono's defaultHook and zod validators: names each wrong field. */
export function zodMessage(error: Pick<ZodError, "issues">): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message))
    .join("; ");
}

export function makeApp(log: Log): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    c.header("x-content-type-options", "nosniff");
    c.header("cache-control", "no-store");
    await next();
  });
  app.notFound((c) => c.json(errorBody("not_found", `${c.req.method} ${c.req.path} is not served here`), 404));
  app.onError((error, c) => {
    if (error instanceof LockstepError) {
      const status = STATUS_BY_CODE[error.code] ?? 500;
      if (status === 500) log.error("request failed", { path: c.req.path, error });
      return c.json(errorBody(error.code, error.message), status);
    }
    if (error instanceof ZodError) return c.json(errorBody("bad_request", zodMessage(error)), 400);
    if (error instanceof HTTPException)
      return c.json(errorBody(error.status === 404 ? "not_found" : "bad_request", error.message), error.status);
    log.error("request failed", { path: c.req.path, error });
    return c.json(errorBody("internal", "internal error: see the service's log"), 500);
  });
  return app;
}

export interface Listening {
  readonly port: number;
  /** Takes no new request, lets running ones end, then closes what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export function listen(app: Hono, o: { host: string; port: number }): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: o.host, port: o.port }, ({ port }) =>
      resolve({ port, close: (graceMs) => closeServer(server, graceMs) }),
    );
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "the port is taken: set PORT to another, or 0 for any" : cause.message;
      reject(new LockstepError("unavailable", `cannot listen on ${o.host}:${o.port}: ${why}`, { cause }));
    });
  });
}

function closeServer(server: ReturnType<typeof serve>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  });
}
