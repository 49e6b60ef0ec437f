import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, sourceFiles, tidy } from "./tidy.ts";

const messages = (path: string, text: string): string[] =>
  tidy([...sourceFiles().filter((f) => f.path !== path), { path, text }])
    .filter((f) => f.path === path)
    .map((f) => f.message);

test("tidy: the tree: no finding", () => {
  assert.deepEqual(
    tidy(sourceFiles()).map((f) => `${f.path}: ${f.message}`),
    [],
  );
});

test("tidy: storage importing mesh: found", () => {
  assert.match(
    messages("storage/journal/canary.test-only.ts", 'import { SERVICES } from "#mesh/topology.ts";\n').join(),
    /storage imports proto/,
  );
});

test("tidy: a service importing another: found", () => {
  assert.match(
    messages("cloud/data-bridge/canary.ts", 'import "../trading-engine/service.ts";\n').join(),
    /calls another service through/,
  );
});

test("tidy: a package outside its owner's folder: found", () => {
  assert.match(messages("cloud/data-bridge/canary.ts", 'import pg from "pg";\n').join(), /which only/);
});

test("tidy: import forms: all are seen", () => {
  const { tree, packages } = importsOf({
    path: "a/b.ts",
    text: 'import {\n  x,\n} from "./c.ts";\nexport { y } from "../d.ts";\nconst z = await import("#proto/e.ts");\nimport "node:fs";\n',
  });
  assert.deepEqual(tree, ["a/c.ts", "d.ts", "proto/e.ts"]);
  assert.deepEqual(packages, ["node:fs"]);
});
