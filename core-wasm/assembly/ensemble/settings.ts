// What the stream's owner has set for the models' answers (model_config): which heads are on, how much of each model's weight
// in the stack counts, and from when on an answer may open. A setting is taken when it only takes away, or when a known
// operator has signed it; one that is refused changes nothing. Without any, all is as trained.
import { alert, MODEL_CONFIG_REFUSED, WARNING } from "../alerts";
import { ModelConfig } from "../generated/records";
import { SHARES_AT } from "../memory";
import { isOperatorAt } from "../risk/operators";
import { modelSettingsAt, stream, TIMEFRAMES } from "../state";
import { ModelSettings } from "../structures";
import { KINDS, MODELS } from "./head";

const MILLI: u32 = 1000;
const WEIGHT_MILLI_MAX: u32 = 4000;
const PPM: u32 = 1_000_000;
const EVEN_PPM: u32 = 500_000;
const DRIFT_MILLI_MAX: u32 = 1_000_000;
const HEADS_ALL: u32 = (1 << (TIMEFRAMES * KINDS)) - 1;
/** MODEL_CONFIG_REFUSAL of proto/records.ts. */
const BOUNDS: i64 = 1;
const VERSION: i64 = 2;
const UNSIGNED: i64 = 3;

/** From here on it is in force for the symbol, or an alert says why it is not. */
export function takeModelConfig(config: ModelConfig): void {
  const own = modelSettingsAt(<u32>config.symbol);
  const why = refusalOf(config, own);
  if (why != 0) {
    stream().refused_inputs++;
    return alert(<u32>config.symbol, MODEL_CONFIG_REFUSED, WARNING, why, <i64>own.version);
  }
  own.version = config.config_version;
  own.heads = config.heads;
  memory.copy(milliAt(own), givenMilliAt(config), MODELS * 4);
  own.edge_min_ppm = config.edge_min_ppm;
  own.disagreement_max_ppm = config.disagreement_max_ppm;
  own.drift_max_milli = config.drift_max_milli;
  own.volatile_ppm = config.volatile_ppm;
  own.present = 1;
}

function refusalOf(config: ModelConfig, own: ModelSettings): i64 {
  let sum: u32 = 0;
  let fine = config.operator_0 != 0 && config.reason_0 != 0;
  for (let i: usize = 0; i < MODELS; i++) {
    const milli = load<u32>(givenMilliAt(config) + i * 4);
    fine = fine && milli <= WEIGHT_MILLI_MAX;
    sum += milli;
  }
  fine =
    fine &&
    sum != 0 &&
    config.heads <= HEADS_ALL &&
    config.edge_min_ppm <= EVEN_PPM &&
    config.disagreement_max_ppm <= PPM &&
    config.drift_max_milli <= DRIFT_MILLI_MAX &&
    config.volatile_ppm <= PPM;
  if (!fine) return BOUNDS;
  if (config.config_version <= own.version) return VERSION;
  return onlyTakesAway(config) || isSigned(config) ? 0 : UNSIGNED;
}

/** The host has verified the signature; the core knows the keys. */
function isSigned(config: ModelConfig): bool {
  const at = changetype<usize>(config);
  return isOperatorAt(at + offsetof<ModelConfig>("operator_0"), at + offsetof<ModelConfig>("public_key_0"));
}

/** Nothing can be opened with it that could not be opened before: another weight can turn any answer. */
function onlyTakesAway(config: ModelConfig): bool {
  const now = modelSettings(<u32>config.symbol);
  for (let i: u32 = 0; i < MODELS; i++)
    if (load<u32>(givenMilliAt(config) + <usize>i * 4) != milliOf(now, i)) return false;
  const drift = now.drift_max_milli;
  return (
    (config.heads & ~headsOn(now)) == 0 &&
    config.edge_min_ppm >= now.edge_min_ppm &&
    config.disagreement_max_ppm <= disagreementMax(now) &&
    (drift == 0 || (config.drift_max_milli != 0 && config.drift_max_milli <= drift))
  );
}

/** Its own, or else those for all; not present = as trained. */
export function modelSettings(symbol: u32): ModelSettings {
  const own = modelSettingsAt(symbol);
  return own.present != 0 ? own : modelSettingsAt(0);
}

function givenMilliAt(config: ModelConfig): usize {
  return changetype<usize>(config) + offsetof<ModelConfig>("boosted_weight_milli");
}

function milliAt(settings: ModelSettings): usize {
  return changetype<usize>(settings) + offsetof<ModelSettings>("boosted_milli");
}

function milliOf(settings: ModelSettings, model: u32): u32 {
  return settings.present != 0 ? load<u32>(milliAt(settings) + <usize>model * 4) : MILLI;
}

function headsOn(settings: ModelSettings): u32 {
  return settings.present != 0 ? settings.heads : HEADS_ALL;
}

function disagreementMax(settings: ModelSettings): u32 {
  return settings.present != 0 ? settings.disagreement_max_ppm : PPM;
}

export function isHeadOn(settings: ModelSettings, timeframe: u32, kind: u32): bool {
  return ((headsOn(settings) >> (timeframe * KINDS + kind)) & 1) != 0;
}

/** How much of each model's weight counts while the next heads are scored (combine.ts). */
export function useShares(settings: ModelSettings): void {
  for (let i: u32 = 0; i < MODELS; i++) store<f64>(SHARES_AT + <usize>i * 8, <f64>milliOf(settings, i) / <f64>MILLI);
}

/** As trained, for rows that are of no stream. */
export function useFullShares(): void {
  for (let i: usize = 0; i < MODELS; i++) store<f64>(SHARES_AT + i * 8, 1);
}

/** The probability from which on a regime is volatile. */
export function volatileFrom(settings: ModelSettings): f64 {
  return <f64>(settings.present != 0 ? settings.volatile_ppm : EVEN_PPM) / <f64>PPM;
}

/** False while one of the thresholds keeps an answer from opening anything. */
export function mayOpen(settings: ModelSettings, up: f64, disagreement: f64, drift_psi: f64): bool {
  if (settings.present == 0) return true;
  const edge = Math.abs(up - 0.5) * <f64>PPM;
  const drift = <f64>settings.drift_max_milli / <f64>MILLI;
  return (
    edge >= <f64>settings.edge_min_ppm &&
    disagreement * <f64>PPM <= <f64>settings.disagreement_max_ppm &&
    (drift == 0 || drift_psi <= drift)
  );
}
