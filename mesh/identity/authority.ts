// The platform's certificate authority: P-256 keys, X.509 v3 certificates that carry one SPIFFE identity each.
// Guarantees: a leaf lives 24 hours to one year, may not sign others, and is good for TLS servers and clients only.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { LockstepError } from "#proto/errors.ts";
import { spiffeId } from "../topology.ts";
import { bits, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from "./der.ts";

const HOUR_MS = 3_600_000;
export const LEAF_HOURS_MIN = 24;
export const LEAF_HOURS_MAX = 365 * 24;
export const LEAF_HOURS_DEFAULT = 90 * 24;
const AUTHORITY_HOURS = 10 * 365 * 24;
/** Clocks of two boxes may differ this much. */
const SKEW_MS = 5 * 60_000;

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const SERVER_AND_CLIENT = sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"));
const CERT_AND_CRL_SIGN = bits(Uint8Array.of(0b0000_0110), 1);
const DIGITAL_SIGNATURE = bits(Uint8Array.of(0b1000_0000), 7);

/** A certificate and its private key, PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));

const nameOf = (commonName: string): Uint8Array =>
  sequence(set(sequence(oid("2.5.4.10"), utf8("Lockstep"))), set(sequence(oid("2.5.4.3"), utf8(commonName))));

const keyIdOf = (spki: Uint8Array): Uint8Array => createHash("sha256").update(spki).digest().subarray(0, 20);

const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  ).join("\n")}\n-----END ${label}-----\n`;

interface ToSign {
  readonly issuer: string;
  readonly subject: string;
  readonly spki: Uint8Array;
  readonly now: Date;
  readonly hours: number;
  readonly extensions: readonly Uint8Array[];
  readonly signingKeyPem: string;
}

function signed(o: ToSign): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(serial),
    ECDSA_SHA256,
    nameOf(o.issuer),
    sequence(time(new Date(o.now.getTime() - SKEW_MS)), time(new Date(o.now.getTime() + o.hours * HOUR_MS))),
    nameOf(o.subject),
    o.spki,
    explicit(3, sequence(...o.extensions)),
  );
  const signature = sign("sha256", body, createPrivateKey(o.signingKeyPem));
  return pem("CERTIFICATE", sequence(body, ECDSA_SHA256, bits(signature)));
}

function newKey(): { spki: Uint8Array; keyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    spki: publicKey.export({ type: "spki", format: "der" }),
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const AUTHORITY_NAME = "Lockstep authority";

/** A new authority: signs leaves, never other authorities (path length 0). */
export function createAuthority(now: Date): Issued {
  const { spki, keyPem } = newKey();
  const keyId = octets(keyIdOf(spki));
  const extensions = [
    extension("2.5.29.19", true, sequence(boolean(true), integer(Uint8Array.of(0)))),
    extension("2.5.29.15", true, CERT_AND_CRL_SIGN),
    extension("2.5.29.14", false, keyId),
  ];
  const subject = AUTHORITY_NAME;
  const hours = AUTHORITY_HOURS;
  return {
    cert: signed({ issuer: subject, subject, spki, now, hours, extensions, signingKeyPem: keyPem }),
    key: keyPem,
  };
}

/** A service's name (`data-bridge`) or an edge's (`edge/<stream id in hex>`). */
const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}(?:\/[a-z0-9-]{1,64})?$/;

export function checkName(name: string): void {
  if (!NAME_PATTERN.test(name) || name === "ca")
    throw new LockstepError("bad_config", `identity "${name}" is not a service's name or edge/<stream id in hex>`);
}

/** A leaf for `name`: URI SAN spiffe://lockstep/<name>, DNS SAN localhost. */
export function issue(o: { authority: Issued; name: string; now: Date; hours?: number }): Issued {
  checkName(o.name);
  const hours = o.hours ?? LEAF_HOURS_DEFAULT;
  if (!(hours >= LEAF_HOURS_MIN && hours <= LEAF_HOURS_MAX))
    throw new LockstepError(
      "bad_config",
      `a certificate lives ${LEAF_HOURS_MIN} to ${LEAF_HOURS_MAX} hours, not ${hours}`,
    );
  const { spki, keyPem } = newKey();
  const authoritySpki = createPublicKey(o.authority.key).export({ type: "spki", format: "der" });
  const names = sequence(implicit(2, Buffer.from("localhost")), implicit(6, Buffer.from(spiffeId(o.name))));
  const extensions = [
    extension("2.5.29.19", true, sequence()),
    extension("2.5.29.15", true, DIGITAL_SIGNATURE),
    extension("2.5.29.37", false, SERVER_AND_CLIENT),
    extension("2.5.29.17", false, names),
    extension("2.5.29.14", false, octets(keyIdOf(spki))),
    extension("2.5.29.35", false, sequence(implicit(0, keyIdOf(authoritySpki)))),
  ];
  const signingKeyPem = o.authority.key;
  const cert = signed({ issuer: AUTHORITY_NAME, subject: o.name, spki, now: o.now, hours, extensions, signingKeyPem });
  return { cert, key: keyPem };
}
