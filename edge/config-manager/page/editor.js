// The document as a form: limits, strategy and session field by field, the rest as JSON. Every edit is checked by the service,
// which knows what is allowed, what would change, and whether that needs a signature.
import { post } from "./ask.js";
import { byId, fillTable, make, setText } from "./dom.js";

const SECTIONS = ["limits", "strategy", "session"];
const REST = ["symbols", "strategy_limits", "news_windows", "model", "monitor", "sources"];
const CHECK_AFTER_MS = 250;

const UNITS = [
  [/_lots$/, "lots"],
  [/_points$/, "points"],
  [/_ms$/, "ms"],
  [/_s$/, "s"],
  [/_ppm$/, "millionths"],
  [/_milli$/, "thousandths of the ATR"],
  [/^(daily_|order_notional|gross_|net_|currency_|correlated_|margin_|drawdown)/, "account currency"],
  [/^leverage/, "times the equity"],
];
const SUFFIX = /_(lots|points|ms|s|ppm|milli)$/;

/** "Daily loss max, account currency". */
function labelOf(name) {
  const unit = UNITS.find(([of]) => of.test(name))?.[1];
  const words = name.replace(SUFFIX, "").replaceAll("_", " ");
  return `${words.replace(/^./, (first) => first.toUpperCase())}${unit ? `, ${unit}` : ""}`;
}

const EFFECTS = {
  tightens: { text: "takes away", tone: "good" },
  loosens: { text: "gives more", tone: "warn" },
  changes: { text: "changes", tone: "warn" },
};

export const showDifferences = (table, caption, differences) =>
  fillTable(table, {
    caption,
    heads: ["Setting", "From", "To", "Effect"],
    rows: differences.map((d) => [d.path, d.from ?? "none", d.to ?? "none", EFFECTS[d.effect]]),
    empty: "Nothing is different.",
  });

export function startEditor({ onCheck }) {
  let base;
  let timer;
  let asked = 0;
  const rest = byId("rest");

  function field(section, name, value) {
    const id = `${section}-${name}`;
    const isFlag = typeof value === "boolean";
    const input = make("input", {
      id,
      type: isFlag ? "checkbox" : "number",
      attributes: { "aria-describedby": `${id}-problem`, ...(isFlag ? {} : { step: "any", inputmode: "decimal" }) },
      data: { section, name },
    });
    const label = make("label", { textContent: labelOf(name), htmlFor: id });
    const problem = make("p", { id: `${id}-problem`, className: "bad", hidden: true });
    return make(
      "div",
      { className: isFlag ? "field check" : "field" },
      ...(isFlag ? [input, label] : [label, input]),
      problem,
    );
  }

  function load(document) {
    for (const section of SECTIONS) {
      byId(section).replaceChildren(
        ...Object.entries(document[section]).map(([name, value]) => field(section, name, value)),
      );
      for (const [name, value] of Object.entries(document[section])) {
        const input = byId(`${section}-${name}`);
        if (typeof value === "boolean") input.checked = value;
        else input.value = String(value);
      }
    }
    rest.value = JSON.stringify(Object.fromEntries(REST.map((name) => [name, document[name]])), undefined, 2);
    return check();
  }

  /** Throws where the JSON is none. */
  function documentOf() {
    const document = {};
    for (const section of SECTIONS) {
      document[section] = {};
      for (const input of byId(section).querySelectorAll("input"))
        document[section][input.dataset.name] =
          input.type === "checkbox" ? input.checked : input.value === "" ? null : Number(input.value);
    }
    const others = JSON.parse(rest.value);
    // What stands above is edited above; anything else unknown is for the service to refuse.
    return { ...others, ...document };
  }

  function mark(problems) {
    for (const input of document.querySelectorAll("#form input")) {
      const { section, name } = input.dataset;
      const found = problems.find(({ path }) => path === `${section}.${name}`);
      const says = byId(`${input.id}-problem`);
      setText(says, found?.message ?? "");
      says.hidden = !found;
      input.ariaInvalid = String(found !== undefined);
      const value = input.type === "checkbox" ? input.checked : Number(input.value);
      input.closest(".field").classList.toggle("changed", base !== undefined && value !== base[section][name]);
    }
    const inFields = ({ path }) => SECTIONS.some((section) => path.startsWith(`${section}.`));
    rest.ariaInvalid = String(problems.some((problem) => !inFields(problem)));
    const list = byId("problems");
    list.replaceChildren(
      ...problems.map(({ path, message }) => make("li", { textContent: `${path || "the document"}: ${message}` })),
    );
    list.hidden = problems.length === 0;
  }

  async function check() {
    const turn = ++asked;
    let found;
    let edited;
    try {
      edited = documentOf();
      found = await post("/check", { document: edited });
    } catch (error) {
      const path = error instanceof SyntaxError ? "the JSON" : "config-manager";
      found = { problems: [{ path, message: error.message }], differences: [], needs_signature: false, text: "" };
    }
    // A later edit is being checked already.
    if (turn !== asked) return;
    mark(found.problems);
    showDifferences(byId("change"), "Against what is in force", found.differences);
    onCheck({ document: edited, ...found });
  }

  byId("form").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void check(), CHECK_AFTER_MS);
  });
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  return {
    load,
    check,
    /** What fields are compared with. */
    setBase(document) {
      base = document;
    },
  };
}
