// Each decision with its verdict: every check, those that failed first. A decision is drawn once and changed in place, so
// that what a person has opened stays open; the table of checks is made when it is opened.
import { announce } from "./alerts.js";
import { byId, fillTable, letScroll, make, setText } from "./dom.js";
import { grouped, lots, measured, percent, words as plain, price, priceOrNone, sentence, shortTime } from "./format.js";
import { onChange, state, symbolOf } from "./store.js";

const SHOWN = 40;
const SIDES = ["buy", "sell"];
const RESULTS = ["pass", "fail", "no data"];
const PASS = 0;

const what = ({ action, side, volume_microlots }) =>
  `${action === 1 ? "open" : "close"} ${SIDES[side]} ${lots(volume_microlots)}`;

/** Failed, then without data, then the rest by code. */
const worstFirst = ([codeA, a], [codeB, b]) =>
  (b === PASS ? -1 : 0) - (a === PASS ? -1 : 0) || (a === PASS ? codeA - codeB : a - b || codeA - codeB);

function verdictOf({ verdict }, reasons) {
  if (!verdict) return { text: "no verdict yet", tone: "" };
  if (verdict.accepted) return { text: "accepted", tone: "good" };
  const failed = verdict.checks
    .filter(([, result]) => result !== PASS)
    .map(([code]) => plain(reasons.get(code)?.name ?? `check ${code}`));
  return { text: `refused: ${failed.join(", ")}`, tone: "bad" };
}

function orderOf(decision, words) {
  if (!decision.verdict?.accepted) return "";
  const { digits } = symbolOf(decision.symbol);
  const { state: number, filled_microlots, price_points } = decision.order;
  const name = number === 0 ? "waiting" : plain(words.order_state[number] ?? "unknown");
  return filled_microlots > 0 ? `${name} ${lots(filled_microlots)} at ${price(price_points, digits)}` : name;
}

function checksTable({ verdict }, words, reasons) {
  const table = make("table", { className: "checks" });
  const failed = verdict.checks.filter(([, result]) => result !== PASS).length;
  const outcome = failed === 0 ? "all passed" : `${failed} not passed`;
  fillTable(table, {
    caption: `Verdict, record ${grouped(verdict.seq)}: ${verdict.checks.length} checks, ${outcome}; trading state ${plain(words.trading_state[verdict.trading_state] ?? "")}`,
    heads: ["Code", "Check", "Result", "Value", "Limit", "Headroom"],
    rows: verdict.checks.toSorted(worstFirst).map(([code, result, value, limit, headroom]) => {
      const { name = `check ${code}`, unit = "", doc = "" } = reasons.get(code) ?? {};
      const show = (v) => ({
        text: unit === "TRADING_STATE" ? plain(words.trading_state[v] ?? v) : measured(v, unit),
        tone: "number",
      });
      const tone = result === PASS ? "good" : "bad";
      return [
        { text: String(code), tone: "number" },
        make("span", { textContent: plain(name), title: doc }),
        { text: RESULTS[result] ?? String(result), tone },
        show(value),
        show(limit),
        { text: measured(headroom, unit), tone: `number ${headroom < 0 ? "bad" : ""}` },
      ];
    }),
  });
  return table;
}

function facts(decision) {
  const { digits } = symbolOf(decision.symbol);
  const { stop_points, target_points, probability_up_ppm, id, seq } = decision;
  return `P(up) ${percent(probability_up_ppm / 1e6)} · stop ${priceOrNone(stop_points, digits)} · target ${priceOrNone(target_points, digits)} · record ${grouped(seq)} · intent ${id}`;
}

class Row {
  constructor(words, reasons) {
    this.words = words;
    this.reasons = reasons;
    const span = (className) => make("span", { className });
    this.parts = {
      time: span("mono soft"),
      symbol: span("strong"),
      what: span(""),
      price: span("mono"),
      verdict: span(""),
      order: span("soft"),
    };
    this.body = make("div", { className: "decision-body" });
    this.element = make(
      "details",
      { className: "decision" },
      make("summary", {}, ...Object.values(this.parts)),
      this.body,
    );
    this.element.addEventListener("toggle", () => this.showBody());
  }

  show(decision) {
    this.decision = decision;
    this.element.dataset.id = decision.id;
    const { name, digits } = symbolOf(decision.symbol);
    const { text, tone } = verdictOf(decision, this.reasons);
    setText(this.parts.time, shortTime(decision.time_ms, state.head.time_ms));
    setText(this.parts.symbol, name);
    setText(this.parts.what, what(decision));
    setText(this.parts.price, price(decision.price_points, digits));
    setText(this.parts.verdict, text);
    this.parts.verdict.className = tone;
    setText(this.parts.order, orderOf(decision, this.words));
    if (this.element.open) this.showBody();
  }

  showBody() {
    if (!this.element.open) return this.body.replaceChildren();
    const about = make("p", { className: "soft small mono wrap", textContent: facts(this.decision) });
    const scroll = make("div", { className: "scroll" });
    if (this.decision.verdict) scroll.append(checksTable(this.decision, this.words, this.reasons));
    this.body.replaceChildren(about, scroll);
    letScroll(scroll, "Checks");
  }
}

export function startDecisions(words) {
  const reasons = new Map(words.reasons.map((reason) => [reason.code, reason]));
  const list = byId("decisions");
  const rows = new Map();

  function show(changes) {
    if (changes.reset) rows.clear();
    const newest = [...state.decisions.values()].sort((a, b) => b.seq - a.seq).slice(0, SHOWN);
    byId("no-decisions").hidden = newest.length > 0;
    const shown = new Set(newest.map(({ id }) => id));
    for (const id of rows.keys()) if (!shown.has(id)) rows.delete(id);
    const changed = new Set((changes.decisions ?? []).map(({ id }) => id));
    for (const decision of newest) {
      if (rows.has(decision.id) && !changed.has(decision.id)) continue;
      if (!rows.has(decision.id)) rows.set(decision.id, new Row(words, reasons));
      rows.get(decision.id).show(decision);
    }
    place(newest.map(({ id }) => rows.get(id).element));
    const latest = changes.reset ? undefined : changes.decisions?.at(-1);
    if (latest?.verdict && latest.order.state === 0)
      announce(`${symbolOf(latest.symbol).name}: ${what(latest)}, ${verdictOf(latest, reasons).text}`);
  }

  /** Moves as little as possible: an element that is moved loses the focus. */
  function place(elements) {
    const wanted = new Set(elements);
    for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
    elements.forEach((element, i) => {
      if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
    });
  }

  onChange(["decisions", "symbols"], show);
  onChange(["decided"], () => {
    const { accepted, refused } = state.decided;
    setText(
      byId("decided"),
      `${sentence("accepted")} ${grouped(accepted)}, refused ${grouped(refused)} since the journal's start`,
    );
  });
}
