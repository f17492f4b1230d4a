// The dashboard on the real daemon: sysmon's regions, and a program that is killed, stopped and hung. Needs PAGECAST_BUILD.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openPage, startBrowser } from "./browser.mjs";
import { livenessCases, valueCases } from "./cases.mjs";
import { startReal } from "./fixture.mjs";
import { badge, field, openRegion, row, until, untilText } from "./steps.mjs";

let browser;
let server;
let page;
let problems;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());
beforeEach(async () => {
  server = await startReal(process.env.PAGECAST_BUILD);
  ({ page, problems } = await openPage(browser, server.url));
  await untilText(badge(page, "fork_server"), "live", 10000);
});
afterEach(async () => {
  await page?.close();
  await server?.close();
  assert.deepEqual(problems, []);
});

const get = () => ({ server, page });
valueCases(get);
livenessCases(get);

test("a hung writer is stale, and live again when it goes on; one that says goodbye is closed", async () => {
  await server.hangWriter();
  await untilText(badge(page, "fork_server"), "stale", 2000);
  await server.wakeWriter();
  await untilText(badge(page, "fork_server"), "live", 2000);
  await server.stopWriter();
  await untilText(badge(page, "fork_server"), "closed", 2000);
});

test("this machine's regions are there, with units and values", async () => {
  const cpu = row(page, `${server.prefix}.cpu`);
  await untilText(cpu.locator(".badge"), "live");
  await untilText(cpu.locator(".writer .line"), "sysmon");
  await untilText(cpu.locator(".kv-value").first(), /^\d+\.\d+.%$/);
  await openRegion(page, `${server.prefix}.memory`);
  const truth = await server.truth(`${server.prefix}.memory`);
  const path = Object.keys(truth).find((name) => /total/.test(name));
  const digits = async () => (await field(page, path).locator(".f-value bdi").textContent()).replace(/\D/g, "");
  await until(`${path} to be ${truth[path]}`, async () => (await digits()) === String(truth[path]));
});

test("the bridge's content policy lets the page do everything that it does", async () => {
  await openRegion(page, `${server.prefix}.cpu`);
  await page.locator(".plot-button").nth(2).click();
  await page.keyboard.press("e");
  await page.keyboard.press("Escape");
  await page.waitForTimeout(500);
  assert.deepEqual(problems, []);
});
