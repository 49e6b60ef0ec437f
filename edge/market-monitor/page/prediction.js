// The newest predictions of the chosen symbol, one card a bar length: every probability and score that the record holds,
// the regime, and all other facts. Names and meanings come from the record's declaration, so new model parts show themselves.
import { byId, fillList, fillTable, make } from "./dom.js";
import { dateTime, meaning, percent, words as plain, sentence } from "./format.js";
import { onChange, state } from "./store.js";

const HALF = 0.5;
/** The one that is about a direction: drawn from the middle. */
const DIRECTION = "probability_up";
const PROMINENT = new Set(["regime"]);

function share(name, value, doc, label) {
  const fill = make("div", { className: "fill" });
  const track = make("div", { className: name === DIRECTION ? "track middle" : "track", ariaHidden: "true" }, fill);
  if (value !== null && name === DIRECTION) {
    fill.classList.add(value >= HALF ? "up" : "down");
    fill.style.left = `${100 * Math.min(value, HALF)}%`;
    fill.style.width = `${100 * Math.abs(value - HALF)}%`;
  } else fill.style.width = `${100 * (value ?? 0)}%`;
  const title = make("span", { textContent: label, title: doc });
  return make(
    "div",
    { className: "share" },
    title,
    make("span", { className: "mono", textContent: percent(value) }),
    track,
  );
}

/** A calibrated probability, and below it the scores that it was made of, as far as the model has them. */
function question({ probability, doc, parts, models }, p) {
  const label = sentence(probability.replace(/^probability_/, ""));
  const has = p.facts[models] ?? 0;
  const shown = parts.filter(({ bit }) => bit === 0 || (has & bit) !== 0);
  const list = make(
    "div",
    { className: "parts small" },
    ...shown.map((part) => share(part.field, p.shares[part.field] ?? null, part.doc, sentence(part.name))),
  );
  const main = share(probability, p.shares[probability] ?? null, doc, label);
  return shown.length > 0 ? make("div", {}, main, list) : main;
}

const shortened = (text) => (text.length > 16 ? `${text.slice(0, 16)}…` : text);
/** atr_points: Atr, points. */
const factName = (name) => sentence(plain(name.replace(/_(points|ppm|ms|s)$/, ", $1")));

/** Facts that are positions in the list of features. */
const isFeature = (name) => /_feature(_\d+)?$/.test(name);

const factText = (value, doc) => {
  if (typeof value !== "number") return shortened(String(value));
  return meaning(doc, value) ?? String(Number(value.toPrecision(5)));
};

function features(rows, words) {
  const table = make("table");
  const details = make(
    "details",
    { className: "plain" },
    make("summary", { textContent: `${rows.length} features` }),
    make("div", { className: "scroll" }, table),
  );
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    fillTable(table, {
      caption: "Features that were scored",
      heads: ["Feature", "Value", "Unit"],
      rows: rows.map((values, i) => {
        const { name = `#${i}`, unit = "", formula = "" } = words.prediction.features[i] ?? {};
        const shown = [values].flat().map((v) => (v === null ? "–" : String(Number(v.toPrecision(6)))));
        return [make("span", { textContent: name, title: formula }), { text: shown.join(", "), tone: "number" }, unit];
      }),
    });
  });
  return details;
}

function card(p, words) {
  const { questions, facts, features: names } = words.prediction;
  const frame = Object.entries(words.timeframes).find(([, s]) => s === p.timeframe_s)?.[0] ?? `${p.timeframe_s} s`;
  const regime = [...PROMINENT]
    .filter((name) => p.facts[name] !== undefined)
    .map((name) =>
      make("span", { className: "tag", textContent: `${name} ${factText(p.facts[name], facts[name] ?? "")}` }),
    );
  const head = make(
    "h3",
    {},
    `${frame} `,
    ...regime,
    p.shadow ? make("span", { className: "tag", textContent: "shadow model: never traded on" }) : undefined,
    p.warm ? undefined : make("span", { className: "tag warn", textContent: "warming up: not traded on" }),
  );
  const rest = make("dl", { className: "facts small" });
  fillList(rest, [
    ["Bar", `${dateTime(p.bar_time_s * 1000)} UTC`],
    ...Object.entries(p.facts)
      .filter(([name]) => !PROMINENT.has(name))
      .map(([name, value]) => [
        factName(name),
        isFeature(name) ? (names[value]?.name ?? value) : factText(value, facts[name] ?? ""),
      ]),
  ]);
  return make(
    "article",
    { className: "prediction" },
    head,
    ...questions.map((asked) => question(asked, p)),
    make("details", { className: "plain" }, make("summary", { textContent: "More of this prediction" }), rest),
    ...Object.values(p.rows).map((rows) => features(rows, words)),
  );
}

/** What a shadow said is shown while it is the shadow. */
function isNow({ shadow, facts }) {
  return !shadow || (state.box?.shadow_sha256 ?? "").startsWith(facts.model_sha256_head ?? "none");
}

export function startPredictions(words, selection) {
  let drawn = "";
  function show() {
    const index = selection.symbol()?.index;
    const mine = [...state.predictions.values()]
      .filter((p) => p.symbol === index && isNow(p))
      .sort((a, b) => a.timeframe_s - b.timeframe_s || a.shadow - b.shadow);
    const key = mine.map(({ symbol, seq }) => `${symbol}/${seq}`).join();
    if (key === drawn) return;
    drawn = key;
    byId("no-prediction").hidden = mine.length > 0;
    byId("predictions").replaceChildren(...mine.map((p) => card(p, words)));
  }
  onChange(["predictions", "symbols", "box"], show);
  selection.onSelect(show);
}
