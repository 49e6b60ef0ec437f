// TA-Lib as an oracle: the pinned wheel from PyPI, asked about whole series of bars.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import type { BarRow } from "#proto/mt5-files.ts";
import { findOnPath, fromWheel, type Wheel } from "#storage/engines/tools.ts";

const HERE = new URL("./ask_talib.py", import.meta.url).pathname;

/** For CPython 3.11 to 3.13 on x86-64 Linux; elsewhere only the committed values are compared. */
const WHEELS: readonly Wheel[] = [
  {
    project: "numpy",
    version: "2.4.6",
    sha256: [
      "89cd468399cfd2504718f0ba50e410dca55a170b61a02ad92bb18c8a65186e93",
      "90f9849678c75fe7afa2d348ac842c168b0a4d3d61919687216dfc547976d853",
      "a7830bab239b79cda9c08c2da014761cafb48da6150e1da17ac06283f43b6089",
    ],
    binary: "numpy/__init__.py",
  },
  {
    project: "ta-lib",
    version: "0.8.2",
    sha256: [
      "b3153ff3fdadfb6ab91e1d98c36ee5f80fa3581f93a5f2dacfe87404997c4ec3",
      "17bb7f16936d4005d3824433a9d9b5cf5ef5341dc6b021e2ae089ceffd430c7c",
      "ebc0e86121f0a6d534deed6d44c519c29eb176bf2292d393f834caea44d35aba",
    ],
    binary: "talib/__init__.py",
  },
];

/** One array an indicator (ask_talib.py has the names); null where TA-Lib has no value yet. */
export type TalibAnswer = Readonly<Record<string, readonly (number | null)[]>>;

/** Undefined when the wheels cannot be had here. */
export async function askTalib(bars: readonly BarRow[]): Promise<TalibAnswer | undefined> {
  const folders: string[] = [];
  for (const wheel of WHEELS) {
    const found = await fromWheel(wheel);
    if (found === undefined) return undefined;
    folders.push(dirname(dirname(found)));
  }
  const python = findOnPath("python3") as string;
  const input = JSON.stringify({
    open: bars.map((b) => b.open_points),
    high: bars.map((b) => b.high_points),
    low: bars.map((b) => b.low_points),
    close: bars.map((b) => b.close_points),
    volume: bars.map((b) => b.tick_volume),
  });
  const { status, stdout, stderr } = spawnSync(python, [HERE], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 30,
    env: { ...process.env, PYTHONPATH: folders.join(":") },
  });
  if (status !== 0) throw new Error(`ask_talib.py failed: ${stderr}`);
  return JSON.parse(stdout) as TalibAnswer;
}
