// npm run operator -- COMMAND: what a named person may tell an edge box, and the key that signs a release.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { ConfiguredStatus, modelConfigBody } from "./start/model/configure.ts";
import { commandBody, makeOperatorKey, readOperatorKey } from "./start/operator.ts";

const HELP = `npm run operator -- COMMAND [options]
  keygen --key FILE --name NAME     make a key file, and print what the box's configuration needs ("operators")
  activate --key FILE --reason WHY  release: back to active after a trip, a halt or the kill switch; signed
  reduce-only | halt | kill | flatten --name NAME --reason WHY
                                    only exits | nothing | nothing until released | halt and close all own positions
  models --config FILE --reason WHY (--key FILE | --name NAME)
                                    sets weights, heads and thresholds of the models' answers (docs/model.md); what only takes away
                                    may come unsigned, by --name
  --url URL   of the box (default http://127.0.0.1:9001)
  --account LOGIN@SERVER   which account, where the box has several
\`npm start\` makes a key for its own box: .lockstep/live/operator.key`;

const Status = z.object({ stream_id: z.string().regex(/^[0-9a-f]{32}$/), trading_state: z.string() });
const COMMANDS = Object.keys(OPERATOR_COMMAND) as (keyof typeof OPERATOR_COMMAND)[];

async function ask(url: string, body?: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      ...(body !== undefined && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw new LockstepError("unavailable", `no box answers at ${url}: is it running? (--url)`, { cause });
  }
  const text = await response.text();
  if (!response.ok) throw new LockstepError("refused", `the box refused (HTTP ${response.status}): ${text}`);
  return JSON.parse(text);
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw new LockstepError("bad_config", `give --${name}\n${HELP}`);
  return value;
}

async function configureModels(
  o: Partial<Record<"key" | "name" | "reason" | "config" | "url", string>>,
): Promise<void> {
  const path = needed(o.config, "config");
  const identity = o.key === undefined ? undefined : readOperatorKey(o.key);
  const body = modelConfigBody({
    json: readJson(path),
    status: ConfiguredStatus.parse(await ask(`${o.url}/status`)),
    operator: identity?.name ?? needed(o.name, "name"),
    reason: needed(o.reason, "reason"),
    identity,
  });
  console.log(JSON.stringify(await ask(`${o.url}/model-config`, body)));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is no JSON file: ${(cause as Error).message}`, { cause });
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
      account: text,
      config: text,
      url: { type: "string", default: "http://127.0.0.1:9001" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(HELP);
  if (positionals[0] === "keygen") {
    const made = makeOperatorKey(needed(values.key, "key"), needed(values.name, "name"));
    return console.log(JSON.stringify({ operators: [{ name: made.name, public_key: made.public_key }] }, undefined, 2));
  }
  if (positionals[0] === "models") return configureModels(values);
  const command = COMMANDS.find((name) => name === positionals[0]?.replace("-", "_"));
  if (!command || positionals.length !== 1) throw new LockstepError("bad_config", `name one command\n${HELP}`);
  const identity = command === "activate" ? readOperatorKey(needed(values.key, "key")) : undefined;
  const operator = identity?.name ?? needed(values.name, "name");
  const query = values.account ? `?account=${encodeURIComponent(values.account)}` : "";
  const { stream_id: streamId } = Status.parse(await ask(`${values.url}/status${query}`));
  const words = commandBody({ command, operator, reason: needed(values.reason, "reason"), streamId, identity });
  const body = { ...words, ...(values.account && { account: values.account }) };
  console.log(JSON.stringify(await ask(`${values.url}/command`, body)));
}

try {
  await main();
} catch (error) {
  const wrong = error instanceof LockstepError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!wrong) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
