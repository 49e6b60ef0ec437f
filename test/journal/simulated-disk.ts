// A disk that behaves as badly as real ones may. A crash keeps any subset of what was not synced, slot by slot, also
// torn inside a slot; a failed sync loses what it was to write and says nothing the next time; writes run out of space or
// stop short; bits flip. Every choice comes from one seed. Asynchronous operations can be held and released one by one.
import { assert, LockstepError } from "#proto/errors.ts";
import type { Disk, DiskFile, DiskLock } from "#proto/world.ts";

/** What is kept or lost as one piece in a crash: a slot of a journal; a page of the large files. */
const SLOT = 64;
const PAGE = 4096;

export class Choices {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }
  /** 0..n-1, xorshift32. */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % n;
  }
}

export class Crashed extends Error {}

/** An I/O error with the system's code. */
export const failure = (code: string): Error => Object.assign(new Error(`${code}: simulated`), { code });

export class Content {
  readonly #grain: number;
  /** As the process sees it. */
  seen = new Uint8Array(0);
  /** As the platter has it; grows ahead of its use. */
  #platter = new Uint8Array(0);
  #platterUsed = 0;
  /** What a slot held between the last sync and now, oldest first. */
  readonly dirty = new Map<number, Uint8Array[]>();

  constructor(name: string) {
    this.#grain = name.startsWith("snapshot") ? PAGE : SLOT;
  }

  copy(name: string): Content {
    const copy = new Content(name);
    copy.seen = this.seen.slice();
    copy.#platter = this.durable.slice();
    copy.#platterUsed = copy.#platter.length;
    return copy;
  }

  get durable(): Uint8Array<ArrayBuffer> {
    return this.#platter.subarray(0, this.#platterUsed);
  }

