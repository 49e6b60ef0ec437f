// Puts a mutant's change into the source of its file when that is loaded, in this process only. The product's files are
// not touched.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brokenCore } from "../../fuzz/broken-core.ts";
import { MUTANTS } from "./all.ts";

const ROOT = new URL("../../../", import.meta.url);
const ASSEMBLY = "core-wasm/assembly/";
const HOST = "core-wasm/host/core.ts";

interface Change {
  readonly file: string;
  readonly changes: readonly (readonly [from: string, to: string])[];
}

export async function registerMutant(name: string): Promise<void> {
  const mutant = MUTANTS.find((m) => m.name === name);
  if (!mutant) throw new Error(`no mutant "${name}": ${MUTANTS.map((m) => m.name).join(", ")}`);
  const { file, from, to } = mutant;
  replaceAtLoad(file.startsWith(ASSEMBLY) ? await brokenModule(mutant) : { file, changes: [[from, to]] });
}

/** The host loads a module compiled from the changed core, and believes its digest. */
async function brokenModule(o: { file: string; from: string; to: string }): Promise<Change> {
  const wasm = await brokenCore({ ...o, file: o.file.slice(ASSEMBLY.length) });
  const directory = mkdtempSync(join(tmpdir(), "lockstep-mutant-"));
  const path = join(directory, "core.wasm");
  writeFileSync(path, wasm);
  process.once("exit", () => rmSync(directory, { recursive: true }));
  return {
    file: HOST,
    changes: [
      ['new URL("../build/core.wasm", import.meta.url)', `new URL("${pathToFileURL(path).href}")`],
      ["if (options.wasm === undefined && digest", 'if (options.wasm !== undefined && expected === "" && digest'],
    ],
  };
}

function replaceAtLoad({ file, changes }: Change): void {
  const target = new URL(file, ROOT).href;
  let source = readFileSync(fileURLToPath(target), "utf8");
  for (const [from, to] of changes) {
    if (!source.includes(from)) throw new Error(`${file} has no "${from}": bring the mutant up to date`);
    source = source.replace(from, to);
  }
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      return url === target ? { ...loaded, source } : loaded;
    },
  });
}
