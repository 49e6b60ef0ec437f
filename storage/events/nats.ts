// The bus over NATS JetStream. VERIFIED, AUTHORITIES and SNAPSHOTS keep one message a stream, EVENTS a week of them; the journals'
// log is in nats-journal.ts. All of it survives a restart of the server at any moment.
import { JetStreamApiCodes, JetStreamApiError, PersistMode, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { LockstepError } from "#proto/errors.ts";
import type { Bus, Events, Latest, Snapshots, StreamAuthority, VerifiedPosition } from "./bus.ts";
import { BULK_EVENTS, type CloudEvent, decodeEvent, EVENT_TYPES, type EventType, encodeEvent } from "./envelope.ts";
import { NatsJournalLog } from "./nats-journal.ts";
import { follow, last, type NatsLink, openLink, pause, publish, untilAnswered } from "./nats-link.ts";
import { MODEL_STREAMS, modelsOver } from "./nats-models.ts";

const DAY_NS = 86_400_000_000_000;
/** Repeats of an event within it are dropped: longer than a restart takes. */
const REPEAT_NS = 120_000_000_000;

const NAME_IN_USE = 10058;

const STREAMS: readonly StreamSpec[] = [
  { name: "VERIFIED", subjects: ["verified.*"], max_msgs_per_subject: 1 },
  { name: "AUTHORITIES", subjects: ["authorities.*"], max_msgs_per_subject: 1 },
  { name: "SNAPSHOTS", subjects: ["snapshots.*"], max_msgs_per_subject: 1 },
  ...MODEL_STREAMS,
  eventsSpec("EVENTS"),
  // Synced one by one they would reach two thousand a second; the journal has all that they say.
  { ...eventsSpec("EVENTS_BULK"), persist_mode: PersistMode.Async as PersistMode },
];

type StreamSpec = Partial<StreamConfig> & { readonly name: string };

function eventsSpec(name: string): StreamSpec {
  const types = EVENT_TYPES.filter((type) => eventsStream(type) === name);
  return { name, subjects: types.map((type) => `events.${type}.*`), max_age: 7 * DAY_NS, duplicate_window: REPEAT_NS };
}

function eventsStream(type: EventType): string {
  return BULK_EVENTS.includes(type) ? "EVENTS_BULK" : "EVENTS";
}

/** Waits for the server as long as it takes. `name` is shown in the server's own reports. */
export async function connectBus(o: { url: string; name: string }): Promise<Bus> {
  const link = await openLink(o);
  for (const config of STREAMS) await ensureStream(link, config);
  return {
    journal: new NatsJournalLog(link),
    verified: latestOver(link, { stream: "VERIFIED", prefix: "verified", coding: POSITION }),
    authorities: latestOver(link, { stream: "AUTHORITIES", prefix: "authorities", coding: AUTHORITY }),
    events: eventsOver(link),
    snapshots: snapshotsOver(link),
    models: modelsOver(link),
    get connected() {
      return link.connected;
    },
    close: async () => {
      if (link.connected) await link.nc.drain();
      else await link.nc.close();
    },
  };
}

async function ensureStream(link: NatsLink, spec: StreamSpec): Promise<void> {
  const forever = new AbortController().signal;
  for (;;) {
    try {
      await link.jsm.streams.info(spec.name);
      return;
    } catch (error) {
      const missing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
      if (missing) await createStream(link, spec);
      else await pause(200, forever);
    }
  }
}

async function createStream(link: NatsLink, { persist_mode, ...spec }: StreamSpec): Promise<void> {
  const mode = persist_mode !== undefined && knowsPersistMode(link) ? { persist_mode } : {};
  try {
    await link.jsm.streams.add({ storage: StorageType.File, allow_direct: true, ...spec, ...mode });
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError)) return; // the line broke: asked again
    if (cause.code === NAME_IN_USE) return; // another service was quicker
    throw new LockstepError("unavailable", `the NATS server refuses stream ${spec.name}: ${cause.message}`, { cause });
  }
}

