// An edge without a terminal, on a real directory, that knows two symbols; a named person's key; and the changes that tests sign.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { plainSpec } from "#core-wasm/host/plain-spec.ts";
import { makeLog } from "#mesh/service/log.ts";
import { realClock } from "#mesh/world/clock.ts";
import { realRandom } from "#mesh/world/random.ts";
import { configurationMessage } from "#proto/configuration/message.ts";
import { SymbolSpec } from "#proto/generated/records.ts";
import { bytesOf } from "#proto/hex.ts";
import { SOURCE } from "#proto/records.ts";
import type { ConfigurationChange, ConfigurationInForce } from "#proto/services/metatrader-connector.ts";
import { loadConfig } from "./accounts.ts";
import { type EdgeConfig, parseSettings } from "./config.ts";
import { digestOf } from "./configure.ts";
import { Edge } from "./edge.ts";
import { openEdgeStorage, openModels } from "./edge-storage-io.ts";

export interface Person {
  readonly name: string;
  readonly public_key: string;
  readonly key: KeyObject;
}

export function person(name: string): Person {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { name, public_key: spki.subarray(-32).toString("hex"), key: privateKey };
}

export async function openEdge(
  directory: string,
  o: { operators: readonly Person[]; settings?: object },
): Promise<Edge> {
  const [own] = loadConfig({
    LOCKSTEP_EDGE_DATA: directory,
    LOCKSTEP_ACCOUNTS: "1@Demo",
    LOCKSTEP_SYMBOLS: "EURUSD,GBPUSD",
    LOCKSTEP_EA_SECRET: "test-secret-0001",
  }).accounts;
  const operators = o.operators.map(({ name, public_key }) => ({ name, public_key }));
  const config = {
    ...(own as EdgeConfig),
    settings: parseSettings(JSON.stringify({ ...o.settings, operators }), "test"),
  };
  const log = makeLog({ service: "metatrader-connector", write: () => undefined });
  const storage = openEdgeStorage({ config, alone: true, models: openModels(directory), random: realRandom });
  const edge = await Edge.open({ config, clock: realClock(), random: realRandom, log, storage });
  if (edge.book.symbols.size === 0) {
    for (const [index, base] of ["EUR", "GBP"].entries())
      edge.hot.add(
        SymbolSpec,
        { source: SOURCE.terminal, symbol: index + 1 },
        { ...plainSpec(`${base}USD`, 5), margin_currency: "USD" },
      );
    edge.hot.commit();
  }
  return edge;
}

/** The next version over what is in force, signed where a person is given. */
export function changeOf(
  current: ConfigurationInForce,
  document: ConfigurationChange["document"],
  by?: Person,
): ConfigurationChange {
  const words = {
    config_version: current.config_version + 1,
    previous_sha256: current.document_sha256,
    operator: by?.name ?? "ann",
    reason: "a test",
  };
  const message = configurationMessage({
    ...words,
    stream_id: bytesOf(current.stream_id),
    document_sha256: bytesOf(digestOf(document)),
    previous_sha256: bytesOf(words.previous_sha256),
  });
  return {
    ...words,
    document,
    public_key: by?.public_key ?? "0".repeat(64),
    signature: by ? sign(null, message, by.key).toString("hex") : "0".repeat(128),
  };
}
