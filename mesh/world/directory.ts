// Makes a directory's entries durable: a file that was created, renamed or removed is so after a loss of power only once
// its directory is synced. Windows has no such call on directories (fsync answers EPERM): NTFS journals its entries by itself.
import * as fs from "node:fs";

const SYNCS_DIRECTORIES = process.platform !== "win32";

export function syncDirectorySync(path: string): void {
  if (!SYNCS_DIRECTORIES) return;
  const fd = fs.openSync(path, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

export async function syncDirectory(path: string): Promise<void> {
  if (!SYNCS_DIRECTORIES) return;
  const directory = await fs.promises.open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
