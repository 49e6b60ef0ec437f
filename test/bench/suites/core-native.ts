// The core against plain C++ (test/bench/native): the same records in, the same records out, byte for byte; both timed inside
// apply() alone, in processor time, in turns. Its outputs are held against the module's with the C library's fused
// multiply-add off, as WebAssembly has none; it is timed with it on.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SOURCE = new URL("../native/core.cpp", import.meta.url).pathname;
const PLAIN = ["-O3"];
const NATIVE = ["-O3", "-march=native", "-ffp-contract=off"];

export class NativeCore {
  readonly #folder = mkdtempSync(join(tmpdir(), "lockstep-native-"));

  /** Throws, naming the remedy, without a compiler. */
  constructor(records: Uint8Array) {
    writeFileSync(join(this.#folder, "records"), records);
    for (const [name, flags] of [
      ["plain", PLAIN],
      ["native", NATIVE],
    ] as const)
      this.#compile(name, flags);
  }

  #compile(name: string, flags: readonly string[]): void {
    const args = [...flags, "-std=c++20", "-o", join(this.#folder, name), SOURCE];
    try {
      execFileSync("g++", args, { stdio: ["ignore", "ignore", "inherit"] });
    } catch (cause) {
      throw new Error("the native peer cannot be built: install g++ (Debian: apt-get install g++)", { cause });
    }
  }

  #run(name: string, env: Readonly<Record<string, string>>): { readonly ns_per_tick: number } {
    const args = [join(this.#folder, "records"), join(this.#folder, "outputs"), "1"];
    const text = execFileSync(join(this.#folder, name), args, { encoding: "utf8", env: { ...process.env, ...env } });
    return JSON.parse(text) as { ns_per_tick: number };
  }

  /** Nanoseconds a tick of one round. */
  ns(name: "plain" | "native"): number {
    return this.#run(name, {}).ns_per_tick;
  }

  outputs(): Uint8Array {
    this.#run("plain", { GLIBC_TUNABLES: "glibc.cpu.hwcaps=-FMA,-AVX2" });
    return readFileSync(join(this.#folder, "outputs"));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
