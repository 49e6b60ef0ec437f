// JSON sources: the configuration says where the list is and which field is what; JSON Feed 1.1 is the default.
import type { RawItem, Refusal } from "./item.ts";

const ITEMS_MAX = 500;

export interface JsonFields {
  /** Path to the list, "" = the document itself. */
  readonly items: string;
  readonly id: string;
  readonly title: string;
  readonly link: string;
  readonly published: string;
}

/** Own members only: a path never reaches what every object has. */
function at(value: unknown, path: string): unknown {
  if (path === "") return value;
  let here = value;
  for (const name of path.split(".")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[name];
  }
  return here;
}

/** Text as it is, whole numbers as Unix seconds or milliseconds where a time is wanted. */
function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  if (typeof found === "string") return found === "" ? undefined : found;
  return typeof found === "number" && Number.isFinite(found) ? String(found) : undefined;
}

const SECONDS_MAX = 1e11;
function timeAt(value: unknown, path: string): string | undefined {
  const text = textAt(value, path);
  if (text === undefined || !/^\d{1,15}$/.test(text)) return text;
  const number = Number(text);
  return new Date(number < SECONDS_MAX ? number * 1000 : number).toISOString();
}

export function parseJson(text: string, fields: JsonFields): RawItem[] | Refusal {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "malformed";
  }
  const list = at(document, fields.items);
  if (!Array.isArray(list)) return "malformed";
  if (list.length > ITEMS_MAX) return "too_many";
  return list.map((item) => ({
    id: textAt(item, fields.id),
    title: textAt(item, fields.title),
    link: textAt(item, fields.link),
    published: timeAt(item, fields.published),
  }));
}
