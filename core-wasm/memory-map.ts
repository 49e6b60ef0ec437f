// docs/memory.md from the module's own constants: a variant of the module is compiled that says them, so the page cannot be
// another module's. `node core-wasm/memory-map.ts` writes it; a test holds the page against it.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, PAGES } from "./compile.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const PAGE = `${ROOT}docs/memory.md`;
const WASM_BYTES_MAX = 2 ** 32;

/** Regions of the memory: its constant (assembly/memory.ts) and what it holds. The last one goes on to the end. */
const REGIONS = [
  ["FAULT_AT", "null page: fault code and cursor, read by the host after a trap; then the compiler's static data"],
  ["SCRATCH_AT", "scratch of the running call: never carries anything from one record to the next"],
  ["INBOX_AT", "whole input records, written by the host"],
  ["OUTBOX_AT", "whole output records, read by the host after each call"],
  ["MODEL_AT", "an artefact, written by the host, read when a model_digest record names its hash"],
  ["HELD_MODELS_AT", "the artefacts that score, examined and shared by all streams"],
  ["STREAMS_AT", "the first stream's state, the second's, ..."],
] as const;

/** Parts of a stream's state: the constant of its offset (assembly/state.ts), of what, how many, bytes of one. */
const PARTS = [
  ["0", "Stream: counters, account, trading state", "1", "offsetof<Stream>()"],
  ["DEALS", "tickets of the last deals", "DEALS_MAX", "8"],
  ["COMMANDS", "ids of the last operator commands", "COMMANDS_MAX", "16"],
  [
    "MARKETS",
    "Market of a symbol (and one for all): quote, specification, limits, positions, in flight",
    "SYMBOLS_MAX + 1",
    "MARKET_BYTES",
  ],
  ["FLOWS", "Flow: what a symbol's ticks have been like lately", "SYMBOLS_MAX", "FLOW_BYTES"],
  [
    "BARS",
    "Bars: a series of a symbol, running indicators and rings of its last bars",
    "SYMBOLS_MAX * SERIES",
    "BARS_BYTES",
  ],
  ["CORRELATIONS", "correlations of all symbols", "1", "LIMITS - CORRELATIONS"],
  ["LIMITS", "risk_limits in force", "SYMBOLS_MAX + 1", "RISK_LIMITS_BYTES"],
  ["RATES", "times of the last accepted opening orders", "RATES_MAX", "8"],
  ["NEWS", "news windows", "NEWS_MAX", "NEWS_BYTES"],
  ["STRATEGIES", "strategies: limits and loss of the day", "STRATEGIES_MAX", "STRATEGY_BYTES"],
  ["EVENTS", "calendar events", "EVENTS_MAX", "EVENT_BYTES"],
  ["OPERATORS", "operators' names and keys", "OPERATORS_MAX", "offsetof<OperatorKey>()"],
  ["CLOUD_KEYS", "keys of the cloud", "CLOUD_KEYS_MAX", "offsetof<CloudKey>()"],
  [
    "DRIFTS",
    "Drift: how a series' model inputs are spread lately, of the live model, then of the shadow",
    "2 * SYMBOLS_MAX * TIMEFRAMES",
    "DRIFT_BYTES",
  ],
  [
    "MODEL_SETTINGS",
    "ModelSettings of a symbol (and one for all): weights, heads and thresholds",
    "SYMBOLS_MAX + 1",
    "offsetof<ModelSettings>()",
  ],
] as const;

/** Values of constant expressions of state.ts, from a module that was compiled to say them. */
async function constants(expressions: readonly string[]): Promise<number[]> {
  const cases = expressions.map((text, i) => `if (i == ${i}) return <usize>(${text});`).join(" ");
  const regions = REGIONS.map(([name]) => name).filter((name) => name !== "STREAMS_AT");
  const wasm = await compile({
    optimised: false,
    edit: (path, text) => {
      if (path.endsWith("assembly/index.ts")) return `${text}\nexport { constant } from "./state";\n`;
      if (!path.endsWith("assembly/state.ts")) return text;
      return `import { ${regions.join(", ")} } from "./memory";\n${text}\nexport function constant(i: u32): usize { ${cases} return 0; }\n`;
    },
  });
  const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm), {});
  const constant = instance.exports.constant as (i: number) => number;
  return expressions.map((_, i) => constant(i));
}

const number = (n: number): string => n.toLocaleString("en-US");
const hex = (n: number): string => `0x${n.toString(16).padStart(6, "0")}`;

export async function memoryMap(): Promise<string> {
  const asked = [
    ...REGIONS.map(([name]) => name),
    ...PARTS.flatMap(([offset, , count, bytes]) => [offset, count, bytes]),
    "STATE_BYTES",
  ];
  const values = await constants(asked);
  const regions = values.slice(0, REGIONS.length);
  const parts = PARTS.map((_, i) => values.slice(REGIONS.length + 3 * i, REGIONS.length + 3 * i + 3));
  const [streamsAt, stateBytes] = [regions.at(-1) as number, values.at(-1) as number];
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
  return `# Memory of the core

Made from the module's own constants by \`node core-wasm/memory-map.ts\`; a test holds this page against them. Do not edit.

One linear memory, fixed while deciding: nothing is allocated. It begins with ${PAGES} pages of 64 KiB; the host makes it grow only to add a stream.

| from | bytes | what |
|---|---|---|
${REGIONS.map(([, what], i) => `| ${hex(regions[i] as number)} | ${i + 1 < regions.length ? number((regions[i + 1] as number) - (regions[i] as number)) : "the rest"} | ${what} |`).join("\n")}

## One stream: ${number(stateBytes)} bytes (${mib(stateBytes)} MiB) for 16 symbols

A snapshot is a copy of exactly these bytes (and the digest of the outputs so far); all zero is an empty stream. Models are not part of it: a state has the hash of its model.
An instance holds ${number(Math.floor((WASM_BYTES_MAX - streamsAt) / stateBytes))} streams in WebAssembly's 4 GiB.

| offset | bytes | count | bytes of one | what |
|---|---|---|---|---|
${PARTS.map(([, what], i) => {
  const [at, count, one] = parts[i] as [number, number, number];
  const end = i + 1 < parts.length ? (parts[i + 1]?.[0] as number) : stateBytes;
  return `| ${number(at)} | ${number(end - at)} | ${count} | ${number(one)} | ${what} |`;
}).join("\n")}
`;
}

if (import.meta.main) writeFileSync(PAGE, await memoryMap());
