// node box.ts: the edge box's services under one supervisor, for machines without Docker or systemd (Windows above all).
import { parseArgs } from "node:util";
import { EDGE_NODE_FLAGS } from "#mesh/service/node-flags.ts";
import { SERVICES } from "#mesh/topology.ts";
import { LockstepError } from "#proto/errors.ts";
import { startProcess } from "./start/service-process.ts";
import { Supervisor } from "./start/supervisor.ts";

const EDGE = Object.values(SERVICES).filter(({ network }) => network === "edge");
const HELP = `node box.ts [--env FILE]     runs the edge box: ${EDGE.map(({ name, port }) => `${name} (${port})`).join(", ")}
  --env FILE   settings as NAME=value lines; edge/install/edge.env.example lists them (what is set already wins)
A service that dies is started again. Their logs are JSON lines on stderr. Ctrl-C, SIGTERM or the end of the parent stops them.`;

const say = (line: string): void => void process.stderr.write(`box: ${line}\n`);

function loadEnvironment(file: string | undefined): void {
  if (file === undefined) return;
  try {
    process.loadEnvFile(file);
  } catch (cause) {
    throw new LockstepError("bad_config", `--env ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function run(): Promise<void> {
  const supervisor = new Supervisor(say);
  let leave: () => void = () => undefined;
  const left = new Promise<void>((done) => {
    leave = done;
  });
  for (const event of ["SIGINT", "SIGTERM", "SIGBREAK", "disconnect"]) process.on(event, () => leave());
  try {
    for (const { name, port } of EDGE) {
      const main = `${import.meta.dirname}/edge/${name}/main.ts`;
      await supervisor.add({ name, start: () => startProcess({ name, main, env: {}, nodeFlags: EDGE_NODE_FLAGS }) });
      say(`${name} is ready on 127.0.0.1:${port}`);
    }
    await left;
  } finally {
    say("stopping ...");
    await supervisor.stop();
  }
}

try {
  const { values } = parseArgs({ options: { env: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) console.log(HELP);
  else {
    loadEnvironment(values.env);
    await run();
  }
  process.exit();
} catch (error) {
  const known = error instanceof LockstepError || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
  say(known ? (error as Error).message : String((error as Error).stack));
  process.exit(1);
}
