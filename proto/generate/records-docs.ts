// The reference page of the records and the layout snapshot that is held under test.
import { headerLayout, kindCode, layoutOf, type PlacedField } from "../layout.ts";
import { KINDS } from "../records.ts";

const rows = (fields: readonly PlacedField[]): string =>
  [
    "| at | field | type | meaning |",
    "|---|---|---|---|",
    ...fields.map((f) => `| ${f.offset} | ${f.name} | ${f.type} | ${f.doc} |`),
  ].join("\n");

export function recordsMarkdown(): string {
  const parts = [
    "# Records",
    "Generated from `proto/records.ts` by `npm run generate`.",
    "All fields are little-endian. Prices are points of the symbol, volumes micro-lots (1 lot = 1,000,000), money millionths of the account currency. Offsets are bytes from the start of the record.",
    "## Header (32 bytes)",
    rows(headerLayout()),
  ];
  for (const kind of KINDS) {
    const layout = layoutOf(kind);
    const size = kind.group
      ? `${layout.fixedBytes} + ${layout.groupBytes} x ${kind.group.count}, rounded up to 64`
      : `${layout.fixedBytes}`;
    parts.push(
      `## ${kind.name}`,
      `${kind.doc} Kind ${kind.number}, version ${kind.version} (header code ${kindCode(kind)}); ${size} bytes.`,
      rows(layout.fields),
    );
    if (kind.group) parts.push(`Then, for each of \`${kind.group.name}\`:`, rows(layout.groupFields));
  }
  return `${parts.join("\n\n")}\n`;
}

export function recordsSnapshot(): string {
  const line = (f: PlacedField): string =>
    `  ${String(f.offset).padStart(4)} ${String(f.bytes).padStart(3)} ${f.type.padEnd(8)} ${f.name}`;
  const parts = ["header", ...headerLayout().map(line)];
  for (const kind of KINDS) {
    const layout = layoutOf(kind);
    parts.push(
      `${kind.name} kind=${kind.number} version=${kind.version} bytes=${layout.fixedBytes}${kind.group ? `+${layout.groupBytes}n` : ""}`,
      ...layout.fields.map(line),
    );
    if (kind.group) parts.push(`  each ${kind.group.name}`, ...layout.groupFields.map(line));
  }
  return `${parts.join("\n")}\n`;
}
