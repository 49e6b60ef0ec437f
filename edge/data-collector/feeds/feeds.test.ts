import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readCollectorConfig } from "../config.ts";
import { judge, type RawItem, REFUSALS } from "./item.ts";
import { parseJson } from "./json.ts";
import { Source } from "./source.ts";
import { parseXml } from "./xml.ts";

const NOW = Date.UTC(2026, 0, 10, 12);
const FETCHED = { source: "test", at_ms: NOW, sha256: "00".repeat(32) };
const raw = (part: Partial<RawItem> = {}): RawItem => ({
  id: "1",
  title: "ECB holds rates",
  link: "https://example.test/1",
  published: new Date(NOW - 60_000).toISOString(),
  ...part,
});
const rss = (items: string) =>
  `<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>${items}</channel></rss>`;

test("rss and atom: items with entities, CDATA, foreign elements: the item's own fields, decoded once", () => {
  const items = parseXml(
    rss(`<item><title>A &amp; B &lt;b&gt;</title><link>https://x.test/a?b=1&amp;c=2</link><guid>g1</guid>
      <pubDate>Sat, 10 Jan 2026 11:00:00 GMT</pubDate><media:group xmlns:media="m"><title>not this</title></media:group></item>
      <item><title><![CDATA[C &amp; <D>]]></title></item>`),
  );
  assert.deepEqual(items, [
    { id: "g1", title: "A & B <b>", link: "https://x.test/a?b=1&c=2", published: "Sat, 10 Jan 2026 11:00:00 GMT" },
    { id: undefined, title: "C &amp; <D>", link: undefined, published: undefined },
  ]);
  assert.deepEqual(
    parseXml(`<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>u:1</id><title>T</title>
      <link rel="self" href="https://no.test/"/><link href="https://yes.test/"/><updated>2026-01-10T11:00:00Z</updated></entry></feed>`),
    [{ id: "u:1", title: "T", link: "https://yes.test/", published: "2026-01-10T11:00:00Z" }],
  );
});

