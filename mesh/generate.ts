// Writes what deploys the services from mesh/topology.ts; with --check it only compares and names the stale files.
import { readFileSync, writeFileSync } from "node:fs";
import { edgeCompose } from "./generate/edge-compose.ts";

const TARGETS: readonly (readonly [path: string, make: () => string])[] = [["docker-compose.edge.yml", edgeCompose]];

const current = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

const stale = TARGETS.map(([path, make]) => ({ path, text: make() })).filter(
  ({ path, text }) => current(path) !== text,
);
if (process.argv.includes("--check")) {
  for (const { path } of stale) console.error(`${path} is stale: run \`npm run generate\` and commit it`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else
  for (const { path, text } of stale) {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
