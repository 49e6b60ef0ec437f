// What is set for the models' answers, through the operator's command and the real process: taken, refused by name, kept over a
// restart; and orders about models that only a known operator may give.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { sampleModel } from "#core-wasm/host/sample-stream.ts";
import { ConfiguredStatus, modelConfigBody } from "../../start/model/configure.ts";
import { makeOperatorKey, readOperatorKey } from "../../start/operator.ts";
import { startConnectorProcess } from "./tiny-ea.fixture.ts";

interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

test("models: set by the operator's command: what takes away by name, anything else by a known key only; kept over a restart", async () => {
  const root = mkdtempSync(join(tmpdir(), "lockstep-edge-"));
  const at = (name: string): string => join(root, name);
  const { name, public_key } = makeOperatorKey(at("known.key"), "known");
  makeOperatorKey(at("stranger.key"), "stranger");
  writeFileSync(at("model.lsm"), sampleModel());
  writeFileSync(at("edge.json"), JSON.stringify({ operators: [{ name, public_key }] }));
  const env = { LOCKSTEP_CLOCK: "terminal", LOCKSTEP_MODEL: at("model.lsm"), LOCKSTEP_EDGE_CONFIG: at("edge.json") };
  const dataDir = at("edge");
  let connector = await startConnectorProcess({ dataDir, env });
  const url = (path: string): string => `http://127.0.0.1:${connector.port}${path}`;
  const set = async (json: object, who: { key?: string; name?: string }): Promise<Answer> => {
    const status = ConfiguredStatus.parse(await (await fetch(url("/status"))).json());
    const identity = who.key === undefined ? undefined : readOperatorKey(at(who.key));
    const operator = identity?.name ?? (who.name as string);
    const body = JSON.stringify(modelConfigBody({ json, status, operator, reason: "test", identity }));
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url("/model-config"), { method: "POST", headers, body });
    return { ok: answer.ok, text: await answer.text() };
  };
  const configs = async (): Promise<Record<string, number>[]> =>
    (await connector.status()).model_configs as Record<string, number>[];
  try {
    assert.ok((await set({ edge_min: 0.05, off: ["M1 regime"] }, { name: "somebody" })).ok);
    const [first] = await configs();
    assert.deepEqual([first?.config_version, first?.edge_min_ppm, first?.heads], [1, 50_000, (2 ** 18 - 1) & ~4]);
    const loosened = await set({ edge_min: 0.01 }, { name: "somebody" });
    assert.match(loosened.text, /could open more than the one in force: a known operator must sign/);
    const stranger = await set({ edge_min: 0.01 }, { key: "stranger.key" });
    assert.match(stranger.text, /stranger is no operator of this box/);
    await assert.rejects(set({ weights: { gru: 5 } }, { key: "known.key" }), /weights/);
    const none = { boosted: 0, forest: 0, logistic: 0, perceptron: 0, gru: 0 };
    assert.match((await set({ weights: none }, { key: "known.key" })).text, /out of bounds, or no model has a weight/);
    assert.deepEqual(await configs(), [first]);
    writeFileSync(at("config.json"), JSON.stringify({ weights: { logistic: 0.5 }, drift_max: 0.3 }));
    const words = ["models", "--config", at("config.json"), "--reason", "test", "--key", at("known.key")];
    await promisify(execFile)(process.execPath, ["operator.ts", ...words, "--url", url("")]);
    const [second] = await configs();
    assert.deepEqual(
      [second?.config_version, second?.logistic_weight_milli, second?.drift_max_milli, second?.edge_min_ppm],
      [2, 500, 300, 0],
    );
    await connector.kill("SIGKILL");
    connector = await startConnectorProcess({ dataDir, env });
    assert.deepEqual(await configs(), [second]);
    const { counts } = await connector.status();
    // The two that were taken, and the two that the core refused.
    assert.equal((counts as Record<string, number>).model_config, 4);
  } finally {
    await connector.kill("SIGKILL");
    rmSync(root, { recursive: true });
  }
});
