// The closed list of reason codes as a page for people.
import { REASONS } from "../reasons.ts";

const HEAD = `# Risk checks

Generated from proto/reasons.ts by \`npm run generate\`. Do not edit.

Every check is evaluated for every intent and recorded in its verdict with code, value, limit, headroom (how far from failing; negative: by how
much it failed) and result. An intent is accepted only if all pass. What a check needs and does not have fails closed (result 2, missing data).

A **verified exit** (a closing order of one own, known position, not larger than it) always passes every check but two that say what the broker would refuse anyway: the symbol's trade
mode and the grid (known specification, a quote, a volume on the step unless it is the whole position). It is measured by all checks like any other order. While halted the policy proposes nothing by
itself; an operator's \`flatten\` closes all own positions.

Limits come in \`risk_limits\` records, for a symbol or for all, and \`strategy_limits\`, for a strategy or for all; where none fit, checks fail closed. Money is in millionths of the account currency.
The daily loss and the drawdown also trip the trading state to reduce-only, the kill switch to halted; both hold until \`activate\` with a reason, signed by a named person whose \`operator_key\` the journal holds.

| code | name | unit | what is measured, against what |
|---|---|---|---|
`;

export const riskMarkdown = (): string =>
  `${HEAD}${REASONS.map(({ code, name, unit, doc }) => `| ${code} | \`${name}\` | ${unit} | ${doc.replaceAll("|", "\\|")} |`).join("\n")}\n`;
