// The choice of colours, kept for next time (theme.js).
import { byId } from "./dom.js";

export function startThemeSelect(onChange = () => undefined) {
  const theme = byId("theme");
  theme.value = document.documentElement.dataset.theme ?? "";
  theme.addEventListener("change", () => {
    if (theme.value) document.documentElement.dataset.theme = theme.value;
    else delete document.documentElement.dataset.theme;
    localStorage.setItem("lockstep-theme", theme.value);
    onChange();
  });
}
