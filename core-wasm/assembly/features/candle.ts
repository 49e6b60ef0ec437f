// The shape of the newest bar.
import { Bars, closeBack, highBack, lowBack, openBack } from "../state";
import { perAtr } from "./volatility";

function ofRange(b: Bars, part: f64): f64 {
  const range = highBack(b, 0) - lowBack(b, 0);
  return range > 0 ? part / range : 0;
}

export function body(b: Bars): f64 {
  return ofRange(b, closeBack(b, 0) - openBack(b, 0));
}

export function upperWick(b: Bars): f64 {
  return ofRange(b, highBack(b, 0) - Math.max(openBack(b, 0), closeBack(b, 0)));
}

export function lowerWick(b: Bars): f64 {
  return ofRange(b, Math.min(openBack(b, 0), closeBack(b, 0)) - lowBack(b, 0));
}

export function gap(b: Bars): f64 {
  return b.count > 1 ? perAtr(b, openBack(b, 0) - closeBack(b, 1)) : 0;
}
