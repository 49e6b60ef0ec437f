// A WHERE clause put together from parts, with its parameters, in each engine's way of numbering or naming them.
import type { QueryParameters } from "#storage/clickhouse/client.ts";

export class PostgresWhere {
  readonly #parts: string[] = [];
  readonly values: unknown[] = [];

  /** `?` in `sql` stands for the values, in order. Left out when one of them is undefined. */
  and(sql: string, ...values: unknown[]): this {
    if (values.includes(undefined)) return this;
    this.#parts.push(sql.replace(/\?/g, () => `$${this.values.push(values.shift())}`));
    return this;
  }

  get sql(): string {
    return this.#parts.length === 0 ? "" : `WHERE ${this.#parts.join(" AND ")}`;
  }
}

export class ClickHouseWhere {
  readonly #parts: string[] = [];
  readonly parameters: Record<string, QueryParameters[string]> = {};

  /** `?Type` in `sql` stands for the values, in order. Left out when one of them is undefined. */
  and(sql: string, ...values: (QueryParameters[string] | undefined)[]): this {
    if (values.includes(undefined)) return this;
    const numbered = sql.replace(/\?(\w+(?:\(\w+\))?)/g, (_, type: string) => {
      const name = `p${Object.keys(this.parameters).length}`;
      this.parameters[name] = values.shift() ?? "";
      return `{${name}:${type}}`;
    });
    this.#parts.push(numbered);
    return this;
  }

  get sql(): string {
    return this.#parts.length === 0 ? "" : `WHERE ${this.#parts.join(" AND ")}`;
  }
}
