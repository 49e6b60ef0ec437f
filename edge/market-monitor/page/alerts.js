// Alerts: what lasts first, then the newest. New ones are said to screen readers, not more than one in three seconds.
import { byId, make } from "./dom.js";
import { shortTime } from "./format.js";
import { onChange, state } from "./store.js";

const SHOWN = 30;
const SAY_MS = 3_000;
const MARKS = { critical: "✖", warning: "▲", info: "●" };

let said = Number.NEGATIVE_INFINITY;
/** For screen readers; what comes too soon after the last is left to the eye. */
export function announce(text) {
  const now = performance.now();
  if (now - said < SAY_MS) return;
  said = now;
  byId("announce").textContent = text;
}

function item({ severity, text, at_ms, state: lasts, ended_ms }) {
  const now = Date.now();
  const time = ended_ms ? `${shortTime(at_ms, now)} to ${shortTime(ended_ms, now)}` : shortTime(at_ms, now);
  const when = lasts === "active" ? `since ${time}` : time;
  return make(
    "li",
    { className: `alert ${severity} ${lasts}` },
    make("span", { className: "mark", textContent: MARKS[severity], ariaHidden: "true" }),
    make(
      "div",
      {},
      make("b", { textContent: `${severity}: ` }),
      text,
      make("div", { className: "soft small", textContent: when }),
    ),
  );
}

export function startAlerts() {
  onChange(["alerts"], (changes) => {
    const alerts = [...state.alerts.values()].sort(
      (a, b) => (b.state === "active") - (a.state === "active") || Number(b.id) - Number(a.id),
    );
    byId("no-alerts").hidden = alerts.length > 0;
    byId("alerts").replaceChildren(...alerts.slice(0, SHOWN).map(item));
    if (changes.reset) return;
    const news = changes.alerts?.find((alert) => alert.state !== "over");
    if (news) announce(`${news.severity} alert: ${news.text}`);
  });
}
