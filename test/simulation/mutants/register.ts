// Puts a mutant's change into the source of its file when that is loaded, in this process only.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./all.ts";

const ROOT = new URL("../../../", import.meta.url);

export function registerMutant(name: string): void {
  const mutant = MUTANTS.find((m) => m.name === name);
  if (!mutant) throw new Error(`no mutant "${name}": ${MUTANTS.map((m) => m.name).join(", ")}`);
  const target = new URL(mutant.file, ROOT).href;
  const text = readFileSync(fileURLToPath(target), "utf8");
  if (!text.includes(mutant.from))
    throw new Error(`${mutant.file} has no "${mutant.from}": bring the mutant up to date`);
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (url !== target) return loaded;
      return { ...loaded, source: text.replace(mutant.from, mutant.to) };
    },
  });
}
