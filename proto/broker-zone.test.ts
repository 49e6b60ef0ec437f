import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { brokerMsOf, summerS, utcMsOf, ZONE_RULES, zoneOf } from "./broker-zone.ts";

const at = (iso: string): number => Date.parse(iso);
const hours = (rule: "ny-close" | "eet", iso: string): number => 2 + summerS(rule, at(iso)) / 3600;

test("broker zone: the days on which clocks were really changed: to the second, on both sides", () => {
  // NIST and Directive 2000/84/EC: 2007, 2014, 2020, 2024, 2026.
  const days = {
    "ny-close": [
      ["2007-03-11T07:00:00Z", "2007-11-04T06:00:00Z"],
      ["2014-03-09T07:00:00Z", "2014-11-02T06:00:00Z"],
      ["2020-03-08T07:00:00Z", "2020-11-01T06:00:00Z"],
      ["2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"],
      ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"],
    ],
    eet: [
      ["2007-03-25T01:00:00Z", "2007-10-28T01:00:00Z"],
      ["2014-03-30T01:00:00Z", "2014-10-26T01:00:00Z"],
      ["2020-03-29T01:00:00Z", "2020-10-25T01:00:00Z"],
      ["2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"],
      ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"],
    ],
  } as const;
  for (const rule of ["ny-close", "eet"] as const)
    for (const [from, to] of days[rule]) {
      assert.deepEqual([summerS(rule, at(from) - 1), summerS(rule, at(from))], [0, 3600], from);
      assert.deepEqual([summerS(rule, at(to) - 1), summerS(rule, at(to))], [3600, 0], to);
    }
  // Weeks in which the two differ.
  assert.deepEqual([hours("ny-close", "2026-03-16T12:00:00Z"), hours("eet", "2026-03-16T12:00:00Z")], [3, 2]);
  assert.deepEqual([hours("ny-close", "2026-10-28T12:00:00Z"), hours("eet", "2026-10-28T12:00:00Z")], [3, 2]);
});

test("broker zone: New York's close at 17:00 is the broker's midnight, whatever the season", () => {
  for (const [utc, broker] of [
    ["2014-01-15T22:00:00Z", "2014-01-16T00:00:00Z"],
    ["2014-07-15T21:00:00Z", "2014-07-16T00:00:00Z"],
  ] as const)
    assert.equal(brokerMsOf(zoneOf("ny-close"), at(utc)), at(broker));
});

test("broker zone: there and back: the same time, but for the hour that is shown twice", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONE_RULES),
      fc.integer({ min: at("1996-01-01T00:00:00Z"), max: at("2090-01-01T00:00:00Z") }),
      fc.integer({ min: -12, max: 14 }),
      (rule, utcMs, winterHours) => {
        const zone = zoneOf(rule, winterHours * 3600);
        const back = utcMsOf(zone, brokerMsOf(zone, utcMs));
        if (back !== utcMs) {
          assert.equal(back, utcMs - 3_600_000);
          assert.deepEqual([summerS(rule, back), summerS(rule, utcMs)], [3600, 0]);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
