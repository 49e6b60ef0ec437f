// Which of the box's accounts this page shows: named in its address, chosen in the head. Another choice is another page.
import { byId, make } from "./dom.js";
import { words as plain } from "./format.js";

const AGAIN_MS = 5_000;
const ASKED_MS = 4_000;
export const account = new URLSearchParams(location.search).get("account") ?? "";

/** The path of this account's things. */
export const ofAccount = (path) =>
  account === "" ? path : `${path}${path.includes("?") ? "&" : "?"}account=${encodeURIComponent(account)}`;

const textOf = ({ account: name, edge_name, trading_state, alerts }) => {
  const state = trading_state === "active" ? "" : `, ${plain(trading_state)}`;
  const calls = alerts === 0 ? "" : `, ${alerts} alert${alerts === 1 ? "" : "s"}`;
  return `${edge_name || "unknown"} (${name})${state}${calls}`;
};

/** Fills the choice and keeps it up to date; hidden while there is one account only. */
export function startAccounts() {
  const choice = byId("which-account");
  choice.addEventListener("change", () => location.assign(`?account=${encodeURIComponent(choice.value)}`));
  const show = (accounts) => {
    choice.hidden = accounts.length < 2;
    if (choice === document.activeElement && choice.options.length === accounts.length) return;
    choice.replaceChildren(...accounts.map((one) => make("option", { value: one.account, textContent: textOf(one) })));
    choice.value = account === "" ? (accounts[0]?.account ?? "") : account;
  };
  const ask = async () => {
    const answer = await fetch("/accounts", { signal: AbortSignal.timeout(ASKED_MS) }).catch(() => undefined);
    if (answer?.ok) show((await answer.json()).accounts);
    setTimeout(ask, AGAIN_MS);
  };
  void ask();
}
