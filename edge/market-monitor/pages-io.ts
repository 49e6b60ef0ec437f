// The page's files, read once at start, with the chart library out of its npm package. Everything comes from this service,
// nothing from elsewhere: the page works on a box without any line.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";

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

/** The build that brings its one dependency along. */
const CHARTS = join(
  fileURLToPath(import.meta.resolve("lightweight-charts")),
  "../lightweight-charts.standalone.production.mjs",
);

export function pageRoutes(): Hono {
  const folder = join(import.meta.dirname, "page");
  const files = readdirSync(folder).map((name) => ({ name, path: join(folder, name) }));
  const app = new Hono();
  for (const { name, path } of [...files, { name: "lightweight-charts.mjs", path: CHARTS }]) {
    const body = readFileSync(path);
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const served = name === "index.html" ? "/" : `/page/${name}`;
    app.get(served, (c) => c.body(new Uint8Array(body), 200, { ...HEADERS, "content-type": type }));
  }
  return app;
}
