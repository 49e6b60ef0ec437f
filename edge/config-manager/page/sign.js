// Applying a change: a dialog that says what it does, asks who and why, signs where that is needed, and hands it over once.
import { post } from "./ask.js";
import { byId } from "./dom.js";
import { hex, readKeyFile, signConfiguration } from "./operator-key.js";

export function startSigning({ onApplied }) {
  const dialog = byId("sign");
  const form = dialog.querySelector("form");
  const { operator, reason, key } = form.elements;
  const send = byId("sign-send");
  const error = byId("sign-error");
  let change;

  const check = () => {
    send.disabled = !form.checkValidity();
  };

  function open({ current, checked }) {
    change = { current, checked };
    const signed = checked.needs_signature;
    const count = checked.differences.length;
    const settings = count === 1 ? "one setting" : `${count} settings`;
    byId("sign-title").textContent = `Apply version ${current.config_version + 1} to ${current.edge_name}`;
    byId("sign-effect").textContent = signed
      ? `It changes ${settings} and does more than take away: an operator of this box signs it. It counts from the next decision on.`
      : `It changes ${settings} and only takes away: nobody has to sign it. It counts from the next decision on.`;
    byId("sign-key").hidden = !signed;
    byId("sign-name").hidden = signed;
    key.required = signed;
    key.value = "";
    operator.required = !signed;
    operator.value = localStorage.getItem("lockstep-operator") ?? "";
    reason.value = "";
    error.hidden = true;
    check();
    dialog.showModal();
    (signed || operator.value ? reason : operator).focus();
  }

  async function submit() {
    send.disabled = true;
    error.hidden = true;
    const { current, checked } = change;
    try {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(checked.text));
      const words = {
        config_version: current.config_version + 1,
        previous_sha256: current.document_sha256,
        operator: operator.value,
        reason: reason.value,
      };
      if (checked.needs_signature) {
        const owner = await readKeyFile(key.files[0]);
        words.operator = owner.name;
        const document_sha256 = hex(new Uint8Array(digest));
        Object.assign(
          words,
          await signConfiguration(owner, { ...words, stream_id: current.stream_id, document_sha256 }),
        );
      } else localStorage.setItem("lockstep-operator", operator.value);
      const done = await post("/versions", { ...words, document: JSON.parse(checked.text) });
      dialog.close();
      onApplied(done);
    } catch (failed) {
      error.textContent = `Not applied: ${failed.message}`;
      error.hidden = false;
      check();
    }
  }

  byId("sign-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  return { open };
}
