// Secrets: names and when they were set. A value is typed in once and forgotten here.
import { get, post } from "./ask.js";
import { byId, fillTable, make, setText } from "./dom.js";

export function startSecrets() {
  const form = byId("secret-form");
  const { name, service, value } = form.elements;

  async function show() {
    const { secrets } = await get("/secrets");
    fillTable(byId("secrets"), {
      caption: "Set on this box",
      heads: ["Name", "For", "Set", "Action"],
      rows: secrets.map((secret) => {
        const remove = make("button", { type: "button", textContent: "Remove", ariaLabel: `Remove ${secret.name}` });
        remove.addEventListener("click", () => void removed(secret.name));
        return [
          secret.name,
          secret.service,
          new Date(secret.set_ms).toISOString().slice(0, 16).replace("T", " "),
          remove,
        ];
      }),
      empty: "None.",
    });
  }

  async function removed(which) {
    if (!confirm(`Remove ${which}? Its service goes on with what it has until it starts again.`)) return;
    await post(`/secrets/${which}/remove`, {});
    setText(byId("secret-says"), `${which} is removed.`);
    await show();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("/secrets", { name: name.value, service: service.value, value: value.value });
      setText(byId("secret-says"), `${name.value} is set; ${service.value} reads it at its next start.`);
      form.reset();
      await show();
    } catch (error) {
      setText(byId("secret-says"), `Not set: ${error.message}`);
    }
  });
  return { show };
}
