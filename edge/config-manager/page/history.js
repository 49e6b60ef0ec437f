// Every version that was in force: who, when, why; compared with the one in force, or loaded to become the next one.
import { get } from "./ask.js";
import { byId, make } from "./dom.js";
import { showDifferences } from "./editor.js";

const UNSIGNED = "0".repeat(64);
const when = (ms) =>
  ms === 0 ? "before any version" : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;

export function startHistory({ onLoad }) {
  let current = 0;

  async function compare(number) {
    const { differences } = await get(`/differences?from=${number}&to=${current}`);
    const panel = byId("compared-panel");
    byId("compared-title").textContent = `Version ${number} against version ${current}`;
    showDifferences(byId("compared"), "What has changed since", differences);
    panel.hidden = false;
    panel.focus();
  }

  function item(version) {
    const { config_version: number, operator, reason, time_ms, public_key, seq } = version;
    const inForce = number === current;
    const button = (text, label, click) => {
      const made = make("button", { type: "button", textContent: text, ariaLabel: label });
      made.addEventListener("click", () => void click());
      return made;
    };
    const signed = public_key === UNSIGNED ? "not signed" : "signed";
    const actions = inForce
      ? []
      : [
          button("Compare", `Compare version ${number}`, () => compare(number)),
          button("Load", `Load version ${number} into the editor`, async () =>
            onLoad((await get(`/versions/${number}`)).document, number),
          ),
        ];
    return make(
      "li",
      { className: inForce ? "in-force" : "" },
      make("b", { textContent: `Version ${number}${inForce ? ", in force" : ""}` }),
      make("p", { textContent: reason || "the box's settings file" }),
      make("p", {
        className: "soft small",
        textContent: number === 0 ? operator : `${operator}, ${signed}, ${when(time_ms)}, record ${seq}`,
      }),
      make("div", { className: "actions" }, ...actions),
    );
  }

  return {
    async show(inForce) {
      // It was against the one that was in force until now.
      if (inForce !== current) byId("compared-panel").hidden = true;
      current = inForce;
      const { versions } = await get("/versions");
      byId("history").replaceChildren(...versions.map(item));
    },
  };
}
