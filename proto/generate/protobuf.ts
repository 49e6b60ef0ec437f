// TypeScript of the protobuf contracts in proto/lockstep, made offline by buf with the local protoc-gen-es.
// Part of proto/generate.ts; alone: `node proto/generate/protobuf.ts [--check]`.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** Path from the root of the repository, and its text. */
export type Target = readonly [path: string, make: () => string];

function runBuf(out: string): void {
  const template = JSON.stringify({
    version: "v2",
    plugins: [
      {
        local: [process.execPath, join(ROOT, "node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es")],
        out,
        opt: ["target=ts", "import_extension=ts"],
      },
    ],
  });
  const buf = join(ROOT, "node_modules/@bufbuild/buf/bin/buf");
  execFileSync(process.execPath, [buf, "generate", "proto", "--path", "proto/lockstep", "--template", template], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function generateAll(): ReadonlyMap<string, string> {
  const out = mkdtempSync(join(tmpdir(), "lockstep-proto-"));
  try {
    runBuf(out);
    return new Map(
      readdirSync(out, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(out, name), "utf8")]),
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** One target a .proto file; buf runs once, when the first is made. */
export function protobufTargets(): Target[] {
  let made: ReadonlyMap<string, string> | undefined;
  return readdirSync(join(ROOT, "proto/lockstep"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".proto"))
    .sort()
    .map((name) => {
      const generated = `lockstep/${name.replaceAll("\\", "/").replace(/\.proto$/, "_pb.ts")}`;
      const make = (): string => {
        made ??= generateAll();
        const text = made.get(generated);
        if (text === undefined) throw new Error(`buf made no ${generated}: is ${name} in package ${dirname(name)}?`);
        return text;
      };
      return [`proto/generated/${generated}`, make] as const;
    });
}

function main(): void {
  for (const [path, make] of protobufTargets()) {
    const file = join(ROOT, path);
    const text = make();
    let current: string | undefined;
    try {
      current = readFileSync(file, "utf8");
    } catch {
      current = undefined;
    }
    if (current === text) continue;
    if (process.argv.includes("--check")) {
      console.error(`${path} is stale: run \`npm run generate\` and commit it`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      console.log(`wrote ${path}`);
    }
  }
}

if (import.meta.main) main();
