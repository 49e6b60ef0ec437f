import assert from "node:assert/strict";
import { test } from "node:test";
import type { BarRow } from "#proto/mt5-files.ts";
import { coreFeatures } from "../core-features.ts";
import { probeBars } from "../probe.ts";
import { Answers, QUESTIONS, type Question } from "./questions.ts";

const HOUR_S = 3600;
const bars = probeBars({ count: 300, timeframe_s: HOUR_S, seed: 11 });
const questionOf = (name: string): Question => QUESTIONS.find((question) => question.name === name) as Question;

const trueRange = (at: number): number => {
  const [bar, before] = [bars[at] as BarRow, bars[at - 1] as BarRow];
  return Math.max(bar.high_points, before.close_points) - Math.min(bar.low_points, before.close_points);
};

test("questions: regime: the mean true range of the next twelve bars against the core's own ATR(50)", async () => {
  const said = await coreFeatures(bars, { timeframe_s: HOUR_S, features: ["atr_ratio_14_50"] });
  const answers = new Answers(bars, HOUR_S);
  let asked = 0;
  for (const [i, inputs] of said.entries()) {
    const answer = answers.at(questionOf("regime"), i);
    if (inputs === undefined || answer === undefined) continue;
    const atr50 = inputs.atr_points / Math.exp(inputs.values[0] as number);
    const ahead = Array.from({ length: 12 }, (_, k) => trueRange(i + 1 + k)).reduce((a, b) => a + b) / 12;
    if (Math.abs(ahead / atr50 - 1) > 1e-9) assert.equal(answer.yes, ahead > atr50, `bar ${i}`);
    assert.equal(answer.known_ms, (bars[i + 12] as BarRow).time_ms + HOUR_S * 1000);
    asked++;
  }
  // From the core's first scored bar, the hundredth, to the last with twelve behind it.
  assert.equal(asked, 189);
});

test("questions: a gap, the end of the bars, too few bars behind: no answer", () => {
  const gap = bars.filter((_, i) => i !== 150);
  const answers = new Answers(gap, HOUR_S);
  for (const question of QUESTIONS) {
    assert.equal(answers.at(question, 149), undefined, `${question.name} over a gap`);
    assert.ok(answers.at(question, 148), `${question.name} beside it`);
    assert.equal(answers.at(question, gap.length - question.ahead_bars), undefined, `${question.name} at the end`);
    assert.ok(answers.at(question, gap.length - 1 - question.ahead_bars), `${question.name} before the end`);
  }
  assert.equal(answers.at(questionOf("regime"), 49), undefined);
  assert.equal(answers.at(questionOf("high_volatility"), 22), undefined);
});
