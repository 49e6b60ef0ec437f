// What the simulated box is configured with: limits, strategy and sizes small enough that every boundary is met in a run.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { ARTEFACT_VERSION, HEAD_KIND, writeArtefact } from "#core-wasm/models/artefact.ts";
import { sha256 } from "#storage/journal/batch.ts";
import { loadConfig } from "../../edge/metatrader-connector/accounts.ts";
import { type EdgeConfig, parseSettings } from "../../edge/metatrader-connector/config.ts";
import type { StreamIdentity } from "../../edge/metatrader-connector/identity-io.ts";
import type { EdgeModel } from "../../edge/metatrader-connector/model-store-io.ts";
import type { SeededRandom } from "../terminal/random.ts";

export const ACCOUNT = {
  login: 12_345_678n,
  server: "Simulated-Server",
  secret: "a secret of the simulation",
} as const;

export interface Limits {
  readonly positionLots: number;
  readonly grossLots: number;
  readonly openOrders: number;
  readonly ordersAMinute: number;
  readonly leaseRequired: boolean;
  readonly volumeLots: number;
  readonly version: number;
}

const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

function signerOf(seed: Uint8Array): StreamIdentity["signer"] {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    publicKey: new Uint8Array(spki.subarray(spki.length - 32)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** Who may release the box. */
export const OPERATOR = { name: "simulated", ...signerOf(new Uint8Array(32).fill(7)) };

/** What one lot of a symbol is worth at most: limits in money are set from it. */
export const LOT_WORTH = 135_000;

export function drawLimits(random: SeededRandom, symbols: number, version: number): Limits {
  const volumeLots = [0.01, 0.1, 0.2][random.below(3)] ?? 0.1;
  return {
    volumeLots,
    positionLots: random.chance(0.5) ? volumeLots : 2 * volumeLots,
    grossLots: volumeLots * (random.chance(0.4) ? 1 + random.below(symbols) : 20),
    openOrders: random.chance(0.4) ? 1 : 16,
    ordersAMinute: random.chance(0.3) ? 1 + random.below(4) : 64,
    leaseRequired: random.chance(0.35),
    version,
  };
}

const settingsOf = (limits: Limits, disconnectPolicy: number): string =>
  JSON.stringify({
    limits: {
      order_volume_max_lots: limits.volumeLots,
      position_volume_max_lots: limits.positionLots,
      daily_loss_max: 1e8,
      spread_max_points: 1e6,
      quote_age_max_ms: 3_600_000,
      order_notional_max: 1e10,
      gross_exposure_max: limits.grossLots * LOT_WORTH,
      net_exposure_max: 1e10,
      currency_exposure_max: 1e10,
      correlated_exposure_max: 1e10,
      daily_realised_loss_max: 1e8,
      drawdown_max: 1e8,
      collar_points: 1e6,
      collar_period_points: 1e8,
      cooldown_ms: 0,
      leverage_max: 1e6,
      loss_streak_max: 1e6,
      orders_a_minute_max: limits.ordersAMinute,
      open_orders_max: limits.openOrders,
      stop_required: true,
      lease_required: limits.leaseRequired,
      version: limits.version,
    },
    strategy: {
      volume_lots: limits.volumeLots,
      hold_max_ms: 60_000,
      intent_life_ms: 4_000,
      enter_edge_ppm: 0,
      exit_edge_ppm: 0,
      deviation_points: 500,
    },
    strategy_limits: [{ strategy_id: 0, exposure_max: 1e10, daily_loss_max: 1e8 }],
    operators: [{ name: OPERATOR.name, public_key: Buffer.from(OPERATOR.publicKey).toString("hex") }],
    session: { disconnect_policy: disconnectPolicy, commands_per_s_max: 20 },
  });

export function edgeConfig(o: {
  symbols: readonly string[];
  limits: Limits;
  snapshotRecords: number;
  keepRecords: number;
}): EdgeConfig {
  const [account] = loadConfig({
    LOCKSTEP_ACCOUNTS: `${ACCOUNT.login}@${ACCOUNT.server}`,
    LOCKSTEP_SYMBOLS: o.symbols.join(","),
    LOCKSTEP_EA_SECRET: ACCOUNT.secret,
    LOCKSTEP_EDGE_NAME: "box",
  }).accounts as [EdgeConfig];
  return {
    ...account,
    // Below what a person may set: so that snapshots and truncation happen in every run.
    LOCKSTEP_SNAPSHOT_RECORDS: o.snapshotRecords,
    LOCKSTEP_KEEP_RECORDS: o.keepRecords,
    LOCKSTEP_KEEP_DAYS: 0,
    settings: parseSettings(settingsOf(o.limits, 0), "simulation"),
  };
}

/** A model that changes its mind with every bar: a rise follows a fall. */
export function contrarian(weight: number): EdgeModel {
  const head = {
    timeframe_s: 60,
    horizon_s: 60,
    warm_bars: 0,
    logistic: { bias: 0.01, mean: [0], scale: [0.0001], weight: [weight] },
  };
  const bytes = writeArtefact({
    features: ["log_return_1"],
    heads: [{ ...head, kind: HEAD_KIND.direction }],
    meta: {},
  });
  return { bytes, sha256: sha256(bytes), version: ARTEFACT_VERSION };
}

/** An identity that the seed decides. */
export function identityFrom(random: SeededRandom): StreamIdentity {
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.below(256));
  const signer = signerOf(bytes(32));
  return { streamId: bytes(16), signer };
}
