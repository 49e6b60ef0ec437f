// The checks against the model over random streams: the core as shipped, and its checks under a policy that proposes
// anything; then deliberately wrong cores, each of which the same comparison must catch.
import assert from "node:assert/strict";
import { test } from "node:test";
import { REASONS } from "#proto/reasons.ts";
import { type Break, brokenCore } from "../../fuzz/broken-core.ts";
import { EAGER_POLICY } from "./eager-policy.ts";
import { playStream } from "./streams.ts";
import { Difference, Seen } from "./watch.ts";

const SHIPPED_STREAMS = 70;
const EAGER_STREAMS = 90;
const CANARY_STREAMS = 400;

/** What cannot come, and why. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  "check trading_state missing_data": "the trading state is always known",
  "check kill_switch missing_data": "so is the kill switch",
};

/** What the streams must have met, so that equal verdicts mean something. */
const MET = [
  ...["new day", "daily loss trips", "drawdown trips", "tick refused", "tick spike", "tick spike confirmed"],
  ...["deal opens", "deal grows", "deal reduces", "deal closes", "deal turns round", "deal beyond the position"],
  ...["deal repeated", "deal already in the account", "deal already in a position record"],
  ...["deal of a position that is gone", "position gone", "positions mismatch", "positions overflow"],
  ...["order waits for deals", "order accepted", "order refused", "exit accepted", "exit refused"],
];

async function play(streams: number, seen: Seen, wasm?: Uint8Array): Promise<void> {
  for (let index = 0; index < streams; index++) await playStream({ seed: 3, index, seen, wasm });
}

test("risk model: random streams: every verdict is the model's in every field, every check seen passing, failing and missing", async (t) => {
  const seen = new Seen();
  await play(SHIPPED_STREAMS, seen);
  const shipped = seen.verdicts;
  await play(EAGER_STREAMS, seen, await brokenCore(...EAGER_POLICY));
  t.diagnostic(
    `${shipped} verdicts of the shipped core, ${seen.verdicts - shipped} under an eager policy, ${seen.accepted} accepted`,
  );
  assert.ok(shipped > 2_000 && seen.verdicts - shipped > 4_000 && seen.accepted > 700);
  const checks = REASONS.flatMap(({ name }) =>
    ["pass", "fail", "missing_data"].map((result) => `check ${name} ${result}`),
  );
  const never = [...checks, ...MET].filter((what) => !seen.counts.has(what));
  assert.deepEqual(never, Object.keys(UNREACHABLE), "never met: lead a stream of streams.ts there");
});

const CANARIES: readonly { readonly what: string; readonly broken: readonly Break[]; readonly finds: RegExp }[] = [
  {
    what: "orders in flight do not count",
    broken: [
      { file: "risk/portfolio.ts", from: "if (opening.state != IN_FLIGHT_NONE && rest > 0) {", to: "if (rest < 0) {" },
    ],
    finds: /(gross|strategy)_exposure: the core's value/,
  },
  {
    what: "a late deal counts twice",
    broken: [{ file: "decision/positions.ts", from: "if (fill.broker_time_ms <= s.account_time_ms) return;", to: "" }],
    finds: /the core's (equity|value)/,
  },
  {
    what: "a window of news has a millisecond too few",
    broken: [{ file: "risk/windows.ts", from: "now - news.to_ms + 1;", to: "now - news.to_ms + 2;" }],
    finds: /news_window: the core's value/,
  },
  {
    what: "an exit may be larger than its position",
    broken: [
      ...EAGER_POLICY,
      { file: "risk/exit.ts", from: "&& intent.volume_microlots <= position.volume_microlots;", to: ";" },
    ],
    finds: /the core's/,
  },
  {
    what: "the tightest drawdown is any drawdown",
    broken: [
      {
        file: "settings.ts",
        from: "s.drawdown_known != 0 && limits.drawdown_max_micros >= s.drawdown_max_micros",
        to: "false",
      },
    ],
    finds: /drawdown: the core's limit|trading state/,
  },
  {
    what: "a spike counts at once",
    broken: [{ file: "inputs.ts", from: "if (isSpike(m, bid)) return badTick(symbol, m);", to: "" }],
    finds: /the core's/,
  },
];

for (const { what, broken, finds } of CANARIES)
  test(`risk model: canary: ${what}: found, with the command that repeats it`, async () => {
    const wasm = await brokenCore(...broken);
    await assert.rejects(play(CANARY_STREAMS, new Seen(), wasm), (error: Error) => {
      assert.ok(error instanceof Difference, error.stack);
      assert.match(error.message, finds);
      assert.match(error.message, /again: node test\/oracle\/risk-model\/main.ts --seed 3 --index \d+/);
      return true;
    });
  });
