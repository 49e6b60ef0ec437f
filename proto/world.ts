// The only ways to touch the outside: clock, disk, link, randomness. Machines get them as parameters; the real ones
// live in mesh/world and *-io.ts files, the simulated ones under test/.

export interface Clock {
  /** UTC in nanoseconds, never decreasing, from a monotonic clock anchored to UTC. */
  nowNs(): bigint;
  /** Monotonic milliseconds for timeouts and intervals. */
  monotonicMs(): number;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

/** One file of a Disk. Positions and lengths are bytes. */
export interface DiskFile {
  write(data: Uint8Array, position: number): Promise<void>;
  writeSync(data: Uint8Array, position: number): void;
  /** Write and data sync as one operation (one trip to the thread pool): resolves when the bytes are durable. */
  writeDurable(data: Uint8Array, position: number): Promise<void>;
  read(into: Uint8Array, position: number): Promise<number>;
  readSync(into: Uint8Array, position: number): number;
  sync(): Promise<void>;
  syncSync(): void;
  truncateSync(bytes: number): void;
  sizeSync(): number;
  closeSync(): void;
}

export interface DiskLock {
  releaseSync(): void;
}

/** One-shot timers. */
export interface Timers {
  /** Calls `run` once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
}

/** A directory of files; names have no slashes. */
export interface Disk {
  /** An exclusive lock held until released or this process dies. Throws journal_locked while another one holds it. */
  lockSync(name: string): DiskLock;
  openSync(name: string, mode: "read" | "create" | "write"): DiskFile;
  listSync(): string[];
  removeSync(name: string): void;
  renameSync(from: string, to: string): void;
  /** Makes creations, removals and renames durable. */
  syncDirectorySync(): void;
  syncDirectory(): Promise<void>;
}