test("xml: entity bombs, outside entities, broken and endless documents: refused, never expanded", () => {
  const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${rss("<item><title>&b;</title></item>").slice(21)}`;
  assert.equal(parseXml(bomb), "doctype");
  assert.equal(parseXml('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>'), "doctype");
  assert.equal(parseXml(rss("<item><title>&unknown;</title></item>")), "malformed");
  assert.equal(parseXml(rss("<item><title>open</item>")), "malformed");
  assert.equal(parseXml("not xml"), "malformed");
  assert.equal(parseXml(""), "malformed");
  assert.equal(parseXml("<a>".repeat(100_000)), "malformed");
  assert.equal(parseXml(rss("<item/>".repeat(501))), "too_many");
});

test("xml and json: any text at all: items or a reason, never an exception", () => {
  const known = (result: unknown) => assert.ok(Array.isArray(result) || REFUSALS.includes(result as never));
  const { fields } = readCollectorConfig({ DATA_SOURCES: '[{"name":"a","url":"https://a.test"}]' }).sources[0] ?? {};
  assert.ok(fields);
  const soup = fc.array(
    fc.constantFrom(
      "<item>",
      "</item>",
      "<title>",
      "</title>",
      "&amp;",
      "&x;",
      "<![CDATA[",
      "]]>",
      "<!DOCTYPE",
      "a",
      "<link href='x'/>",
      "<rss>",
      "</rss>",
      "\u0000",
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        soup.map((parts) => parts.join("")),
      ),
      (text) => known(parseXml(text)),
    ),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((items) => JSON.stringify({ items })),
      ),
      (text) => known(parseJson(text, fields)),
    ),
  );
});

test("json: paths, numbers as times, another shape: read, or malformed", () => {
  const fields = { items: "data.list", id: "key", title: "text.head", link: "url", published: "t" };
  const item = { key: 7, text: { head: "H" }, url: "https://x.test", t: 1_768_042_800 };
  assert.deepEqual(parseJson(JSON.stringify({ data: { list: [item, { key: "b" }] } }), fields), [
    { id: "7", title: "H", link: "https://x.test", published: "2026-01-10T11:00:00.000Z" },
    { id: "b", title: undefined, link: undefined, published: undefined },
  ]);
  assert.equal(parseJson("{", fields), "malformed");
  assert.equal(parseJson('{"data":{"list":{}}}', fields), "malformed");
  assert.equal(parseJson("[]", { ...fields, items: "constructor" }), "malformed");
});

test("item: what lies or does not fit: refused with its reason, the rest taken whole", () => {
  const good = judge(raw({ title: "  ECB\n holds\u0007 rates " }), FETCHED);
  assert.ok(typeof good === "object");
  assert.deepEqual([good.title, good.published_ms, good.item_id.length], ["ECB holds rates", NOW - 60_000, 32]);
  const iso = (ms: number) => new Date(ms).toISOString();
  const cases: readonly (readonly [string, Partial<RawItem>])[] = [
    ["future", { published: iso(NOW + 301_000) }],
    ["old", { published: iso(NOW - 8 * 86_400_000) }],
    ["bad_date", { published: "yesterday" }],
    ["no_title", { title: " \n " }],
    ["no_id", { id: undefined, link: undefined }],
    ["huge", { title: "x".repeat(401) }],
    ["huge", { id: "x".repeat(10_000) }],
    ["bad_link", { link: "javascript:alert(1)" }],
  ];
  for (const [reason, part] of cases) assert.equal(judge(raw(part), FETCHED), reason);
  const silent = judge(raw({ published: undefined }), FETCHED);
  assert.equal(typeof silent === "object" && silent.published_ms, 0);
});

const source = (part: object = {}) => {
  const [config] = readCollectorConfig({
    DATA_SOURCES: JSON.stringify([{ name: "s", url: "https://s.test", ...part }]),
  }).sources;
  assert.ok(config);
  return new Source(config);
};
const o = (now: number) => ({ sha256: "00".repeat(32), utc: NOW, now });

test("source: the same items again: taken once; a flood: no more than allowed an hour, the rest later", () => {
  const s = source();
  const items = (from: number, count: number) =>
    rss(Array.from({ length: count }, (_, i) => `<item><title>t</title><guid>${from + i}</guid></item>`).join(""));
  assert.equal(s.onAnswer(items(0, 150), o(0)).length, 150);
  assert.equal(s.onAnswer(items(100, 200), o(1)).length, 50);
  assert.deepEqual([s.counts.repeated, s.counts.rate_limited], [50, 100 + 0]);
  assert.equal(s.onAnswer(items(100, 200), o(3_600_001)).length, 100);
});

test("source: one that fails: is asked later and later, and as before once it answers", () => {
  const s = source({ every_s: 60 });
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 8; i++) {
    s.onAsked(now);
    s.onAnswer("broken", o(now));
    const from = now;
    while (!s.isDue(now)) now += 1_000;
    waits.push((now - from) / 1000);
  }
  assert.deepEqual(waits, [120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  assert.deepEqual([s.problem, s.counts.refused.malformed], ["malformed", 8]);
  s.onAsked(now);
  s.onAnswer(rss(""), o(now));
  assert.deepEqual([s.problem, s.isDue(now + 59_000), s.isDue(now + 60_000)], [undefined, false, true]);
});

test("configuration: sources that are none: refused, naming what is wrong", () => {
  const refused = (sources: string, says: RegExp) =>
    assert.throws(() => readCollectorConfig({ DATA_SOURCES: sources }), { code: "bad_config", message: says });
  refused("[", /not JSON/);
  refused('[{"name":"a","url":"file:///etc/passwd"}]', /0\.url/);
  refused('[{"name":"a","url":"https://a.test","every_s":1}]', /0\.every_s/);
  refused('[{"name":"a","url":"https://a.test"},{"name":"a","url":"https://b.test"}]', /same name/);
});
