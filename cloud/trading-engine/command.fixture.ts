// A cloud for tests: its key and the machine that orders, with a clock that tests move.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { Authority } from "#core-wasm/host/core.ts";
import { Lease, OperatorCommand, RiskLimits } from "#proto/generated/records.ts";
import type { StreamAuthority } from "#storage/events/bus.ts";
import { type CommandSigner, StreamCommands, type VerifiedState } from "./authority.ts";

export const STREAM = "09".repeat(16);
export const NOW_MS = Date.UTC(2026, 5, 1);
export const LEASE_MS = 3_600_000;
export const BOUND_MS = 60_000;

export function makeSigner(): CommandSigner {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { publicKey: new Uint8Array(spki.subarray(-32)), sign: (message) => sign(null, message, privateKey) };
}

export const commandsOf = (o: { signer: CommandSigner; stored?: StreamAuthority; streamId?: string }): StreamCommands =>
  new StreamCommands({
    streamId: o.streamId ?? STREAM,
    signer: o.signer,
    random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
    leaseMs: LEASE_MS,
    clockBoundMs: BOUND_MS,
    issuer: "test cloud",
    stored: o.stored,
  });

export const authorityOf = (o: Partial<Authority> & { cloudKeys: readonly Uint8Array[] }): Authority => ({
  epoch: 0,
  leaseExpiresNs: 0n,
  numbers: new Map([Lease.code, RiskLimits.code, OperatorCommand.code].map((code) => [code, 0n])),
  ...o,
});

/** The stream as verified at `ms`, its own time and the world's being the same. */
export const verifiedAt = (ms: number, authority: Authority, o: Partial<VerifiedState> = {}): VerifiedState => ({
  timeNs: BigInt(ms) * 1_000_000n,
  authority,
  behind: 0,
  divergences: 0,
  ...o,
});

/** Looks twice a second from one time to the other; everything that was stored. */
export function live(
  commands: StreamCommands,
  o: { fromMs: number; toMs: number; authority: Authority; state?: Partial<VerifiedState>; stepMs?: number },
): StreamAuthority[] {
  const stored: StreamAuthority[] = [];
  for (let ms = o.fromMs; ms <= o.toMs; ms += o.stepMs ?? 1_000) {
    const granted = commands.onVerified(verifiedAt(ms, o.authority, o.state), ms);
    if (granted) stored.push(granted);
  }
  return stored;
}