  write(data: Uint8Array, position: number): void {
    const end = position + data.length;
    if (end > this.seen.length) this.seen = grown(this.seen, end);
    this.seen.set(data, position);
    for (let slot = Math.floor(position / this.#grain); slot * this.#grain < end; slot++) {
      const versions = this.dirty.get(slot) ?? [];
      versions.push(this.seen.slice(slot * this.#grain, (slot + 1) * this.#grain));
      this.dirty.set(slot, versions);
    }
  }

  sync(position = 0, length = this.seen.length): void {
    for (const slot of [...this.dirty.keys()]) {
      if ((slot + 1) * this.#grain <= position || slot * this.#grain >= position + length) continue;
      this.#persist(slot, this.seen.subarray(slot * this.#grain, (slot + 1) * this.#grain));
      this.dirty.delete(slot);
    }
  }

  /** After a failed sync the cache calls everything clean, whether it reached the platter or not. */
  forget(choices: Choices): void {
    for (const slot of this.dirty.keys())
      if (choices.below(2) === 0) this.#persist(slot, this.seen.subarray(slot * this.#grain, (slot + 1) * this.#grain));
    this.dirty.clear();
  }

  /** Power is gone: each unsynced slot holds what it held at some time, or the start of one and the rest of another. */
  crash(choices: Choices): void {
    for (const [slot, versions] of this.dirty) {
      const old = this.durable.slice(slot * this.#grain, (slot + 1) * this.#grain);
      const kept = [old, ...versions][choices.below(versions.length + 1)] as Uint8Array;
      this.#persist(slot, kept);
      if (choices.below(8) === 0)
        this.#persist(slot, (versions.at(-1) as Uint8Array).subarray(0, choices.below(this.#grain)));
    }
    this.dirty.clear();
    this.seen = this.durable.slice();
  }

  #persist(slot: number, bytes: Uint8Array): void {
    const end = slot * this.#grain + bytes.length;
    if (end > this.#platter.length)
      this.#platter = grown(this.#platter, Math.max(end, this.seen.length, 2 * this.#platter.length));
    this.#platterUsed = Math.max(this.#platterUsed, end);
    this.#platter.set(bytes, slot * this.#grain);
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(length);
  more.set(bytes);
  return more;
}

export interface DiskFaults {
  /** Operation (counted from the last `arm`) at which the power goes. */
  crashAt?: number;
  /** Operation from which syncs fail once. */
  syncFailsAt?: number;
  /** Bytes that may still be written before the disk is full. */
  spaceLeft?: number;
  /** Operation at which a write stops halfway. */
  shortWriteAt?: number;
}

type DirectoryChange = (names: Map<string, Content>) => void;

export class SimulatedDisk implements Disk {
  readonly choices: Choices;
  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  #changes: DirectoryChange[] = [];
  #held: (() => void)[] = [];
  #locked = false;
  #operations = 0;
  #faults: DiskFaults = {};
  crashed = false;
  /** Counts restarts: what an earlier process had under way never happens. */
  epoch = 0;
  /** While true asynchronous operations wait for `release`. */
  hold = false;
  /** How often each fault struck. */
  readonly struck = { crash: 0, sync: 0, space: 0, short: 0 };

  constructor(seed: number) {
    this.choices = new Choices(seed);
  }

  get operations(): number {
    return this.#operations;
  }

  arm(faults: DiskFaults): void {
    this.#operations = 0;
    this.#faults = faults;
  }

  /** Completes one held operation, any of them; false when there is none. */
  release(): boolean {
    const [run] = this.#held.splice(this.choices.below(this.#held.length || 1), 1);
    run?.();
    return run !== undefined;
  }

  /** What the next boot finds. */
  reboot(): void {
    for (const change of this.#changes) if (this.choices.below(2) === 0) change(this.#durableNames);
    for (const content of this.#durableNames.values()) content.crash(this.choices);
    this.#names = new Map(this.#durableNames);
    this.#changes = [];
    this.restart();
  }

  /** The process is gone, the machine is not: what was written is seen, though not durable. */
  restart(): void {
    this.crashed = false;
    this.epoch++;
    this.#held = [];
    this.#locked = false;
    this.hold = false;
    this.arm({});
  }

  /** What the platter has of a file, undefined when its name is not durable. */
  durable(name: string): Uint8Array | undefined {
    return this.#durableNames.get(name)?.durable;
  }

  /** A copy of everything durable, as of now. */
  image(): ReadonlyMap<string, Content> {
    return new Map([...this.#durableNames].map(([name, content]) => [name, content.copy(name)]));
  }

  /** The whole disk is what it was when the image was taken. While no process runs. */
  restoreImage(image: ReadonlyMap<string, Content>): void {
    this.#durableNames = new Map([...image].map(([name, content]) => [name, content.copy(name)]));
    for (const content of this.#durableNames.values()) content.seen = content.durable.slice();
    this.#names = new Map(this.#durableNames);
    this.#changes = [];
    this.restart();
  }

  /** Called after each sync of a file that succeeded. */
  protected onSynced(_content: Content): void {}

  flipBit(name: string, bit: number): void {
    const content = this.#find(name);
    for (const bytes of [content.seen, content.durable]) {
      const at = bit >> 3;
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
    }
  }

  lockSync(name: string): DiskLock {
    if (this.#locked) throw new LockstepError("journal_locked", `${name} is held`);
    this.#locked = true;
    const epoch = this.epoch;
    return {
      releaseSync: () => {
        if (epoch === this.epoch) this.#locked = false;
      },
    };
  }

  openSync(name: string, mode: "read" | "create" | "write"): DiskFile {
    if (mode === "create") {
      this.#step();
      const content = new Content(name);
      this.#names.set(name, content);
      this.#changes.push((names) => names.set(name, content));
    }
    return new SimulatedFile(this, this.#find(name));
  }

  listSync(): string[] {
    return [...this.#names.keys()];
  }

  removeSync(name: string): void {
    this.#step();
    this.#find(name);
    this.#names.delete(name);
    this.#changes.push((names) => names.delete(name));
  }

  renameSync(from: string, to: string): void {
    this.#step();
    const content = this.#find(from);
    this.#names.delete(from);
    this.#names.set(to, content);
    this.#changes.push((names) => {
      names.delete(from);
      names.set(to, content);
    });
  }

  syncDirectorySync(): void {
    this.#step();
    this.#durableNames = new Map(this.#names);
    this.#changes = [];
  }

  syncDirectory(): Promise<void> {
    return this.later(this.epoch, () => this.syncDirectorySync());
  }

  /** Runs an operation now, or when it is released; never, once the power is gone. */
  later<T>(epoch: number, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        if (epoch !== this.epoch) return;
        try {
          resolve(run());
        } catch (error) {
          if (!(error instanceof Crashed)) reject(error as Error);
        }
      };
      if (this.hold) this.#held.push(attempt);
      else setImmediate(attempt);
    });
  }

  /** Counts one operation; throws when the power goes at it. */
  #step(): void {
    if (this.#operations++ === this.#faults.crashAt) {
      this.crashed = true;
      this.struck.crash++;
    }
    if (this.crashed) throw new Crashed("the power is gone");
  }

  write(content: Content, data: Uint8Array, position: number): void {
    const last = this.#operations === this.#faults.crashAt;
    if (last && this.choices.below(2) === 0) content.write(data, position);
    this.#step();
    const space = this.#faults.spaceLeft;
    const short = this.#operations > (this.#faults.shortWriteAt ?? Number.POSITIVE_INFINITY);
    if (short || (space !== undefined && space < data.length)) {
      content.write(data.subarray(0, this.choices.below(data.length)), position);
      this.struck[short ? "short" : "space"]++;
      throw failure(short ? "EIO" : "ENOSPC");
    }
    if (space !== undefined) this.#faults = { ...this.#faults, spaceLeft: space - data.length };
    content.write(data, position);
  }

  sync(content: Content, position?: number, length?: number): void {
    this.#step();
    if (this.#operations > (this.#faults.syncFailsAt ?? Number.POSITIVE_INFINITY)) {
      this.#faults = { ...this.#faults, syncFailsAt: Number.POSITIVE_INFINITY };
      this.struck.sync++;
      content.forget(this.choices);
      throw failure("EIO");
    }
    content.sync(position, length);
    this.onSynced(content);
  }

  /** Other bytes from byte `at` on, durable at once: somebody else wrote them, after a boot. Returns what undoes it. */
  overwrite(name: string, at: number, bytes: Uint8Array): () => void {
    const content = this.#find(name);
    const end = at + bytes.length;
    assert(end <= content.durable.length, `${name}: there are ${content.durable.length} bytes to overwrite`);
    const [seen, durable] = [content.seen.slice(at, end), content.durable.slice(at, end)];
    const put = (inCache: Uint8Array, onPlatter: Uint8Array): void => {
      content.seen.set(inCache, at);
      content.durable.set(onPlatter, at);
    };
    put(bytes, bytes);
    return () => put(seen, durable);
  }

  #find(name: string): Content {
    const content = this.#names.get(name);
    if (!content) throw failure("ENOENT");
    return content;
  }
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk;
  readonly #content: Content;
  readonly #epoch: number;
  #open = true;

  constructor(disk: SimulatedDisk, content: Content) {
    this.#disk = disk;
    this.#content = content;
    this.#epoch = disk.epoch;
  }

  write(data: Uint8Array, position: number): Promise<void> {
    this.#mustBeOpen();
    return this.#disk.later(this.#epoch, () => this.#disk.write(this.#content, data, position));
  }
  writeSync(data: Uint8Array, position: number): void {
    this.#mustBeOpen();
    this.#disk.write(this.#content, data, position);
  }
  async writeDurable(data: Uint8Array, position: number): Promise<void> {
    this.#mustBeOpen();
    await this.#disk.later(this.#epoch, () => this.#disk.write(this.#content, data, position));
    await this.#disk.later(this.#epoch, () => this.#disk.sync(this.#content, position, data.length));
  }
  read(into: Uint8Array, position: number): Promise<number> {
    return this.#disk.later(this.#epoch, () => this.readSync(into, position));
  }
  readSync(into: Uint8Array, position: number): number {
    this.#mustBeOpen();
    const part = this.#content.seen.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }
  sync(): Promise<void> {
    this.#mustBeOpen();
    return this.#disk.later(this.#epoch, () => this.#disk.sync(this.#content));
  }
  syncSync(): void {
    this.#mustBeOpen();
    this.#disk.sync(this.#content);
  }
  truncateSync(bytes: number): void {
    this.#content.seen = this.#content.seen.slice(0, bytes);
  }
  sizeSync(): number {
    return this.#content.seen.length;
  }
  closeSync(): void {
    assert(this.#open, "a file is closed once");
    this.#open = false;
  }
  #mustBeOpen(): void {
    if (this.#epoch !== this.#disk.epoch) throw new Crashed("the process that opened this file is gone (simulated)");
    assert(this.#open, "a closed file is not used");
  }
}
