// The pages for people: a landing page with the edges' live state, and one that shows /openapi.json. Read once at start;
// everything comes from this service, nothing from elsewhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";

const FILES = [
  { path: "/", file: "home.html", type: "text/html; charset=utf-8" },
  { path: "/docs", file: "docs.html", type: "text/html; charset=utf-8" },
  { path: "/pages/home.js", file: "home.js", type: "text/javascript; charset=utf-8" },
  { path: "/pages/docs.js", file: "docs.js", type: "text/javascript; charset=utf-8" },
  { path: "/pages/style.css", file: "style.css", type: "text/css; charset=utf-8" },
] as const;

const HEADERS = {
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

export function pageRoutes(): Hono {
  const app = new Hono();
  for (const { path, file, type } of FILES) {
    const body = readFileSync(join(import.meta.dirname, "pages", file), "utf8");
    app.get(path, (c) => c.body(body, 200, { ...HEADERS, "content-type": type }));
  }
  return app;
}
