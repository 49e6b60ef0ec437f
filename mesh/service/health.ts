// GET /healthz: 200 {status: "ok"} while nothing is missing, else 503 with what is.
import type { Hono } from "hono";

/** What keeps the service from its work right now, in words; empty = healthy. */
export type Ready = () => readonly string[] | Promise<readonly string[]>;

export function addHealth(app: Hono, o: { service: string; ready: Ready }): void {
  const started = performance.now();
  app.get("/healthz", async (c) => {
    const missing = await o.ready();
    const uptime_s = Math.round((performance.now() - started) / 1000);
    if (missing.length === 0) return c.json({ status: "ok", service: o.service, uptime_s });
    return c.json({ status: "unavailable", service: o.service, uptime_s, missing }, 503);
  });
}
