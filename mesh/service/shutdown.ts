// Ends a service in order: on SIGTERM or SIGINT, or when the parent that started it lets go of the line between them (the
// parent has died, or asks so: Windows knows no SIGTERM), `stop` runs once, and the process leaves within five seconds whatever
// happens. An error nobody handled is logged and ends the process with 1: a service never goes on half broken.
import type { Log } from "./log.ts";

/** The whole stop, requests in flight included. */
export const STOP_MS = 5_000;

export function stopOnSignals(o: { log: Log; stop: () => Promise<void> }): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals | "disconnect") => {
    if (stopping) return;
    stopping = true;
    o.log.info("stopping", { signal });
    setTimeout(() => {
      o.log.error("did not stop in time", { stop_ms: STOP_MS });
      process.exit(1);
    }, STOP_MS).unref();
    o.stop().then(
      () => {
        o.log.info("stopped");
        process.exit(0);
      },
      (error: unknown) => {
        o.log.error("stop failed", { error });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("disconnect", () => onSignal("disconnect"));
}

export function dieOnUnhandled(log: Log): void {
  const die = (error: unknown) => {
    log.error("unhandled error, ending", { error });
    process.exit(1);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
}
