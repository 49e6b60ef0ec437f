// A dialog that says what will happen, asks who and why, signs where that is needed, and hands it over once. Its parts are
// found by its id: ID-title, ID-effect, ID-name, ID-key, ID-send, ID-cancel, ID-error; its form has operator, reason and key.
import { byId } from "./dom.js";
import { readKeyFile } from "./operator-key.js";

const OPERATOR = "lockstep-operator";

/**
 * `hand({operator, reason}, owner)` does it, signed with the owner's key where there is one; what it throws is shown, as
 * `failure` words it, and can be tried again. `onDone` gets what it gave, once the dialog is closed.
 */
export function startSigningDialog(id, { hand, failure, onDone }) {
  const part = (name) => byId(`${id}-${name}`);
  const dialog = byId(id);
  const form = dialog.querySelector("form");
  const { operator, reason, key } = form.elements;
  const [send, error] = [part("send"), part("error")];

  const check = () => {
    send.disabled = !form.checkValidity();
  };

  function open({ title, effect, signed, proposedReason = "" }) {
    part("title").textContent = title;
    part("effect").textContent = effect;
    part("key").hidden = !signed;
    part("name").hidden = signed;
    key.required = signed;
    key.value = "";
    operator.required = !signed;
    operator.value = localStorage.getItem(OPERATOR) ?? "";
    reason.value = proposedReason;
    error.hidden = true;
    check();
    dialog.showModal();
    (signed || operator.value ? reason : operator).focus();
  }

  async function submit() {
    send.disabled = true;
    error.hidden = true;
    try {
      const owner = key.required ? await readKeyFile(key.files[0]) : undefined;
      if (!owner) localStorage.setItem(OPERATOR, operator.value);
      const done = await hand({ operator: owner?.name ?? operator.value, reason: reason.value }, owner);
      dialog.close();
      onDone(done);
    } catch (failed) {
      error.textContent = failure(failed.message);
      error.hidden = false;
      check();
    }
  }

  part("cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  return { open };
}
