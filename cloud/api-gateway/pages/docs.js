// Shows /openapi.json for reading: each operation with its parameters and answer, and a form to try it.
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const api = await (await fetch("/openapi.json")).json();
const lookUp = (schema) =>
  schema.$ref
    ? lookUp(
        schema.$ref
          .slice(2)
          .split("/")
          .reduce((at, name) => at[name], api),
      )
    : schema;
const nameOf = (schema) => schema.$ref?.split("/").at(-1);
const isNull = (schema) => schema.type === "null";

/** A type in words: `integer`, `list of Decision`, `"buy" | "sell"`. */
function typeOf(schema) {
  const name = nameOf(schema);
  if (name) return name;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options) return options.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const types = [schema.type ?? "any"].flat();
  return types.map((type) => (type !== "null" && schema.format ? `${type} (${schema.format})` : type)).join(" or ");
}

/** The object whose fields are worth showing, behind lists and "or null". */
function objectIn(schema) {
  const here = lookUp(schema);
  if (here.properties) return here;
  const inside = here.items ?? (here.anyOf ?? here.oneOf ?? here.allOf)?.find((option) => !isNull(option));
  return inside && objectIn(inside);
}

function fields(schema) {
  const object = objectIn(schema);
  if (!object) return "";
  const rows = Object.entries(object.properties).flatMap(([name, field]) => {
    const here = lookUp(field);
    const label = make("td", {}, make("code", { textContent: name }));
    const kind = make("td", { className: "soft mono", textContent: typeOf(field) });
    const row = make("tr", {}, label, kind, make("td", { textContent: field.description ?? here.description ?? "" }));
    const below = fields(field);
    if (!below) return [row];
    return [row, make("tr", {}, make("td", { colSpan: 3 }, make("div", { className: "shape" }, below)))];
  });
  return make("table", {}, ...rows);
}

function input({ name, schema, required }) {
  const values = lookUp(schema).enum;
  if (!values) return make("input", { name, placeholder: lookUp(schema).default ?? "", required: required === true });
  const options = ["", ...values].map((value) => make("option", { value, textContent: value }));
  return make("select", { name }, ...options);
}

function parameters(list) {
  const head = make("tr", {}, ...["Parameter", "Value", ""].map((textContent) => make("th", { textContent })));
  const rows = list.map((parameter) => {
    const { name, required, schema } = parameter;
    const label = make("td", {}, make("code", { textContent: name }), required ? " (required)" : "");
    const about = parameter.description ?? schema.description ?? "";
    const bounds = [typeOf(schema), schema.default === undefined ? "" : `default ${schema.default}`].filter(Boolean);
    const text = schema.enum ? about : [about, bounds.join(", ")].filter(Boolean).join(" — ");
    return make(
      "tr",
      {},
      label,
      make("td", {}, input(parameter)),
      make("td", { className: "soft", textContent: text }),
    );
  });
  return make("table", {}, head, ...rows);
}

function tryIt(path, list) {
  const result = make("pre", { hidden: true });
  const form = make("form", {}, list.length > 0 ? parameters(list) : "", make("button", { textContent: "Try it" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    const url = given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
    const answer = await fetch(url);
    result.hidden = false;
    result.textContent = `GET ${url}\n${answer.status}\n\n${JSON.stringify(await answer.json(), null, 2)}`;
  });
  return make("div", {}, form, result);
}

function operation(path, method, described) {
  const { summary, description, responses } = described;
  const schema = responses["200"].content["application/json"].schema;
  const heading = make(
    "summary",
    {},
    make("span", { className: "method", textContent: method.toUpperCase() }),
    make("code", { textContent: path }),
    make("span", { className: "soft", textContent: ` — ${summary}` }),
  );
  const errors = Object.entries(responses).filter(([status]) => status !== "200");
  const body = make(
    "div",
    {},
    make("p", { textContent: description }),
    tryIt(path, described.parameters ?? []),
    make("h4", { textContent: `Answer: ${typeOf(schema)}` }),
    fields(schema),
    make("h4", { textContent: "Errors" }),
    ...errors.map(([status, { description: text }]) =>
      make("p", { className: "soft", textContent: `${status}: ${text}` }),
    ),
  );
  return make(
    "details",
    { id: described.operationId, open: location.hash === `#${described.operationId}` },
    heading,
    body,
  );
}

document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
document.getElementById("about").textContent = api.info.description;
const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({ path, method, described })),
);
const byTag = Map.groupBy(operations, ({ described }) => described.tags[0]);
for (const [tag, list] of byTag)
  document
    .getElementById("api")
    .append(
      make("h2", { textContent: tag }),
      ...list.map(({ path, method, described }) => operation(path, method, described)),
    );
