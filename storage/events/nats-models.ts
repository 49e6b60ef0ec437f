// Models on NATS JetStream. MODELS keeps each artefact for ever, in pieces under its digest (a message holds no more than
// 1 MiB), the one that says how many there are last: an artefact is there as a whole or not at all. ASSIGNMENTS keeps the
// newest order of each stream and role; the journals have all of them.
import { hash } from "node:crypto";
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { MODEL_BYTES_MAX } from "#proto/limits.ts";
import { MODEL_ROLE } from "#proto/records.ts";
import { AssignedModel } from "#proto/services/models.ts";
import type { Models } from "./bus.ts";
import { follow, last, type NatsLink, publish } from "./nats-link.ts";

const PIECE_BYTES = 256 * 1024;

export const MODEL_STREAMS = [
  { name: "MODELS", subjects: ["models.*.*"], max_msgs_per_subject: 1 },
  { name: "ASSIGNMENTS", subjects: ["assignments.*.*"], max_msgs_per_subject: 1 },
];

const Whole = z.strictObject({ size_bytes: z.number().int().min(1).max(MODEL_BYTES_MAX) });

const textOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function read<T>(shape: z.ZodType<T>, data: Uint8Array, what: string): T {
  try {
    return shape.parse(JSON.parse(new TextDecoder().decode(data)));
  } catch (cause) {
    throw new LockstepError("bad_file", `${what} on the bus is damaged: write it again`, { cause });
  }
}

const orderSubject = (stream: string, role: number | string): string => `assignments.${stream}.${role}`;

export function modelsOver(link: NatsLink): Models {
  const orderOf = (data: Uint8Array): AssignedModel => read(AssignedModel, data, "an order about models");
  return {
    put: (sha256, bytes) => put(link, sha256, bytes),
    get: (sha256) => get(link, sha256),
    assign: async (order) => {
      await publish(link, { subject: orderSubject(order.stream_id, order.role), data: textOf(order) });
    },
    assigned: async (stream) => {
      const roles = Object.values(MODEL_ROLE);
      const found = await Promise.all(roles.map((role) => last(link, "ASSIGNMENTS", orderSubject(stream, role))));
      return found.flatMap((message) => (message ? [orderOf(message.data)] : []));
    },
    watch: async ({ stream, signal, onOrder }) => {
      // From the first message on: there is one of each role.
      const from = { stream: "ASSIGNMENTS", subject: orderSubject(stream, "*"), start: 1, signal };
      for await (const { data } of follow(link, from)) onOrder(orderOf(data));
    },
  };
}

async function put(link: NatsLink, sha256: string, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || bytes.length > MODEL_BYTES_MAX || hash("sha256", bytes) !== sha256)
    throw new LockstepError("bad_file", `these ${bytes.length} bytes are not model ${sha256}`);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    await publish(link, {
      subject: `models.${sha256}.${at / PIECE_BYTES}`,
      data: bytes.subarray(at, at + PIECE_BYTES),
    });
  await publish(link, { subject: `models.${sha256}.whole`, data: textOf({ size_bytes: bytes.length }) });
}

async function get(link: NatsLink, sha256: string): Promise<Uint8Array | undefined> {
  const whole = await last(link, "MODELS", `models.${sha256}.whole`);
  if (!whole) return undefined;
  const { size_bytes } = read(Whole, whole.data, `model ${sha256}`);
  const indices = Array.from({ length: Math.ceil(size_bytes / PIECE_BYTES) }, (_, i) => i);
  const pieces = await Promise.all(indices.map((i) => last(link, "MODELS", `models.${sha256}.${i}`)));
  const bytes = new Uint8Array(Buffer.concat(pieces.map((piece) => piece?.data ?? new Uint8Array(0))));
  if (bytes.length === size_bytes && hash("sha256", bytes) === sha256) return bytes;
  throw new LockstepError("bad_file", `model ${sha256} on the bus is damaged: publish it again`);
}
