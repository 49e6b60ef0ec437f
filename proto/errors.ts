// The closed list of error codes and the one error class. A message says what is wrong and what to do next.

export const ERROR_CODES = [
  // records and their bytes
  "bad_field",
  "bad_record",
  "unknown_kind",
  "unknown_version",
  "bad_check",
  // core
  "core_fault",
  "core_digest",
  "model_refused",
  "snapshot_refused",
  // journal
  "journal_locked",
  "journal_damaged",
  "journal_full",
  "journal_io",
  "journal_truncated",
  "bad_seal",
  // replication
  "gap",
  "fork",
  "wrong_stream",
  "wrong_digest",
  "bad_signature",
  "fenced",
  "superseded",
  "replayed",
  "expired",
  "credit_exceeded",
  "protocol",
  // EA protocol
  "bad_frame",
  "bad_mac",
  "auth_refused",
  "busy",
  // files and configuration
  "bad_file",
  "bad_config",
  "bad_request",
  "not_found",
  // the outside
  "unavailable",
  "timeout",
  "engine_missing",
  "refused",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class LockstepError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LockstepError";
    this.code = code;
  }
}

/** A broken promise of our own code, not of the outside: stays on in production, never to be caught and continued from. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
