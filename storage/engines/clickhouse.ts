// ClickHouse: the server at CLICKHOUSE_URL, or the real engine inside this process (chdb) on a directory. One process
// owns a directory; a second one is refused by the engine. Only database-service opens it.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ChdbConnection, createChdbConnection } from "chdb/connection";
import { LockstepError } from "#proto/errors.ts";

export type ClickHouseEngine =
  | { readonly embedded: false; readonly url: string }
  | {
      readonly embedded: true;
      readonly path: string;
      /** For bulk inserts: files that the engine reads once. Emptied at start. */
      readonly scratch: string;
      /** A connection runs one query at a time; further ones on the same directory cost nothing. */
      connect(): ChdbConnection;
    };

export function findClickHouse(o: {
  /** Directory of the embedded engine. */
  path?: string | undefined;
  url?: string | undefined;
}): ClickHouseEngine {
  const url = o.url ?? process.env.CLICKHOUSE_URL;
  if (url) return { embedded: false, url };
  if (!o.path)
    throw new LockstepError("bad_config", "neither CLICKHOUSE_URL nor CLICKHOUSE_PATH is set: set one of them");
  const path = resolve(o.path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return { embedded: true, path, scratch: scratchFor(path), connect: () => open(path) };
}

function open(path: string): ChdbConnection {
  try {
    return createChdbConnection({ path });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LockstepError("unavailable", `the embedded ClickHouse does not open ${path}: ${why}`, { cause });
  }
}

/** In memory where the system has that, since such a file lives for milliseconds; else beside the data. */
function scratchFor(path: string): string {
  const prefix = `lockstep-clickhouse-${createHash("sha256").update(path).digest("hex").slice(0, 16)}-`;
  for (const parent of ["/dev/shm", path, tmpdir()]) {
    const scratch = join(parent, `${prefix}${process.pid}`);
    try {
      removeLeftovers(parent, prefix);
      mkdirSync(scratch, { recursive: true, mode: 0o700 });
      return scratch;
    } catch {
      // not here: the next place
    }
  }
  throw new LockstepError("unavailable", `no directory can be made in /dev/shm, ${path} or ${tmpdir()}: check rights`);
}

/** What killed processes left behind for the same data. */
function removeLeftovers(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
