// What a program needs to run: the files it reaches from its entries, and the npm packages with all of theirs. Read from
// the sources' own import statements, `new URL(..., import.meta.url)` included, so that nothing has to be listed twice.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { LockstepError } from "#proto/errors.ts";

export interface Reach {
  /** Paths from the root, with slashes, sorted. */
  readonly files: readonly string[];
  /** Folders under node_modules, sorted. */
  readonly packages: readonly string[];
}

const SPECIFIERS = [
  /(?:^|\n)(?:import\s[^;"]*?|export\s[^;"=(]*?\bfrom\s+)"([^"\n]+)"/g,
  /\bimport\(\s*"([^"\n]+)"/g,
  /\bnew URL\(\s*"([^"\n]+)",\s*import\.meta\.url/g,
  /\bimport\.meta\.resolve\(\s*"([^"\n]+)"/g,
];
const MANIFEST = "package.json";

interface Manifest {
  readonly imports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as Manifest;

export function reachOf(root: string, entries: readonly string[]): Reach {
  const aliases = Object.entries(manifestOf(root).imports ?? {}).map(([from, to]) => ({
    from: from.replace("*", ""),
    to: to.replace("./", "").replace("*", ""),
  }));
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    if (!existsSync(join(root, file))) throw new LockstepError("not_found", `${file} is needed and not there`);
    files.add(file);
    if (!/\.m?[jt]s$/.test(file)) continue;
    const text = readFileSync(join(root, file), "utf8");
    for (const specifier of SPECIFIERS.flatMap((pattern) => [...text.matchAll(pattern)].map((m) => m[1] as string))) {
      const alias = aliases.find(({ from }) => specifier.startsWith(from));
      if (alias) waiting.push(alias.to + specifier.slice(alias.from.length));
      else if (specifier.startsWith(".")) waiting.push(posix.join(dirname(file), specifier));
      else if (!specifier.includes(":")) packages.add(nameOf(specifier));
    }
  }
  return { files: [...files].sort(), packages: withTheirs(root, packages) };
}

const nameOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** Packages and all that they depend on, as npm has laid them out. */
function withTheirs(root: string, names: Iterable<string>): string[] {
  const found = new Set<string>();
  const waiting = [...names].map((name) => ({ name, from: "" }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = folderOf(root, next.name, next.from);
    if (found.has(folder)) continue;
    found.add(folder);
    const { dependencies = {} } = manifestOf(join(root, folder));
    waiting.push(...Object.keys(dependencies).map((name) => ({ name, from: folder })));
  }
  return [...found].sort();
}

/** Where `from` finds `name`: in its own node_modules, or in one further up. */
function folderOf(root: string, name: string, from: string): string {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const folder = posix.join(at, "node_modules", name);
    if (existsSync(join(root, folder, MANIFEST))) return folder;
    if (at === "") throw new LockstepError("not_found", `the package ${name} is not installed: run \`npm ci\``);
  }
}
