// Silence is never green: writers, link and daemon die in front of the dashboard.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openPage, startBrowser } from "./browser.mjs";
import { livenessCases } from "./cases.mjs";
import { startMock } from "./fixture.mjs";
import { badge, link, openRegion, row, until, untilText } from "./steps.mjs";

let browser;
let server;
let page;
let problems;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());
beforeEach(async () => {
  server = await startMock({ hbMs: 500 });
  ({ page, problems } = await openPage(browser, server.url));
  await untilText(badge(page, server.victim.name), "live");
});
afterEach(async () => {
  await page.close();
  await server.close();
  assert.deepEqual(problems, []);
});

livenessCases(() => ({ server, page }));

test("stale, closed and source stale show as what they are", async () => {
  server.bridge.hangWriter("system");
  await untilText(badge(page, "system"), "stale", 1500);
  server.bridge.stopWriter("plc/setpoints");
  await untilText(badge(page, "plc/setpoints"), "closed", 1500);
  server.bridge.sourceStale("sim.physics", true);
  await untilText(badge(page, "sim.physics"), "source stale", 2500);
  // What is wrong first, what is at rest last.
  const names = await page.locator(".rows .row-name").allTextContents();
  assert.deepEqual([names.slice(0, 2).sort(), names.at(-1)], [["sim.physics", "system"], "plc/setpoints"]);
  await page.locator(".chip", { hasText: "doubtful" }).click();
  await until("only those", async () => (await page.locator(".rows .row").count()) === 2);
});

test("after a lost link only differences come", async () => {
  await page.waitForTimeout(500);
  const wanted = server.bridge.region("camera.frame");
  server.cutLine();
  await untilText(link(page), "link lost", 4000);
  server.healLine();
  await untilText(link(page), "live", 15000);
  const viewer = [...server.bridge.viewers].at(-1);
  await until("it to subscribe with what it holds", () =>
    viewer.received.some(
      ([op, , rows]) => op === 33 && rows.some(([target, options]) => target === wanted.rid && options.seq > 0),
    ),
  );
});

test("while disconnected it says when it tries again, and tries at once when asked", async () => {
  await server.bridge.stop();
  await untilText(link(page), /disconnected|connecting/, 3000);
  await until("a countdown", async () => /retry in \d+ s/.test((await page.locator(".link-more").allTextContents()).join()), 15000);
  await page.locator(".link-state .button").click({ timeout: 15000 });
  await server.bridge.listen(0);
});

test("regions come and go while the page is open", async () => {
  const region = server.bridge.region("camera.frame");
  server.bridge.remove("camera.frame");
  await until("it to go", async () => (await row(page, "camera.frame").count()) === 0);
  server.bridge.add(region);
  await untilText(badge(page, "camera.frame"), "live");
});

test("a new layout of an open region shows its new fields", async () => {
  await openRegion(page, "fork_server");
  const { MockRegion } = await import("./mock_bridge.mjs");
  const old = server.bridge.region("fork_server");
  const fields = [{ n: "fresh", t: "u32" }];
  const next = new MockRegion("fork_server", { fields, fill: (r, n) => r.view.setUint32(0, n, true) });
  clearInterval(old.timer);
  server.bridge.regions[server.bridge.regions.indexOf(old)] = next;
  Object.assign(next, { rid: old.rid, gen: old.gen + 1 });
  next.commit();
  server.bridge.pace(next);
  for (const viewer of server.bridge.viewers) {
    const options = viewer.subs.get(old);
    viewer.subs.delete(old);
    viewer.send([2, true, [viewer.annRow(next)]]);
    viewer.subs.set(next, { ...options, seq: 0 });
  }
  await untilText(page.locator('.field[data-path="fresh"] .f-value'), /\d/, 4000);
  assert.equal(await page.locator('.field[data-path="buffer"]').count(), 0);
});

test("notices of the bridge are shown, replaced, and dismissed", async () => {
  server.bridge.status(1, "reload", "2 items of the configuration were refused");
  await untilText(page.locator(".notice p"), "2 items of the configuration were refused");
  server.bridge.status(2, "reload", "configuration loaded");
  await untilText(page.locator(".notice p"), "configuration loaded");
  await page.click('.notice [aria-label="Dismiss"]');
  await until("it to go", async () => (await page.locator(".notice").count()) === 0);
});

test("a hidden page tells the bridge, and asks for nothing", async () => {
  const [viewer] = server.bridge.viewers;
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await until("the bridge to know", () => viewer.hidden === true);
  const text = () => row(page, "fork_server").locator(".values").textContent();
  await page.waitForTimeout(300);
  const before = await text();
  await page.waitForTimeout(1500);
  assert.equal(await text(), before, "nothing is painted while hidden");
  await hide(false);
  await until("the bridge to know", () => viewer.hidden === false);
  await until("it to paint again", async () => (await text()) !== before);
});
