import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { COMPONENTS } from "./components.ts";

const ROOT = new URL("../../", import.meta.url);

test("components: twenty-two by name, each with its source and tests in the tree, and a line in docs/components.md", () => {
  assert.equal(COMPONENTS.length, 22);
  assert.equal(new Set(COMPONENTS.map(({ name }) => name)).size, 22);
  const docs = readFileSync(new URL("docs/components.md", ROOT), "utf8");
  for (const { name, does, inputs, outputs, source, tests } of COMPONENTS) {
    for (const file of [source, ...tests]) assert.ok(existsSync(new URL(file, ROOT)), `${name}: ${file}`);
    const line = `| ${name} | ${does} | ${inputs} | ${outputs} | \`${source}\` | ${tests.map((t) => `\`${t}\``).join(", ")} |`;
    assert.ok(docs.includes(line), `docs/components.md must hold:\n${line}`);
  }
});
