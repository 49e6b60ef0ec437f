// Autonomy with real processes: a box trades inside its lease while the cloud is away, then opens nothing, and trades again
// when the cloud is back; a replacement box fetches the stream, waits for the old lease to end, and goes on; the old one,
// coming back, is fenced off for good. The digests of both boxes, cloud and `npm run verify` agree.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectorProcess } from "../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { eventually, LeaseSystem, Trader } from "./lease-system.fixture.ts";

const system = new LeaseSystem();
before(() => system.start());
after(() => system.dispose());

const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 50 * 60_000;
const leaseLeft = async (box: ConnectorProcess): Promise<number> => {
  const { lease } = (await box.status()) as { lease: { left_s: number } };
  return lease.left_s;
};
let old: ConnectorProcess;
let trader: Trader;

test("lease: the line is cut: trades until the lease ends, then opens nothing; trades again when it is back", async () => {
  old = await system.box("old");
  await eventually("a lease", async () => ((await leaseLeft(old)) > 0 ? true : undefined));
  trader = new Trader({ box: old, fromMs: START_MS, instanceId: 5n });
  await trader.ea.until(() => trader.ea.live, "live");
  assert.equal(await trader.tick(), "order");

  await system.stopBridge();
  assert.equal(await trader.tick(), "order", "offline, inside the lease");
  await eventually("the lease's end", async () => ((await leaseLeft(old)) === 0 ? true : undefined));
  await sleep(1_200);
  const sent = trader.ea.commands.length;
  assert.equal(await trader.tick(), "refused", "offline, behind the lease");
  assert.equal(await trader.tick(), "refused");
  assert.equal(trader.ea.commands.length, sent);

  await system.startBridge();
  await eventually("another lease", async () => ((await leaseLeft(old)) > 0 ? true : undefined));
  assert.equal(await trader.tick(), "order", "renewed");
});

test("replacement: fetched, verified, waits for the old lease, trades; the old box is fenced off, also after a restart", async () => {
  const stream = (await old.status()).stream_id as string;
  await system.stopBridge();
  assert.equal(await trader.tick(), "order", "the old box trades on while it is cut off");
  await system.pause(old);
  const key = system.at("operator.key");
  const replaced = system.operator("replace", stream, "--data", system.at("new"), "--key", key);
  assert.equal(replaced.status, 0, replaced.stderr);
  const granted = JSON.parse(replaced.stdout) as { epoch: number; opens_ms: number };
  assert.equal(granted.epoch, 1);
  assert.ok(granted.opens_ms > Date.now(), "the old lease has not surely ended");
  await system.startBridge();

  const box = await system.box("new");
  const next = new Trader({ box, fromMs: trader.nextMs, instanceId: 6n });
  await next.ea.until(() => next.ea.live, "live");
  assert.equal(((await box.status()) as { epoch: number }).epoch, 1);
  while (Date.now() < granted.opens_ms - 1_500) {
    // An order of the old box may be in doubt for ten seconds: until then no bar leads to anything.
    if ((await next.tick()) === "order") break;
    await sleep(500);
  }
  await eventually("a lease of the new epoch", async () => ((await leaseLeft(box)) > 0 ? true : undefined));
  assert.equal(await next.tick(), "order");
  assert.ok((next.firstOrderMs ?? 0) >= granted.opens_ms, "no order before its time");

  // The old one comes back: it learns, halts, and its EA is sent away.
  process.kill(old.pid, "SIGCONT");
  const status = await eventually("the old box to be fenced", async () => {
    const now = (await old.status()) as { trading_state: string; journal_failed: { code: string } | false };
    return now.journal_failed ? now : undefined;
  });
  assert.deepEqual(
    [status.trading_state, String((status.journal_failed as { code?: string }).code)],
    ["failed", "superseded"],
  );
  await trader.ea.until(() => trader.ea.closed, "the old box's EA is sent away");
  const left = system.readJson("old", "superseded.json") as { cloud_durable_seq: string; last_seq: string };
  assert.ok(BigInt(left.last_seq) > BigInt(left.cloud_durable_seq), "what it wrote alone is kept and told");
  await old.kill("SIGTERM");
  const again = await system.box("old");
  const health = await fetch(`http://127.0.0.1:${again.port}/status`);
  assert.equal(health.status, 503);
  assert.match(await health.text(), /superseded|replacement box has this stream/);
  await again.kill("SIGTERM");

  assert.equal(await next.tick(), "order", "the new one trades on");
  next.ea.close();
  const last = await eventually("everything verified", async () => {
    const now = (await box.status()) as { last_seq: number; verified_seq: number; outputs_digest: string };
    return now.verified_seq >= now.last_seq - 1 ? now : undefined;
  });
  await box.kill("SIGTERM");
  const [engine] = (await (await fetch(`${system.engineUrl}/streams`)).json()) as Record<string, unknown>[];
  assert.deepEqual([engine?.divergences, engine?.state], [0, "following"]);
  const proof = system.verify("new");
  assert.deepEqual([proof.epoch, proof.redecided], [1, true]);
  const digest = await eventually("the cloud to be at the journal's end", async () => {
    const [now] = (await (await fetch(`${system.engineUrl}/streams`)).json()) as Record<string, unknown>[];
    return BigInt(String(now?.verified_seq)) >= BigInt(last.verified_seq) ? now?.outputs_digest : undefined;
  });
  assert.equal(proof.outputs_digest, digest);
  assert.ok(existsSync(system.at("old", "journal")), "the old journal is where it was");
});
