// HTTP as anybody may send it. In process: the read API's routes with any query and method, its services answering from
// a list. Over a real socket: the connector's door, where the first bytes tell an EA from a browser. Answers are JSON of
// a known status, never 500, and whoever came before, the next honest request is answered.
import { connect, type Socket } from "node:net";
import type { Hono } from "hono";
import type { Client } from "#mesh/service/client.ts";
import { addHealth } from "#mesh/service/health.ts";
import { makeApp } from "#mesh/service/http.ts";
import { makeLog } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import { apiGateway } from "#proto/services/api-gateway.ts";
import { apiRoutes } from "../../../cloud/api-gateway/routes.ts";
import { loadConfig } from "../../../edge/metatrader-connector/accounts.ts";
import type { AccountStream } from "../../../edge/metatrader-connector/box.ts";
import type { EdgeConfig } from "../../../edge/metatrader-connector/config.ts";
import { ConnectorServer, type Listening } from "../../../edge/metatrader-connector/connector-io.ts";
import { nearOf } from "../../../edge/metatrader-connector/near.ts";
import { makeRoutes } from "../../../edge/metatrader-connector/routes.ts";
import type { Picks } from "../../choices.ts";
import { damaged, damagedText } from "../damage.ts";
import { Finding, holds, Reached, type Target } from "../target.ts";

const silent = makeLog({ service: "fuzz", level: "error" });
const PIECES = [
  "&",
  "=",
  "%",
  "%00",
  "%ff",
  "?",
  "/",
  "#",
  "..",
  "1e999",
  "-1",
  "9999-12-31T23:59:59Z",
  "0000-01-01T00:00:00Z",
  "é",
  "\u0000",
  "[]",
];
const VALUES = [
  "EURUSD",
  "M1",
  "H1",
  "1",
  "0",
  "500",
  "501",
  "true",
  "2026-01-01T00:00:00Z",
  "5a".repeat(16),
  "x".repeat(200),
  "",
  "buy",
  "open",
  "done",
];
const NAMES = [
  "stream_id",
  "symbol",
  "timeframe",
  "from",
  "to",
  "limit",
  "cursor",
  "accepted",
  "action",
  "side",
  "state",
  "intent_id",
  "origin",
  "__proto__",
];
const PATHS = [...Object.values(apiGateway.routes).map(({ path }) => path), "/openapi.json", "/", "/v1", "/v1/edges/x"];

function urlOf(pick: Picks): string {
  const path = PATHS[pick.below(PATHS.length)] as string;
  const query = Array.from(
    { length: pick.below(5) },
    () => `${NAMES[pick.below(NAMES.length)]}=${VALUES[pick.below(VALUES.length)]}`,
  );
  const url = `${path}${query.length > 0 ? "?" : ""}${query.join("&")}`;
  return pick.oneIn(3) ? damagedText(url, PIECES, pick) : url;
}

export function gateway(): Target {
  const seen = new Reached(["200", "400", "404"]);
  const page = async () => ({ items: [], next: null });
  const answers = {
    edges: async () => [],
    latestPredictions: async () => [],
    decisions: page,
    fills: page,
    divergences: page,
    bars: page,
  };
  const app = makeApp(silent).route("/", apiRoutes(answers as unknown as Client<typeof apiGateway>));
  const play = async (pick: Picks): Promise<void> => {
    const url = urlOf(pick);
    const method = pick.oneIn(8) ? ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"][pick.below(5)] : "GET";
    const request = new Request(`http://x${url.startsWith("/") ? "" : "/"}${url}`, { method: method as string });
    const response = await app.fetch(request);
    seen.see(String(response.status));
    const body = await response.text();
    if (method === "HEAD") return;
    const json = JSON.parse(body) as { error?: { code: string; message: string } };
    holds(response.status === 200 || (json.error?.code ?? "") !== "", "a refusal names a code");
  };
  return { play, reached: () => seen.entries(), reachFrom: 2_000 };
}

const HONEST = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const COMMAND = JSON.stringify({ command: "halt", operator: "fuzz", reason: "fuzz", command_id: "01".repeat(16) });
const REQUESTS = [
  HONEST,
  "GET /status HTTP/1.1\r\nhost: x\r\n\r\n",
  `POST /command HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${COMMAND.length}\r\n\r\n${COMMAND}`,
  "POST /command HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "MTX1\u0010\u0000\u0000\u0000\u0001\u0000\u0000\u0001",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/** A socket that says this, cut where it likes, and goes; what came back. */
function say(port: number, parts: readonly Uint8Array[], o: { readonly abrupt: boolean }): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket: Socket = connect(port, "127.0.0.1", () => {
      for (const part of parts) socket.write(part);
      if (o.abrupt) socket.destroy();
      else socket.end();
    });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

/** The halted connector: no EA is let in, the status says why. What an EA can say is ea-link's business. */
export async function connectorDoor(): Promise<Target> {
  const seen = new Reached(["honest", "answered", "answered 400", "no answer", "gone at once"]);
  const { accounts } = loadConfig({ MT5_LOGIN: "1", MT5_SERVER: "Demo", LOCKSTEP_EA_SECRET: "fuzz-secret-0001" });
  const config = accounts[0] as EdgeConfig;
  const halt = new LockstepError("core_fault", "fuzz");
  const stream: AccountStream = { account: config.account, config, journalDirectory: "", edge: undefined, halt };
  const box = { streams: [stream], edges: [], stream: () => stream };
  const near = nearOf([]);
  const app = makeApp(silent);
  addHealth(app, { service: "metatrader-connector", ready: () => [] });
  app.route("/", makeRoutes({ box, near, status: () => ({}), random: { bytes: (n) => new Uint8Array(n) } }));
  const server = new ConnectorServer({
    streams: box.streams,
    app: app as Hono,
    near,
    log: silent,
    host: "127.0.0.1",
    port: 0,
  });
  const listening: Listening = await server.listen();
  let plays = 0;
  const play = async (pick: Picks): Promise<void> => {
    const one = (): Uint8Array => Buffer.from(REQUESTS[pick.below(REQUESTS.length)] as string, "latin1");
    let bytes = one();
    for (let n = pick.below(3); n > 0; n--) bytes = damaged(bytes, one(), pick);
    const cut = pick.below(bytes.length + 1);
    const abrupt = pick.oneIn(4);
    const answer = await say(
      listening.port,
      [bytes.subarray(0, cut), bytes.subarray(cut)].filter((p) => p.length > 0),
      { abrupt },
    );
    if (abrupt) seen.see("gone at once");
    else if (answer === "") seen.see("no answer");
    else seen.see(/^HTTP\/1\.1 400/.test(answer) ? "answered 400" : "answered");
    if (/^HTTP\/1\.1 500/m.test(answer)) throw new Finding(`answered with 500: ${answer.slice(0, 300)}`);
    if (plays++ % 16 !== 0) return;
    const health = await say(listening.port, [Buffer.from(HONEST)], { abrupt: false });
    holds(/^HTTP\/1\.1 200/.test(health), `the next honest request is answered, not ${health.slice(0, 100)}`);
    seen.see("honest");
  };
  return { play, reached: () => seen.entries(), reachFrom: 1_000, close: () => listening.close() };
}
