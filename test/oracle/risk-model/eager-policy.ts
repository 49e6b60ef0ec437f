// A policy that knows no restraint, so that the checks of risk/ are met in situations in which the shipped policy asks for
// nothing: it opens on top of positions and beside closing orders, proposes while halted, and closes more than there is.
// Nothing of the checks themselves is changed.
import type { Break } from "../../fuzz/broken-core.ts";

const policy = (from: string, to: string): Break => ({ file: "decision/policy.ts", from, to });

export const EAGER_POLICY: readonly Break[] = [
  policy(" || stream().trading_state == HALTED) return;", ") return;"),
  policy(
    "  if (inFlight(m, CLOSE).state != IN_FLIGHT_NONE) return;\n  if (m.position_count != 0) {",
    "  if (m.position_count != 0 && inFlight(m, CLOSE).state == IN_FLIGHT_NONE && stream().last_seq % 3 != 0) {",
  ),
  policy("timeframe_s, up_ppm);\n    return;", "timeframe_s, up_ppm);\n    if (position != 0) return;"),
  {
    file: "decision/intent.ts",
    from: "closingVolume(symbol, m, position.volume_microlots);",
    to: "closingVolume(symbol, m, position.volume_microlots);\n  if (stream().last_seq % 4 == 0) intent.volume_microlots += m.volume_step_microlots;",
  },
];
