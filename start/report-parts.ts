// Numbers and tables as the backtest's page writes them.
import { escapeHtml } from "./svg.ts";

export const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Millionths of the account currency. */
export const units = (micros: string | bigint | number): string =>
  (Number(micros) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const top = head.some((cell) => cell !== "") ? line(head, "th") : "";
  return `<div class="wide"><table>${top}${rows.map((row) => line(row, "td")).join("")}</table></div>`;
}
