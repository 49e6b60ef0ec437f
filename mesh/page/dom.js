// Making and changing elements. Text goes in as text, never as HTML.
export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const { data, attributes, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  Object.assign(element.dataset, data ?? {});
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Sets text only where it differs: nothing is laid out again for nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function cell(tag, content) {
  if (content instanceof Node) return make(tag, {}, content);
  const { text, tone } = typeof content === "object" && content !== null ? content : { text: content, tone: "" };
  return make(tag, { textContent: text ?? "", className: tone ?? "" });
}

/** A whole table anew: caption, heads, rows of cells (text, {text, tone} or elements), or what is said when there is no row. */
export function fillTable(table, { caption, heads, rows, empty }) {
  if (rows.length === 0 && empty)
    return table.replaceChildren(
      make("caption", { textContent: caption }),
      make("tbody", {}, make("tr", {}, make("td", { className: "soft", textContent: empty }))),
    );
  const head = make("tr", {}, ...heads.map((text) => make("th", { textContent: text, scope: "col" })));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((content) => cell("td", content))));
  table.replaceChildren(make("caption", { textContent: caption }), make("thead", {}, head), make("tbody", {}, ...body));
  letScroll(table.parentElement, caption);
}

/** A table wider than its place can be scrolled by keyboard too. */
export function letScroll(box, label) {
  if (!box?.classList.contains("scroll")) return;
  if (box.scrollWidth <= box.clientWidth) return box.removeAttribute("tabindex");
  box.tabIndex = 0;
  box.role = "region";
  box.ariaLabel = label;
}

/** Terms and descriptions anew: [term, description or {text, tone}] each. */
export function fillList(list, entries) {
  list.replaceChildren(
    ...entries.map(([term, content]) => make("div", {}, make("dt", { textContent: term }), cell("dd", content))),
  );
}
