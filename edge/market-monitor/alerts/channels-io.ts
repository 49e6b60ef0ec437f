// Webhook, e-mail and Telegram: each sends one message or throws. What a channel's server says goes into errors with the
// secrets taken out, and without a cause: a URL or a header of a cause could hold one.
import { createHmac } from "node:crypto";
import { createTransport } from "nodemailer";
import { LockstepError } from "#proto/errors.ts";
import type { MonitorConfig } from "../config.ts";
import type { Message } from "./outbox.ts";

const SEND_MS = 10_000;
/** Of an answer that is no success: enough to say why. */
const ANSWER_MAX = 300;

export interface Channel {
  readonly name: "webhook" | "email" | "telegram";
  /** Throws a LockstepError, `retry_ms` of a SendError says when to come again. */
  send(message: Message): Promise<void>;
}

export class SendError extends LockstepError {
  readonly retryMs: number | undefined;

  constructor(text: string, retryMs?: number) {
    super("unavailable", text);
    this.retryMs = retryMs;
  }
}

export function makeChannels({ webhook, email, telegram }: MonitorConfig): Channel[] {
  return [
    ...(webhook ? [webhookChannel(webhook)] : []),
    ...(email ? [emailChannel(email)] : []),
    ...(telegram ? [telegramChannel(telegram)] : []),
  ];
}

/** `text` with every secret replaced, also as it stands in a URL. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (!secret) continue;
    clean = clean.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
  }
  return clean;
}

function webhookChannel(o: NonNullable<MonitorConfig["webhook"]>): Channel {
  return {
    name: "webhook",
    async send({ subject, text, alerts, more }) {
      const body = JSON.stringify({ subject, text, alerts, more });
      const signature = o.secret && createHmac("sha256", o.secret).update(body).digest("hex");
      const headers = { ...(signature ? { "x-lockstep-signature": `sha256=${signature}` } : {}) };
      // Its path often is the secret.
      await post({ name: "webhook", url: o.url, body, headers, secrets: [o.secret, o.url, new URL(o.url).pathname] });
    },
  };
}

function telegramChannel(o: NonNullable<MonitorConfig["telegram"]>): Channel {
  return {
    name: "telegram",
    async send({ text }) {
      const url = `${o.url.replace(/\/$/, "")}/bot${o.token}/sendMessage`;
      const body = JSON.stringify({ chat_id: o.chat, text, disable_web_page_preview: true });
      await post({ name: "telegram", url, body, secrets: [o.token] });
    },
  };
}

interface Post {
  readonly name: string;
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secrets: readonly (string | undefined)[];
}

async function post({ name, url, body, headers, secrets }: Post): Promise<void> {
  let response: Response;
  let answer: string;
  try {
    response = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
      redirect: "error",
      signal: AbortSignal.timeout(SEND_MS),
    });
    answer = await readSome(response);
  } catch (error) {
    const why = error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new SendError(redact(`${name}: not sent: ${why}`, secrets));
  }
  if (response.ok) return;
  throw new SendError(redact(`${name}: answered ${response.status}: ${answer}`, secrets), retryMsOf(response, answer));
}

/** No more than is of use, whatever the server goes on sending. */
async function readSome(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= ANSWER_MAX) break;
  }
  return text.slice(0, ANSWER_MAX);
}

/** Retry-After of HTTP, or parameters.retry_after of Telegram's API, both in seconds. */
function retryMsOf(response: Response, answer: string): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? /"retry_after":\s*(\d{1,6})/.exec(answer)?.[1]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function emailChannel(o: NonNullable<MonitorConfig["email"]>): Channel {
  const { protocol, hostname, port } = new URL(o.url);
  const secure = protocol === "smtps:";
  return {
    name: "email",
    async send({ subject, text }) {
      const transport = createTransport({
        host: hostname,
        port: Number(port || (secure ? 465 : 587)),
        secure,
        // Credentials only over TLS.
        requireTLS: !secure && o.user !== undefined,
        ...(o.user === undefined ? {} : { auth: { user: o.user, pass: o.password ?? "" } }),
        connectionTimeout: SEND_MS,
        greetingTimeout: SEND_MS,
        socketTimeout: SEND_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({ from: o.from, to: [...o.to], subject, text });
      } catch (error) {
        throw new SendError(redact(`email: not sent: ${(error as Error).message}`, [o.password]));
      } finally {
        transport.close();
      }
    },
  };
}
