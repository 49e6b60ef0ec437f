// The real Disk: one directory on a local file system. Writes are whole or they fail; nothing here retries a failed sync.
import * as fs from "node:fs";
import { join } from "node:path";
import { assert, LockstepError } from "#proto/errors.ts";
import type { Disk, DiskFile, DiskLock } from "#proto/world.ts";
import { syncDirectory, syncDirectorySync } from "./directory.ts";
import { takeLock } from "./lock.ts";

const { O_CREAT, O_DSYNC, O_RDONLY, O_RDWR, O_TRUNC } = fs.constants;
/** Without O_DSYNC (Windows) a durable write is a write and a sync. */
const DSYNC: number | undefined = O_DSYNC;
/**
 * A durable write of at most this many bytes is made on the calling thread while the disk is quick: two hand-overs
 * between threads cost as much as the write itself, and each of them can wait a millisecond for a processor.
 */
const INLINE_BYTES_MAX = 16 * 1024;
/** Mean time of a durable write up to which the disk counts as quick. */
const INLINE_MS_MAX = 0.5;
/** Weight of the newest write in that mean. */
const NEWEST = 1 / 16;

class RealFile implements DiskFile {
  readonly #path: string;
  readonly #fd: number;
  /** The same file opened for writes that are durable when they return; opened at first use. */
  #durableFd: number | undefined;
  /** Moving mean of the durable writes' times; none is made inline before the first has told. */
  #durableMs = Number.POSITIVE_INFINITY;

  constructor(path: string, flags: number) {
    this.#path = path;
    this.#fd = fs.openSync(path, flags, 0o600);
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => writeAll({ fd: this.#fd, data, position, resolve, reject }));
  }

  writeSync(data: Uint8Array, position: number): void {
    writeAllSync(this.#fd, data, position);
  }

  async writeDurable(data: Uint8Array, position: number): Promise<void> {
    if (DSYNC === undefined) {
      await this.write(data, position);
      return this.sync();
    }
    this.#durableFd ??= fs.openSync(this.#path, O_RDWR | DSYNC);
    const fd = this.#durableFd;
    const began = performance.now();
    if (data.length <= INLINE_BYTES_MAX && this.#durableMs <= INLINE_MS_MAX) writeAllSync(fd, data, position);
    else await new Promise<void>((resolve, reject) => writeAll({ fd, data, position, resolve, reject }));
    const took = performance.now() - began;
    this.#durableMs =
      this.#durableMs === Number.POSITIVE_INFINITY ? took : this.#durableMs + (took - this.#durableMs) * NEWEST;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#fd, into, 0, into.length, position, (error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  readSync(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const count = fs.readSync(this.#fd, into, done, into.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve())));
  }

  syncSync(): void {
    fs.fdatasyncSync(this.#fd);
  }

  truncateSync(bytes: number): void {
    fs.ftruncateSync(this.#fd, bytes);
  }

  sizeSync(): number {
    return fs.fstatSync(this.#fd).size;
  }

  closeSync(): void {
    fs.closeSync(this.#fd);
    if (this.#durableFd !== undefined) fs.closeSync(this.#durableFd);
    this.#durableFd = undefined;
  }
}

function writeAllSync(fd: number, data: Uint8Array, position: number): void {
  for (let done = 0; done < data.length; ) {
    const count = fs.writeSync(fd, data, done, data.length - done, position + done);
    assert(count > 0, "a write makes progress or fails");
    done += count;
  }
}

interface PendingWrite {
  readonly fd: number;
  readonly data: Uint8Array;
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A short write is continued where it stopped, so that the reason (a full disk, say) comes out as an error. */
function writeAll(pending: PendingWrite, done = 0): void {
  const { fd, data, position, resolve, reject } = pending;
  fs.write(fd, data, done, data.length - done, position + done, (error, count) => {
    if (error) return reject(error);
    if (done + count === data.length) return resolve();
    if (count === 0) return reject(new LockstepError("journal_io", "a write made no progress: check the disk"));
    writeAll(pending, done + count);
  });
}

const FLAGS = { read: O_RDONLY, write: O_RDWR, create: O_RDWR | O_CREAT | O_TRUNC } as const;

/** The directory `path` as a Disk; it is made when missing (0700: it holds an account's trades). */
export function openDisk(path: string): Disk {
  fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  const at = (name: string): string => {
    assert(!/[/\\]/.test(name), `a file name without slashes: ${name}`);
    return join(path, name);
  };
  return {
    lockSync: (name): DiskLock => takeLock(at(name)),
    openSync: (name, mode): DiskFile => new RealFile(at(name), FLAGS[mode]),
    listSync: (): string[] => fs.readdirSync(path),
    removeSync: (name): void => fs.unlinkSync(at(name)),
    renameSync: (from, to): void => fs.renameSync(at(from), at(to)),
    syncDirectorySync: (): void => syncDirectorySync(path),
    syncDirectory: (): Promise<void> => syncDirectory(path),
  };
}
