// Builds the module: core-wasm/assembly -> core-wasm/build/core.wasm, and holds it against core-wasm/DIGEST.
//   (nothing)  build when the sources changed since; refuse a module whose digest is not the committed one
//   --check    build twice from clean, compare, check the digest and that nothing is imported
//   --write    build and write DIGEST (a deliberate change: say why in the commit)
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

// By a name that the type checker does not follow: the compiler's own types replace those of `console`.
const ASC: string = "assemblyscript/asc";
const OUT = "core-wasm/build/core.wasm";
const STAMP = "core-wasm/build/sources.sha256";
const DIGEST = "core-wasm/DIGEST";
const MEMORY_PAGES = "16";

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

const readIf = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

function sourcesDigest(): string {
  const files = globSync("core-wasm/assembly/**/*.ts").sort();
  return sha256(
    [readFileSync("core-wasm/build.ts", "utf8"), ...files.map((f) => `${f}\n${readFileSync(f, "utf8")}`)].join("\n"),
  );
}

interface Compiler {
  main(argv: readonly string[]): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

async function compile(): Promise<Buffer> {
  const asc = (await import(ASC)) as Compiler;
  mkdirSync("core-wasm/build", { recursive: true });
  rmSync(OUT, { force: true });
  const flags = [
    "-O3",
    "--converge",
    "--runtime",
    "stub",
    "--use",
    "abort=",
    "--memoryBase",
    "1024",
    "--disableWarning",
    "201",
  ];
  const memory = ["--initialMemory", MEMORY_PAGES, "--maximumMemory", MEMORY_PAGES];
  const { error, stderr } = await asc.main(["core-wasm/assembly/index.ts", "-o", OUT, ...flags, ...memory]);
  if (error) throw new Error(`the core does not compile: ${error.message}\n${stderr.toString()}`);
  return readFileSync(OUT);
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
  if (process.argv.includes("--write")) writeFileSync(DIGEST, `${digest}\n`);
  else if (digest !== committed)
    refuse(
      `core.wasm is ${digest}, ${DIGEST} says ${committed}: if the change is meant, run \`node core-wasm/build.ts --write\` and say why in the commit`,
    );
  if (checking) {
    const again = sha256(await compile());
    if (again !== digest) refuse(`the build is not reproducible: ${digest}, then ${again}`);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    if (imports.length > 0)
      refuse(
        `core.wasm imports ${imports.map((i) => `${i.module}.${i.name}`).join(", ")}: the core may import nothing`,
      );
  }
  writeFileSync(STAMP, sources);
}

await main();
