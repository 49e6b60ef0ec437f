// The WebAssembly engines that must agree, each with how it is found or fetched (pinned by version and hash) and run.
// No two of them share a code generator, but for the two tiers of one vendor: see docs/determinism.md.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { LockstepError } from "#proto/errors.ts";
import { findOnPath, fromNpm, fromWheel, type NpmPackage, toolsDir } from "#storage/engines/tools.ts";

export interface Launch {
  readonly command: string;
  /** Before the module, the stream and the restart interval. */
  readonly args: readonly string[];
  /** Behind them. */
  readonly last?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly name: string;
  /** Who makes machine code of the module, or interprets it. */
  readonly how: string;
  /** Throws engine_missing with what to do when it cannot be had. */
  find(): Promise<Launch>;
}

const driver = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const NODE_20 = "20.20.2";
const node20 = (platform: string, sha512: string): NpmPackage => ({
  name: `node-${platform}`,
  version: NODE_20,
  sha512,
  binary: "bin/node",
});
const NODE_20_PACKAGES: Readonly<Record<string, NpmPackage>> = {
  "linux-x64": node20(
    "linux-x64",
    "PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==",
  ),
  "linux-arm64": node20(
    "linux-arm64",
    "LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==",
  ),
  "darwin-x64": node20(
    "darwin-x64",
    "uMVQFOdSjr/iYrfksIp5p4795m7FTAWVGaoMQGsYaSW9XMsUsqfd+yJU8KdOLd7UUuBlUX2sTdHVV5LNmmS7mw==",
  ),
};

const BUN = "1.4.5";
const bun = (platform: string, sha512: string): NpmPackage => ({
  name: `@oven/bun-${platform}`,
  version: BUN,
  sha512,
  binary: "bin/bun",
});
const BUN_PACKAGES: Readonly<Record<string, NpmPackage>> = {
  // Baseline: also for processors without AVX2. JavaScriptCore is the same.
  "linux-x64": bun(
    "linux-x64-baseline",
    "s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==",
  ),
  "linux-arm64": bun(
    "linux-aarch64",
    "4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  ),
  "darwin-arm64": bun(
    "darwin-aarch64",
    "4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  ),
  "darwin-x64": bun(
    "darwin-x64",
    "qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  ),
};

const WASMTIME = {
  project: "wasmtime",
  version: "50.0.1",
  sha256: [
    "cc14c3a17654e0394e0225b11813532ef0cd7bd1e222a0c5494cdedaabeddac4", // linux x86_64
    "675484e525c028dc02762b777f1db4477ea70caa3fec6775426daff4d64edfb1", // linux aarch64
    "13fe813b922712a9e10fe0f48b2c56da06432eea4b24269bb7cd3a6b2720560b", // macOS x86_64
    "ff4fc58ed3cbdb919d056accd4d280be13962a542754aaefd8a9b4654efa9bd9", // macOS arm64
  ],
  binary: "wasmtime/__init__.py",
};

async function fetched(what: string, packages: Readonly<Record<string, NpmPackage>>): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const pack = packages[platform];
  if (!pack)
    throw new LockstepError("engine_missing", `no pinned ${what} for ${platform} (only ${Object.keys(packages)})`);
  const binary = await fromNpm(pack);
  if (binary === undefined)
    throw new LockstepError(
      "engine_missing",
      `${what} cannot be fetched: npm, tar and an npm registry with ${pack.name} ${pack.version} are needed, or its files in ${toolsDir()}`,
    );
  return binary;
}

async function wasmtime(): Promise<Launch> {
  const python = findOnPath("python3");
  const binary = await fromWheel(WASMTIME);
  if (binary === undefined || python === undefined)
    throw new LockstepError(
      "engine_missing",
      `wasmtime cannot be fetched: python3 with pip and an index with ${WASMTIME.project} ${WASMTIME.version} are needed, or its files in ${toolsDir()}`,
    );
  return { command: python, args: [driver("driver.py")], env: { PYTHONPATH: dirname(dirname(binary)) } };
}

export const ENGINES: readonly Engine[] = [
  {
    name: "node24",
    how: "V8: Liftoff, TurboFan",
    find: async () => ({ command: process.execPath, args: [driver("driver.mjs")] }),
  },
  {
    name: "node20",
    how: "V8: Liftoff, TurboFan",
    find: async () => ({ command: await fetched("Node 20", NODE_20_PACKAGES), args: [driver("driver.mjs")] }),
  },
  {
    name: "bun",
    how: "JavaScriptCore: BBQ, OMG",
    find: async () => ({ command: await fetched("Bun", BUN_PACKAGES), args: [driver("driver.mjs")] }),
  },
  {
    name: "bun-interpreter",
    how: "JavaScriptCore: interpreter",
    find: async () => ({
      command: await fetched("Bun", BUN_PACKAGES),
      args: [driver("driver.mjs")],
      env: { BUN_JSC_useJIT: "0" },
    }),
  },
  { name: "wasmtime", how: "Cranelift", find: wasmtime },
  { name: "pulley", how: "wasmtime's interpreter", find: async () => ({ ...(await wasmtime()), last: ["pulley64"] }) },
];
