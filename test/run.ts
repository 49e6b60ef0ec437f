// npm test: every *.test.ts of the repository under node's own runner, two files at a time, then one plain line of counts.
// Options: names or parts of paths to run only those. The servers that tests need are found or installed before.
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { ensureNatsServer } from "#storage/engines/nats.ts";
import { ensureChromium } from "./browser/chromium.ts";

const wanted = process.argv.slice(2);
const files = globSync("{proto,core-wasm,storage,mesh,edge,cloud,start,test}/**/*.test.ts")
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(", ")}`);
  process.exit(2);
}

await ensureNatsServer();
if (files.some((file) => file.startsWith("test/browser/"))) await ensureChromium();
let passed = 0;
let failed = 0;
const stream = run({ files, concurrency: 2, timeout: 600_000 });
stream.on("test:pass", (event) => {
  if (event.details.type !== "suite" && !event.skip && !event.todo && !files.some((f) => event.name.endsWith(f)))
    passed++;
});
stream.on("test:fail", (event) => {
  if (event.details.type !== "suite") failed++;
});
stream.compose(spec).pipe(process.stdout);
stream.on("end", () => {
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  process.stdout.once("drain", () => undefined);
  setImmediate(() => console.log(`${passed} passed, ${failed} failed`));
});
