// What the cloud orders of each stream, at work: loaded from the bus, looked at twice a second, stored there before anyone
// hears of it. One a stream; without a command key nothing is ordered and no lease is granted.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Log } from "#mesh/service/log.ts";
import { LockstepError } from "#proto/errors.ts";
import type { LeaseStatus } from "#proto/services/trading-engine.ts";
import type { Clock, Random, Timers } from "#proto/world.ts";
import type { Authorities, StreamAuthority } from "#storage/events/bus.ts";
import { type CommandSigner, StreamCommands, type VerifiedState } from "./authority.ts";

const LOOK_MS = 500;
const KeyFile = z.strictObject({ private_key: z.string() });

/** The cloud's command key; made when the file is not there. */
export function commandSigner(path: string): CommandSigner {
  try {
    const { privateKey } = generateKeyPairSync("ed25519");
    const made = { private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    writeFileSync(path, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
      throw new LockstepError("bad_file", `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
  try {
    const key = createPrivateKey(KeyFile.parse(JSON.parse(readFileSync(path, "utf8"))).private_key);
    const spki = createPublicKey(key).export({ type: "spki", format: "der" });
    return { publicKey: new Uint8Array(spki.subarray(-32)), sign: (message) => sign(null, message, key) };
  } catch (cause) {
    throw new LockstepError("bad_file", `${path} is no command key: restore it, edges know its public half`, { cause });
  }
}

export interface KeeperOptions {
  readonly streamId: string;
  readonly authorities: Authorities;
  readonly signer: CommandSigner;
  readonly leaseMs: number;
  readonly clockBoundMs: number;
  readonly issuer: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly log: Log;
  /** The stream as it is verified now; undefined before anything is. */
  readonly state: () => VerifiedState | undefined;
}

export class AuthorityKeeper {
  readonly #o: KeeperOptions;
  #commands: StreamCommands | undefined;
  /** Machine is ahead of the bus. */
  #unstored: StreamAuthority | undefined;
  #cancel: () => void = () => undefined;

  constructor(options: KeeperOptions) {
    this.#o = options;
    this.#again();
  }

  status(): LeaseStatus | undefined {
    return this.#commands?.status();
  }

  /** The machine, for an operator's request. Throws unavailable while what is stored is not known. */
  get commands(): StreamCommands {
    if (this.#commands) return this.#commands;
    throw new LockstepError("unavailable", `what was ordered of ${this.#o.streamId} is not loaded yet: try again`);
  }

  /** Resolves when the bus has it. */
  async store(authority: StreamAuthority): Promise<void> {
    this.#unstored = authority;
    await this.#o.authorities.publish(authority);
    if (this.#unstored === authority) this.#unstored = undefined;
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
    this.#again = () => undefined;
  }

  #again = (): void => {
    this.#cancel = this.#o.timers.after(LOOK_MS, () => {
      void this.#look().finally(() => this.#again());
    });
  };

  async #look(): Promise<void> {
    const { clock, log, streamId } = this.#o;
    try {
      this.#commands ??= await this.#load();
      if (this.#unstored) await this.store(this.#unstored);
      const state = this.#o.state();
      if (!state) return;
      const before = this.#commands.status();
      const granted = this.#commands.onVerified(state, Number(clock.nowNs() / 1_000_000n));
      const after = this.#commands.status();
      if (after.state !== before.state) log.info("lease", { stream: streamId, ...after });
      if (granted) await this.store(granted);
    } catch (error) {
      // The bus is away: tried again at the next look.
      if (!(error instanceof LockstepError)) throw error;
      log.warn("what the cloud orders cannot be stored or loaded", { stream: streamId, error });
    }
  }

  async #load(): Promise<StreamCommands> {
    const { streamId, signer, random, leaseMs, clockBoundMs, issuer, authorities } = this.#o;
    const stored = await authorities.latest(streamId);
    return new StreamCommands({ streamId, signer, random, leaseMs, clockBoundMs, issuer, stored });
  }
}
