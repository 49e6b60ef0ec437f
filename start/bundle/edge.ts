// The edge box as a folder that runs wherever Node.js 24 is: its services, the module, the model, the Expert Advisor and
// what installs it, with the npm packages inside and nothing to compile. Its digests lie in SHA256SUMS.
import { createHash } from "node:crypto";
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { SERVICES } from "#mesh/topology.ts";
import { LockstepError } from "#proto/errors.ts";
import { reachOf } from "./reach.ts";

/** Programs of the box beside its services: the supervisor, and what an operator types. */
const COMMANDS = ["box.ts", "operator.ts", "edge/install/terminal-ini.ts"];
/** Folders that are read at run time or by people, not imported. */
const FOLDERS = ["edge/*/page", "edge/mql5", "edge/install"];
const SUMS = "SHA256SUMS";

export interface Bundle {
  readonly files: number;
  readonly bytes: number;
  readonly packages: readonly string[];
}

export const edgeServices = (): string[] =>
  Object.values(SERVICES)
    .filter(({ network }) => network === "edge")
    .map(({ name }) => name);

/** Writes the bundle of the checkout `root` into `out`, which must be empty or missing. */
export function bundleEdge(root: string, out: string): Bundle {
  mkdirSync(out, { recursive: true });
  if (readdirSync(out).length > 0)
    throw new LockstepError("bad_config", `${out} is not empty: give a new folder, nothing is overwritten`);
  const entries = [...edgeServices().map((name) => `edge/${name}/main.ts`), ...COMMANDS];
  const { files, packages } = reachOf(root, entries);
  const folders = globSync(FOLDERS, { cwd: root });
  for (const path of [...files, ...folders, ...packages]) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    cpSync(join(root, path), join(out, path), { recursive: true, dereference: true });
  }
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest(root, packages), undefined, 2)}\n`);
  const all = filesUnder(out);
  refuseNative(all);
  writeFileSync(join(out, SUMS), sumsOf(out, all));
  const bytes = all.reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
  return { files: all.length, bytes, packages: packages.map((folder) => folder.replace("node_modules/", "")) };
}

function manifest(root: string, packages: readonly string[]): Record<string, unknown> {
  const read = (folder: string) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const { version, license, imports } = read(".");
  const versions = packages
    .filter((folder) => folder.lastIndexOf("node_modules/") === 0)
    .map((folder) => [folder.replace("node_modules/", ""), read(folder).version]);
  return {
    name: "lockstep-edge",
    version,
    private: true,
    description: "The Lockstep edge box: node box.ts --help",
    license,
    type: "module",
    engines: { node: ">=24" },
    imports,
    dependencies: Object.fromEntries(versions),
  };
}

const filesUnder = (out: string): string[] =>
  readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();

/** The same bundle runs on Linux and on Windows: nothing in it is compiled for one of them. */
function refuseNative(files: readonly string[]): void {
  const native = files.filter((name) => /\.(node|so|dll|dylib|exe)$/.test(name));
  if (native.length > 0)
    throw new LockstepError("refused", `compiled code on the edge path: ${native.join(", ")}: take another package`);
}

/** As sha256sum writes and checks them. */
const sumsOf = (out: string, files: readonly string[]): string =>
  files
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(out, name)))
          .digest("hex")}  ${name}\n`,
    )
    .join("");
