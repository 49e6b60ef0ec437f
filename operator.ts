// npm run operator -- COMMAND: what a named person may tell an edge box or the cloud, and the key that signs for it.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { limitsDetail } from "#proto/cloud-command.ts";
import { LockstepError } from "#proto/errors.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { tradingEngine } from "#proto/services/trading-engine.ts";
import { enrol, signedRequest, writeTakeover } from "./start/cloud-operator.ts";
import { ConfiguredStatus, modelConfigBody } from "./start/model/configure.ts";
import { commandBody, makeOperatorKey, readOperatorKey } from "./start/operator.ts";

const HELP = `npm run operator -- COMMAND [options]
To a box:
  status                            what it says of itself: trading state, lease, epoch, replication
  activate --key FILE --reason WHY  release: back to active after a trip, a halt or the kill switch; signed
  reduce-only | halt | kill | flatten --name NAME --reason WHY
                                    only exits | nothing | nothing until released | halt and close all own positions
  models --config FILE --reason WHY (--key FILE | --name NAME)
                                    sets weights, heads and thresholds of the models' answers (docs/model.md); what only takes away
                                    may come unsigned, by --name
  --url URL   of the box (default http://127.0.0.1:9001)
  --account LOGIN@SERVER   which account, where the box has several
To the cloud (trading-engine), signed with --key FILE:
  leases                            every stream: its epoch, its lease, and why there is none
  cloud-stop STREAM reduce-only|halt|kill|flatten --key FILE --reason WHY
                                    the same stops by way of the cloud
  limits STREAM --file FILE --key FILE
                                    limits for all symbols (JSON, the fields of a risk_limits record): in force until the cloud sends others
  replace STREAM --data DIR --key FILE [--old-box-is-dead]
                                    hands the stream to a new box with the empty data directory DIR, which then only needs to be
                                    started (its own configuration, LOCKSTEP_EDGE_DATA=DIR). The box before is fenced off. The
                                    new one opens nothing before the last lease of the old one has surely ended; where the old
                                    one needed no lease, say --old-box-is-dead, and be sure of it
  enrol STREAM --data DIR           the new box's half alone: makes its key, prints its public half
  replace STREAM --box-key HEX --key FILE
                                    the cloud's half alone: prints the takeover, to be saved as DIR/takeover.json
  --engine URL  of trading-engine (default http://127.0.0.1:8007)
keygen --key FILE --name NAME       makes a key file, and prints what the box's configuration ("operators") and the cloud's
                                    LOCKSTEP_CLOUD_OPERATORS need
\`npm start\` makes a key for its own box and cloud: .lockstep/live/operator.key`;

const Status = z.looseObject({ stream_id: z.string().regex(/^[0-9a-f]{32}$/), trading_state: z.string() });
const COMMANDS = Object.keys(OPERATOR_COMMAND) as (keyof typeof OPERATOR_COMMAND)[];
const StreamId = z.string().regex(/^[0-9a-f]{32}$/, "name the stream by its id, 32 hex digits (`leases` lists them)");
const Limits = z.record(z.string(), z.union([z.number().int(), z.string()]));

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
    throw new LockstepError("unavailable", `nobody answers at ${url}: is it running? (--url, --engine)`, { cause });
  }
  const text = await response.text();
  if (!response.ok) throw new LockstepError("refused", `refused (HTTP ${response.status}): ${text}`);
  return JSON.parse(text);
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined || value === "") throw new LockstepError("bad_config", `give --${name}\n${HELP}`);
  return value;
}

