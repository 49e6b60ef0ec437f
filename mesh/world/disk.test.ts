import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { realClock } from "./clock.ts";
import { openDisk } from "./disk.ts";
import { realRandom } from "./random.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-disk-"));
after(() => rmSync(root, { recursive: true }));
const disk = openDisk(join(root, "disk"));

test("disk: written in every way: read back in every way", async () => {
  const file = disk.openSync("a", "create");
  file.writeSync(Uint8Array.of(1, 2), 0);
  await file.write(Uint8Array.of(3, 4), 2);
  await file.writeDurable(Uint8Array.of(5, 6), 4);
  await file.sync();
  file.syncSync();
  assert.equal(file.sizeSync(), 6);
  const into = new Uint8Array(10);
  assert.equal(file.readSync(into, 1), 5);
  assert.deepEqual([...into.subarray(0, 5)], [2, 3, 4, 5, 6]);
  assert.equal(await file.read(into, 5), 1);
  file.truncateSync(3);
  file.closeSync();
  disk.renameSync("a", "b");
  await disk.syncDirectory();
  disk.syncDirectorySync();
  assert.deepEqual(disk.listSync(), ["b"]);
  assert.throws(() => disk.openSync("a", "read"), { code: "ENOENT" });
  assert.throws(() => disk.openSync("../b", "read"), /slashes/);
  disk.removeSync("b");
});

test("disk: lock: one holder, free after release, and nothing is left of it", () => {
  const lock = disk.lockSync("lock");
  assert.throws(() => disk.lockSync("lock"), { code: "journal_locked" });
  lock.releaseSync();
  lock.releaseSync();
  disk.lockSync("lock").releaseSync();
  assert.deepEqual(readdirSync(join(root, "disk")), []);
});

test("disk: lock of a process that is gone, or of a number used again: taken over", () => {
  const path = join(root, "disk", "lock");
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const held = disk.lockSync("lock");
  const self = JSON.parse(readFileSync(path, "utf8")) as { pid: number; started: string; boot: string };
  held.releaseSync();
  const stale = [{ ...self, pid: gone }, { ...self, boot: "another" }, "half a f"];
  if (self.started !== "") stale.push({ ...self, started: "1" });
  for (const content of stale) {
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    const taken = disk.lockSync("lock");
    assert.throws(() => disk.lockSync("lock"), { code: "journal_locked" });
    taken.releaseSync();
  }
});

test("clock: never decreasing, near UTC; random: as many bytes as asked", () => {
  const clock = realClock();
  let before = clock.nowNs();
  for (let i = 0; i < 1000; i++) {
    const now = clock.nowNs();
    assert.ok(now >= before);
    before = now;
  }
  const skew = BigInt(Date.now()) * 1_000_000n - clock.nowNs();
  assert.ok(skew < 1_000_000_000n && skew > -1_000_000_000n);
  assert.ok(clock.monotonicMs() > 0);
  assert.equal(realRandom.bytes(16).length, 16);
});
