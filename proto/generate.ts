// Writes every generated file from its declaration; with --check it only compares and names the stale ones.
import { featuresAssemblyscript, featuresMarkdown } from "./generate/features.ts";
import { mtx1Markdown } from "./generate/mtx1-docs.ts";
import { mtx1Mql5 } from "./generate/mtx1-mql5.ts";
import { mtx1Typescript } from "./generate/mtx1-typescript.ts";
import { protobufTargets } from "./generate/protobuf.ts";
import { recordsAssemblyscript } from "./generate/records-assemblyscript.ts";
import { recordsMarkdown, recordsSnapshot } from "./generate/records-docs.ts";
import { recordsTypescript } from "./generate/records-typescript.ts";
import { riskMarkdown } from "./generate/risk.ts";
import { writeTargets } from "./generate/targets.ts";

writeTargets([
  ["proto/generated/records.ts", recordsTypescript],
  ["proto/generated/records.layout.txt", recordsSnapshot],
  ["core-wasm/assembly/generated/records.ts", recordsAssemblyscript],
  ["docs/records.md", recordsMarkdown],
  ["core-wasm/assembly/generated/features.ts", featuresAssemblyscript],
  ["docs/features.md", featuresMarkdown],
  ["docs/risk.md", riskMarkdown],
  ["proto/generated/mtx1.ts", mtx1Typescript],
  ["edge/mql5/generated/mtx1.mqh", mtx1Mql5],
  ["docs/mtx1.md", mtx1Markdown],
  ...protobufTargets(),
]);
