// config-manager's page in real Chromium over a real edge box, one test a user story. LOCKSTEP_SCREENSHOTS=DIR keeps pictures.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { openDisk } from "#mesh/world/disk.ts";
import { ConfigChange, RiskLimits } from "#proto/generated/records.ts";
import { viewOf, walkRecords } from "#proto/record.ts";
import { JournalReader } from "#storage/journal/reader.ts";
import { axeFindings, inPage, openBrowser, openPage, type WatchedPage } from "./chromium.ts";
import { type EdgeBox, type Started, start, startEdgeBox, stop } from "./edge-box.ts";

const CANARY = "canary-8e1b-do-not-tell";
const directory = mkdtempSync(join(tmpdir(), "lockstep-config-page-"));
const shots = process.env.LOCKSTEP_SCREENSHOTS;

let box: EdgeBox;
let manager: Started;
let browser: Browser;
let main: WatchedPage;

before(async () => {
  if (shots) mkdirSync(shots, { recursive: true });
  box = await startEdgeBox();
  manager = await start("edge/config-manager/main.ts", {
    PORT: "0",
    LOCKSTEP_CONFIG_DATA: directory,
    LOCKSTEP_EDGE_DATA: box.edgeData,
    METATRADER_CONNECTOR_URL: box.connectorUrl,
  });
  browser = await openBrowser();
  main = await openPage(browser, `http://127.0.0.1:${manager.port}`);
  await main.page.waitForSelector("body[data-ready]");
});

after(async () => {
  await main?.close();
  await browser?.close();
  if (manager) await stop(manager);
  await box?.dispose();
  rmSync(directory, { recursive: true });
});

const shoot = async (name: string): Promise<void> => {
  if (shots) await main.page.screenshot({ path: join(shots, `config-${name}.png`), fullPage: true });
};
/** Waits for text on the page itself. */
const sees = (text: string): Promise<void> => main.page.getByText(text).first().waitFor({ timeout: 60_000 });

interface Applied {
  readonly version: number;
  readonly operator: string;
  readonly spread_max_points: bigint | undefined;
}

function configurationsOf(journal: string): Applied[] {
  const found: Applied[] = [];
  for (const records of new JournalReader({ disk: openDisk(journal) }).records(1n)) {
    const view = viewOf(records);
    walkRecords(records, (at, _length, code) => {
      if (code === ConfigChange.code) {
        const { config_version: version, operator } = ConfigChange.read(view, at);
        found.push({ version, operator, spread_max_points: undefined });
      }
      const last = found.at(-1);
      if (code !== RiskLimits.code || !last || view.getUint16(at + 18, true) !== 0) return;
      found[found.length - 1] = { ...last, spread_max_points: RiskLimits.read(view, at).spread_max_points };
    });
  }
  return found;
}

test("config page: a limit made tighter: seen as such, applied without a signature, in the journal", async () => {
  const { page } = main;
  const spread = page.getByLabel("Spread max, points");
  assert.equal(await spread.inputValue(), "100");
  assert.equal(await page.locator("#apply").isDisabled(), true, "there is nothing to apply yet");
  await spread.fill("-1");
  await sees("limits.spread_max_points:");
  assert.equal(await spread.getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator("#apply").isDisabled(), true);
  await shoot("problem");
  await spread.fill("90");
  await sees("This only takes away: needs no signature.");
  await page.locator("#apply").click();
  await page.getByLabel("Your name").fill("Ann");
  await page.getByLabel("Reason").fill("wide spreads before the news");
  await shoot("apply");
  await page.locator("#sign-send").click();
  await sees("Version 1 is in force");
  assert.deepEqual(configurationsOf(box.journal), [{ version: 1, operator: "Ann", spread_max_points: 90n }]);
  const monitor = await openPage(browser, box.url);
  await monitor.page.getByText("version 1, by Ann").waitFor();
  await monitor.close();
  assert.deepEqual(main.complaints, []);
});

