// The live model and the shadow of a recorded journal, bar by bar: how far they agree, and what each was worth by what
// happened later. The journal's seals are verified as it is read; its decisions are not decided again (npm run verify does).
import { CoreInstance } from "#core-wasm/host/instance.ts";
import { headName } from "#core-wasm/models/training/evaluate.ts";
import { figuresOf } from "#core-wasm/models/training/figures.ts";
import { Answers, QUESTIONS } from "#core-wasm/models/training/questions.ts";
import { Bar, BarHistory, HEADER_OFFSET, Prediction, ShadowPrediction } from "#proto/generated/records.ts";
import type { BarRow } from "#proto/mt5-files.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { BAR_BASIS } from "#proto/records.ts";
import { type JournalOptions, RecordedJournal } from "../journal-source.ts";

/** One head of two models over the bars that both scored when warm. */
export interface ShadowFigures {
  readonly head: string;
  /** First half of the digests. */
  readonly live: string;
  readonly shadow: string;
  readonly bars: number;
  /** Share of the bars on which both are on the same side of one half. */
  readonly agreement: number;
  /** Mean distance of the two probabilities. */
  readonly distance: number;
  /** Bars whose answer is known by now. */
  readonly answered: number;
  readonly live_log_loss: number | null;
  readonly shadow_log_loss: number | null;
  /** Of the best constant on the very same bars. */
  readonly base_log_loss: number | null;
  readonly live_accuracy: number | null;
  readonly shadow_accuracy: number | null;
}

interface Said {
  readonly p: Prediction;
  readonly series: BarRow[];
  /** Of its bar in the series. */
  readonly index: number;
}

interface Pair {
  readonly live: number;
  readonly shadow: number;
  readonly yes: boolean | undefined;
}

const PROBABILITY = ["probability_up", "probability_high_volatility", "probability_volatile_regime"] as const;
const MODELS = ["direction_models", "volatility_models", "regime_models"] as const;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Throws what reading and verifying a journal throws. */
export async function compareShadow(journal: JournalOptions): Promise<ShadowFigures[]> {
  const { digest } = await CoreInstance.load();
  const reader = new PairReader();
  for (const batch of new RecordedJournal(journal).batches(digest)) reader.take(batch);
  return reader.figures();
}

class PairReader {
  readonly #series = new Map<string, BarRow[]>();
  readonly #lives = new Map<string, Said>();
  readonly #pairs: { readonly live: Said; readonly shadow: Prediction }[] = [];

  take(records: Uint8Array): void {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      const symbol = view.getUint16(at + HEADER_OFFSET.symbol, true);
      if (code === Bar.code) this.#bar(symbol, Bar.read(view, at));
      else if (code === BarHistory.code) this.#history(symbol, BarHistory.read(view, at));
      else if (code === Prediction.code) this.#live(symbol, Prediction.read(view, at));
      else if (code === ShadowPrediction.code) this.#shadow(symbol, ShadowPrediction.read(view, at));
    });
  }

  #of(symbol: number, timeframe_s: number): BarRow[] {
    const key = `${symbol}/${timeframe_s}`;
    const series = this.#series.get(key) ?? [];
    this.#series.set(key, series);
    return series;
  }

  #bar(symbol: number, bar: Bar): void {
    if (bar.basis === BAR_BASIS.time) this.#of(symbol, bar.timeframe_s).push(rowOf(bar, bar.tick_count));
  }

  #history(symbol: number, bar: BarHistory): void {
    this.#of(symbol, bar.timeframe_s).push(rowOf(bar, Number(bar.tick_volume)));
  }

  /** It follows its bar. */
  #live(symbol: number, p: Prediction): void {
    const series = this.#of(symbol, p.timeframe_s);
    this.#lives.set(`${symbol}/${p.timeframe_s}`, { p, series, index: series.length - 1 });
  }

  #shadow(symbol: number, shadow: ShadowPrediction): void {
    const live = this.#lives.get(`${symbol}/${shadow.timeframe_s}`);
    const same = live?.p.cause_seq === shadow.cause_seq && live.p.bar_time_ms === shadow.bar_time_ms;
    if (live && same && live.p.warm === 1 && shadow.warm === 1) this.#pairs.push({ live, shadow });
  }

  figures(): ShadowFigures[] {
    const known = new Map<readonly BarRow[], Answers>();
    const answersOf = (series: readonly BarRow[], timeframe_s: number): Answers => {
      const answers = known.get(series) ?? new Answers(series, timeframe_s);
      known.set(series, answers);
      return answers;
    };
    const heads = Map.groupBy(
      this.#pairs.flatMap(({ live, shadow }) =>
        QUESTIONS.filter(({ kind }) => live.p[modelsOf(kind)] !== 0 && shadow[modelsOf(kind)] !== 0).map((question) => {
          const { timeframe_s } = shadow;
          const key = [
            headName({ timeframe_s, kind: question.kind }),
            ...[live.p, shadow].map((p) => hex(p.model_sha256_head)),
          ];
          const yes = answersOf(live.series, timeframe_s).at(question, live.index)?.yes;
          const name = PROBABILITY[question.kind] as (typeof PROBABILITY)[number];
          return { key: key.join("/"), pair: { live: live.p[name], shadow: shadow[name], yes } };
        }),
      ),
      ({ key }) => key,
    );
    return [...heads].map(([key, rows]) =>
      headFigures(
        key.split("/"),
        rows.map(({ pair }) => pair),
      ),
    );
  }
}

