// The EA under g++: compiled once for its sources, kept below .lockstep. With AddressSanitizer and UndefinedBehavior-
// Sanitizer, and with every automatic variable that is not set filled with a pattern, so that nothing hangs on a zero.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LockstepError } from "#proto/errors.ts";
import { findOnPath, fromApt, toolsDir } from "#storage/engines/tools.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
export const EA_DIR = fileURLToPath(new URL("../../edge/mql5/", import.meta.url));
export const SHIM_DIR = join(HERE, "shim");

export const GPP_FLAGS = [
  ...["-std=c++17", "-fsigned-char", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"],
  ...["-ftrivial-auto-var-init=pattern", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
] as const;

/** Path of g++; Debian's is installed when there is none and we may. */
export async function ensureGpp(): Promise<string> {
  const found = findOnPath("g++") ?? (await fromApt("g++", "g++"));
  if (found) return found;
  throw new LockstepError("engine_missing", "the EA's tests did not run: install g++ (Debian: apt-get install g++)");
}

const sources = (): string[] =>
  [...globSync(join(EA_DIR, "**/*.{mq5,mqh}")), ...globSync(join(SHIM_DIR, "*.{h,cpp}"))].sort();

function digest(): string {
  const hash = createHash("sha256").update(GPP_FLAGS.join(" "));
  for (const path of sources()) hash.update(readFileSync(path));
  return hash.digest("hex").slice(0, 24);
}

/** The .mq5 without what only MetaEditor reads; its inputs become plain variables. */
const shellSource = (): string =>
  readFileSync(join(EA_DIR, "Lockstep.mq5"), "utf8")
    .replace(/^#property.*$/gm, "")
    .replace(/^input /gm, "");

async function build(binary: string): Promise<void> {
  const gpp = await ensureGpp();
  writeFileSync(join(dirname(binary), "shell.h"), shellSource());
  const fresh = `${binary}.new`;
  const folders = [`-I${EA_DIR}`, `-I${SHIM_DIR}`, `-I${dirname(binary)}`];
  const run = spawnSync(gpp, [...GPP_FLAGS, ...folders, join(SHIM_DIR, "main.cpp"), "-o", fresh], { encoding: "utf8" });
  if (run.status !== 0) throw new LockstepError("bad_file", `the EA does not compile under g++:\n${run.stderr}`);
  renameSync(fresh, binary);
}

/** The process that holds the lock, when it lives. */
function holderLives(lock: string): boolean {
  const pid = Number(readFileSync(lock, "utf8"));
  // Being written just now.
  if (pid === 0) return true;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (existsSync(lock) && !holderLives(lock)) rmSync(lock, { force: true });
    return false;
  }
}

/** Path of the EA's binary. Test files that ask for it at the same time compile it once. */
export async function ensureEa(): Promise<string> {
  const folder = join(toolsDir(), "..", "ea", digest());
  const binary = join(folder, "ea");
  const lock = join(folder, "lock");
  mkdirSync(folder, { recursive: true });
  while (!existsSync(binary)) {
    if (!takeLock(lock)) {
      await sleep(100);
      continue;
    }
    try {
      await build(binary);
    } finally {
      rmSync(lock, { force: true });
    }
  }
  return binary;
}
