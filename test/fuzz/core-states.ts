// Where a fuzzed stream begins: states of a core that was led there by a script, each with what a sender would know of
// it (its clock, the intents under way), and every input that the scripts sent, as templates of plausible records.

import { type Answer, LOT, MONDAY_MS, only, Script } from "#core-wasm/host/script.fixture.ts";
import { writeArtefact } from "#core-wasm/models/artefact.ts";
import { randomHead } from "#core-wasm/models/random-model.fixture.ts";
import { FEATURE_NAMES } from "#proto/features.ts";

export interface Prepared {
  readonly name: string;
  /** The core's own snapshot, and the state inside it. */
  readonly snapshot: Uint8Array;
  readonly state: Uint8Array;
  /** The artefact that the state names. */
  readonly model?: Uint8Array | undefined;
  readonly ms: number;
  readonly lastSeq: number;
  readonly tradingState: number;
  readonly intentIds: readonly Uint8Array[];
}

export interface Corpus {
  readonly states: readonly Prepared[];
  readonly templates: readonly Uint8Array[];
}

/** Header of a snapshot (core-wasm/host/core.ts). */
const SYMBOLS = 16;
const POINTS_MAX = 2 ** 40;
const VOLUME_MAX = 2n ** 46n;

/** The model that lies in the instance's model region: all five models, several timeframes. */
/** Few, for its hash is found anew at every model_digest record. */
const WIDTH = 8;
const { boosted: _, gru: _gru, perceptron: _perceptron, ...small } = randomHead(2, WIDTH);
const ENSEMBLE = writeArtefact({
  features: FEATURE_NAMES.slice(0, WIDTH),
  heads: [randomHead(1, WIDTH), { ...small, kind: 1 }, { ...small, timeframe_s: 3600 }],
  meta: {},
});
export const ensembleModel = (): Uint8Array => ENSEMBLE;

/** Two symbols that move together, warm on M1 and H1, live. */
async function warm(up: number): Promise<Script> {
  const s = await Script.ready({ symbols: 2 });
  for (const timeframe_s of [60, 3600])
    for (let i = 130; i >= 1; i--)
      for (const symbol of [1, 2]) {
        const open = BigInt(s.bid + ((i * 37) % 23));
        const length = timeframe_s * 1000;
        const open_time_ms = BigInt(s.ms - (s.ms % length) - i * length);
        const bar = { open_time_ms, open_points: open, close_points: open + BigInt(i % 9), timeframe_s };
        s.bar({ ...bar, high_points: open + 20n, low_points: open - 20n, tick_volume: 9n }, symbol);
      }
  for (const symbol of [1, 2]) s.nextMinute({ symbol });
  s.opinion(up);
  return s;
}

const idsOf = (answers: readonly Answer[]): Uint8Array[] =>
  only(answers, "order_intent").map((a) => a.payload.intent_id as Uint8Array);

type Leading = () => Promise<{ readonly script: Script; readonly ids?: readonly Uint8Array[] }>;

async function holding(up: number): Promise<Script> {
  const script = await warm(up);
  script.position();
  script.position({ ticket: 78n, identifier: 78n, magic: 0n, side: 1 }, 2);
  return script;
}

