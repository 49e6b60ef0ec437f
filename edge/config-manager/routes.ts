// What the page, the command line, the services and the cloud's commands ask for. Only from this machine, and only pages of this
// very address; bodies are JSON, bounded, and validated by the contract. A secret's value is never part of an answer but to the
// service that shows its token.
import { type Context, Hono } from "hono";
import type { Log } from "#mesh/service/log.ts";
import { pageRoutes, refuseStrangers } from "#mesh/service/pages.ts";
import { DOCUMENT_BYTES_MAX, parseDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import { configManager } from "#proto/services/config-manager.ts";
import type { DryRuns } from "./dry-run-io.ts";
import type { Manager } from "./manager.ts";
import type { SecretStore, ServiceTokens } from "./secrets-io.ts";
import { settingsFor } from "./settings-for.ts";

export interface RouteParts {
  readonly manager: Manager;
  readonly secrets: SecretStore;
  readonly tokens: ServiceTokens;
  readonly dryRuns: DryRuns;
  readonly log: Log;
  /** UTC milliseconds. */
  readonly utc: () => number;
  /** Where the page's files are. */
  readonly pageFolder: string;
}

/** A document, its signature and words. */
const BODY_BYTES_MAX = 2 * DOCUMENT_BYTES_MAX;
const { routes: ROUTES } = configManager;

export function makeRoutes(o: RouteParts): Hono {
  const { manager } = o;
  const app = new Hono();
  app.use(async (c, next) => {
    refuseStrangers(c);
    await next();
  });
  app.get("/status", async (c) => c.json({ problem: manager.problem ?? null, dry_runs: o.dryRuns.running }));
  app.get("/current", async (c) => c.json(await manager.lastKnown()));
  app.get("/versions", async (c) => c.json({ versions: await manager.versions() }));
  app.get("/versions/:version", async (c) => {
    const { version } = ROUTES.version.params.parse(c.req.param());
    return c.json(await manager.version(version));
  });
  app.get("/differences", async (c) => {
    const { from, to } = ROUTES.differences.query.parse(c.req.query());
    return c.json(await manager.differences(from, to));
  });
  app.post("/check", async (c) => c.json(await manager.check(ROUTES.check.body.parse(await json(c)).document)));
  app.post("/versions", async (c) => {
    const change = ROUTES.apply.body.parse(await json(c));
    const done = await manager.apply(change);
    const { operator, reason } = change;
    o.log.info("applied", { config_version: done.config_version, operator, reason, seq: done.seq });
    return c.json(done);
  });
  addDryRuns(app, o);
  addSecrets(app, o);
  return app.route("/", pageRoutes({ folder: o.pageFolder }));
}

function addDryRuns(app: Hono, { dryRuns }: RouteParts): void {
  app.post("/dry-runs", async (c) => {
    const { document, last_hours } = ROUTES.dryRun.body.parse(await json(c));
    return c.json(dryRuns.start(parseAsked(document), last_hours));
  });
  app.get("/dry-runs/:id", (c) => c.json(dryRuns.state(c.req.param("id"))));
  app.post("/dry-runs/:id/cancel", async (c) => {
    ROUTES.cancelDryRun.body.parse(await json(c));
    return c.json(await dryRuns.cancel(c.req.param("id")));
  });
}

function addSecrets(app: Hono, { manager, secrets, tokens, log, utc }: RouteParts): void {
  app.get("/secrets", (c) => c.json({ secrets: secrets.list() }));
  app.post("/secrets", async (c) => {
    const { name, service, value } = ROUTES.setSecret.body.parse(await json(c));
    const set_ms = utc();
    secrets.set({ name, service, value, set_ms });
    log.info("secret set", { name, for: service });
    return c.json({ name, service, set_ms });
  });
  app.post("/secrets/:name/remove", async (c) => {
    const { name } = ROUTES.removeSecret.params.parse(c.req.param());
    ROUTES.removeSecret.body.parse(await json(c));
    const removed = secrets.remove(name);
    if (removed) log.info("secret removed", { name });
    return c.json({ removed });
  });
  app.post("/service-settings", async (c) => {
    const { service, token } = ROUTES.serviceSettings.body.parse(await json(c));
    tokens.check(service, token);
    const own = secrets.of(service);
    const inForce = await manager.lastKnown().catch(() => undefined);
    const env = inForce ? settingsFor(service, inForce.document, own) : own;
    return c.json({ config_version: inForce?.config_version ?? 0, env });
  });
}

/** Throws bad_request: it is the caller's document, not the box's. */
function parseAsked(document: unknown): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(document);
  } catch (cause) {
    throw new LockstepError("bad_request", (cause as Error).message, { cause });
  }
}

/** No page of another origin can send this type without being asked first, and it is not answered. */
async function json(c: Context): Promise<unknown> {
  if (!c.req.header("content-type")?.startsWith("application/json"))
    throw new LockstepError("bad_request", "send application/json");
  if (Number(c.req.header("content-length") ?? Number.POSITIVE_INFINITY) > BODY_BYTES_MAX)
    throw new LockstepError("bad_request", `send at most ${BODY_BYTES_MAX} bytes, with their content-length`);
  return c.req.json().catch(() => {
    throw new LockstepError("bad_request", "the body is not JSON");
  });
}
