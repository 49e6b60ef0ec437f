// Debian's Chromium for the browser tests: found on the PATH or installed, started with a fresh profile. What a page says
// on its console, throws, or asks of another host is kept, so that a test can demand that there is nothing.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { LockstepError } from "#proto/errors.ts";
import { findOnPath, fromApt } from "#storage/engines/tools.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

let found: Promise<string> | undefined;

/** Finds or installs it without starting it; done once a process. */
export function ensureChromium(): Promise<string> {
  found ??= search();
  return found;
}

async function search(): Promise<string> {
  for (const name of NAMES) {
    const path = findOnPath(name);
    if (path !== undefined) return path;
  }
  const installed = await fromApt("chromium", "chromium");
  if (installed !== undefined) return installed;
  throw new LockstepError(
    "engine_missing",
    "no Chromium for the browser tests: put chromium on PATH, or run as root on Debian (apt-get install chromium)",
  );
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureChromium(), args: FLAGS, headless: true });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, failed requests, and requests to any other host. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openPage(browser: Browser, url: string, o: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...o });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** What is done in the page is text here: the project has no types of a browser. It goes by the debugger, which a page's policy does not hold up. */
export const inPage = <T>(page: Page, script: string): Promise<T> => page.evaluate(script) as Promise<T>;

/** What axe finds wrong for keyboards, screen readers and eyes; each with its elements. */
export async function axeFindings(page: Page): Promise<string[]> {
  await inPage(page, readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  return inPage(
    page,
    "axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' | ')))",
  );
}
