// The kill switch and its siblings: a dialog that says what will happen, asks who and why, and sends one command with one
// id, so that sending it again cannot do it twice. The answer comes when the record is durable.
import { account } from "./account.js";
import { announce } from "./alerts.js";
import { byId } from "./dom.js";
import { grouped } from "./format.js";
import { readKeyFile, signCommand } from "./operator-key.js";
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
const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function startCommands() {
  const dialog = byId("command");
  const form = dialog.querySelector("form");
  const { operator, reason, key } = form.elements;
  const send = byId("command-send");
  const error = byId("command-error");
  let command = "";
  let id = "";

  const check = () => {
    send.disabled = !form.checkValidity();
  };

  function open(name) {
    const text = TEXTS[name];
    command = name;
    id = newId();
    byId("command-title").textContent = `${text.title}: ${box()}`;
    byId("command-effect").textContent = text.effect();
    const signed = text.signed === true;
    byId("command-key").hidden = !signed;
    byId("command-name").hidden = signed;
    key.required = signed;
    key.value = "";
    operator.required = !signed;
    operator.value = localStorage.getItem("lockstep-operator") ?? "";
    reason.value = text.reason ?? "";
    send.textContent = text.send;
    send.className = text.danger ? "danger" : "primary";
    error.hidden = true;
    check();
    dialog.showModal();
    (signed || operator.value ? reason : operator).focus();
  }

  async function submit() {
    send.disabled = true;
    error.hidden = true;
    try {
      const words = { command, operator: operator.value, reason: reason.value, command_id: id };
      if (TEXTS[command].signed) {
        const owner = await readKeyFile(key.files[0]);
        words.operator = owner.name;
        Object.assign(words, await signCommand(owner, { ...words, stream_id: state.box.stream_id }));
      } else localStorage.setItem("lockstep-operator", operator.value);
      const answer = await fetch("/command", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...words, box: box(), ...(account && { account }) }),
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error?.message ?? `HTTP ${answer.status}`);
      dialog.close();
      announce(`Recorded as ${grouped(body.seq)}: trading is ${body.trading_state}`);
    } catch (failed) {
      error.textContent = `Not recorded: ${failed.message}. You can send it again: the same command is never done twice.`;
      error.hidden = false;
      check();
    }
  }

  for (const button of document.querySelectorAll("[data-command]"))
    button.addEventListener("click", () => open(button.dataset.command));
  byId("command-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
}
