// A file as rows of named cells: CSV (RFC 4180; comma, semicolon or tab, told by the header) or a JSON list of objects.
// Nothing is known here of what the names mean.

export type Row = Readonly<Record<string, string | undefined>>;

const ROWS_MAX = 50_000;
const CELL_MAX = 2_048;
const COLUMNS_MAX = 64;

/** The rows, or why the file as a whole is not taken. Names are in lower case. */
export function parseTable(text: string): Row[] | "malformed" | "too_many" {
  const clean = text.startsWith("\ufeff") ? text.slice(1) : text;
  return /^\s*[[{]/.test(clean) ? parseJsonTable(clean) : parseCsv(clean);
}

function parseJsonTable(text: string): ReturnType<typeof parseTable> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "malformed";
  }
  const list = Array.isArray(document) ? document : (document as { events?: unknown }).events;
  if (!Array.isArray(list)) return "malformed";
  if (list.length > ROWS_MAX) return "too_many";
  if (!list.every((item) => typeof item === "object" && item !== null && !Array.isArray(item))) return "malformed";
  return list.map((item: object) => Object.fromEntries(cellsOf(item)));
}

function* cellsOf(item: object): Generator<[string, string]> {
  for (const [name, value] of Object.entries(item)) {
    if (typeof value === "string") yield [name.toLowerCase(), value];
    // A number beyond 2^53 has lost its last digits by now: MQL5's own long values are written as strings.
    else if (typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
      yield [name.toLowerCase(), String(value)];
    else if (typeof value === "number") yield [name.toLowerCase(), "not exact"];
  }
}

function parseCsv(text: string): ReturnType<typeof parseTable> {
  const header = text.slice(0, Math.max(0, text.search(/\r?\n|$/)));
  const delimiter = ["\t", ";", ","].find((mark) => header.includes(mark));
  if (delimiter === undefined) return "malformed";
  const rows: Row[] = [];
  let names: string[] | undefined;
  for (const cells of csvLines(text, delimiter)) {
    if (cells === "malformed") return "malformed";
    if (names === undefined) {
      names = cells.map((name) =>
        name
          .replace(/^<(.*)>$/, "$1")
          .trim()
          .toLowerCase(),
      );
      if (new Set(names).size !== names.length || names.length > COLUMNS_MAX) return "malformed";
      continue;
    }
    if (cells.length !== names.length) return "malformed";
    if (rows.length === ROWS_MAX) return "too_many";
    rows.push(Object.fromEntries(names.map((name, i) => [name, cells[i]])));
  }
  return names === undefined ? "malformed" : rows;
}

const CELL = /"((?:[^"]|"")*)"|([^"\r\n]*)/y;

function* csvLines(text: string, delimiter: string): Generator<string[] | "malformed"> {
  let at = 0;
  while (at < text.length) {
    const cells: string[] = [];
    for (;;) {
      const quoted = text[at] === '"';
      const end = quoted ? -1 : endOf(text, at, delimiter);
      CELL.lastIndex = at;
      const [whole, inside] = quoted ? (CELL.exec(text) ?? []) : [text.slice(at, end)];
      if (whole === undefined || whole.length > CELL_MAX || (!quoted && whole.includes('"'))) return yield "malformed";
      cells.push(quoted ? (inside ?? "").replaceAll('""', '"') : whole);
      at += whole.length;
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (at < text.length && text[at] !== "\n") return yield "malformed";
    at++;
    if (cells.length > 1 || cells[0] !== "") yield cells;
  }
}

/** Where an unquoted cell ends. */
function endOf(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
  return at;
}
