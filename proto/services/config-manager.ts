// The HTTP contract of config-manager: the versions of the box's configuration, what a change would do and would have done, and
// secrets, which go in and never come out but to the service that they belong to. Only from this machine.
import { z } from "zod";
import { VERSION_MAX } from "../configuration/document.ts";
import type { Contract } from "./contract.ts";
import { ConfigurationChange, ConfigurationInForce } from "./metatrader-connector.ts";
import { hex, StreamId } from "./shapes.ts";

const configVersion = z.number().int().min(0).max(VERSION_MAX);

/** One version that was in force, and who put it there. */
export const Version = z.object({
  stream_id: StreamId,
  config_version: configVersion,
  document_sha256: hex(64),
  previous_sha256: hex(64),
  operator: z.string(),
  reason: z.string(),
  /** Zeros = not signed. */
  public_key: hex(64),
  signature: hex(128),
  /** Of the journal: time and place of its config_change; 0 for version 0, the box's settings file. */
  time_ms: z.number().int(),
  seq: z.number().int(),
});
export type Version = z.infer<typeof Version>;

const Effect = z.enum(["tightens", "loosens", "changes"]);
export const Differences = z.object({
  /** Values are JSON as text; null = it is not there. */
  differences: z.array(
    z.object({ path: z.string(), from: z.string().nullable(), to: z.string().nullable(), effect: Effect }),
  ),
  needs_signature: z.boolean(),
});

/** What would come of a document, before anybody signs it. */
export const Check = Differences.extend({
  /** Empty = it can be signed and applied. */
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  /** The text that is named by its SHA-256; empty when there are problems. */
  text: z.string(),
});
export type Check = z.infer<typeof Check>;

const State = z.enum(["running", "done", "failed", "canceled"]);
export const DryRun = z.object({
  id: z.string(),
  state: State,
  percent: z.number(),
  /** Why it failed. */
  problem: z.string().nullable(),
  /** As `npm run whatif -- --json` gives it. */
  result: z.record(z.string(), z.unknown()).nullable(),
});
export type DryRun = z.infer<typeof DryRun>;

export const SECRET_SERVICES = ["market-monitor", "data-collector", "metatrader-connector"] as const;
export type SecretService = (typeof SECRET_SERVICES)[number];
export const SECRET_BYTES_MAX = 4_096;
export const SecretName = z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/, "a name is capital letters, digits and _");
export const SecretInfo = z.object({ name: SecretName, service: z.enum(SECRET_SERVICES), set_ms: z.number().int() });
export type SecretInfo = z.infer<typeof SecretInfo>;

const document = z.unknown();

export const configManager = {
  service: "config-manager",
  routes: {
    current: { method: "GET", path: "/current", response: ConfigurationInForce },
    versions: { method: "GET", path: "/versions", response: z.object({ versions: z.array(Version) }) },
    version: {
      method: "GET",
      path: "/versions/:version",
      params: z.object({ version: z.coerce.number().int().min(0).max(VERSION_MAX) }),
      response: Version.extend({ document }),
    },
    differences: {
      method: "GET",
      path: "/differences",
      query: z.object({ from: z.coerce.number().int().min(0), to: z.coerce.number().int().min(0) }),
      response: Differences,
    },
    check: { method: "POST", path: "/check", body: z.strictObject({ document }), response: Check },
    /** The way in of every change: from the page, the command line, or the cloud. Answered when it is durable. */
    apply: {
      method: "POST",
      path: "/versions",
      body: ConfigurationChange,
      response: z.object({
        config_version: configVersion,
        document_sha256: hex(64),
        records: z.number().int(),
        seq: z.number().int(),
      }),
    },
    dryRun: {
      method: "POST",
      path: "/dry-runs",
      body: z.strictObject({ document, last_hours: z.number().min(0.01).max(10_000).default(24) }),
      response: DryRun,
    },
    dryRunState: {
      method: "GET",
      path: "/dry-runs/:id",
      params: z.object({ id: z.string().max(40) }),
      response: DryRun,
    },
    cancelDryRun: {
      method: "POST",
      path: "/dry-runs/:id/cancel",
      params: z.object({ id: z.string().max(40) }),
      body: z.strictObject({}),
      response: DryRun,
    },
    secrets: { method: "GET", path: "/secrets", response: z.object({ secrets: z.array(SecretInfo) }) },
    setSecret: {
      method: "POST",
      path: "/secrets",
      body: z.strictObject({
        name: SecretName,
        service: z.enum(SECRET_SERVICES),
        value: z.string().min(1).max(SECRET_BYTES_MAX),
      }),
      response: SecretInfo,
    },
    removeSecret: {
      method: "POST",
      path: "/secrets/:name/remove",
      params: z.object({ name: SecretName }),
      body: z.strictObject({}),
      response: z.object({ removed: z.boolean() }),
    },
    /** What a service reads at its start; only with its own token. */
    serviceSettings: {
      method: "POST",
      path: "/service-settings",
      body: z.strictObject({ service: z.enum(SECRET_SERVICES), token: z.string().max(128) }),
      response: z.object({ config_version: configVersion, env: z.record(z.string(), z.string()) }),
    },
  },
} as const satisfies Contract;
