// Limits that the cloud has signed against those of the settings file and of a configuration: the cloud's stay in force, for every
// symbol, until it signs others.
import assert from "node:assert/strict";
import { generateKeyPairSync, hash, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { Redecider } from "#core-wasm/host/redecide.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { commandMessage } from "#proto/cloud-command.ts";
import { CloudCommand, RiskLimits, Takeover } from "#proto/generated/records.ts";
import { encodeRecord, viewOf } from "#proto/record.ts";
import { HEADER_BYTES, SOURCE } from "#proto/records.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { changeOf, openEdge, person } from "./configure.fixture.ts";
import type { Edge } from "./edge.ts";

const NS_PER_S = 1_000_000_000n;
const root = mkdtempSync(join(tmpdir(), "lockstep-cloud-limits-"));
after(() => rmSync(root, { recursive: true }));

const grace = person("Grace");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const cloudKey = publicKey.export({ type: "spki", format: "der" }).subarray(-32);

/** Of symbol 0 (all) or one's own: as the journal says, and null when there are none. */
function limitsOf(edge: Edge, key: string): RiskLimits | null {
  const payload = edge.book.configuration.get(key);
  if (payload === undefined) return null;
  return RiskLimits.read(viewOf(Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(payload, "hex")])), 0);
}

/** The box's own limits, with another spread, as the cloud orders them. */
function ordered(edge: Edge, number: bigint, spread_max_points: bigint): Uint8Array {
  const own = limitsOf(edge, "risk_limits:0") ?? assert.fail("the box has limits");
  const payload: RiskLimits = { ...own, spread_max_points, limits_version: 50 + Number(number) };
  const nowNs = edge.hot.time.nowNs();
  const meta = { time_ns: nowNs, source: SOURCE.cloud };
  const record = encodeRecord(RiskLimits, meta, payload);
  const words: Omit<CloudCommand, "signature"> = {
    stream_id: edge.identity.streamId,
    public_key: cloudKey,
    payload_sha256: hash("sha256", record.subarray(HEADER_BYTES), "buffer"),
    number,
    issued_ns: nowNs,
    valid_until_ns: nowNs + 60n * NS_PER_S,
    epoch: 0,
    ordered: RiskLimits.code,
    ordered_symbol: 0,
  };
  const signature = sign(null, commandMessage(words), privateKey);
  return Buffer.concat([encodeRecord(CloudCommand, meta, { ...words, signature }), record]);
}

/** What holds: of all symbols by the box, by the cloud, of the second symbol. */
const spreads = (edge: Edge) =>
  ["risk_limits:0", "cloud_risk_limits:0", "risk_limits:2"].map((key) => limitsOf(edge, key)?.spread_max_points);

const open = (directory: string, spread_max_points = 600): Promise<Edge> =>
  openEdge(directory, {
    operators: [grace],
    settings: { limits: { spread_max_points }, cloud_keys: [cloudKey.toString("hex")] },
  });

/** The second symbol gets limits of its own, by a signed configuration. */
async function limitGbpusd(edge: Edge, limits: { spread_max_points?: number; lease_required?: boolean }) {
  const told = edge.configuration.told();
  const symbols = { GBPUSD: { tradable: true, limits, strategy: {} } };
  await edge.configure(changeOf(told, { ...told.document, symbols }, grace));
}

test("cloud limits: a configuration and a restart: the cloud's stay in force, for symbols with their own too", async () => {
  const directory = join(root, "restart");
  let edge = await open(directory);
  assert.equal(edge.configuration.told().document.limits.lease_required, true, "as soon as the box knows a cloud");
  await limitGbpusd(edge, { spread_max_points: 5_000 });
  assert.deepEqual(spreads(edge), [600n, undefined, 5_000n]);

  edge.authority.onCommand(ordered(edge, 1n, 30n));
  assert.equal(edge.authority.counts.accepted, 1);
  assert.deepEqual(spreads(edge), [600n, 30n, 30n]);

  const v1 = edge.configuration.told();
  const looser = { ...v1.document, limits: { ...v1.document.limits, spread_max_points: 9_000 } };
  await edge.configure(changeOf(v1, looser, grace));
  assert.equal(edge.configuration.version, 2, "the rest of it is in force");
  assert.deepEqual(spreads(edge), [600n, 30n, 30n]);

  await edge.close();
  edge = await open(directory, 8_000);
  assert.deepEqual(spreads(edge), [600n, 30n, 30n]);

  edge.authority.onCommand(ordered(edge, 2n, 70n));
  assert.deepEqual(spreads(edge), [600n, 70n, 70n], "until it signs others");
  await edge.close();

  const core = await Core.load();
  const redecider = new Redecider(core);
  core.loadModel(edge.configuration.model.bytes);
  for (const records of new JournalReader({ disk: openDisk(join(directory, "journal")) }).records(1n))
    redecider.feed(records);
  assert.equal(redecider.counts.cloud_command, 2, "whoever decides it again finds the signatures good");
  assert.equal(redecider.counts.alert ?? 0, 0, "the core refused none of it");
});

test("cloud limits: a crash right behind them: symbols with limits of their own get them when the box opens", async () => {
  const directory = join(root, "crash");
  let edge = await open(directory);
  await limitGbpusd(edge, { spread_max_points: 5_000 });
  edge.hot.addWhole(ordered(edge, 1n, 30n));
  edge.hot.commit();
  assert.deepEqual(spreads(edge), [600n, 30n, 5_000n]);
  await edge.close();
  edge = await open(directory);
  assert.deepEqual(spreads(edge), [600n, 30n, 30n]);
  await edge.close();
});

/** Opens a box's directory as its replacement, by a takeover that no cloud has signed. */
function openReplacement(directory: string, edge: Edge): Promise<Edge> {
  const takeover = encodeRecord(
    Takeover,
    { time_ns: 0n, source: SOURCE.cloud },
    {
      stream_id: edge.identity.streamId,
      box_key: edge.identity.signer.publicKey,
      public_key: cloudKey,
      signature: new Uint8Array(64),
      operator: "Grace",
      opens_ns: 0n,
      epoch: 1,
    },
  );
  const text = JSON.stringify({ takeover: Buffer.from(takeover.subarray(HEADER_BYTES)).toString("hex") });
  writeFileSync(join(directory, "takeover.json"), text);
  return open(directory);
}

for (const { lease_required, code, what } of [
  { lease_required: false, code: "refused", what: "a person must say that the old box is dead" },
  { lease_required: true, code: "bad_signature", what: "the next thing looked at is the takeover's signature" },
])
  test(`takeover: a symbol's own limits, lease_required ${lease_required}: ${what}`, async () => {
    const directory = join(root, `takeover-${lease_required}`);
    const edge = await open(directory);
    await limitGbpusd(edge, { lease_required });
    await edge.close();
    await assert.rejects(openReplacement(directory, edge), { code });
  });
