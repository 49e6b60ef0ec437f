// Configurations: documents from people, files as they lie on disk, bodies from the network. A document is taken or refused by
// name; what is taken is read again to the same text, compared with any other without a sign of surprise, and becomes records
// whose integers hold it. A damaged file is refused, a secret's value is in no refusal and in no list.

import { differences, needsSignature } from "#proto/configuration/difference.ts";
import {
  type ConfigurationDocument,
  documentText,
  parseDocument,
  readDocument,
} from "#proto/configuration/document.ts";
import { configurationMessage } from "#proto/configuration/message.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { HEADER_BYTES } from "#proto/records.ts";
import { configManager } from "#proto/services/config-manager.ts";
import { ConfigurationChange } from "#proto/services/metatrader-connector.ts";
import { readEntry } from "../../../edge/config-manager/history-io.ts";
import { checkOf } from "../../../edge/config-manager/manager.ts";
import { type SecretKey, Secrets } from "../../../edge/config-manager/secrets.ts";
import { settingsFor } from "../../../edge/config-manager/settings-for.ts";
import { configurationRecords, obeyedOfDocument } from "../../../edge/metatrader-connector/configuration.ts";
import type { Picks } from "../../choices.ts";
import { damagedText, JSON_PIECES } from "../damage.ts";
import { holds, Reached, refusals, refused, type Target } from "../target.ts";

const PIECES = [...JSON_PIECES, "true", "1.5", '"__proto__":{},', "\\u0000", "é"];
const VALUES: readonly unknown[] = [
  0,
  -1,
  1,
  0.1,
  60,
  3600,
  1e6,
  1e9,
  1e10,
  1e308,
  86_399,
  86_400,
  65_535,
  2 ** 32,
  null,
  true,
  false,
  "",
  "1",
  "EURUSD",
  "__proto__",
  "2030-01-01T00:00:00Z",
  "2029-01-01T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "http://x/{KEY}",
  "f".repeat(64),
  [],
  {},
  ["EURUSD"],
  { EURUSD: {} },
  { EURUSD: { tradable: false, limits: { spread_max_points: 5 } } },
];
const FULL = JSON.stringify(
  parseDocument({
    symbols: {
      EURUSD: { limits: { spread_max_points: 9 }, strategy: { volume_lots: 1 } },
      XAUUSD: { tradable: false },
    },
    strategy_limits: [{ strategy_id: 0 }, { strategy_id: 4 }],
    news_windows: [{ from: "2030-01-01T12:00:00Z", to: "2030-01-01T13:00:00Z", currency: "USD" }],
    monitor: { thresholds: { spread_points: { EURUSD: 1 } } },
    sources: [{ name: "a", url: "http://127.0.0.1/{KEY}" }],
  }),
);
const BASE = parseDocument(JSON.parse(FULL));
const CANARY = "canary-0451";
const KEY: SecretKey = { bytes: new Uint8Array(32).fill(7) };
const ZERO = "0".repeat(64);

type Json = Record<string, unknown>;

/** One value of it is another one, at any depth. */
function mutate(value: unknown, pick: Picks): void {
  if (typeof value !== "object" || value === null) return;
  const object = value as Json;
  const names = Object.keys(object);
  const name = names[pick.below(names.length + 1)] ?? "unheard_of";
  const inside = object[name];
  if (typeof inside === "object" && inside !== null && !pick.oneIn(6)) mutate(inside, pick);
  else if (pick.oneIn(12)) delete object[name];
  else object[name] = structuredClone(VALUES[pick.below(VALUES.length)]);
}

function someDocument(pick: Picks): unknown {
  const json: unknown = JSON.parse(FULL);
  for (let n = pick.below(4); n > 0; n--) mutate(json, pick);
  return json;
}

/** Every integer of a record keeps what it is given. */
function checkRecords(document: ConfigurationDocument): void {
  const inForce = { configuration: new Map<string, string>(), symbolIndex: () => 1 };
  for (const { codec, payload } of configurationRecords(obeyedOfDocument(document, 65_535), [], inForce)) {
    const record = encodeRecord(codec, { time_ns: 0n, source: 0 }, payload);
    const read = (codec as unknown as { read(view: DataView, at: number): Json }).read(viewOf(record), 0);
    for (const [name, value] of Object.entries(payload as Json))
      holds(read[name] === value, `${codec.kind}.${name}: ${value} is written as ${read[name]}`);
    holds(record.length > HEADER_BYTES, "a record has a payload");
  }
}

