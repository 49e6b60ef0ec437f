// One connection to NATS and what every part of the bus needs of it: reconnecting for ever, errors as `unavailable`,
// and following a JetStream stream through restarts of the server without a gap or a repeat.
import {
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { LockstepError } from "#proto/errors.ts";

/** Messages on the way to a consumer. Hundreds of 64 KiB stall the client; a few dozen keep it busy. */
const PREFETCH = 64;
const RETRY_MS = 200;
/** A request waits this long for a lost connection to come back. */
const WAIT_MS = 5_000;
/** A silent server is noticed after two of these. */
const HEARTBEAT_MS = 1_000;

export interface NatsLink {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly connected: boolean;
  /** Calls back after each reconnect; returns how to stop that. */
  onReconnect(callback: () => void): () => void;
  /**
   * The answer of a request, or `unavailable` saying what the bus did not do. A request is given up at once when the
   * connection breaks: its answer cannot come any more, and waiting for the timeout would cost seconds.
   */
  ask<T>(what: string, request: () => Promise<T>): Promise<T>;
}

export async function openLink(o: { url: string; name: string }): Promise<NatsLink> {
  const url = new URL(o.url);
  const login = url.password === "" ? { token: url.username } : { user: url.username, pass: url.password };
  const nc = await connect({
    // A stack trace for every request costs more than the request: a third of a busy service's time.
    noAsyncTraces: true,
    servers: `${url.hostname}:${url.port || 4222}`,
    name: o.name,
    ...(url.username === "" ? {} : login),
    maxReconnectAttempts: -1,
    // Two logins in a row that came too late (a line that stands still for some seconds) are no reason to give up for good.
    ignoreAuthErrorAbort: true,
    waitOnFirstConnect: true,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
  });
  const callbacks = new Set<() => void>();
  const open = new Set<(cause: Error) => void>();
  let connected = true;
  void (async () => {
    for await (const { type } of nc.status()) {
      if (type === "disconnect") {
        connected = false;
        for (const giveUp of open) giveUp(new Error("the connection broke"));
      }
      if (type !== "reconnect") continue;
      connected = true;
      for (const callback of callbacks) callback();
    }
  })();
  /** A request made while the line is down waits for the line, not for its own timeout: the client would drop it. */
  const back = () =>
    new Promise<void>((resolve, reject) => {
      const done = (settle: () => void) => () => {
        clearTimeout(timer);
        callbacks.delete(up);
        settle();
      };
      const timer = setTimeout(
        done(() => reject(new Error("no connection"))),
        WAIT_MS,
      );
      const up = done(resolve);
      callbacks.add(up);
    });
  return {
    nc,
    js: jetstream(nc),
    jsm: await jetstreamManager(nc, { checkAPI: false }),
    get connected() {
      return connected && !nc.isClosed();
    },
    onReconnect: (callback) => {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    ask: async (what, request) => {
      const broken = Promise.withResolvers<never>();
      open.add(broken.reject);
      try {
        const answer = connected ? request() : back().then(request);
        return await Promise.race([answer, broken.promise]);
      } catch (cause) {
        if (cause instanceof LockstepError) throw cause;
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new LockstepError("unavailable", `the bus did not ${what}: ${why}`, { cause });
      } finally {
        open.delete(broken.reject);
      }
    },
  };
}

/** Waits, but no longer than until the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Asks again until it is answered or the signal aborts (then undefined): for readers that wait out an absent bus. */
export async function untilAnswered<T>(
  link: NatsLink,
  request: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await link.ask("answer", request);
    } catch {
      await pause(RETRY_MS, signal);
    }
  }
  return undefined;
}

/** Every message of a JetStream stream from sequence `start` on, then live. Waits while stream or server is not there. */
export async function* follow(
  link: NatsLink,
  o: { stream: string; subject?: string; start: number; signal: AbortSignal },
): AsyncGenerator<JsMsg> {
  let next = o.start;
  while (!o.signal.aborted) {
    const messages = await untilAnswered(link, () => consume(link, { ...o, start: next }), o.signal);
    if (!messages) return;
    const stop = () => messages.stop();
    // After a reconnect the server may have forgotten the consumer: a new one from where we are is quickest.
    const forget = link.onReconnect(stop);
    o.signal.addEventListener("abort", stop, { once: true });
    if (o.signal.aborted) stop();
    try {
      for await (const message of messages) {
        if (message.seq < next) continue;
        next = message.seq + 1;
        yield message;
        if (o.signal.aborted) return;
      }
    } catch {
      await pause(RETRY_MS, o.signal); // the consumer went away with its server
    } finally {
      forget();
      o.signal.removeEventListener("abort", stop);
      void messages.close().catch(() => {}); // its server may be gone: nothing to tell
    }
  }
}

async function consume(link: NatsLink, o: { stream: string; subject?: string; start: number }) {
  const consumer = await link.js.consumers.get(o.stream, {
    deliver_policy: "by_start_sequence",
    opt_start_seq: o.start,
    ...(o.subject === undefined ? {} : { filter_subjects: o.subject }),
  });
  return consumer.consume({ max_messages: PREFETCH, idle_heartbeat: HEARTBEAT_MS });
}

export const publish = (link: NatsLink, o: { subject: string; data: Uint8Array; msgID?: string }): Promise<unknown> =>
  link.ask(`take ${o.subject}`, () =>
    link.js.publish(o.subject, o.data, o.msgID === undefined ? {} : { msgID: o.msgID }),
  );

export const last = async (link: NatsLink, stream: string, subject: string) =>
  (await link.ask(`show ${subject}`, () => link.jsm.direct.getMessage(stream, { last_by_subj: subject }))) ?? undefined;
