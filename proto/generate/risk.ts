// The closed list of reason codes as a page for people.
import { REASONS } from "../reasons.ts";

const HEAD = `# Risk checks

Generated from proto/reasons.ts by \`npm run generate\`. Do not edit.

Every check is evaluated for every intent and recorded in its verdict with code, value, limit, headroom (how far from failing; negative: by how
much it failed) and result. An intent is accepted only if all pass. What a check needs and does not have fails closed (result 2, missing data). An order
that only reduces one own position is measured by all checks and held up only by the trading state \`halted\`, a trade mode that forbids it, the grid, the stops
level, its size and a stale quote.

Limits come in \`risk_limits\` records, for a symbol or for all; those that fit none fail closed. Money is in millionths of the account currency. The daily loss and
the drawdown also trip the trading state to reduce-only, the kill switch to halted; both hold until a named person's \`activate\` with a reason.

| code | name | unit | what is measured, against what |
|---|---|---|---|
`;

export const riskMarkdown = (): string =>
  `${HEAD}${REASONS.map(({ code, name, unit, doc }) => `| ${code} | \`${name}\` | ${unit} | ${doc.replaceAll("|", "\\|")} |`).join("\n")}\n`;
