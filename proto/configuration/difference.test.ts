import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { differences, needsSignature } from "./difference.ts";
import { type ConfigurationDocument, documentText, parseDocument } from "./document.ts";
import { LIMIT_FIELDS, type Limits } from "./settings.ts";

const BASE = parseDocument({
  symbols: { EURUSD: { limits: { spread_max_points: 100 } } },
  strategy_limits: [{ strategy_id: 0 }, { strategy_id: 3, exposure_max: 5 }],
  news_windows: [{ from: "2030-01-01T12:00:00Z", to: "2030-01-01T13:00:00Z", currency: "USD" }],
});
const plus = (limits: Partial<Limits>): ConfigurationDocument => ({ ...BASE, limits: { ...BASE.limits, ...limits } });
const effects = (to: ConfigurationDocument): string[] =>
  differences(BASE, to).map(({ path, effect }) => `${path} ${effect}`);

test("difference: every limit: each way it can go needs a signature or, back again, does not; where no way is tighter both do", () => {
  const neither = ["day_start_offset_s", "session_from_s", "session_to_s"];
  for (const name of Object.keys(LIMIT_FIELDS) as (keyof Limits)[]) {
    const value = BASE.limits[name];
    const other = plus({ [name]: typeof value === "boolean" ? !value : value + 1 });
    const both = [needsSignature(differences(BASE, other)), needsSignature(differences(other, BASE))];
    assert.deepEqual(both.filter(Boolean).length, neither.includes(name) ? 2 : 1, name);
    assert.deepEqual(
      differences(BASE, other)
        .map(({ path }) => path.split(".").at(-1))
        .filter((path) => path !== name),
      [],
    );
  }
});

test("difference: what takes away and what gives", () => {
  assert.deepEqual(effects(BASE), []);
  assert.deepEqual(effects(plus({ daily_loss_max: 499, stop_required: false })), [
    "limits.daily_loss_max tightens",
    "limits.stop_required loosens",
  ]);
  assert.deepEqual(effects(plus({ spread_max_points: 50 })), ["limits.spread_max_points tightens"]);
  assert.deepEqual(effects({ ...BASE, symbols: {} }), ["symbols.EURUSD.spread_max_points loosens"]);
  const off = { EURUSD: { tradable: false, limits: { spread_max_points: 100 }, strategy: {} } };
  assert.deepEqual(effects({ ...BASE, symbols: off }), ["symbols.EURUSD.enabled tightens"]);
  assert.deepEqual(effects({ ...BASE, news_windows: [] }), ["news_windows loosens"]);
  assert.deepEqual(effects({ ...BASE, strategy_limits: BASE.strategy_limits.slice(0, 1) }), [
    "strategy_limits.3.exposure_max loosens",
  ]);
  assert.deepEqual(effects({ ...BASE, strategy_limits: [] }), [
    "strategy_limits.0 tightens",
    "strategy_limits.3 tightens",
  ]);
  assert.deepEqual(effects({ ...BASE, model: "0".repeat(64) }), ["model changes"]);
  assert.deepEqual(effects({ ...BASE, session: { ...BASE.session, disconnect_policy: 2 } }), [
    "session.disconnect_policy changes",
  ]);
});

test("difference: one way and back: the same paths, and never both ways without a signature", () => {
  const limits = fc.record({
    daily_loss_max: fc.integer({ min: 1, max: 9 }),
    margin_free_min: fc.integer({ min: 0, max: 9 }),
    stop_required: fc.boolean(),
    spread_max_points: fc.integer({ min: 0, max: 3 }),
  });
  const any = fc.record({ limits, own: fc.option(limits, { nil: undefined }), tradable: fc.boolean() });
  const documentOf = (o: { limits: object; own: object | undefined; tradable: boolean }): ConfigurationDocument =>
    parseDocument({ limits: o.limits, symbols: o.own ? { EURUSD: { limits: o.own, tradable: o.tradable } } : {} });
  fc.assert(
    fc.property(any, any, (a, b) => {
      const [from, to] = [documentOf(a), documentOf(b)];
      const [there, back] = [differences(from, to), differences(to, from)];
      assert.deepEqual(
        there.map(({ path }) => path),
        back.map(({ path }) => path),
      );
      if (there.length > 0) assert.ok(needsSignature(there) || needsSignature(back));
    }),
  );
});

test("document: its text: the same for the same values in any order, and read again to the same", () => {
  const text = documentText(BASE);
  const shuffled = Object.fromEntries(Object.entries(BASE).reverse());
  assert.equal(documentText(parseDocument(shuffled)), text);
  assert.equal(documentText(parseDocument(JSON.parse(text))), text);
  assert.throws(() => parseDocument({ limits: { spread_max_points: -1 }, sources: 5 }), {
    code: "bad_config",
    message: /limits\.spread_max_points.*; sources/,
  });
});