test("config page: a dry run: figures of recorded, unchanged and changed, and the first difference", async () => {
  const { page } = main;
  await page.getByLabel("Spread max, points").fill("0");
  await sees("This only takes away");
  await page.locator("#dry-run").click();
  await sees("Net profit on paper changes by");
  const rows = await inPage<string[][]>(
    page,
    `[...document.querySelectorAll("#dry-result tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  );
  const accepted = rows.find(([name]) => name === "Accepted");
  assert.equal(accepted?.length, 4);
  await shoot("dry-run");
  await page.locator("#reset").click();
  await sees("No change yet.");
});

test("config page: a limit loosened: only with an operator's key; the box's own refusal is shown", async () => {
  const { page } = main;
  await page.getByLabel("Spread max, points").fill("150");
  await sees("needs an operator's signature");
  await page.locator("#apply").click();
  assert.equal(await page.locator("#sign-send").isDisabled(), true, "no key yet");
  await page.getByLabel("Reason").fill("a calm week");
  const key = page.getByLabel("Your key file");
  await key.setInputFiles({ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("no key") });
  await page.locator("#sign-send").click();
  await sees("is no operator's key file");
  await key.setInputFiles(box.keyFile);
  await page.locator("#sign-send").click();
  await sees("Version 2 is in force");
  assert.deepEqual(configurationsOf(box.journal).at(-1), {
    version: 2,
    operator: "Grace Keyholder",
    spread_max_points: 150n,
  });
});

test("config page: history: who and why of each, compared, and rolled back by loading an older one", async () => {
  const { page } = main;
  await page.getByRole("button", { name: "Compare version 1", exact: true }).click();
  await sees("Version 1 against version 2");
  assert.match((await page.locator("#compared").textContent()) ?? "", /limits\.spread_max_points\s*90\s*150/);
  assert.match((await page.locator("#history").textContent()) ?? "", /Grace Keyholder, signed.*Ann, not signed/s);
  await page.getByRole("button", { name: "Load version 1 into the editor" }).click();
  await sees("This only takes away");
  await shoot("history");
  await page.locator("#apply").click();
  await page.getByLabel("Reason").fill("back to before");
  await page.keyboard.press("Enter");
  await sees("Version 3 is in force");
  assert.deepEqual(configurationsOf(box.journal).at(-1), { version: 3, operator: "Ann", spread_max_points: 90n });
});

test("config page: another person's change meanwhile: shown, and what was built on the older one is refused", async () => {
  const { page } = main;
  const other = await openPage(browser, page.url());
  await other.page.waitForSelector("body[data-ready]");
  for (const [p, value] of [
    [page, "80"],
    [other.page, "70"],
  ] as const) {
    await p.getByLabel("Spread max, points").fill(value);
    await p.getByText("This only takes away").waitFor();
    await p.locator("#apply").click();
    await p.getByLabel("Your name").fill("Ann");
    await p.getByLabel("Reason").fill("at once");
  }
  await page.locator("#sign-send").click();
  await sees("Version 4 is in force");
  await other.page.locator("#sign-send").click();
  await other.page.getByText("Not applied:").waitFor();
  // The browser itself says that a request was answered with 409.
  assert.deepEqual(
    other.complaints.filter((line) => !line.includes("409")),
    [],
  );
  await other.close();
});

test("config page: a secret: goes in, is listed by name, and is nowhere on the page or the disk", async () => {
  const { page } = main;
  await page.getByLabel("Name", { exact: true }).fill("ALERT_SMTP_PASSWORD");
  await page.getByLabel("Value").fill(CANARY);
  await page.getByRole("button", { name: "Set secret" }).click();
  await sees("ALERT_SMTP_PASSWORD is set");
  assert.equal((await page.content()).includes(CANARY), false);
  assert.equal(await page.getByLabel("Value").inputValue(), "");
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files)
    assert.equal(readFileSync(join(file.parentPath, file.name), "latin1").includes(CANARY), false, file.name);
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Remove ALERT_SMTP_PASSWORD" }).click();
  await sees("ALERT_SMTP_PASSWORD is removed");
});

test("config page: keyboard and screen reader: axe finds nothing in either colours; narrow and wide fit", async () => {
  const { page } = main;
  for (const summary of await page.locator("#form summary").all())
    if ((await summary.locator("..").getAttribute("open")) === null) await summary.click();
  for (const theme of ["light", "dark"]) {
    await page.getByLabel("Colours").selectOption(theme);
    assert.deepEqual(await axeFindings(page), [], theme);
    await shoot(theme);
  }
  await page.setViewportSize({ width: 420, height: 900 });
  assert.ok(await inPage<boolean>(page, "document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out");
  await shoot("narrow");
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("config page: the connector away and back: said, nothing can be applied, then it can", async () => {
  const { page } = main;
  await box.stopConnector();
  await sees("The connector does not answer");
  await page.getByLabel("Spread max, points").fill("60");
  await page.waitForTimeout(600);
  assert.equal(await page.locator("#apply").isDisabled(), true);
  await box.startConnector();
  await page.locator("#banner").waitFor({ state: "hidden" });
  await page.locator("#apply:enabled").waitFor();
  const surprising = main.complaints.filter((line) => !/40\d|503/.test(line));
  assert.deepEqual(surprising, []);
});
