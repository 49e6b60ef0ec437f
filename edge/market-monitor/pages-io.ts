// The page's files, with the chart library out of its npm package: the build that brings its one dependency along.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hono } from "hono";
import { pageRoutes } from "#mesh/service/pages.ts";

const CHARTS = join(
  fileURLToPath(import.meta.resolve("lightweight-charts")),
  "../lightweight-charts.standalone.production.mjs",
);

export const monitorPage = (): Hono =>
  pageRoutes({
    folder: join(import.meta.dirname, "page"),
    extra: [{ name: "lightweight-charts.mjs", path: CHARTS }],
  });
