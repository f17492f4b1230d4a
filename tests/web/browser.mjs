// Chromium for the tests: started fresh, thrown away; a page that fails on CSP violations, errors and foreign requests.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { require } from "./mock_bridge.mjs";

const { chromium } = require("playwright-core");

const ARGS = [
  "--no-sandbox",
  "--headless=new",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

export async function startBrowser(more = []) {
  const profile = mkdtempSync(join(tmpdir(), "pagecast-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    ignoreDefaultArgs: ["--headless"],
    args: [...ARGS, ...more],
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A page with what went wrong on it in `problems`. */
export async function openPage(browser, url, options = {}) {
  const page = await browser.context.newPage();
  const problems = [];
  const origin = new URL(url).origin;
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused connection is logged by the browser itself; it is what some tests are about.
    if (message.type() === "error" && !/WebSocket connection|net::ERR_/.test(message.text()))
      problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (!["data:", "blob:"].includes(target.protocol) && target.origin !== origin) problems.push(`request: ${target}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  if (options.viewport) await page.setViewportSize(options.viewport);
  if (options.colorScheme || options.reducedMotion)
    await page.emulateMedia({ colorScheme: options.colorScheme ?? null, reducedMotion: options.reducedMotion ?? null });
  await page.goto(url);
  return { page, problems };
}

/** The page has nothing that axe finds. */
export async function audit(page, where) {
  // Through the debugger, so that the content policy stays as it is.
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.any[0]?.message ?? ""}`) }));
  });
  assert.deepEqual(found, [], where);
}
