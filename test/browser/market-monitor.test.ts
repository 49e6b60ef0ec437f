// The operator's page in real Chromium over a real edge box, one test a user story. LOCKSTEP_SCREENSHOTS=DIR keeps pictures.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Locator } from "playwright-core";
import { makeClient } from "#mesh/service/client.ts";
import { openDisk } from "#mesh/world/disk.ts";
import { FEATURES } from "#proto/features.ts";
import { Bar, BarHistory, OperatorCommand } from "#proto/generated/records.ts";
import { REASONS } from "#proto/reasons.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { OPERATOR_COMMAND } from "#proto/records.ts";
import { metatraderConnector } from "#proto/services/metatrader-connector.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { axeFindings, inPage, openBrowser, openPage, type WatchedPage } from "./chromium.ts";
import { type EdgeBox, startEdgeBox } from "./edge-box.ts";

let box: EdgeBox;
let browser: Browser;
let main: WatchedPage;
const alertsTaken: { subject: string }[] = [];
const webhook = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  alertsTaken.push(JSON.parse(body));
  response.end();
});

before(async () => {
  webhook.listen(0, "127.0.0.1");
  await once(webhook, "listening");
  box = await startEdgeBox({
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/alerts`,
    ALERT_THRESHOLDS: JSON.stringify({ spread_points: { XAUUSD: 1 }, connector_away_s: 1 }),
    ALERT_SEND_FROM: "info",
  });
  browser = await openBrowser();
  main = await openPage(browser, box.url);
  await main.page.waitForSelector("body[data-ready]");
});

after(async () => {
  await main?.close();
  await browser?.close();
  await box?.dispose();
  webhook.closeAllConnections();
  webhook.close();
});

/** Waits on the page's own time; the text is what a failure says. */
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(`waited in vain for ${what}`);
};
const textOf = async (locator: Locator): Promise<string> => ((await locator.textContent()) ?? "").trim();
const cellsOf = (rows: string): Promise<string[][]> =>
  inPage(
    main.page,
    `[...document.querySelectorAll(${JSON.stringify(rows)})].map((row) => [...row.cells].map((c) => c.textContent))`,
  );
const stateOf = (term: string): Locator => main.page.locator("#states div", { hasText: term }).locator("dd");

test("monitor page: quotes and candlesticks: move with the market; the table shows the journal's own bars", async () => {
  const { page } = main;
  const bid = page.locator(".quote", { hasText: "EURUSD" }).locator(".bid");
  await until("a quote", async () => /^\d\.\d{5}$/.test(await textOf(bid)));
  const first = await textOf(bid);
  await until("another quote", async () => (await textOf(bid)) !== first);
  await page.locator("#bars-table > summary").click();
  await until("three bars", async () => (await page.locator("#bars-table tbody tr").count()) > 3);
  const rows = await cellsOf("#bars-table tbody tr");
  // The newest is still open; the others are closed, and as the core (or the terminal's history) said.
  const known = barsOf(box.journal);
  for (const [time = "", ...prices] of rows.slice(1)) {
    const bar = known.get(time);
    assert.ok(bar, `${time} is in the journal`);
    assert.deepEqual(
      prices.slice(0, 4).map((price) => BigInt(price.replace(".", ""))),
      bar,
    );
  }
  await page.locator("#bars-table > summary").click();
});

/** M1 bars of symbol 1 by their time as the page writes it. */
function barsOf(journal: string): Map<string, bigint[]> {
  const bars = new Map<string, bigint[]>();
  for (const records of new JournalReader({ disk: openDisk(journal) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if ((code !== Bar.code && code !== BarHistory.code) || view.getUint16(at + 18, true) !== 1) return;
      const bar = code === Bar.code ? Bar.read(view, at) : BarHistory.read(view, at);
      if (bar.timeframe_s !== 60) return;
      const time = new Date(Number(bar.open_time_ms)).toISOString().slice(0, 19).replace("T", " ");
      bars.set(time, [bar.open_points, bar.high_points, bar.low_points, bar.close_points]);
    });
  }
  return bars;
}

test("monitor page: the chart: is drawn, for ticks too, and follows symbol, length, zoom", async () => {
  const { page } = main;
  const picture = async () => (await page.locator("#chart").screenshot()).toString("base64");
  const legend = page.locator("#legend");
  await until("a legend", async () => /O\s\d\.\d{5}\s+H/.test(await textOf(legend)));
  const m1 = await picture();
  assert.ok(m1.length > 8_000, "candlesticks are drawn");
  await page.locator("#frames").getByText("Ticks").click();
  await until(
    "ticks",
    async () => (await page.locator("#chart").getAttribute("aria-label"))?.includes("EURUSD ticks") === true,
  );
  await page.locator("#pairs").getByText("XAUUSD").click();
  await until("gold", async () => /O\s\d{4}\.\d/.test(await textOf(legend)));
  await page.locator("#frames").getByText("M5", { exact: true }).click();
  await until(
    "M5",
    async () => (await page.locator("#chart").getAttribute("aria-label"))?.startsWith("XAUUSD M5") === true,
  );
  for (const name of ["Zoom out", "Back in time", "Newest"]) await page.getByRole("button", { name }).click();
  await page.locator("#pairs").getByText("EURUSD").click();
  await page.locator("#frames").getByText("M1", { exact: true }).click();
  assert.notEqual(await picture(), m1);
});

test("monitor page: the prediction: every probability of the record, its regime, its features by name", async () => {
  const { page } = main;
  const card = page.locator(".prediction").first();
  await until("a prediction", async () => (await card.count()) > 0);
  assert.match(await textOf(card.locator(".share").first()), /^Up\d+\.\d %$/);
  assert.match(await textOf(card.locator("h3")), /^M1 regime (calm|volatile)/);
  await until("features", async () => {
    // A new prediction draws the card anew, closed.
    const summary = card.locator("summary", { hasText: "features" });
    if ((await card.locator("details[open]", { has: summary }).count()) === 0) await summary.click();
    return (await card.locator("tbody tr").count()) === FEATURES.length;
  });
  assert.match(await textOf(card.locator("tbody tr").first()), /^log_return_1/);
});

test("monitor page: decisions: accepted and refused, each with every check, the failed ones first", async () => {
  const { page } = main;
  const refused = page.locator(".decision", { hasText: "refused: spread" }).first();
  await until("a refused decision", async () => (await refused.count()) > 0);
  await until("an accepted one", async () => (await page.locator(".decision", { hasText: "accepted" }).count()) > 0);
  // It is drawn in place: still the same element, and open, when newer ones have come.
  const decision = `.decision[data-id="${await refused.getAttribute("data-id")}"]`;
  await page.locator(`${decision} > summary`).click();
  const rows = page.locator(`${decision} tbody tr`);
  await until("its checks", async () => (await rows.count()) === REASONS.length);
  const cells = await cellsOf(`${decision} tbody tr`);
  const failed = cells.findIndex(([, , result]) => result === "pass");
  assert.ok(failed > 0 && cells.slice(failed).every(([, , result]) => result === "pass"), "the failed ones come first");
  const spread = cells.find(([code]) => code === "7");
  assert.deepEqual([spread?.[1], spread?.[2], spread?.[4]], ["spread", "fail", "100 pt"]);
  assert.match(spread?.[5] ?? "", /^-\d+ pt$/);
});

test("monitor page: positions, deals, account: are shown as the broker reported them", async () => {
  const { page } = main;
  await until("a deal", async () => /EURUSD (buy|sell) 0\.1 (in|out)/.test(await textOf(page.locator("#fills"))));
  await until("a position", async () => /EURUSD(buy|sell)0\.1/.test(await textOf(page.locator("#positions tbody"))));
  assert.match(await textOf(page.locator("#account")), /Login12345678 \(demo\)Balance[\d\u202f]+\.\d\d USD/);
});

test("monitor page: alerts: a threshold that is passed: on the page, and at the webhook", async () => {
  const spread = main.page.locator("#alerts li", { hasText: "XAUUSD: the spread is" }).first();
  await until("the alert", async () => (await spread.count()) > 0);
  await until("the webhook", async () => alertsTaken.length > 0);
  assert.match(alertsTaken[0]?.subject ?? "", /^Lockstep edge-1: /);
});

test("monitor page: news: a collected item is shown as text, whatever it holds, with a link to its source", async () => {
  const item = {
    item_id: "ab".repeat(16),
    published_ms: Date.UTC(2026, 0, 10),
    fetched_ms: Date.UTC(2026, 0, 10),
    source: "wire",
    content_sha256: "cd".repeat(32),
    title: "<img src=x onerror=alert(1)> Zinsen »unverändert«",
    link: "https://news.test/1",
  };
  const client = makeClient({ contract: metatraderConnector, url: box.connectorUrl });
  assert.equal((await client.news({ body: { items: [item] } })).accepted, 1);
  const link = main.page.getByRole("link", { name: item.title });
  await until("the item", async () => (await link.count()) === 1);
  assert.equal(await link.getAttribute("href"), item.link);
});

test("monitor page: the box: trading, line, cloud, lease, journal are said", async () => {
  assert.equal(await textOf(stateOf("Trading")), "active");
  await until("live", async () => (await textOf(stateOf("Terminal"))) === "live");
  assert.equal(await textOf(stateOf("Cloud")), "works alone");
  assert.equal(await textOf(stateOf("Lease")), "not required");
  assert.match(await textOf(stateOf("Journal")), /^record [\d\u202f]+$/);
});

test("monitor page: the kill switch: not without confirmation; then a record, halted, and a release by name", async () => {
  const { page } = main;
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Kill switch" }).click();
  const send = dialog.getByRole("button", { name: "Stop trading now" });
  assert.ok(await send.isDisabled(), "a name is required");
  await page.keyboard.press("Escape");
  assert.equal((await box.connectorStatus()).trading_state, "active");

  await page.getByRole("button", { name: "Kill switch" }).click();
  await dialog.getByLabel("Your name").fill("Ada Operator");
  await dialog.getByLabel("Reason").fill("browser test");
  await send.click();
  await until("halted", async () => (await textOf(stateOf("Trading"))) === "halted");
  assert.match(await textOf(page.locator("#banner")), /^Trading is halted\. By Ada Operator at .*: browser test$/);
  assert.equal((await box.connectorStatus()).trading_state, "halted");
  assert.deepEqual(commandsOf(box.journal), [["Ada Operator", "browser test", OPERATOR_COMMAND.kill]]);

  await page.getByRole("button", { name: "Release", exact: true }).click();
  const release = dialog.getByRole("button", { name: "Release", exact: true });
  await dialog.getByLabel("Reason").fill("all is well");
  assert.ok(await release.isDisabled(), "a key is asked for");
  await dialog.getByLabel("Your key file").setInputFiles(join(import.meta.dirname, "edge-box.ts"));
  await release.click();
  await until("a refusal", async () =>
    (await textOf(page.locator("#command-error"))).includes("is no operator's key file"),
  );
  await dialog.getByLabel("Your key file").setInputFiles(box.keyFile);
  await release.click();
  await until("active", async () => (await textOf(stateOf("Trading"))) === "active");
  assert.equal(await page.locator("#banner").isVisible(), false);
  assert.deepEqual(commandsOf(box.journal)[1], ["Grace Keyholder", "all is well", OPERATOR_COMMAND.activate]);
});

function commandsOf(journal: string): unknown[] {
  const commands: unknown[] = [];
  for (const records of new JournalReader({ disk: openDisk(journal) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code !== OperatorCommand.code) return;
      const { operator, reason, command } = OperatorCommand.read(view, at);
      commands.push([operator, reason, command]);
    });
  }
  return commands;
}

test("monitor: commands and reads from elsewhere: another page, another name, another box: refused", async () => {
  const send = (headers: Record<string, string>, body: unknown) =>
    fetch(`${box.url}/command`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const command = { command: "kill", operator: "x", reason: "x", box: "edge-1" };
  assert.equal((await send({ origin: "http://evil.test" }, command)).status, 403);
  assert.equal((await send({ "content-type": "text/plain" }, command)).status, 400);
  assert.equal((await send({}, { ...command, box: "edge-2" })).status, 409);
  assert.equal((await send({}, { ...command, command: "sell everything" })).status, 400);
  assert.equal((await box.connectorStatus()).trading_state, "active");
});

test("monitor page: keyboard and screen reader: reached by Tab, named, and axe finds nothing in either colours", async () => {
  const { page } = main;
  await page.locator(".skip").focus();
  const reached = new Set<string>();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    reached.add(await inPage(page, "document.activeElement.textContent.trim() || document.activeElement.id"));
  }
  for (const name of ["Reduce only", "Kill switch", "Newest"])
    assert.ok(reached.has(name), `${name} is reached by Tab`);
  await inPage(page, "document.activeElement.blur()");
  for (const theme of ["light", "dark"]) {
    await page.getByLabel("Colours").selectOption(theme);
    assert.deepEqual(await axeFindings(page), [], theme);
  }
});

test("monitor page: connector and monitor away and back: said each time, nothing to reload", async () => {
  const { page } = main;
  const banner = page.locator("#banner");
  await box.stopConnector();
  await until("the connector's absence", async () =>
    (await textOf(banner)).startsWith("The connector does not answer"),
  );
  await until(
    "its alert",
    async () => (await page.locator("#alerts li.critical", { hasText: "has not answered" }).count()) > 0,
  );
  await box.startConnector();
  await until("its return", async () => (await textOf(stateOf("Terminal"))) === "live" && !(await banner.isVisible()));
  await box.stopMonitor();
  await until("silence", async () => (await textOf(banner)).startsWith("This page is not live"));
  await box.startMonitor();
  await until("life", async () => !(await banner.isVisible()));
  const time = await textOf(stateOf("Time"));
  await until("the time going on", async () => (await textOf(stateOf("Time"))) !== time);
});

test("monitor page: 1280 and 420 pixels, light and dark: nothing overflows, nothing complains, it is ready soon", async (t) => {
  const shots = process.env.LOCKSTEP_SCREENSHOTS;
  if (shots) mkdirSync(shots, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1280, 420]) {
      const { page, complaints, close } = await openPage(browser, box.url, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      await page.waitForSelector("body[data-ready]");
      t.diagnostic(
        `${colorScheme} ${width}: live ${await inPage(page, "document.body.dataset.ready")} ms after navigation`,
      );
      await until("a chart", async () => /O\s\d/.test(await textOf(page.locator("#legend"))));
      assert.equal(await inPage(page, "document.documentElement.scrollWidth - innerWidth"), 0);
      if (shots) await page.screenshot({ path: join(shots, `monitor-${colorScheme}-${width}.png`) });
      assert.deepEqual(complaints, []);
      await close();
    }
  // Away and back, the browser itself says that a stream broke off; nothing else may be there.
  assert.deepEqual(
    main.complaints.filter((text) => !/net::ERR|Failed to load resource/.test(text)),
    [],
  );
});
