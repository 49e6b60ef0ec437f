// Applying a change: what it does and whether somebody has to sign it, then handed over.
import { post } from "./ask.js";
import { hex, signConfiguration } from "./operator-key.js";
import { startSigningDialog } from "./signing-dialog.js";

export function startSigning({ onApplied }) {
  let change;

  async function hand(who, owner) {
    const { current, checked } = change;
    const words = {
      config_version: current.config_version + 1,
      previous_sha256: current.document_sha256,
      ...who,
    };
    if (owner) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(checked.text));
      const document_sha256 = hex(new Uint8Array(digest));
      Object.assign(words, await signConfiguration(owner, { ...words, stream_id: current.stream_id, document_sha256 }));
    }
    return post("/versions", { ...words, document: JSON.parse(checked.text) });
  }

  const dialog = startSigningDialog("sign", {
    hand,
    failure: (message) => `Not applied: ${message}`,
    onDone: onApplied,
  });

  function open({ current, checked }) {
    change = { current, checked };
    const signed = checked.needs_signature;
    const count = checked.differences.length;
    const settings = count === 1 ? "one setting" : `${count} settings`;
    dialog.open({
      title: `Apply version ${current.config_version + 1} to ${current.edge_name}`,
      effect: signed
        ? `It changes ${settings} and does more than take away: an operator of this box signs it. It counts from the next decision on.`
        : `It changes ${settings} and only takes away: nobody has to sign it. It counts from the next decision on.`,
      signed,
    });
  }
  return { open };
}
