// The files of secrets: the encrypted values, the key, and each service's token. All of them for their owner alone (0600).
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { writeWhole } from "#mesh/world/whole-file.ts";
import { LockstepError } from "#proto/errors.ts";
import { SECRET_SERVICES, type SecretService } from "#proto/services/config-manager.ts";
import type { KeySource } from "./config.ts";
import { type SecretKey, Secrets } from "./secrets.ts";

const NAME = "secrets.json";
const KEY = /^[0-9a-f]{64}$/;
const FOR_OTHERS = 0o077;

/** Throws bad_config when others can read the file, or when it holds no key. */
function readKey({ file, passphrase }: KeySource): SecretKey {
  if (passphrase !== undefined) return { passphrase };
  if (file === undefined) throw new LockstepError("bad_config", "set LOCKSTEP_SECRETS_KEY_FILE");
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new LockstepError("bad_config", `the key file ${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  // Windows has no such bits: there the directory's access list protects it.
  if (process.platform !== "win32" && (fs.statSync(file).mode & FOR_OTHERS) !== 0)
    throw new LockstepError("bad_config", `others can read the key file ${file}: chmod 600 it`);
  if (!KEY.test(text)) throw new LockstepError("bad_config", `the key file ${file} holds no key: 64 hex digits`);
  return { bytes: Buffer.from(text, "hex") };
}

function ensureKey({ file }: KeySource): void {
  if (file === undefined || fs.existsSync(file)) return;
  fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
}

export class SecretStore {
  readonly #directory: string;
  readonly #secrets: Secrets;

  /** With `old`, what is encrypted by it is encrypted anew: the file is the old or the new one whole, after any crash. */
  constructor(o: { directory: string; key: KeySource; old: KeySource | undefined }) {
    this.#directory = o.directory;
    fs.mkdirSync(o.directory, { recursive: true, mode: 0o700 });
    const path = join(o.directory, NAME);
    if (!fs.existsSync(path)) {
      ensureKey(o.key);
      this.#secrets = Secrets.create(readKey(o.key));
      this.#save();
      return;
    }
    const text = fs.readFileSync(path, "utf8");
    this.#secrets = o.old ? this.#rotated(text, { key: o.key, old: o.old }) : Secrets.read(text, readKey(o.key), path);
  }

  #rotated(text: string, o: { key: KeySource; old: KeySource }): Secrets {
    const path = join(this.#directory, NAME);
    ensureKey(o.key);
    const key = readKey(o.key);
    try {
      // Rotated at an earlier start already.
      return Secrets.read(text, key, path);
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== "bad_config") throw error;
    }
    const secrets = Secrets.read(text, readKey(o.old), path).under(key);
    writeWhole(this.#directory, NAME, secrets.text);
    return secrets;
  }

  #save(): void {
    writeWhole(this.#directory, NAME, this.#secrets.text);
  }

  list(): ReturnType<Secrets["list"]> {
    return this.#secrets.list();
  }

  set(o: Parameters<Secrets["set"]>[0]): void {
    this.#secrets.set(o);
    this.#save();
  }

  remove(name: string): boolean {
    const removed = this.#secrets.remove(name);
    if (removed) this.#save();
    return removed;
  }

  of(service: SecretService): Record<string, string> {
    return this.#secrets.of(service);
  }
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** One file a service, made at the first start; whoever can read it is that service. */
export class ServiceTokens {
  readonly #digests = new Map<SecretService, Buffer>();

  constructor(directory: string) {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const service of SECRET_SERVICES) {
      const path = join(directory, service);
      if (!fs.existsSync(path)) writeWhole(directory, service, `${randomBytes(32).toString("hex")}\n`);
      this.#digests.set(service, sha256(fs.readFileSync(path, "utf8").trim()));
    }
  }

  /** Throws auth_refused. */
  check(service: SecretService, token: string): void {
    const known = this.#digests.get(service);
    if (known && timingSafeEqual(known, sha256(token))) return;
    throw new LockstepError(
      "auth_refused",
      `this is not the token of ${service}: CONFIG_MANAGER_TOKEN_FILE names its file`,
    );
  }
}
