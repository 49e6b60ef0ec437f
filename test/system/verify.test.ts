// `npm run verify` on a small journal that a real core decided: proven whole and by segment, and one flipped bit named.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Core } from "#core-wasm/host/core.ts";
import { sampleModel, sampleStream } from "#core-wasm/host/sample-stream.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { StreamStart } from "#proto/generated/records.ts";
import { recordLength, viewOf } from "#proto/record.ts";
import { Journal } from "#storage/journal/journal.ts";
import { testSigner } from "../journal/records.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-verify-"));
after(() => rmSync(root, { recursive: true }));
const directory = join(root, "journal");
const model = join(root, "model.lsm");
const signer = testSigner();

/** Decides a sample stream and journals it as the edge does, in segments of a few batches. */
async function journaled(): Promise<Core> {
  const core = await Core.load();
  writeFileSync(model, sampleModel());
  core.loadModel(sampleModel());
  const inputs = sampleStream({ ticks: 3000, seed: 3 });
  inputs.set(core.digest, StreamStart.offset.core_sha256);
  inputs.set(signer.publicKey, StreamStart.offset.public_key);
  const journal = await Journal.open({
    disk: openDisk(directory),
    streamId: new Uint8Array(16).fill(7),
    signer,
    outputsDigest: () => core.outputsDigest(),
    segmentSlots: 64 + 2200,
  });
  const view = viewOf(inputs);
  for (let from = 0, at = 0; from < inputs.length; from = at) {
    while (at < inputs.length && at - from < 64 * 64) at += recordLength(view, at);
    const group = inputs.subarray(from, at);
    journal.append(group);
    journal.append(core.apply(group));
    await journal.whenDurable(journal.lastSeq);
  }
  await journal.close();
  return core;
}

function verify(...args: string[]): { status: number | null; json: unknown; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["verify.ts", ...args, "--json"], {
    encoding: "utf8",
  });
  return { status, json: stdout === "" ? undefined : JSON.parse(stdout), stderr };
}

test("verify: directory, segments, one flipped bit: proven, proven, named", async () => {
  const core = await journaled();
  const whole = verify(directory, "--model", model);
  assert.equal(whole.status, 0, whole.stderr);
  const proof = whole.json as Record<string, unknown>;
  assert.equal(proof.redecided, true);
  assert.equal(proof.outputs_digest, Buffer.from(core.outputsDigest()).toString("hex"));
  assert.deepEqual([proof.tail_records, proof.torn_bytes], [0, 0]);

  const names = readdirSync(directory)
    .filter((name) => name.endsWith(".journal"))
    .sort();
  // The one prepared ahead is all zeros; it may not be there yet.
  const used = names.map((name) => join(directory, name)).filter((path) => readFileSync(path)[0] !== 0);
  assert.ok(used.length >= 2, "several segments");
  const parts = verify(...used);
  assert.equal(parts.status, 0, parts.stderr);
  const records = (parts.json as { records: number }[]).reduce((sum, part) => sum + part.records, 0);
  assert.equal(records, proof.records);
  const second = used[1] as string;
  assert.match(verify(second).stderr, /--public-key/);
  assert.equal(verify(second, "--public-key", Buffer.from(signer.publicKey).toString("hex")).status, 0);
  assert.match(verify(...used, "--public-key", "00".repeat(32)).stderr, /bad_signature|not signed/);

  const bytes = readFileSync(second);
  bytes[5000] = (bytes[5000] as number) ^ 4;
  writeFileSync(second, bytes);
  for (const damaged of [verify(directory, "--model", model), verify(...used)]) {
    assert.equal(damaged.status, 1);
    assert.match(damaged.stderr, /segment-0000000002\.journal is damaged at byte 49\d\d, seq \d+/);
  }
});
