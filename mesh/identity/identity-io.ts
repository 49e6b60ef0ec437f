// Identities as files of LOCKSTEP_TLS_DIR: ca.pem, ca.key.pem, <name>.pem, <name>.key.pem ("/" in a name becomes "-").
// Guarantees: idempotent, safe for several processes at once, keys readable by their owner only, renewed in time.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, LockstepError } from "#proto/errors.ts";
import { checkName, createAuthority, type Issued, issue, LEAF_HOURS_DEFAULT } from "./authority.ts";
import { spiffeName } from "./spiffe.ts";

export interface TlsFiles {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const LOCK_WAIT_MS = 10_000;
const fileOf = (dir: string, name: string, suffix: ".pem" | ".key.pem"): string =>
  join(dir, `${name.replaceAll("/", "-")}${suffix}`);

function readIf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LockstepError("bad_config", `${path} cannot be read: check its owner and mode`, { cause: error });
  }
}

/** Whole or not at all, so that a reader never sees half a file. */
function writeWhole(path: string, text: string, mode: number): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

function save(dir: string, name: string, issued: Issued): void {
  writeWhole(fileOf(dir, name, ".key.pem"), issued.key, 0o600);
  writeWhole(fileOf(dir, name, ".pem"), issued.cert, 0o644);
}

/** The owner's pid stands in the lock: a dead one's lock is taken over. */
function lockedBy(path: string): number | undefined {
  const pid = Number(readIf(path)?.toString() ?? "");
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? pid : undefined;
  }
}

function withLock<T>(dir: string, work: () => T): T {
  const path = join(dir, ".lock");
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; ; waited += 10) {
    try {
      const file = openSync(path, "wx");
      writeFileSync(file, String(process.pid));
      closeSync(file);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      // An empty lock is one that is just being written: it counts as dead only after a while.
      if (lockedBy(path) === undefined && waited >= 1_000) rmSync(path, { force: true });
      if (waited >= LOCK_WAIT_MS)
        throw new LockstepError("busy", `${path} is held by process ${lockedBy(path)}: wait for it or remove the file`);
      Atomics.wait(sleeper, 0, 0, 10);
    }
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

interface Authority {
  readonly cert: string;
  /** Undefined on a box: only where certificates are issued it lies beside. */
  readonly key: string | undefined;
}

function readAuthority(dir: string): Authority | undefined {
  const cert = readIf(fileOf(dir, "ca", ".pem"))?.toString();
  return cert === undefined ? undefined : { cert, key: readIf(fileOf(dir, "ca", ".key.pem"))?.toString() };
}

function authorityOf(dir: string, now: Date): Authority {
  const found = readAuthority(dir);
  if (found) return found;
  const made = createAuthority(now);
  save(dir, "ca", made);
  return made;
}

/** Share of its life that a certificate must have left where it can be renewed, and where it cannot. */
const LEFT = { renewable: 1 / 3, fixed: 0 } as const;

/** True when the files hold a certificate of this authority for this name that is not near its end. */
function isGood(dir: string, name: string, authority: Authority, now: Date): boolean {
  const certPem = readIf(fileOf(dir, name, ".pem"));
  const keyPem = readIf(fileOf(dir, name, ".key.pem"));
  if (!certPem || !keyPem) return false;
  try {
    const cert = new X509Certificate(certPem);
    const from = Date.parse(cert.validFrom);
    const to = Date.parse(cert.validTo);
    return (
      spiffeName(cert.subjectAltName) === name &&
      cert.verify(new X509Certificate(authority.cert).publicKey) &&
      cert.checkPrivateKey(createPrivateKey(keyPem)) &&
      from <= now.getTime() &&
      now.getTime() < to - (to - from) * (authority.key === undefined ? LEFT.fixed : LEFT.renewable)
    );
  } catch {
    return false;
  }
}

/**
 * Sees to it that `dir` holds the authority and a certificate with key for each name. What is there and good stays as it
 * is; a certificate in its last third is renewed. On a box without the authority's key it can only check, and says so: there
 * it writes nothing, so that the directory may be one that can only be read.
 */
export function ensureIdentity(dir: string, names: readonly string[], options?: { now?: Date; hours?: number }): void {
  const now = options?.now ?? new Date();
  names.forEach(checkName);
  const there = readAuthority(dir);
  if (there && there.key === undefined) {
    checkAll(dir, names, there, now);
    return;
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  withLock(dir, () => {
    const authority = authorityOf(dir, now);
    for (const name of names) {
      if (isGood(dir, name, authority, now)) continue;
      const { cert, key } = authority;
      assert(key !== undefined, "the authority's key does not go away");
      save(dir, name, issue({ authority: { cert, key }, name, now, hours: options?.hours ?? LEAF_HOURS_DEFAULT }));
    }
  });
}

function checkAll(dir: string, names: readonly string[], authority: Authority, now: Date): void {
  for (const name of names)
    if (!isGood(dir, name, authority, now))
      throw new LockstepError(
        "bad_config",
        `${fileOf(dir, name, ".pem")} is missing, foreign or expired, and the authority's key is not on this box: bring a new certificate for "${name}"`,
      );
}

/** The authority's certificate, and the certificate and key of `name`. */
export function loadIdentity(dir: string, name: string): TlsFiles {
  const need = (path: string): Buffer => {
    const bytes = readIf(path);
    if (!bytes) throw new LockstepError("bad_config", `${path} is missing: make identities first (npm start does it)`);
    return bytes;
  };
  return {
    ca: need(fileOf(dir, "ca", ".pem")),
    cert: need(fileOf(dir, name, ".pem")),
    key: need(fileOf(dir, name, ".key.pem")),
  };
}