const modelsOf = (kind: number): (typeof MODELS)[number] => MODELS[kind] as (typeof MODELS)[number];

const rowOf = (bar: Bar | BarHistory, ticks: number): BarRow => ({
  time_ms: Number(bar.open_time_ms),
  open_points: Number(bar.open_points),
  high_points: Number(bar.high_points),
  low_points: Number(bar.low_points),
  close_points: Number(bar.close_points),
  tick_volume: ticks,
  spread_points: 0,
});

function headFigures([head = "", live = "", shadow = ""]: readonly string[], pairs: readonly Pair[]): ShadowFigures {
  const mean = (of: (pair: Pair) => number): number => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const known = pairs.filter(({ yes }) => yes !== undefined);
  const y = Uint8Array.from(known, ({ yes }) => (yes ? 1 : 0));
  const worth = (of: (pair: Pair) => number) =>
    known.length === 0 ? undefined : figuresOf({ p: Float64Array.from(known, of), y });
  const [ofLive, ofShadow] = [worth((pair) => pair.live), worth((pair) => pair.shadow)];
  return {
    head,
    live,
    shadow,
    bars: pairs.length,
    agreement: mean((pair) => (pair.live >= 0.5 === pair.shadow >= 0.5 ? 1 : 0)),
    distance: mean((pair) => Math.abs(pair.live - pair.shadow)),
    answered: known.length,
    live_log_loss: ofLive?.log_loss ?? null,
    shadow_log_loss: ofShadow?.log_loss ?? null,
    base_log_loss: ofLive?.base_log_loss ?? null,
    live_accuracy: ofLive?.accuracy ?? null,
    shadow_accuracy: ofShadow?.accuracy ?? null,
  };
}

export function shadowTable(figures: readonly ShadowFigures[]): string {
  if (figures.length === 0) return "no bar of this journal was scored by a live model and a shadow when both were warm";
  const share = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(2)} %`);
  const loss = (value: number | null): string => (value === null ? "–" : value.toFixed(5));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line([
      "head",
      "live",
      "shadow",
      "bars",
      "agree",
      "distance",
      "answered",
      "log-loss live, shadow (constant)",
      "right: live, shadow",
    ]),
    "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ...figures.map((f) =>
      line([
        f.head,
        f.live.slice(0, 8),
        f.shadow.slice(0, 8),
        String(f.bars),
        share(f.agreement),
        f.distance.toFixed(4),
        String(f.answered),
        `${loss(f.live_log_loss)}, ${loss(f.shadow_log_loss)} (${loss(f.base_log_loss)})`,
        `${share(f.live_accuracy)}, ${share(f.shadow_accuracy)}`,
      ]),
    ),
  ].join("\n");
}
