// The same seeds under another Node.js, also one that knows no TypeScript: the sources are stripped of their types into a
// temporary folder, and the traces' hashes are held side by side.
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = "{proto,core-wasm/host,core-wasm/models,storage,mesh,edge,cloud,test}/**/*.ts";
/** What Node 20 lacks of what the sources use. */
const ENTRY = `Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new Promise((a, b) => { resolve = a; reject = b; });
  return { promise, resolve, reject };
};
const { simulate } = await import("./test/simulation/simulate.js");
for (const seed of process.argv.slice(2)) console.log(seed, (await simulate({ seed: Number(seed) })).traceHash);
`;

/** One line a seed: its number and its trace's hash. */
export function hashesUnder(binary: string, seeds: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-simulation-"));
  try {
    for (const path of globSync(SOURCES, { cwd: ROOT })) {
      if (/\.(test|d)\.ts$/.test(path)) continue;
      const text = stripTypeScriptTypes(readFileSync(join(ROOT, path), "utf8"));
      const target = join(folder, path.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text.replaceAll(/(["'])((?:#|\.\.?\/)[^"'\s]*)\.ts\1/g, "$1$2.js$1"));
    }
    for (const path of ["package.json", "core-wasm/DIGEST", "core-wasm/build", "core-wasm/models/shipped"])
      cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "entry.js"), ENTRY);
    const run = spawnSync(binary, ["entry.js", ...seeds.map(String)], { cwd: folder, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`${binary} ended with ${run.status}: ${run.stderr.slice(-2000)}`);
    return run.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
