// AssemblyScript to WebAssembly, in memory: what the build ships, and variants of it for tests.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

// By a name that the type checker does not follow: the compiler's own types replace those of `console`.
const ASC: string = "assemblyscript/asc";
const ROOT = fileURLToPath(new URL(".", import.meta.url));
/** What the module begins with: room for one stream. The host makes it grow before it decides more of them. */
export const PAGES = 184;
const FLAGS = [
  "--runtime",
  "stub",
  "--use",
  "abort=",
  "--memoryBase",
  "1024",
  "--disableWarning",
  "201",
  "--enable",
  "simd",
];
const MEMORY = ["--initialMemory", String(PAGES), "--maximumMemory", "65536"];
/** AssemblyScript's decorator in a comment: no parser of TypeScript takes one on a function. */
const INLINE = /^\/\/ (@inline)$/gm;
const OPTIMISED = ["-O3", "--converge"];

interface Compiler {
  main(
    argv: readonly string[],
    io: {
      readFile(name: string, directory: string): string | null;
      writeFile(name: string, contents: Uint8Array): void;
      listFiles(): readonly string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

export interface CompileOptions {
  /** Default true, as shipped; without, it is much quicker to build and slower to run. */
  readonly optimised?: boolean;
  /** Changes a source file on its way to the compiler. */
  readonly edit?: (path: string, text: string) => string;
}

/** One compilation from nothing. */
export async function compile({ optimised = true, edit }: CompileOptions = {}): Promise<Uint8Array> {
  const asc = (await import(ASC)) as Compiler;
  let wasm: Uint8Array | undefined;
  const options = ["--baseDir", ROOT, "-o", "core.wasm", ...FLAGS, ...MEMORY, ...(optimised ? OPTIMISED : [])];
  const { error, stderr } = await asc.main(["assembly/index.ts", ...options], {
    readFile: (name) => {
      const text = sourceIf(ROOT + name)?.replaceAll(INLINE, "$1");
      if (text === undefined) return null;
      return edit ? edit(name, text) : text;
    },
    writeFile: (name, contents) => {
      if (name === "core.wasm") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(`the core does not compile: ${error?.message}\n${stderr.toString()}`);
  return wasm;
}

/** The compiler asks for the names that an import could mean; undefined = there is no such file. */
function sourceIf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
