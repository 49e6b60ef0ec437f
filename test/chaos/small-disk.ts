// A file system of a few megabytes for the edge's data, which can be filled to the last byte and freed again. Needs root.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const SIZE_MB = 160;
const CHUNK = new Uint8Array(64 * 1024);
const BALLAST = "ballast";

export class SmallDisk {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Mounts it on the directory; a word why not, where it cannot. */
  static mount(path: string): SmallDisk | string {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { status, stderr, error } = spawnSync("mount", [
      "-t",
      "tmpfs",
      "-o",
      `size=${SIZE_MB}m,mode=700`,
      "lockstep-chaos",
      path,
    ]);
    return status === 0 ? new SmallDisk(path) : `no tmpfs could be mounted: ${error?.message ?? String(stderr).trim()}`;
  }

  /** No byte is left. */
  fill(): void {
    const file = openSync(join(this.#path, BALLAST), "w");
    try {
      for (;;) writeSync(file, CHUNK);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.#path, BALLAST), { force: true });
  }

  unmount(): void {
    const { status, stderr } = spawnSync("umount", [this.#path]);
    if (status !== 0) throw new Error(`umount ${this.#path}: ${stderr}`);
  }
}
