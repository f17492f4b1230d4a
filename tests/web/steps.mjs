// What the browser tests say over and over.
import assert from "node:assert/strict";

// For what has no bound of its own: the machine may be busy with other things.
const PATIENCE_MS = 15000;

export const row = (page, name) => page.locator(".rows .row", { has: page.locator(".row-name bdi", { hasText: exactly(name) }) });

function exactly(text) {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}

export const badge = (page, name) => row(page, name).locator(".badge");

/** Wait until a locator's text is, or matches, what is expected. */
export async function untilText(locator, expected, timeoutMs = PATIENCE_MS) {
  const end = Date.now() + timeoutMs;
  let text;
  do {
    text = (await locator.count()) ? ((await locator.first().textContent()) ?? "") : "(not there)";
    if (typeof expected === "string" ? text.trim() === expected : expected.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 25));
  } while (Date.now() < end);
  assert.fail(`waited ${timeoutMs} ms for ${expected}, the text is "${text}"`);
}

export async function until(what, condition, timeoutMs = PATIENCE_MS) {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export const link = (page) => page.locator(".bar .badge");

/** The field row of a path in a region's page. */
export const field = (page, path) => page.locator(`.rows .field[data-path="${path}"]`);

export async function openRegion(page, name) {
  await page.evaluate((hash) => (location.hash = hash), `#/region/${encodeURIComponent(name)}`);
  await page.waitForSelector(".region .hex-row");
}

export async function noSidewaysScroll(page, where) {
  const [wide, room] = await page.evaluate(() => [
    document.scrollingElement.scrollWidth,
    document.scrollingElement.clientWidth,
  ]);
  assert.ok(wide <= room, `${where} is ${wide} px wide in ${room}`);
}
