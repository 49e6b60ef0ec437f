// Secrets at rest: each value encrypted by AES-256-GCM under its own nonce, bound to its name and its service, so that one
// cannot be put in another's place. The key comes from a file or from a passphrase (scrypt, RFC 7914). Values leave only by `open`.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";
import { SECRET_SERVICES, type SecretInfo, SecretName, type SecretService } from "#proto/services/config-manager.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 32 MiB a guess, three times over. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
const SALT_BYTES = 16;
const CHECK = { name: "CHECK", service: "-" };

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const Sealed = z.strictObject({
  nonce: hexOf(NONCE_BYTES),
  tag: hexOf(TAG_BYTES),
  data: z.string().regex(/^([0-9a-f]{2})*$/),
});
type Sealed = z.output<typeof Sealed>;

/** The file. */
export const SecretsFile = z.strictObject({
  version: z.literal(1),
  salt: hexOf(SALT_BYTES),
  /** Opens with the right key only. */
  check: Sealed,
  secrets: z
    .array(
      z.strictObject({ name: SecretName, service: z.enum(SECRET_SERVICES), set_ms: z.number().int(), sealed: Sealed }),
    )
    .max(256),
});
export type SecretsFile = z.output<typeof SecretsFile>;

export type SecretKey = { readonly bytes: Uint8Array } | { readonly passphrase: string };

interface Place {
  readonly name: string;
  readonly service: string;
}

const keyOf = (key: SecretKey, salt: string): Uint8Array =>
  "bytes" in key ? key.bytes : scryptSync(key.passphrase, Buffer.from(salt, "hex"), KEY_BYTES, SCRYPT);

const additional = ({ name, service }: Place): Buffer => Buffer.from(`lockstep secret 1\n${name}\n${service}`);

function seal(key: Uint8Array, place: Place, value: string): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additional(place));
  const data = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return { nonce: nonce.toString("hex"), tag: cipher.getAuthTag().toString("hex"), data: data.toString("hex") };
}

/** Throws bad_file; the cause is left out, as it could hold what was half decrypted. */
function open(key: Uint8Array, place: Place, sealed: Sealed): string {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(sealed.nonce, "hex")).setAAD(additional(place));
    decipher.setAuthTag(Buffer.from(sealed.tag, "hex"));
    return Buffer.concat([decipher.update(Buffer.from(sealed.data, "hex")), decipher.final()]).toString("utf8");
  } catch {
    throw new LockstepError(
      "bad_file",
      `the secret ${place.name} cannot be decrypted: another key, or the file was changed`,
    );
  }
}

/** Secrets in their encrypted form; the caller writes `file` down after each change. */
export class Secrets {
  readonly #key: Uint8Array;
  #file: SecretsFile;

  private constructor(key: Uint8Array, file: SecretsFile) {
    this.#key = key;
    this.#file = file;
  }

  static create(key: SecretKey): Secrets {
    const salt = randomBytes(SALT_BYTES).toString("hex");
    const bytes = keyOf(key, salt);
    return new Secrets(bytes, { version: 1, salt, check: seal(bytes, CHECK, "ok"), secrets: [] });
  }

  /** Throws bad_file when the text is damaged, bad_config when the key is another. */
  static read(text: string, key: SecretKey, path: string): Secrets {
    let file: SecretsFile;
    try {
      file = SecretsFile.parse(JSON.parse(text));
    } catch {
      throw new LockstepError("bad_file", `${path} is damaged: restore it, or remove it and set the secrets anew`);
    }
    const bytes = keyOf(key, file.salt);
    try {
      open(bytes, CHECK, file.check);
    } catch {
      throw new LockstepError(
        "bad_config",
        `${path} was encrypted with another key: give that one (or as LOCKSTEP_SECRETS_OLD_KEY_FILE, LOCKSTEP_SECRETS_OLD_PASSPHRASE to change it)`,
      );
    }
    return new Secrets(bytes, file);
  }

  get text(): string {
    return `${JSON.stringify(this.#file)}\n`;
  }

  list(): SecretInfo[] {
    return this.#file.secrets.map(({ name, service, set_ms }) => ({ name, service, set_ms }));
  }

  set(o: { name: string; service: SecretService; value: string; set_ms: number }): void {
    const { name, service, set_ms } = o;
    const entry = { name, service, set_ms, sealed: seal(this.#key, o, o.value) };
    const secrets = [...this.#file.secrets.filter((known) => known.name !== name), entry];
    this.#file = SecretsFile.parse({ ...this.#file, secrets });
  }

  remove(name: string): boolean {
    const secrets = this.#file.secrets.filter((known) => known.name !== name);
    const removed = secrets.length < this.#file.secrets.length;
    this.#file = { ...this.#file, secrets };
    return removed;
  }

  /** By name. Throws bad_file. */
  of(service: SecretService): Record<string, string> {
    const own = this.#file.secrets.filter((secret) => secret.service === service);
    return Object.fromEntries(own.map((secret) => [secret.name, open(this.#key, secret, secret.sealed)]));
  }

  /** All of them under another key. Throws bad_file. */
  under(key: SecretKey): Secrets {
    const anew = Secrets.create(key);
    for (const { name, service, set_ms, sealed } of this.#file.secrets)
      anew.set({ name, service, set_ms, value: open(this.#key, { name, service }, sealed) });
    return anew;
  }
}
