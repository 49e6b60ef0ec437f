// The real Timers of a service: they keep the process alive until they are cancelled.
import type { Timers } from "#proto/world.ts";

export const realTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
