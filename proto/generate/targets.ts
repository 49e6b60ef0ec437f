// Generated files: written where they differ from what their declaration says; with --check only named.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export type Target = readonly [path: string, make: () => string];

const current = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** The command line of a generator. */
export function writeTargets(targets: readonly Target[], argv = process.argv): void {
  const stale = targets
    .map(([path, make]) => ({ path, text: make() }))
    .filter(({ path, text }) => current(path) !== text);
  if (argv.includes("--check")) {
    for (const { path } of stale) console.error(`${path} is stale: run \`npm run generate\` and commit it`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  for (const { path, text } of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}
