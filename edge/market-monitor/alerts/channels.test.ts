// Against real servers on loopback: what arrives, what is tried again, and that no secret is ever said.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { SMTPServer } from "smtp-server";
import { makeLog } from "#mesh/service/log.ts";
import { readMonitorConfig } from "../config.ts";
import type { AlertView } from "./alert-book.ts";
import { makeChannels } from "./channels-io.ts";
import { Delivery } from "./deliver-io.ts";

const ALERT: AlertView = {
  id: "1",
  key: "trading_state",
  severity: "critical",
  text: "Trading is halted: no order leaves the box",
  at_ms: Date.UTC(2025, 2, 3, 10, 0, 0),
  state: "active",
  ended_ms: null,
};
const SECRETS = {
  token: "8123:AA-telegram-token-value",
  password: "smtp-password-value",
  hmac: "webhook-secret-value",
  path: "/hooks/T0-secret-path",
};

interface Taken {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function httpServer(answer: (response: ServerResponse, taken: Taken) => void) {
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const one = { url: request.url ?? "", headers: request.headers, body };
    taken.push(one);
    answer(response, one);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, taken, close: () => new Promise((done) => server.closeAllConnections() ?? server.close(done)) };
}

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 500; i++) {
    if (holds()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.fail(`waited in vain for ${what}`);
};

/** Delivery with a clock of its own, and every line that it logs. */
function deliver(env: Record<string, string>) {
  const lines: string[] = [];
  let now = 0;
  const delivery = new Delivery({
    channels: makeChannels(readMonitorConfig(env)),
    outbox: { boxName: () => "edge-1", least: "warning", messagesAnHour: 20 },
    log: makeLog({ service: "market-monitor", level: "debug", write: (line) => lines.push(line) }),
    nowMs: () => now,
  });
  const noSecrets = () => {
    for (const secret of Object.values(SECRETS)) assert.ok(!lines.join("").includes(secret), `${secret} was logged`);
  };
  return { delivery, lines, noSecrets, pass: (ms: number) => (now += ms) };
}

test("webhook: an alert: arrives as JSON, signed with the secret", async () => {
  const server = await httpServer((response) => response.end());
  const { delivery } = deliver({
    ALERT_WEBHOOK_URL: `${server.url}${SECRETS.path}`,
    ALERT_WEBHOOK_SECRET: SECRETS.hmac,
  });
  delivery.onNews(ALERT);
  delivery.tick();
  await until("sent", () => delivery.counts().webhook?.sent === 1);
  const [taken] = server.taken;
  const body = JSON.parse(taken?.body ?? "");
  assert.deepEqual([body.alerts, body.more], [[ALERT], 0]);
  const mac = createHmac("sha256", SECRETS.hmac)
    .update(taken?.body ?? "")
    .digest("hex");
  assert.equal(taken?.headers["x-lockstep-signature"], `sha256=${mac}`);
  await server.close();
});

test("webhook: a server that refuses, redirects, hangs up: tried again later, and the secrets are in no log", async () => {
  const answers = [
    (r: ServerResponse, t: Taken) => r.writeHead(500).end(`no: ${t.url}`),
    (r: ServerResponse) => r.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    (r: ServerResponse) => r.destroy(),
    (r: ServerResponse) => r.end(),
  ];
  const server = await httpServer((response, taken) => answers[server.taken.length - 1]?.(response, taken));
  const d = deliver({ ALERT_WEBHOOK_URL: `${server.url}${SECRETS.path}`, ALERT_WEBHOOK_SECRET: SECRETS.hmac });
  d.delivery.onNews(ALERT);
  for (let i = 1; i <= 4; i++) {
    d.delivery.tick();
    await until(`answer ${i}`, () => {
      const { sent = 0, failed = 0 } = d.delivery.counts().webhook ?? {};
      return sent + failed === i;
    });
    d.pass(60_000);
  }
  assert.deepEqual(d.delivery.counts().webhook, { sent: 1, failed: 3, dropped: 0 });
  assert.match(d.lines[0] ?? "", /webhook: answered 500: no: \*\*\*/);
  d.noSecrets();
  await server.close();
});

test("telegram: an alert: sendMessage to the chat; told to wait it waits; the token is in no log", async () => {
  const server = await httpServer((response) => {
    if (server.taken.length > 1) return response.end('{"ok":true}');
    return response
      .writeHead(429)
      .end(`{"ok":false,"description":"bot${SECRETS.token} too fast","parameters":{"retry_after":30}}`);
  });
  const d = deliver({
    ALERT_TELEGRAM_TOKEN: SECRETS.token,
    ALERT_TELEGRAM_CHAT: "-100",
    ALERT_TELEGRAM_URL: server.url,
  });
  d.delivery.onNews(ALERT);
  d.delivery.tick();
  await until("refusal", () => d.delivery.counts().telegram?.failed === 1);
  d.pass(29_000);
  d.delivery.tick();
  assert.equal(server.taken.length, 1);
  d.pass(2_000);
  d.delivery.tick();
  await until("sent", () => d.delivery.counts().telegram?.sent === 1);
  assert.equal(server.taken[1]?.url, `/bot${SECRETS.token}/sendMessage`);
  const { chat_id, text } = JSON.parse(server.taken[1]?.body ?? "");
  assert.deepEqual(
    [chat_id, text],
    ["-100", "Lockstep edge-1\nCRITICAL: Trading is halted: no order leaves the box (2025-03-03 10:00:00 UTC)"],
  );
  d.noSecrets();
  await server.close();
});

async function smtpServer(o: ConstructorParameters<typeof SMTPServer>[0]) {
  const mails: string[] = [];
  const server = new SMTPServer({
    ...o,
    onData: (stream, _session, done) => {
      let text = "";
      stream.on("data", (chunk) => (text += chunk));
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise<void>((done) => server.close(() => done())),
  };
}

const MAIL = { ALERT_EMAIL_FROM: "box@example.test", ALERT_EMAIL_TO: "a@example.test, b@example.test" };

test("e-mail: an alert: is delivered to all receivers by a real SMTP server", async () => {
  const server = await smtpServer({ authOptional: true, disabledCommands: ["STARTTLS"] });
  const { delivery } = deliver({ ...MAIL, ALERT_SMTP_URL: server.url });
  delivery.onNews(ALERT);
  delivery.tick();
  await until("sent", () => delivery.counts().email?.sent === 1);
  assert.match(
    server.mails[0] ?? "",
    /^From: box@example.test\r\nTo: a@example.test, b@example.test\r\nSubject: Lockstep edge-1: Trading is halted/m,
  );
  await server.close();
});

test("e-mail: a server without TLS: never gets the password; a failure says so without it", async () => {
  let asked = 0;
  const server = await smtpServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => {
      asked++;
      done(new Error("no"));
    },
  });
  const d = deliver({
    ...MAIL,
    ALERT_SMTP_URL: server.url,
    ALERT_SMTP_USER: "box",
    ALERT_SMTP_PASSWORD: SECRETS.password,
  });
  d.delivery.onNews(ALERT);
  d.delivery.tick();
  await until("failure", () => d.delivery.counts().email?.failed === 1);
  assert.equal(asked, 0);
  assert.match(d.lines[0] ?? "", /email: not sent/);
  d.noSecrets();
  await server.close();
});

test("configuration: half a channel, a password in a URL, an unknown threshold: refused, naming the variable", () => {
  const refused = (env: Record<string, string>, says: RegExp) =>
    assert.throws(() => readMonitorConfig(env), { code: "bad_config", message: says });
  refused({ ALERT_SMTP_URL: "smtp://h" }, /ALERT_EMAIL_FROM/);
  refused({ ...MAIL, ALERT_SMTP_URL: "smtp://u:secret@h" }, /ALERT_SMTP_PASSWORD/);
  refused({ ALERT_TELEGRAM_TOKEN: "x" }, /ALERT_TELEGRAM_CHAT/);
  refused({ ALERT_THRESHOLDS: '{"spred":1}' }, /ALERT_THRESHOLDS: .*spred/);
  refused({ ALERT_THRESHOLDS: "{" }, /ALERT_THRESHOLDS is not JSON/);
  refused({ ALERT_WEBHOOK_URL: "ftp://h" }, /ALERT_WEBHOOK_URL/);
  refused({ ALERT_TELEGRAM_TOKEN_FILE: "/no/such/file", ALERT_TELEGRAM_CHAT: "1" }, /ALERT_TELEGRAM_TOKEN_FILE/);
});
