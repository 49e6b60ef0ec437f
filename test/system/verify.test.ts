// `npm run verify` on a small journal that a real core decided: proven whole and by segment, and one flipped bit named.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { journalSample } from "../journal/decided.fixture.ts";
import { testSigner } from "../journal/records.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-verify-"));
after(() => rmSync(root, { recursive: true }));
const directory = join(root, "journal");
const model = join(root, "model.lsm");
const signer = testSigner();

function verify(...args: string[]): { status: number | null; json: unknown; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["verify.ts", ...args, "--json"], {
    encoding: "utf8",
  });
  return { status, json: stdout === "" ? undefined : JSON.parse(stdout), stderr };
}

test("verify: directory, segments, one flipped bit: proven, proven, named", async () => {
  writeFileSync(model, sampleModel());
  const core = await journalSample(directory);
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
