// Record values for JSON: integers that a double holds as numbers, larger ones as decimal text, bytes as hex, and null for
// what is not a number.

export function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  return value;
}

/** A payload's fields, each made plain. */
export const plainFields = <T extends object>(payload: T): { readonly [K in keyof T]: unknown } =>
  Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, plain(value)])) as {
    readonly [K in keyof T]: unknown;
  };
