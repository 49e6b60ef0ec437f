// The peers of the suite `ensemble`: onnxruntime-node (its npm package holds the CPU library; fetched when asked for, pinned),
// LightGBM's C API and plain C++ (one program).
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { LockstepError } from "#proto/errors.ts";
import { fromNpm, toolsDir } from "#storage/engines/tools.ts";

const VERSION = "1.30.0";

interface OrtTensor {
  readonly data: Float32Array;
}
interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}
export interface Ort {
  readonly InferenceSession: { create(path: string, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OrtTensor;
}

export async function onnxRuntime(): Promise<Ort> {
  const common = await fromNpm({
    name: "onnxruntime-common",
    version: VERSION,
    sha512: "7fdVWjAID1dVhH/G8qK3APARunV4VkBFoCQAP7qp4Wkab0mrorvmc+sqiT+mKXOzDqdjN5j+/Z9nb4gzNPWcyA==",
    binary: "dist/cjs/index.js",
  });
  const node = await fromNpm({
    name: "onnxruntime-node",
    version: VERSION,
    sha512: "twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==",
    binary: "dist/index.js",
  });
  if (common === undefined || node === undefined)
    throw new LockstepError(
      "engine_missing",
      `onnxruntime-node ${VERSION} cannot be fetched: npm, tar and a registry are needed, or its files in ${toolsDir()}`,
    );
  const modules = join(dirname(dirname(node)), "node_modules");
  mkdirSync(modules, { recursive: true });
  try {
    symlinkSync(dirname(dirname(dirname(common))), join(modules, "onnxruntime-common"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return createRequire(import.meta.url)(node) as Ort;
}

export const BLOCK = 50;

/** Nanoseconds. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
  /** Of a row, in the median block of BLOCK rows scored one by one without a clock (and without a host) between. */
  readonly block: number;
  /** Of all the rows' scores: that sides score alike. */
  readonly sum: number;
}

/** One program with two sides, LightGBM's C API and plain C++: each call scores all rows once, one by one, in nanoseconds. */
export interface NativePeers {
  round(side: "lightgbm" | "plain"): Promise<Times>;
  end(): void;
}

export function nativePeers(o: {
  readonly folder: string;
  readonly library: string;
  readonly inputs: number;
  readonly rows: number;
}): NativePeers {
  const binary = join(o.folder, "trees");
  const source = new URL("../native/trees.cpp", import.meta.url).pathname;
  execFileSync("g++", ["-O3", "-std=c++20", "-o", binary, source, "-ldl"], { stdio: ["ignore", "ignore", "inherit"] });
  const at = (name: string): string => join(o.folder, name);
  const args = [o.library, at("lightgbm.txt"), at("nodes"), at("x.f32"), String(o.inputs), String(o.rows)];
  const child = spawn(binary, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Times> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the native peers ended early: see what they said above");
    // LightGBM says a line of its own when it loads a model.
    return value.startsWith("{") ? JSON.parse(value) : answer();
  };
  return {
    round: (side) => {
      child.stdin.write(`${side}\n`);
      return answer();
    },
    end: () => child.stdin.end(),
  };
}