const LEADINGS: Readonly<Record<string, Leading>> = {
  started: async () => ({ script: await Script.empty() }),
  unconfigured: async () => {
    const script = await Script.empty();
    script.spec();
    script.link(2);
    script.tick();
    return { script };
  },
  buying: async () => ({ script: await warm(0.9) }),
  selling: async () => ({ script: await warm(0.1) }),
  ensemble: async () => {
    const script = await warm(0.5);
    script.core.loadModel(ensembleModel());
    script.model(ensembleModel());
    script.params({ enter_edge_ppm: 0, exit_edge_ppm: 0 });
    return { script };
  },
  shadowed: async () => {
    const script = await warm(0.9);
    script.shadow(ensembleModel());
    script.modelConfig({ disagreement_max_ppm: 400_000, drift_max_milli: 500, forest_weight_milli: 500 });
    return { script };
  },
  opening: async () => {
    const script = await warm(0.9);
    return { script, ids: idsOf([...script.nextMinute(), ...script.nextMinute({ symbol: 2 })]) };
  },
  holding: async () => ({ script: await holding(0.1) }),
  closing: async () => {
    const script = await holding(0.1);
    return { script, ids: idsOf(script.nextMinute()) };
  },
  losing: async () => {
    const script = await holding(0.9);
    script.limits({ daily_realised_loss_max_micros: 500_000_000n });
    for (const entry of [0, 1]) script.fill({ entry, side: entry, profit_micros: -400_000_000n });
    script.account({ equity_micros: 9_300_000_000n });
    return { script };
  },
  reduce_only: async () => {
    const script = await holding(0.1);
    script.command(2);
    return { script };
  },
  halted: async () => {
    const script = await warm(0.9);
    script.command(3);
    return { script };
  },
  killed: async () => {
    const script = await holding(0.1);
    script.command(4);
    return { script };
  },
  flattening: async () => {
    const script = await holding(0.1);
    return { script, ids: idsOf(script.command(5)) };
  },
  correlated: async () => {
    const script = await warm(0.9);
    for (let minute = 0; minute < 3 * 60 - 2; minute += 2) {
      script.ms += 120_000;
      for (const symbol of [1, 2]) script.tick({ symbol, bid: script.bid + ((minute * symbol) % 7) });
    }
    return { script };
  },
  narrow: async () => {
    const script = await warm(0.9);
    script.limits({ lease_required: 1, stop_required: 1, session_from_s: 3600, session_to_s: 60, loss_streak_max: 1 });
    script.limits({ collar_points: 5n, collar_period_points: 5n, repeat_min_ms: 90_000n, cooldown_ms: 60_000n }, 2);
    return { script };
  },
  pausing: async () => {
    const script = await warm(0.9);
    script.limits({ loss_streak_max: 1, cooldown_ms: 3_600_000n, edge_min_ppm: 450_000 });
    script.position();
    script.ms += 1_000;
    script.fill({ entry: 1, side: 1, profit_micros: -5_000_000n });
    return { script };
  },
  repeating: async () => {
    const script = await warm(0.9);
    script.limits({ repeat_min_ms: 3_600_000n });
    for (const id of idsOf(script.nextMinute())) script.update(id);
    return { script };
  },
  crowded: async () => {
    const script = await warm(0.9);
    script.limits({ open_orders_max: 1, orders_a_minute_max: 1 });
    return { script, ids: idsOf(script.nextMinute()) };
  },
  fenced: async () => {
    const script = await warm(0.9);
    script.spec({ trade_mode: 2 });
    script.spec({ freeze_level_points: 1_000_000 }, 2);
    return { script };
  },
  full: async () => {
    const script = await Script.ready({ symbols: SYMBOLS });
    script.opinion(0.1);
    for (let symbol = 1; symbol <= SYMBOLS; symbol++)
      for (let i = 0n; i < 15n; i++) script.position({ ticket: i + 1n, identifier: i + 1n }, symbol);
    return { script };
  },
  extreme: async () => {
    const script = await warm(0.9);
    const limits = { order_volume_max_microlots: VOLUME_MAX, position_volume_max_microlots: VOLUME_MAX };
    script.limits({ ...limits, spread_max_points: 2n ** 31n - 1n });
    script.params({ volume_microlots: VOLUME_MAX, stop_atr_milli: 1_000_000, target_atr_milli: 1_000_000 });
    script.spec({ tick_value_micros: 2n ** 40n, volume_max_microlots: VOLUME_MAX });
    script.bid = POINTS_MAX - 100;
    script.nextMinute();
    script.position({ volume_microlots: VOLUME_MAX, open_price_points: 1n });
    return { script };
  },
};

/** Records of kinds that leave no mark on the states, sent only to be templates. */
function others(script: Script): void {
  script.timer();
  script.bar({ open_time_ms: BigInt(MONDAY_MS), score: 1 });
  script.update(new Uint8Array(16).fill(3), { state: 5, final: 0, volume_filled_microlots: LOT / 20n });
  script.update(new Uint8Array(16).fill(3));
  script.fill({ profit_micros: -5_000_000n, entry: 1, side: 1 });
  for (const state of [0, 1]) script.link(state);
  for (const command of [1, 2, 3, 4, 5]) script.command(command);
  for (const signed of [false, true]) script.modelConfig({ config_version: 9, heads: 7 }, { signed });
  script.modelConfig({ config_version: 10, heads: 1, edge_min_ppm: 60_000 }, { signed: false, symbol: 1 });
  script.shadow(ensembleModel());
  script.shadow(undefined);
  script.tick({ skewMs: -6_000 });
  script.tick({ spread: 40 });
  script.position({ volume_microlots: 0n });
}

function prepared(name: string, script: Script, ids: readonly Uint8Array[]): Prepared {
  const snapshot = script.core.snapshot();
  return {
    name,
    snapshot,
    state: script.core.state().slice(),
    model: script.artefact,
    ms: script.ms,
    lastSeq: Number(script.core.lastSeq()),
    tradingState: script.core.status().trading_state,
    intentIds: ids,
  };
}

export async function prepareCorpus(): Promise<Corpus> {
  const states: Prepared[] = [];
  const seen = new Map<string, Uint8Array>();
  const learn = (script: Script): void => {
    // Sequence numbers and history bars would only make the same record look new.
    for (const bytes of script.inputs)
      seen.set(Buffer.from(bytes.subarray(bytes[16] === 2 ? 48 : 16)).toString("hex"), bytes);
  };
  for (const [name, lead] of Object.entries(LEADINGS)) {
    const { script, ids = [] } = await lead();
    learn(script);
    states.push(prepared(name, script, ids));
  }
  const script = await warm(0.5);
  others(script);
  learn(script);
  // All zero is an empty stream: the only state in which a stream_start belongs.
  const empty = (states[0] as Prepared).state.slice().fill(0);
  const nothing = { name: "empty", state: empty, snapshot: empty, ms: MONDAY_MS, lastSeq: 0, tradingState: 0 };
  return { states: [...states, { ...nothing, intentIds: [] }], templates: [...seen.values()] };
}
