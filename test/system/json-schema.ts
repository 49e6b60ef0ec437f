// Enough of JSON Schema to hold an answer against the gateway's OpenAPI document. A keyword that it does not know fails,
// so that nothing passes unchecked.
type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(["description", "default", "example", "title", "format"]);

/** What is wrong, each with its place; empty = it fits. */
export function violations(document: object, schema: Schema, value: unknown, at = "$"): string[] {
  const deeper = (s: unknown, v: unknown, where: string) => violations(document, s as Schema, v, where);
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const check = CHECKS[keyword];
    if (!check) return [`${at}: keyword ${keyword} is not known to this check`];
    return check({ document, rule, value, at, deeper, schema });
  });
}

interface Check {
  readonly document: object;
  readonly rule: unknown;
  readonly value: unknown;
  readonly at: string;
  readonly schema: Schema;
  readonly deeper: (schema: unknown, value: unknown, at: string) => string[];
}

const typeOf = (value: unknown): string[] => {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value];
};

const when = (wrong: boolean, message: string): string[] => (wrong ? [message] : []);

const CHECKS: Readonly<Record<string, (check: Check) => string[]>> = {
  $ref: ({ document, rule, value, at, deeper }) => {
    const names = String(rule).slice(2).split("/");
    return deeper(
      names.reduce((here: unknown, name) => (here as Record<string, unknown>)[name], document),
      value,
      at,
    );
  },
  type: ({ rule, value, at }) =>
    when(![rule].flat().some((type) => typeOf(value).includes(String(type))), `${at} is not ${rule}`),
  enum: ({ rule, value, at }) => when(!(rule as unknown[]).includes(value), `${at} is none of ${rule}`),
  pattern: ({ rule, value, at }) =>
    when(typeof value === "string" && !new RegExp(String(rule)).test(value), `${at} does not match ${rule}`),
  minLength: ({ rule, value, at }) => when(String(value).length < Number(rule), `${at} is too short`),
  maxLength: ({ rule, value, at }) => when(value !== null && String(value).length > Number(rule), `${at} is too long`),
  minimum: ({ rule, value, at }) => when(Number(value) < Number(rule), `${at} is too small`),
  maximum: ({ rule, value, at }) => when(Number(value) > Number(rule), `${at} is too large`),
  items: ({ rule, value, at, deeper }) =>
    Array.isArray(value) ? value.flatMap((item, i) => deeper(rule, item, `${at}[${i}]`)) : [],
  anyOf: ({ rule, value, at, deeper }) =>
    when(!(rule as unknown[]).some((option) => deeper(option, value, at).length === 0), `${at} fits no option`),
  oneOf: (check) => CHECKS.anyOf?.(check) ?? [],
  allOf: ({ rule, value, at, deeper }) => (rule as unknown[]).flatMap((option) => deeper(option, value, at)),
  required: ({ rule, value, at }) =>
    value !== null && typeof value === "object"
      ? (rule as string[]).flatMap((name) => when(!(name in value), `${at}.${name} is missing`))
      : [],
  properties: ({ rule, value, at, deeper }) => {
    if (value === null || typeof value !== "object") return [];
    const known = rule as Record<string, unknown>;
    return Object.entries(value).flatMap(([name, v]) =>
      name in known ? deeper(known[name], v, `${at}.${name}`) : [`${at}.${name} is not described`],
    );
  },
  additionalProperties: () => [],
};
