// The journal's real timers, for when the caller injects none: storage and mesh are strangers.
import type { Timers } from "#proto/world.ts";

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
