// The EA's sources are MQL5 and not C++ that happens to compile; and the lint itself finds each thing it is for.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { test } from "node:test";
import { EA_DIR } from "./compile.ts";
import { lint, type MqlFile } from "./lint.ts";

const sources = (): MqlFile[] =>
  globSync(`${EA_DIR}/**/*.{mq5,mqh}`)
    .sort()
    .map((path) => ({ path: relative(EA_DIR, path), text: readFileSync(path, "utf8") }));

test("mql5 lint: the EA's sources: nothing that MetaEditor refuses or reads differently", () => {
  const files = sources();
  assert.ok(files.length > 20);
  assert.deepEqual(lint(files), []);
});

test("mql5 lint: every file of the EA is reached from Lockstep.mq5", () => {
  const files = sources();
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = files.find((file) => file.path === path)?.text ?? "";
    for (const [, name] of text.matchAll(/^#include "(.+)"$/gm)) visit(name as string);
  };
  visit("Lockstep.mq5");
  assert.deepEqual([...reached].sort(), files.map(({ path }) => path).sort());
});

const BAD: readonly (readonly [string, RegExp])[] = [
  ["   x->Go();", /no ->/],
  ["   std::sort(a);", /::/],
  ["   auto x = 1;", /not a word/],
  ["   string s = NULL;", /not a word/],
  ["   int *p = q;", /pointers/],
  ["   Go(&x);", /addresses/],
  ["   int &r = x;", /references/],
  ["   for(int x : list)", /range-for/],
  ["   long x = 5L;", /suffixes/],
  ["   int x = 010;", /octal/],
  ["   datetime t = D'2024.01.01';", /literals/],
  ["#if 1", /only #ifdef/],
  ["   string s = StringFormat(x);", /formats differ/],
  ["void F(const string &s)", /by value/],
  ["   static int n = 0;", /static/],
  ["   MxNear(i++, a[i], 1);", /evaluated from the last/],
  ["   int group = 1;", /keeps for itself/],
  ["   int x = a / b;", /may be zero/],
  ["   int x = a % 0;", /may be zero/],
  ["   SocketReed(h);", /calls SocketReed/],
  ["   long x = ACCOUNT_LOGGIN;", /says ACCOUNT_LOGGIN/],
  ["SMxId F(int x)", /gives back an object/],
  ["   int n;", /not initialised/],
  ["   MqlTradeRequest r;", /not initialised/],
  ["   uchar b[16];", /not initialised/],
  ["   // é", /only ASCII/],
  ["   auto f = [&](int x) { return x; };", /lambdas/],
  ["template<typename T> T F(T x)", /templates/],
];

for (const [line, message] of BAD)
  test(`mql5 lint: ${line.trim()}: refused`, () => {
    const found = lint(sources(), [{ path: "bad.mqh", text: line }]);
    assert.ok(
      found.some((finding) => message.test(finding.message)),
      JSON.stringify(found),
    );
  });