/** From 2.12 on; older servers have no setting that would make it needed. */
function knowsPersistMode({ nc }: NatsLink): boolean {
  const [major = 0, minor = 0] = (nc.info?.version ?? "").split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 12);
}

interface Coding<T> {
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (data: Uint8Array) => T;
}

const asJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const fromJson = (data: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(data));

const POSITION: Coding<VerifiedPosition> = {
  encode: (position) => asJson({ ...position, verified_seq: position.verified_seq.toString() }),
  decode(data) {
    const json = fromJson(data) as VerifiedPosition & { verified_seq: string };
    return { ...json, verified_seq: BigInt(json.verified_seq) };
  },
};
const AUTHORITY: Coding<StreamAuthority> = { encode: asJson, decode: (data) => fromJson(data) as StreamAuthority };

/** The NATS stream keeps the last message of each subject, `prefix` and the stream's id. */
function latestOver<T extends { readonly stream_id: string }>(
  link: NatsLink,
  o: { stream: string; prefix: string; coding: Coding<T> },
): Latest<T> {
  const { encode, decode } = o.coding;
  const subjectOf = (stream: string) => `${o.prefix}.${stream}`;
  return {
    publish: async (value) => {
      await publish(link, { subject: subjectOf(value.stream_id), data: encode(value) });
    },
    latest: async (stream) => {
      const message = await last(link, o.stream, subjectOf(stream));
      return message && decode(message.data);
    },
    watch: ({ stream, signal, onLatest }) =>
      watchLatest(link, {
        stream: o.stream,
        subject: subjectOf(stream),
        signal,
        onData: (data) => onLatest(decode(data)),
      }),
  };
}

/** The last message of a subject, then newer ones, until the signal aborts. */
async function watchLatest(
  link: NatsLink,
  o: { stream: string; subject: string; signal: AbortSignal; onData: (data: Uint8Array) => void },
): Promise<void> {
  const { stream, subject, signal } = o;
  const found = await untilAnswered(link, async () => ({ message: await last(link, stream, subject) }), signal);
  if (!found) return;
  if (found.message) o.onData(found.message.data);
  const start = (found.message?.seq ?? 0) + 1;
  for await (const message of follow(link, { stream, subject, start, signal })) o.onData(message.data);
}

const messageOf = (event: CloudEvent) => ({
  subject: `events.${event.type}.${event.subject}`,
  msgID: `${event.type}:${event.id}`,
  data: encodeEvent(event),
});

function eventsOver(link: NatsLink): Events {
  return {
    publish: async (events) => {
      const bulk = events.filter(({ type }) => BULK_EVENTS.includes(type));
      const others = events.filter(({ type }) => !BULK_EVENTS.includes(type));
      // The server takes one connection's messages in order: when it acknowledges the last, it has had those before.
      for (const event of bulk.slice(0, -1)) {
        const { subject, msgID, data } = messageOf(event);
        const head = headers();
        head.set("Nats-Msg-Id", msgID);
        link.nc.publish(subject, data, { headers: head });
      }
      await Promise.all([...others, ...bulk.slice(-1)].map((event) => publish(link, messageOf(event))));
    },
    subscribe: (o) => subscribe(link, o),
  };
}

async function* subscribe(
  link: NatsLink,
  o: { type: EventType; stream?: string; from: "first" | "new"; signal: AbortSignal },
): AsyncGenerator<CloudEvent> {
  const start =
    o.from === "first"
      ? 1
      : await untilAnswered(
          link,
          async () => (await link.jsm.streams.info(eventsStream(o.type))).state.last_seq + 1,
          o.signal,
        );
  if (start === undefined) return;
  const subject = `events.${o.type}.${o.stream ?? "*"}`;
  for await (const message of follow(link, { stream: eventsStream(o.type), subject, start, signal: o.signal }))
    yield decodeEvent(message.data);
}

function snapshotsOver(link: NatsLink): Snapshots {
  const subjectOf = (stream: string) => `snapshots.${stream}`;
  return {
    save: async (stream, data) => {
      await publish(link, { subject: subjectOf(stream), data });
    },
    latest: async (stream) => (await last(link, "SNAPSHOTS", subjectOf(stream)))?.data,
  };
}
