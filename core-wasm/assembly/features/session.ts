// hour_sin, hour_cos: the bar's opening time on the UTC day as an angle (00:00 = 0, 06:00 = pi / 2). Unit: 1.
// Always warm. sin and cos are the portable ones of AssemblyScript's library, compiled into the module.

const DAY_MS: i64 = 86_400_000;
const TURN: f64 = 6.283185307179586;

export function hourSin(open_time_ms: i64): f64 {
  return Math.sin(angle(open_time_ms));
}

export function hourCos(open_time_ms: i64): f64 {
  return Math.cos(angle(open_time_ms));
}

function angle(open_time_ms: i64): f64 {
  return (TURN * <f64>(open_time_ms % DAY_MS)) / <f64>DAY_MS;
}
