// npm run config -- COMMAND: the configuration of an edge box on the command line, through its config-manager.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Client, makeClient } from "#mesh/service/client.ts";
import { parseDocument } from "#proto/configuration/document.ts";
import { LockstepError } from "#proto/errors.ts";
import { type Check, configManager, type DryRun, SECRET_SERVICES } from "#proto/services/config-manager.ts";
import { configurationBody } from "./start/configuration.ts";
import { readOperatorKey } from "./start/operator.ts";
import type { Difference } from "./start/whatif.ts";
import { differenceText } from "./start/whatif-text.ts";

const HELP = `npm run config -- COMMAND [options]
  show                    the document in force, as JSON: edit it, then check, dry-run and apply it
  history                 every version: who, when, why, signed or not
  diff FROM TO            what is different between two versions
  check FILE              what FILE would change, and whether that needs a signature
  dry-run FILE            what it would have done to the decisions of the last hours (--hours N, default 24)
  apply FILE              put it into force: --reason WHY and --name NAME, or --key FILE where it does more than take away
  rollback VERSION        put an older version's document into force again, likewise
  secrets                 names of the secrets, never their values
  secret NAME             set one: --service SERVICE (${SECRET_SERVICES.join(", ")}), its value on stdin
  remove-secret NAME
  --url URL   of config-manager (default http://127.0.0.1:9004)
FILE is JSON; - is stdin. The key file is an operator's: npm run operator -- keygen.`;

type Manager = Client<typeof configManager>;
interface Options {
  readonly key?: string | undefined;
  readonly name?: string | undefined;
  readonly reason?: string | undefined;
  readonly service?: string | undefined;
  readonly hours: string;
}

const say = (text: string): void => console.log(text);
const wrong = (text: string): LockstepError => new LockstepError("bad_config", `${text}\n${HELP}`);

function needed(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw wrong(`give ${name}`);
  return value;
}

function readJson(path: string): unknown {
  const text = readFileSync(path === "-" ? 0 : path, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

const versionOf = (text: string | undefined): number => {
  const version = Number(needed(text, "a version"));
  if (!Number.isInteger(version)) throw wrong(`${text} is no version`);
  return version;
};

function showChange({ problems, differences, needs_signature }: Omit<Check, "text">): void {
  for (const { path, message } of problems) say(`wrong  ${path || "the document"}: ${message}`);
  for (const { path, from, to, effect } of differences)
    say(`${effect.padEnd(9)} ${path}: ${from ?? "none"} -> ${to ?? "none"}`);
  if (problems.length > 0) process.exitCode = 1;
  else if (differences.length === 0) say("nothing is different");
  else say(needs_signature ? "needs an operator's signature" : "only takes away: needs no signature");
}

async function history(manager: Manager): Promise<void> {
  for (const v of (await manager.versions()).versions) {
    const signed = /^0+$/.test(v.public_key) ? "not signed" : "signed";
    const when = v.time_ms === 0 ? "" : `, ${new Date(v.time_ms).toISOString()}, record ${v.seq}`;
    say(`${String(v.config_version).padStart(5)}  ${v.operator}, ${signed}${when}: ${v.reason}`);
  }
}

async function apply(manager: Manager, json: unknown, o: Options): Promise<void> {
  const reason = needed(o.reason, "--reason");
  const identity = o.key === undefined ? undefined : readOperatorKey(o.key);
  const operator = identity?.name ?? needed(o.name, "--name or --key");
  const current = await manager.current();
  const body = configurationBody({ current, document: parseDocument(json), operator, reason, identity });
  const { config_version, records, seq } = await manager.apply({ body });
  say(`version ${config_version} is in force: ${records} records, up to ${seq}`);
}

async function dryRun(manager: Manager, json: unknown, hours: number): Promise<void> {
  let run: DryRun = await manager.dryRun({ body: { document: json, last_hours: hours } });
  const { id } = run;
  process.once("SIGINT", () => void manager.cancelDryRun({ params: { id }, body: {} }));
  while (run.state === "running") {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${run.percent} %`);
    await sleep(300);
    run = await manager.dryRunState({ params: { id } });
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (run.result === null) throw new LockstepError("refused", run.problem ?? "canceled");
  say(differenceText(run.result as unknown as Difference));
}

async function setSecret(manager: Manager, name: string, given: string | undefined): Promise<void> {
  const service = SECRET_SERVICES.find((known) => known === given);
  if (!service) throw wrong(`give --service: ${SECRET_SERVICES.join(", ")}`);
  const value = readFileSync(0, "utf8").replace(/\r?\n$/, "");
  await manager.setSecret({ body: { name, service, value } });
  say(`${name} is set; ${service} reads it at its next start`);
}

async function run(manager: Manager, words: readonly string[], o: Options): Promise<void> {
  const [command, first, second] = words;
  const file = (): unknown => readJson(needed(first, "FILE"));
  switch (command) {
    case "show":
      return say(JSON.stringify((await manager.current()).document, undefined, 2));
    case "history":
      return history(manager);
    case "diff": {
      const query = { from: versionOf(first), to: versionOf(second) };
      return showChange({ problems: [], ...(await manager.differences({ query })) });
    }
    case "check":
      return showChange(await manager.check({ body: { document: file() } }));
    case "dry-run":
      return dryRun(manager, file(), Number(o.hours));
    case "apply":
      return apply(manager, file(), o);
    case "rollback":
      return apply(manager, (await manager.version({ params: { version: versionOf(first) } })).document, o);
    case "secrets":
      for (const { name, service, set_ms } of (await manager.secrets()).secrets)
        say(`${name}  for ${service}, set ${new Date(set_ms).toISOString()}`);
      return;
    case "secret":
      return setSecret(manager, needed(first, "NAME"), o.service);
    case "remove-secret": {
      const { removed } = await manager.removeSecret({ params: { name: needed(first, "NAME") }, body: {} });
      return say(removed ? `${first} is removed` : `there is no secret ${first}`);
    }
    default:
      throw wrong("name one command");
  }
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: text,
      name: text,
      reason: text,
      service: text,
      hours: { type: "string", default: "24" },
      url: { type: "string", default: "http://127.0.0.1:9004" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return say(HELP);
  await run(makeClient({ contract: configManager, url: values.url }), positionals, values);
}

try {
  await main();
} catch (error) {
  const { code } = error as { code?: string };
  const known = error instanceof LockstepError || code?.startsWith("ERR_PARSE_ARGS") || code === "ENOENT";
  if (!known) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
