// Configuration from the environment, checked once at start by zod; a bad value names its variable.
import { z } from "zod";
import { LockstepError } from "#proto/errors.ts";

/** What every service reads. */
export const SERVICE_ENV = {
  HOST: z.string().default("127.0.0.1"),
  /** Overrides the port of mesh/topology.ts; 0 = any free one. */
  PORT: z.coerce.number().int().min(0).max(65535).optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
};

/** Variables whose values stand in no message. */
const SECRET_NAME = /(SECRET|PASSWORD|PASSPHRASE|TOKEN)$/;

/** An empty variable counts as not set, as compose files and shells write "unset". */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, env[name] === "" ? undefined : env[name]]));
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    if (given[name] === undefined) return `${name} is not set`;
    return SECRET_NAME.test(name) ? `${name}: ${message}` : `${name}=${given[name]}: ${message}`;
  });
  throw new LockstepError("bad_config", `set these environment variables right: ${wrong.join("; ")}`);
}
