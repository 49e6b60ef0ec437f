// JSON lines on stderr, one object a line: time, level, service, message, then what the caller adds. Errors keep code
// and cause; 64-bit integers become decimal strings.
import { LockstepError } from "#proto/errors.ts";

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Readonly<Record<string, unknown>>;
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

const ORDER: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export function makeLog(o: {
  service: string;
  /** Lines below it are not written. */
  level?: Level;
  write?: (line: string) => void;
}): Log {
  const least = ORDER[o.level ?? "info"];
  const write = o.write ?? ((line: string) => void process.stderr.write(line));
  const at = (level: Level) => (message: string, fields?: Fields) => {
    if (ORDER[level] < least) return;
    const head = { time: new Date().toISOString(), level, service: o.service, message };
    // Once to stand first, once so that no field of the caller takes their place.
    write(`${JSON.stringify({ ...head, ...fields, ...head }, plain)}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The same log, each line with `fields` of its own. */
export function withFields(log: Log, fields: Fields): Log {
  const at = (level: Level) => (message: string, more?: Fields) => log[level](message, { ...fields, ...more });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, cause } = value;
  const code = value instanceof LockstepError ? value.code : undefined;
  // The stack helps with our own bugs; a LockstepError says by itself what to do.
  return { name, code, message, cause, stack: code === undefined ? value.stack : undefined };
}
