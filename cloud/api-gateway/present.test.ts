import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decimal, timeframeName } from "./present.ts";

test("decimal: any integer and digits: the digits again, with the point where it belongs", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      fc.integer({ min: 0, max: 8 }),
      (value, digits) => {
        const text = decimal(value.toString(), digits);
        const [whole, fraction = ""] = text.replace("-", "").split(".");
        assert.equal(fraction.length, digits);
        assert.match(whole!, /^(0|[1-9]\d*)$/);
        const back = BigInt(whole + fraction) * (text.startsWith("-") ? -1n : 1n);
        assert.equal(back, value);
      },
    ),
  );
});

test("decimal: known prices: as people write them", () => {
  assert.equal(decimal("335012", 2), "3350.12");
  assert.equal(decimal("-5", 5), "-0.00005");
  assert.equal(decimal("0", 3), "0.000");
  assert.equal(decimal("42", 0), "42");
});

test("timeframe: MT5's names, seconds where it has none", () => {
  assert.equal(timeframeName(60), "M1");
  assert.equal(timeframeName(3600), "H1");
  assert.equal(timeframeName(77), "77s");
});
