// Builds the module: core-wasm/assembly -> core-wasm/build/core.wasm, and holds it against core-wasm/DIGEST.
//   (nothing)  build when the sources changed since; refuse a module whose digest is not the committed one
//   --check    build twice from nothing, compare, check the digest, the memory and that nothing is imported
//   --write    build and write DIGEST (a deliberate change: say why in the commit)
// The module in place is replaced whole, in one rename: a process that loads it meanwhile never sees half of one.
import { createHash, randomBytes } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, PAGES } from "./compile.ts";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const BUILD = `${ROOT}build`;
const OUT = `${BUILD}/core.wasm`;
const STAMP = `${BUILD}/sources.sha256`;
const DIGEST = `${ROOT}DIGEST`;

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

const readIf = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

function sourcesDigest(): string {
  const files = globSync("assembly/**/*.ts", { cwd: ROOT }).sort();
  const parts = files.map((file) => `${file}\n${readFileSync(ROOT + file, "utf8")}`);
  const tools = ["build.ts", "compile.ts"].map((file) => readFileSync(ROOT + file, "utf8"));
  return sha256([...tools, ...parts].join("\n"));
}

function replace(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/** What a module promises to every host, seen from outside. */
async function brokenPromise(bytes: Uint8Array): Promise<string | undefined> {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module);
  if (imports.length > 0) return `core.wasm imports ${imports.map((i) => i.name).join(", ")}: it may import nothing`;
  const { exports } = (await WebAssembly.instantiate(bytes, {})).instance;
  const memory = exports.memory as WebAssembly.Memory;
  if (memory.buffer.byteLength !== PAGES * 65_536)
    return "core.wasm does not begin with the memory that compile.ts says";
  const left = (exports.staticEnd as () => number)();
  return left < 0 ? `the static data runs ${-left} bytes into SCRATCH: move memory.ts apart` : undefined;
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const committed = readIf(DIGEST)?.toString().trim();
  const sources = sourcesDigest();
  const checking = process.argv.includes("--check");
  const built = readIf(OUT);
  if (built && !checking && readIf(STAMP)?.toString() === sources && sha256(built) === committed) return;
  const bytes = await compile();
  const digest = sha256(bytes);
  if (!process.argv.includes("--write") && digest !== committed)
    refuse(
      `core.wasm is ${digest}, core-wasm/DIGEST says ${committed}: if the change is meant, run ` +
        "`node core-wasm/build.ts --write` and say why in the commit",
    );
  if (checking) {
    const again = sha256(await compile());
    if (again !== digest) refuse(`the build is not reproducible: ${digest}, then ${again}`);
  }
  const broken = await brokenPromise(bytes);
  if (broken) refuse(broken);
  mkdirSync(BUILD, { recursive: true });
  replace(OUT, bytes);
  replace(STAMP, sources);
  if (digest !== committed) replace(DIGEST, `${digest}\n`);
}

await main();