const text = { type: "string" } as const;
const OPTIONS = {
  key: text,
  name: text,
  reason: text,
  account: text,
  config: text,
  data: text,
  file: text,
  "box-key": text,
  "old-box-is-dead": { type: "boolean", default: false },
  url: { type: "string", default: "http://127.0.0.1:9001" },
  engine: { type: "string", default: "http://127.0.0.1:8007" },
  help: { type: "boolean" },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const accountQuery = (account: string | undefined): string =>
  account ? `?account=${encodeURIComponent(account)}` : "";

const statusUrl = ({ url, account }: Values): string => `${url}/status${accountQuery(account)}`;

function streamOf(word: string | undefined): string {
  const parsed = StreamId.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new LockstepError("bad_config", `${parsed.error.issues[0]?.message}\n${HELP}`);
}

/** Posts a signed request for the stream's epoch of now. */
async function askCloud(
  values: Values,
  o: { stream: string; action: "replace" | "stop" | "limits"; detail: string; fields: Record<string, unknown> },
): Promise<unknown> {
  const identity = readOperatorKey(needed(values.key, "key"));
  const leases = tradingEngine.routes.listLeases.response.parse(await ask(`${values.engine}/leases`));
  const found = leases.find(({ stream_id }) => stream_id === o.stream);
  if (!found) throw new LockstepError("not_found", `the cloud at ${values.engine} commands no stream ${o.stream}`);
  const { action, detail, stream } = o;
  const signed = signedRequest(identity, { action, detail, stream_id: stream, epoch: found.epoch });
  return ask(`${values.engine}/streams/${stream}/${action}`, { ...signed, ...o.fields });
}

async function replace(stream: string, values: Values): Promise<void> {
  const { data } = values;
  const key = data === undefined ? needed(values["box-key"], "data") : enrol({ directory: data, streamId: stream });
  const answer = await askCloud(values, { stream, action: "replace", detail: key, fields: { box_key: key } });
  const { takeover, ...granted } = tradingEngine.routes.replace.response.parse(answer);
  const oldBoxIsDead = values["old-box-is-dead"];
  if (data === undefined) return console.log(JSON.stringify({ takeover, old_box_is_dead: oldBoxIsDead }));
  writeTakeover(data, { takeover, oldBoxIsDead });
  const waits = Math.max(0, Math.ceil((granted.opens_ms - Date.now()) / 1000));
  console.log(JSON.stringify({ ...granted, data, opens_in_s: waits }));
}

async function cloudStop(stream: string, word: string | undefined, values: Values): Promise<void> {
  const command = COMMANDS.find((name) => name !== "activate" && name === word?.replace("-", "_"));
  if (!command) throw new LockstepError("bad_config", `cloud-stop takes reduce-only, halt, kill or flatten\n${HELP}`);
  const reason = needed(values.reason, "reason");
  const fields = { command, reason };
  console.log(
    JSON.stringify(await askCloud(values, { stream, action: "stop", detail: `${command} ${reason}`, fields })),
  );
}

async function limits(stream: string, values: Values): Promise<void> {
  const file = needed(values.file, "file");
  const parsed = Limits.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new LockstepError("bad_config", `${file} must be an object of whole numbers`);
  const fields = { limits: parsed.data };
  console.log(
    JSON.stringify(await askCloud(values, { stream, action: "limits", detail: limitsDetail(parsed.data), fields })),
  );
}

async function configureModels(o: Values): Promise<void> {
  const path = needed(o.config, "config");
  const identity = o.key === undefined ? undefined : readOperatorKey(o.key);
  const body = modelConfigBody({
    json: readJson(path),
    status: ConfiguredStatus.parse(await ask(statusUrl(o))),
    operator: identity?.name ?? needed(o.name, "name"),
    reason: needed(o.reason, "reason"),
    identity,
  });
  console.log(JSON.stringify(await ask(`${o.url}/model-config${accountQuery(o.account)}`, body)));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is no JSON file: ${(cause as Error).message}`, { cause });
  }
}

async function toBox(word: string | undefined, values: Values): Promise<void> {
  const command = COMMANDS.find((name) => name === word?.replace("-", "_"));
  if (!command) throw new LockstepError("bad_config", `name one command\n${HELP}`);
  const identity = command === "activate" ? readOperatorKey(needed(values.key, "key")) : undefined;
  const operator = identity?.name ?? needed(values.name, "name");
  const { stream_id: streamId } = Status.parse(await ask(statusUrl(values)));
  const words = commandBody({ command, operator, reason: needed(values.reason, "reason"), streamId, identity });
  const body = { ...words, ...(values.account && { account: values.account }) };
  console.log(JSON.stringify(await ask(`${values.url}/command`, body)));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [word, second, third] = positionals;
  if (values.help) return console.log(HELP);
  switch (word) {
    case "keygen": {
      const made = makeOperatorKey(needed(values.key, "key"), needed(values.name, "name"));
      const operators = [{ name: made.name, public_key: made.public_key }];
      return console.log(JSON.stringify({ operators }, undefined, 2));
    }
    case "status":
      return console.log(JSON.stringify(await ask(statusUrl(values)), undefined, 2));
    case "leases":
      return console.log(JSON.stringify(await ask(`${values.engine}/leases`), undefined, 2));
    case "enrol":
      return console.log(
        JSON.stringify({ box_key: enrol({ directory: needed(values.data, "data"), streamId: streamOf(second) }) }),
      );
    case "replace":
      return replace(streamOf(second), values);
    case "cloud-stop":
      return cloudStop(streamOf(second), third, values);
    case "models":
      return configureModels(values);
    case "limits":
      return limits(streamOf(second), values);
    default:
      if (positionals.length !== 1) throw new LockstepError("bad_config", `name one command\n${HELP}`);
      return toBox(word, values);
  }
}

try {
  await main();
} catch (error) {
  const wrong = error instanceof LockstepError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!wrong) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