class Configuration implements Target {
  readonly reachFrom = 20_000;
  readonly #reach = new Reached([
    "document taken",
    "change that takes away",
    "change to be signed",
    "problems told",
    "body taken",
    "body refused",
    "file taken",
    "secrets taken",
    "another key",
    ...refusals(["bad_config", "bad_file"]),
  ]);
  readonly #secretsText: string;
  readonly #entry: string;

  constructor() {
    const secrets = Secrets.create(KEY);
    secrets.set({ name: "KEY", service: "data-collector", value: CANARY, set_ms: 1 });
    secrets.set({ name: "ALERT_SMTP_PASSWORD", service: "market-monitor", value: CANARY, set_ms: 1 });
    this.#secretsText = secrets.text;
    this.#entry = JSON.stringify({
      ...{
        stream_id: "0".repeat(32),
        config_version: 1,
        document_sha256: ZERO,
        previous_sha256: ZERO,
        operator: "ann",
      },
      ...{ reason: "x", public_key: ZERO, signature: ZERO + ZERO, time_ms: 1, seq: 1, previous_entry: ZERO },
    });
  }

  play(pick: Picks): void {
    const part = pick.below(8);
    if (part < 2) this.#file(pick);
    else if (part < 4) this.#secrets(pick);
    else if (part < 5) this.#body(pick);
    else this.#document(someDocument(pick), pick);
  }

  #document(json: unknown, pick: Picks): void {
    const check = checkOf(BASE, json);
    try {
      const document = parseDocument(json);
      const text = documentText(document);
      holds(check.problems.length === 0 && check.text === text, "a document is checked as it is taken");
      if (pick.oneIn(4))
        holds(documentText(parseDocument(JSON.parse(text))) === text, "a document's text is read to the same text");
      const [there, back] = [differences(BASE, document), differences(document, BASE)];
      holds(there.length === back.length, "as much is different one way as the other");
      holds(there.length === 0 || needsSignature(there) || needsSignature(back), "not both ways without a signature");
      if (there.length > 0) this.#reach.see(needsSignature(there) ? "change to be signed" : "change that takes away");
      checkRecords(document);
      settingsFor("data-collector", document, { KEY: CANARY });
      this.#reach.see("document taken");
    } catch (error) {
      refused(this.#reach, error);
      holds(check.problems.length > 0 && check.text === "", "what is refused has a reason that is told");
      this.#reach.see("problems told");
    }
  }

  #file(pick: Picks): void {
    let text = pick.oneIn(2) ? FULL : this.#entry;
    const read = text === FULL ? readDocument : readEntry;
    for (let n = pick.below(4); n > 0; n--) text = damagedText(text, PIECES, pick);
    try {
      read(text, "file.json");
      this.#reach.see("file taken");
    } catch (error) {
      refused(this.#reach, error);
    }
  }

  #secrets(pick: Picks): void {
    let text = this.#secretsText;
    for (let n = pick.below(3); n > 0; n--) text = damagedText(text, PIECES, pick);
    const key = pick.oneIn(8) ? { bytes: new Uint8Array(32).fill(8) } : KEY;
    try {
      const secrets = Secrets.read(text, key, "secrets.json");
      holds(key === KEY, "another key opens nothing");
      holds(!JSON.stringify(secrets.list()).includes(CANARY), "a list has no values");
      for (const value of Object.values(secrets.of("data-collector")))
        holds(value === CANARY, "a value is decrypted whole or refused");
      this.#reach.see("secrets taken");
    } catch (error) {
      refused(this.#reach, error);
      holds(!String((error as Error).message).includes(CANARY), "a refusal has no values");
      if (key !== KEY) this.#reach.see("another key");
    }
  }

  #body(pick: Picks): void {
    const change = {
      document: someDocument(pick),
      config_version: 1,
      previous_sha256: ZERO,
      operator: "ann",
      reason: "x",
    };
    for (let n = pick.below(3); n > 0; n--) mutate(change, pick);
    const { routes } = configManager;
    const others = [
      routes.setSecret.body.safeParse(change.document),
      routes.dryRun.body.safeParse({ document: change.document, last_hours: VALUES[pick.below(VALUES.length)] }),
      routes.serviceSettings.body.safeParse(change),
    ];
    const taken = ConfigurationChange.safeParse(change);
    this.#reach.see(taken.success || others.some(({ success }) => success) ? "body taken" : "body refused");
    if (!taken.success) return;
    const bytes = configurationMessage({
      ...taken.data,
      stream_id: new Uint8Array(16),
      document_sha256: new Uint8Array(32),
      previous_sha256: new Uint8Array(32),
    });
    holds(new TextDecoder().decode(bytes).split("\n").length === 8, "what is signed has seven lines");
    documentText(taken.data.document);
  }

  reached(): readonly (readonly [string, number])[] {
    return this.#reach.entries();
  }
}

export const configuration = (): Target => new Configuration();
