import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runStart } from "./run-start.ts";

const DATA = "../shared/data/ticks";
const real = existsSync(DATA) ? ["EURUSD_20140501.csv.gz", "XAUUSD_20140501.csv.gz"].map((f) => join(DATA, f)) : [];

test("system: ticks through terminal, edge, cloud and databases: every record verified and projected, nothing differs", async (t) => {
  if (real.length === 0) t.diagnostic(`${DATA} is absent: the simulated market is used instead of real ticks`);
  const args = real.length > 0 ? ["--ticks", ...real, "--max-ticks", "40000"] : ["--max-ticks", "20000"];
  const run = runStart([...args, "--speed", "max", "--exit"], { keepMs: 300_000 });
  t.after(() => run.dispose());
  const { code, figures, stderr } = await run.finished;
  assert.equal(code, 0, stderr);
  assert.ok(Number(figures.ticks) >= 20_000, JSON.stringify(figures));
  assert.equal(figures.verified_records, figures.records);
  assert.equal(figures.divergences, 0);
  assert.equal(figures.edge_digest, figures.cloud_digest);
  assert.ok(Number(figures.predictions) > 0 && Number(figures.order_intents) > 0, JSON.stringify(figures));
  const projected = figures.projected as Record<string, number>;
  assert.equal(
    Object.values(projected).reduce((a, b) => a + b, 0),
    figures.records,
  );
  assert.equal(projected.tick, figures.ticks);
  assert.equal(projected.order_intent, figures.order_intents);

  const verify = () =>
    execFileSync(process.execPath, ["verify.ts", join(run.dir, "edge", "journal"), "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  assert.match(verify(), new RegExp(String(figures.edge_digest)));
  const segment = readdirSync(join(run.dir, "edge", "journal"))
    .filter((f) => /seg/.test(f))
    .sort()[0] as string;
  const file = join(run.dir, "edge", "journal", segment);
  const bytes = readFileSync(file);
  bytes[20_000] = (bytes[20_000] as number) ^ 1;
  writeFileSync(file, bytes);
  assert.throws(
    verify,
    (e) =>
      (e as { status: number }).status === 1 &&
      `${(e as { stdout: string }).stdout}${(e as { stderr: string }).stderr}`.includes(segment),
  );
});
