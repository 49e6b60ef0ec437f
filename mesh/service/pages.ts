// A service's page: its own files and those that all pages share (mesh/page), read once at start. Everything comes from the
// service itself, nothing from elsewhere: a page works on a box without any line.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { type Context, Hono } from "hono";
import { LockstepError } from "#proto/errors.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const HEADERS = {
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

const SHARED = join(import.meta.dirname, "../page");

const filesOf = (folder: string): PageFile[] => readdirSync(folder).map((name) => ({ name, path: join(folder, name) }));

export interface PageFile {
  readonly name: string;
  readonly path: string;
}

/** index.html at /, the others at /page/NAME. */
export function pageRoutes({ folder, extra = [] }: { folder: string; extra?: readonly PageFile[] }): Hono {
  const app = new Hono();
  for (const { name, path } of [...filesOf(SHARED), ...filesOf(folder), ...extra]) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = readFileSync(path);
    const served = name === "index.html" ? "/" : `/page/${name}`;
    app.get(served, (c) => c.body(new Uint8Array(body), 200, { ...HEADERS, "content-type": type }));
  }
  return app;
}

const LOCAL_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Only pages of this very address are answered: not another site's, and not under a name that was made to point here. */
export function refuseStrangers(c: Context): void {
  const host = c.req.header("host") ?? "";
  const origin = c.req.header("origin");
  if (!LOCAL_NAMES.has(host.replace(/:\d+$/, "")))
    throw new LockstepError("auth_refused", "the page is served to this machine only, as 127.0.0.1 or localhost");
  if (origin !== undefined && origin !== `http://${host}`)
    throw new LockstepError("auth_refused", `pages of ${origin} are not answered`);
}
