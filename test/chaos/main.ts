// npm run chaos -- [--rounds N] [--seed N] [--speed S]: the nemesis of chaos.ts, its report as JSON, 1 when anything is amiss.
import { parseArgs } from "node:util";
import { chaos } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    speed: { type: "string", default: "60" },
    help: { type: "boolean" },
  },
});
if (values.help)
  console.log(
    "npm run chaos -- [--rounds 50] [--seed 1] [--speed 60]\nkill -9 of edge, data-bridge, trading-engine and nats-server at random moments, then the books are checked.",
  );
else {
  const report = await chaos({
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    speed: values.speed,
    say: (line) => console.error(line),
  });
  console.log(JSON.stringify(report, null, 2));
  process.exitCode = report.problems.length === 0 ? 0 : 1;
}
