// The catalogue of features as AssemblyScript indices and as a page for people.
import { FEATURES, SEQUENCE_FEATURES, SEQUENCE_STEPS_MAX } from "../features.ts";

export function featuresAssemblyscript(): string {
  const indices = FEATURES.map(({ name }, i) => `export const ${name.toUpperCase()}: u32 = ${i};`);
  return [
    "// Generated from proto/features.ts by `npm run generate`. Do not edit.",
    `export const FEATURE_COUNT: u32 = ${FEATURES.length};`,
    "",
    ...indices,
    "",
  ].join("\n");
}

const FROM = {
  bars: "Of the series' closed bars",
  time: "Of the time",
  ticks: "Of ticks (0 at bars from history)",
  symbols: "Of all symbols together",
  calendar: "Of the economic calendar (0 where no event is near)",
} as const;

const HEAD = `# Features

Generated from proto/features.ts by \`npm run generate\`. Do not edit.

${FEATURES.length} numbers, computed in the core for every symbol and series of bars, written into each prediction in this order. All are free of scale, so
that one model serves every symbol, and all come from what was known when the bar closed. A feature is 0 before it is warm and where its
formula would divide by nothing. A prediction is marked warm from 51 bars on, and later where a head asks for more; nothing is traded on before.

**Series**: bars of bids aligned to UTC: M1, M5, M15, H1, H4, D1; bars of 256 ticks; range bars, which close with the tick that makes their range 16 mean spreads.
A bar of time closes at its symbol's first tick of a later bar, or one second after its end once the symbol has been silent for a second. Larger bars are put
together from smaller ones. **Gaps and weekends** make no bars: the next bar follows the last one that had ticks, and the changes between the two count as one step.
**Bad ticks** (crossed or non-positive quotes, prices or times out of bounds, time going back, more than a day ahead) are counted, said, and change nothing. So is a **spike**, a bid more than a fiftieth and
more than 1,000 points away from the last one, unless the next tick confirms it by being as near to it: then that one counts. A tick older than the newest closed bar of a minute moves the
quote, but enters no bar of time.

Conventions are TA-Lib's where it has the indicator; tests hold them against its values to 1e-9 (\`test/oracle/talib.test.ts\`).
`;

export function featuresMarkdown(): string {
  const part = (from: keyof typeof FROM): string[] => [
    `\n## ${FROM[from]}\n`,
    "| # | name | unit | warm after (bars) | formula | source |",
    "|---|---|---|---|---|---|",
    ...FEATURES.flatMap((f, i) =>
      f.from === from
        ? [`| ${i} | \`${f.name}\` | ${f.unit} | ${f.warm_bars} | ${f.formula.replaceAll("|", "\\|")} | ${f.source} |`]
        : [],
    ),
  ];
  const sequence = [
    "\n## Of each of the last bars: the sequence of a recurrent model\n",
    `Up to ${SEQUENCE_STEPS_MAX} closed bars of the series, oldest first. Not in the prediction record: they follow from the bars before it.\n`,
    "| # | name | formula |",
    "|---|---|---|",
    ...SEQUENCE_FEATURES.map(({ name, formula }, i) => `| ${i} | \`${name}\` | ${formula} |`),
  ];
  const catalogue = (["bars", "time", "ticks", "symbols", "calendar"] as const).flatMap(part);
  return `${[HEAD, ...catalogue, ...sequence].join("\n")}\n`;
}
