// Every deliberate bug in turn, each in a process of its own: what was loaded with one must not be used with another.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./all.ts";

/** A mutant that survives this many has found a blind spot. */
const MUTANT_SEEDS = 200;
const FAILED = 1;

/** Exit code: 0 when all were killed. */
export async function runMutants(seeds: number): Promise<number> {
  const survivors: string[] = [];
  for (const { name } of MUTANTS) {
    const args = [...process.execArgv, fileURLToPath(new URL("../main.ts", import.meta.url)), "--mutant", name];
    const child = spawn(process.execPath, [...args, "--seeds", String(Math.max(seeds, MUTANT_SEEDS))], {
      stdio: ["ignore", "inherit", "ignore"],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== FAILED) survivors.push(name);
  }
  console.log(
    `${MUTANTS.length} mutants, ${survivors.length} survived${survivors.map((name) => `: ${name}`).join("")}`,
  );
  return survivors.length > 0 ? FAILED : 0;
}
