// The shape of the newest bar.
import { Bars } from "../structures";
import { perAtr } from "./volatility";
import * as w from "./windows";

function ofRange(b: Bars, part: f64): f64 {
  const range = w.high(0) - w.low(0);
  return range > 0 ? part / range : 0;
}

export function body(b: Bars): f64 {
  return ofRange(b, w.close(0) - w.open(0));
}

export function upperWick(b: Bars): f64 {
  return ofRange(b, w.high(0) - (w.open(0) > w.close(0) ? w.open(0) : w.close(0)));
}

export function lowerWick(b: Bars): f64 {
  return ofRange(b, (w.open(0) < w.close(0) ? w.open(0) : w.close(0)) - w.low(0));
}

export function gap(b: Bars): f64 {
  return b.count > 1 ? perAtr(w.open(0) - w.close(1)) : 0;
}
