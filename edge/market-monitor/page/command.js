// The kill switch and its siblings: what each will do, then sent as one command with one id, so that sending it again cannot
// do it twice. The answer comes when the record is durable.
import { account } from "./account.js";
import { announce } from "./alerts.js";
import { byId } from "./dom.js";
import { grouped } from "./format.js";
import { hex, signCommand } from "./operator-key.js";
import { startSigningDialog } from "./signing-dialog.js";
import { state } from "./store.js";

const TEXTS = {
  kill: {
    title: "Kill switch",
    effect: () =>
      `No order leaves ${box()} from now on, not even one that closes a position, until a named person releases it. ${positions()}`,
    send: "Stop trading now",
    danger: true,
    reason: "kill switch",
  },
  reduce_only: {
    title: "Reduce only",
    effect: () => `${box()} opens nothing from now on; positions can still be closed. ${positions()}`,
    send: "Set reduce-only",
  },
  flatten: {
    title: "Flatten",
    effect: () =>
      `${box()} closes all its own positions at the market, then nothing leaves until a named person releases it. ${held()}`,
    send: "Close all and halt",
    danger: true,
  },
  activate: {
    title: "Release",
    effect: () => `${box()} decides and trades again from now on. ${positions()}`,
    send: "Release",
    /** What makes orders leave is signed. */
    signed: true,
  },
};

const box = () => state.box?.edge_name || "the box";
function held() {
  const count = state.positions.length;
  if (count === 0) return "There is no open position.";
  return count === 1 ? "One position is open." : `${count} positions are open.`;
}
const positions = () =>
  held().replace(/(is|are) open\.$/, (verb) => (verb.startsWith("is") ? "stays open." : "stay open."));
const newId = () => hex(crypto.getRandomValues(new Uint8Array(16)));

export function startCommands() {
  const send = byId("command-send");
  let command = "";
  let id = "";

  async function hand(who, owner) {
    const words = { command, ...who, command_id: id };
    if (owner) Object.assign(words, await signCommand(owner, { ...words, stream_id: state.box.stream_id }));
    const answer = await fetch("/command", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...words, box: box(), ...(account && { account }) }),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error?.message ?? `HTTP ${answer.status}`);
    return body;
  }

  const dialog = startSigningDialog("command", {
    hand,
    failure: (message) => `Not recorded: ${message}. You can send it again: the same command is never done twice.`,
    onDone: ({ seq, trading_state }) => announce(`Recorded as ${grouped(seq)}: trading is ${trading_state}`),
  });

  function open(name) {
    const { title, effect, signed = false, reason, send: label, danger } = TEXTS[name];
    command = name;
    id = newId();
    send.textContent = label;
    send.className = danger ? "danger" : "primary";
    dialog.open({ title: `${title}: ${box()}`, effect: effect(), signed, proposedReason: reason });
  }

  for (const button of document.querySelectorAll("[data-command]"))
    button.addEventListener("click", () => open(button.dataset.command));
}
