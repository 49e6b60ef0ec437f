// node test/oracle/write-golden.ts: asks TA-Lib about the made-up series and commits its answers to talib-golden.json.
import { writeFileSync } from "node:fs";
import { goldenBars } from "./golden-bars.ts";
import { askTalib } from "./talib-io.ts";

const answer = await askTalib(goldenBars());
if (answer === undefined) throw new Error("TA-Lib cannot be had here: python3 with pip and the wheels are needed");
const lines = Object.entries(answer).map(([name, values]) => `${JSON.stringify(name)}: ${JSON.stringify(values)}`);
writeFileSync(new URL("./talib-golden.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
