// The authority against OpenSSL's own reading of what it made.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createAuthority, issue, LEAF_HOURS_DEFAULT } from "./authority.ts";
import { ensureIdentity, loadIdentity } from "./identity-io.ts";
import { spiffeName } from "./spiffe.ts";

const NOW = new Date();
const withDir = (work: (dir: string) => void): void => {
  const dir = mkdtempSync(join(tmpdir(), "lockstep-identity-"));
  try {
    work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

test("identity: authority: OpenSSL reads it as a self-signed authority", () => {
  const { cert, key } = createAuthority(NOW);
  const read = new X509Certificate(cert);
  assert.equal(read.ca, true);
  assert.equal(read.verify(read.publicKey), true);
  assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  assert.match(key, /BEGIN PRIVATE KEY/);
});

test("identity: leaf: carries one SPIFFE name, is signed by the authority, cannot sign", () => {
  const authority = createAuthority(NOW);
  const { cert } = issue({ authority, name: `edge/${"ab".repeat(16)}`, now: NOW, hours: 24 });
  const read = new X509Certificate(cert);
  assert.equal(read.ca, false);
  assert.equal(read.checkIssued(new X509Certificate(authority.cert)), true);
  assert.equal(read.verify(new X509Certificate(authority.cert).publicKey), true);
  assert.equal(read.verify(new X509Certificate(createAuthority(NOW).cert).publicKey), false);
  assert.equal(spiffeName(read.subjectAltName), `edge/${"ab".repeat(16)}`);
  assert.equal(read.checkHost("localhost"), "localhost");
  assert.deepEqual(read.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assert.equal(Math.round((Date.parse(read.validTo) - NOW.getTime()) / 3_600_000), 24);
});

test("identity: leaf: a life or a name out of bounds is refused", () => {
  const authority = createAuthority(NOW);
  for (const hours of [23, 366 * 24, Number.NaN])
    assert.throws(() => issue({ authority, name: "x", now: NOW, hours }), { code: "bad_config" });
  for (const name of ["", "../x", "A", "a/b/c", "a b", "a, URI:spiffe://lockstep/x"])
    assert.throws(() => issue({ authority, name, now: NOW }), { code: "bad_config" });
});

test("identity: names: two URIs, a foreign trust domain and odd characters are nobody", () => {
  assert.equal(spiffeName("DNS:localhost, URI:spiffe://lockstep/data-bridge"), "data-bridge");
  assert.equal(spiffeName("URI:spiffe://lockstep/a, URI:spiffe://lockstep/b"), undefined);
  assert.equal(spiffeName("URI:spiffe://other/data-bridge"), undefined);
  assert.equal(spiffeName("DNS:localhost"), undefined);
  assert.equal(spiffeName('URI:"spiffe://lockstep/a, b"'), undefined);
  assert.equal(spiffeName(undefined), undefined);
});

test("identity: files: made once, kept, keys for their owner only", () => {
  withDir((dir) => {
    ensureIdentity(dir, ["data-bridge", "edge/0011"]);
    const first = loadIdentity(dir, "edge/0011");
    ensureIdentity(dir, ["data-bridge", "edge/0011"]);
    assert.deepEqual(loadIdentity(dir, "edge/0011"), first);
    for (const name of readdirSync(dir).filter((entry) => entry.endsWith(".key.pem")))
      assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
    assert.deepEqual(readdirSync(dir).sort(), [
      "ca.key.pem",
      "ca.pem",
      "data-bridge.key.pem",
      "data-bridge.pem",
      "edge-0011.key.pem",
      "edge-0011.pem",
    ]);
  });
});

test("identity: files: renewed in the last third, after damage, after a new authority; a dead process's lock is taken", () => {
  withDir((dir) => {
    ensureIdentity(dir, ["a"], { hours: 30 });
    const first = readFileSync(join(dir, "a.pem"), "utf8");
    ensureIdentity(dir, ["a"], { now: new Date(Date.now() + 25 * 3_600_000) });
    const second = readFileSync(join(dir, "a.pem"), "utf8");
    assert.notEqual(second, first);
    writeFileSync(join(dir, "a.pem"), first.slice(0, 100));
    writeFileSync(join(dir, ".lock"), "999999999");
    ensureIdentity(dir, ["a"]);
    const third = readFileSync(join(dir, "a.pem"), "utf8");
    assert.equal(spiffeName(new X509Certificate(third).subjectAltName), "a");
    rmSync(join(dir, "ca.pem"));
    ensureIdentity(dir, ["a"]);
    assert.notEqual(readFileSync(join(dir, "a.pem"), "utf8"), third);
  });
});

test("identity: files: without the authority's key a good certificate passes, a missing one is named", () => {
  withDir((dir) => {
    ensureIdentity(dir, ["a"]);
    rmSync(join(dir, "ca.key.pem"));
    const written = statSync(dir).mtimeMs;
    ensureIdentity(dir, ["a"]);
    // Nobody can renew it there: it is good to its end.
    ensureIdentity(dir, ["a"], { now: new Date(Date.now() + (LEAF_HOURS_DEFAULT - 1) * 3_600_000) });
    assert.throws(
      () => ensureIdentity(dir, ["a"], { now: new Date(Date.now() + (LEAF_HOURS_DEFAULT + 1) * 3_600_000) }),
      {
        message: /expired/,
      },
    );
    assert.equal(statSync(dir).mtimeMs, written, "nothing is written, not even a lock");
    assert.throws(() => ensureIdentity(dir, ["b"]), { code: "bad_config", message: /b\.pem is missing/ });
    assert.throws(() => loadIdentity(dir, "b"), { code: "bad_config" });
  });
});
