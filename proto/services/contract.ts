// What a service's HTTP contract is made of: routes with zod shapes. One such object a service lies beside this file;
// the service serves it and mesh/service/client.ts makes a typed client of it.
import type { z } from "zod";

export interface Route {
  readonly method: "GET" | "POST";
  /** Parameters as in `/streams/:stream_id`. */
  readonly path: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
}

export interface Contract {
  /** Name in mesh/topology.ts. */
  readonly service: string;
  readonly routes: Readonly<Record<string, Route>>;
}

/** A 64-bit integer in JSON: a decimal string, since a JSON number cannot hold it. */
export type DecimalString = string;

/** Body of every answer that is not a success. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}
