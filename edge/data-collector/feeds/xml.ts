// RSS 2.0 and Atom: bytes in, items out. A strict parser that streams and expands no entity but XML's own five; a document
// with a DOCTYPE is refused before any of it is read, so that there is nothing to expand or to fetch.
import { SaxesParser } from "saxes";
import type { RawItem, Refusal } from "./item.ts";

const ITEMS_MAX = 500;
const DEPTH_MAX = 32;
/** Of one field's text; what is longer makes its item huge. */
const TEXT_MAX = 4_096;

const ITEMS = new Set(["item", "entry"]);
type Field = "id" | "title" | "link" | "published";
/** What each element of an item gives; the first that is there wins. */
const FIELDS: Readonly<Record<string, Field>> = {
  guid: "id",
  id: "id",
  title: "title",
  link: "link",
  pubDate: "published",
  published: "published",
  updated: "published",
  "dc:date": "published",
};

class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

export function parseXml(text: string): RawItem[] | Refusal {
  const reader = new FeedReader();
  try {
    return reader.read(text);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

class FeedReader {
  readonly #items: RawItem[] = [];
  #depth = 0;
  /** Depth of the item that is open; 0 = none. */
  #itemDepth = 0;
  #item: Partial<Record<Field, string>> = {};
  #field: Field | undefined;
  #text = "";

  read(text: string): RawItem[] {
    const parser = new SaxesParser();
    parser.on("error", () => {
      throw new Refused("malformed");
    });
    parser.on("doctype", () => {
      throw new Refused("doctype");
    });
    parser.on("opentag", ({ name, attributes }) => this.#open(name, attributes as Readonly<Record<string, string>>));
    parser.on("closetag", () => this.#close());
    parser.on("text", (part) => this.#add(part));
    parser.on("cdata", (part) => this.#add(part));
    parser.write(text).close();
    return this.#items;
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (++this.#depth > DEPTH_MAX) throw new Refused("malformed");
    if (this.#itemDepth === 0) {
      if (!ITEMS.has(name)) return;
      this.#itemDepth = this.#depth;
      this.#item = {};
      return;
    }
    if (this.#depth !== this.#itemDepth + 1) return;
    this.#field = FIELDS[name];
    this.#text = "";
    // Atom says its link in an attribute, and has others that are not the item's own.
    const { href, rel = "alternate" } = attributes;
    if (name === "link" && href !== undefined && rel === "alternate") this.#item.link ??= href;
  }

  #add(part: string): void {
    if (this.#field && this.#text.length <= TEXT_MAX) this.#text += part.slice(0, TEXT_MAX + 1);
  }

  #close(): void {
    if (this.#depth === this.#itemDepth) this.#endItem();
    else if (this.#depth === this.#itemDepth + 1 && this.#field) {
      if (this.#text.trim() !== "") this.#item[this.#field] ??= this.#text;
      this.#field = undefined;
    }
    this.#depth--;
  }

  #endItem(): void {
    this.#itemDepth = 0;
    if (this.#items.length === ITEMS_MAX) throw new Refused("too_many");
    const { id, title, link, published } = this.#item;
    this.#items.push({ id, title, link, published });
  }
}
