// The operator's page of a box with two accounts, in real Chromium: which account is shown is chosen in its head, and what is
// commanded there reaches that account alone. LOCKSTEP_SCREENSHOTS=DIR keeps a picture.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startConnectorProcess } from "../../edge/metatrader-connector/tiny-ea.fixture.ts";
import { startProcess } from "../../start/service-process.ts";
import { openBrowser, openPage } from "./chromium.ts";

test("monitor page: two accounts: one is chosen by name, shown, and commanded alone", async () => {
  const root = mkdtempSync(join(tmpdir(), "lockstep-browser-accounts-"));
  const dataDir = join(root, "edge");
  const closing: (() => Promise<unknown>)[] = [async () => rmSync(root, { recursive: true, force: true })];
  try {
    const connector = await startConnectorProcess({ dataDir, env: { LOCKSTEP_ACCOUNTS: "1@Demo,2@Demo" } });
    closing.push(() => connector.kill("SIGTERM"));
    const monitor = await startProcess({
      name: "market-monitor",
      main: "edge/market-monitor/main.ts",
      env: {
        PORT: "0",
        LOCKSTEP_EDGE_DATA: dataDir,
        METATRADER_CONNECTOR_URL: `http://127.0.0.1:${connector.port}`,
      },
      logFile: join(root, "monitor.log"),
    });
    closing.push(() => monitor.stop());
    const url = `http://127.0.0.1:${monitor.ready.port}`;
    const browser = await openBrowser();
    closing.push(() => browser.close());
    const { page, complaints } = await openPage(browser, url);
    const choice = page.getByLabel("Account", { exact: true }).and(page.locator("select"));
    const streamOf = async (account: string) => String((await connector.status(account)).stream_id);

    await choice.waitFor({ state: "visible" });
    const names = await page.evaluate('[...document.querySelectorAll("#which-account option")].map((o) => o.value)');
    assert.deepEqual(names, ["1@Demo", "2@Demo"]);
    await page.locator("#digests", { hasText: await streamOf("1@Demo") }).waitFor();
    await choice.selectOption("2@Demo");
    await page.waitForURL(/account=2%40Demo/);
    await page.locator("#digests", { hasText: await streamOf("2@Demo") }).waitFor();
    await page.locator("#box", { hasText: "edge-1-2" }).waitFor();

    await page.getByRole("button", { name: "Kill switch" }).click();
    await page.getByLabel("Your name").fill("Ada");
    await page.getByLabel("Reason").fill("one account alone");
    await page.getByRole("dialog").getByRole("button", { name: "Stop trading now" }).click();
    await page.locator("#banner", { hasText: "Trading is halted" }).waitFor();
    const states = await Promise.all(
      ["1@Demo", "2@Demo"].map(async (account) => (await connector.status(account)).trading_state),
    );
    assert.deepEqual(states, ["active", "halted"]);
    await choice.locator("option", { hasText: "edge-1-2 (2@Demo), halted" }).waitFor({ state: "attached" });
    const shots = process.env.LOCKSTEP_SCREENSHOTS;
    if (shots) await page.screenshot({ path: join(shots, "monitor-accounts.png") });
    assert.deepEqual(complaints, []);
  } finally {
    for (const close of closing.reverse()) await close();
  }
});
