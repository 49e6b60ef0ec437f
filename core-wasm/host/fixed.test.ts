// a x b / c of the core against bigints: random factors of every size, and those at which a guessed digit is too large.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile } from "../compile.ts";

const MAX = 2n ** 63n - 1n;
const wanted = (a: bigint, b: bigint, c: bigint): bigint => {
  const abs = (v: bigint): bigint => (v < 0n ? -v : v);
  // |i64.MIN_VALUE| saturates before it is multiplied.
  const part = (v: bigint): bigint => (abs(v) > MAX ? MAX : abs(v));
  const magnitude = (part(a) * part(b)) / c;
  return (a < 0n !== b < 0n ? -1n : 1n) * (magnitude > MAX ? MAX : magnitude);
};

async function quotient(): Promise<(a: bigint, b: bigint, c: bigint) => bigint> {
  const wasm = await compile({
    optimised: false,
    edit: (path, text) => {
      if (path === "assembly/index.ts") return `${text}\nexport { quotient } from "./math/fixed";\n`;
      if (path !== "assembly/math/fixed.ts") return text;
      return `${text}\nexport function quotient(a: i64, b: i64, c: i64): i64 { return multiplyDivide(a, b, c); }\n`;
    },
  });
  const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm), {});
  return instance.exports.quotient as (a: bigint, b: bigint, c: bigint) => bigint;
}

/** Of any number of bits, often with runs of ones or zeros. */
const sized = (bits: number) =>
  fc
    .tuple(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.integer({ min: 1, max: bits }),
      fc.integer({ min: 0, max: 62 }),
    )
    .map(([v, width, ones]) => BigInt.asUintN(width, v | BigInt.asUintN(ones, -1n)));

test("fixed: a x b / c: as in unbounded integers, towards zero, saturating", async () => {
  const divide = await quotient();
  const check = (a: bigint, b: bigint, c: bigint): void =>
    assert.equal(divide(a, b, c), wanted(a, b, c), `${a} ${b} ${c}`);
  const signed = sized(63).chain((v) => fc.constantFrom(v, -v));
  fc.assert(
    fc.property(signed, signed, sized(63), (a, b, c) => check(a, b, c === 0n ? 1n : c)),
    { numRuns: 8_000 },
  );
  const edges = [
    1n,
    2n,
    3n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 32n + 1n,
    2n ** 62n,
    2n ** 62n + 1n,
    MAX - 1n,
    MAX,
  ];
  for (const a of [0n, -(2n ** 63n), ...edges, ...edges.map((v) => -v)])
    for (const b of [0n, ...edges]) for (const c of edges) check(a, b, c);
});
