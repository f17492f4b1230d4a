// The dashboard shows what is there: regions, values, bytes, plots; filter, sort, freeze, keys, links.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openPage, startBrowser } from "./browser.mjs";
import { valueCases } from "./cases.mjs";
import { startMock } from "./fixture.mjs";
import { MockRegion } from "./mock_bridge.mjs";
import { badge, field, openRegion, row, until, untilText } from "./steps.mjs";

let browser;
let server;
let page;
let problems;

before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startMock()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  ({ page, problems } = await openPage(browser, server.url));
});
afterEach(async () => {
  await page.close();
  assert.deepEqual(problems, []);
});

test("every region is listed with its state, writer, rates and values", async () => {
  await untilText(badge(page, "fork_server"), "live");
  const names = await page.locator(".rows .row-name").allTextContents();
  assert.deepEqual(names.sort(), server.bridge.regions.map((r) => r.name).sort());
  const system = row(page, "system");
  await untilText(system.locator(".writer .line"), "sysmon");
  await untilText(system.locator(".kv-label").first(), "Processor");
  await untilText(system.locator(".kv-value").first(), /^\d+\.\d+.*%$/);
  await untilText(system.locator(".write"), "10", 8000);
  await untilText(system.locator(".seen"), /^(9|10|11|9\.\d|8\.\d)$/, 8000);
  await until("the title to count", async () => /5\/5 live · rig-1 · pagecast/.test(await page.title()));
});

test("values move, and a sparkline is drawn", async () => {
  const value = row(page, "fork_server").locator(".kv-value").nth(2);
  await untilText(value, /m\/s/);
  const first = await value.textContent();
  await until("another value", async () => (await value.textContent()) !== first);
  const isDrawn = () =>
    row(page, "fork_server")
      .locator("canvas")
      .evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean));
  await until("a line", isDrawn);
});

test("a region opens with its fields, units, limits and bytes, and they agree with the writer", async () => {
  await row(page, "plc/setpoints").locator("a").click();
  await untilText(page.locator(".region h1"), "plc/setpoints");
  await untilText(field(page, "target").locator(".f-value"), /72\.50/);
  await untilText(field(page, "target").locator(".f-unit"), "°C");
  await untilText(field(page, "pump").locator(".f-value"), "on");
  await untilText(field(page, "recipe").locator(".f-value"), "“Pale Ale 12”");
  await untilText(field(page, "serial").locator(".f-value"), "de ad be ef 00 01");
  const scale = await field(page, "target").locator(".bar-track i").evaluate((bar) => bar.style.transform);
  assert.match(scale, /scaleX\(0\.6/);
  const shown = (await page.locator(".hex-text").allTextContents()).join("").replace(/\s/g, "");
  assert.equal(shown, server.bridge.region("plc/setpoints").bytes.toString("hex"));
});

test("nested fields and arrays open and close", async () => {
  await page.setViewportSize({ width: 1280, height: 1400 }); // only what is in sight exists
  await openRegion(page, "sim.physics");
  await untilText(field(page, "velocity").locator(".f-value"), /^\s*−?\d+\.\d+  −?\d+\.\d+/);
  assert.equal(await field(page, "velocity[1]").count(), 0);
  await field(page, "velocity").locator(".caret").click();
  await untilText(field(page, "velocity[1]").locator(".f-value"), /\d\.\d/);
  await untilText(field(page, "wheel[3].pressure").locator(".f-value"), /^2\d\./);
  await field(page, "wheel").locator(".caret").click();
  assert.equal(await field(page, "wheel[3].pressure").count(), 0);
  assert.equal(await field(page, "wheel").getAttribute("aria-expanded"), "false");
});

test("a field and its bytes mark each other", async () => {
  await openRegion(page, "fork_server");
  await field(page, "c").hover();
  await until("the bytes to be marked", async () => (await page.locator(".bands .hover").count()) > 0);
  await page.locator(".hex-row").first().locator(".hex-text").hover({ position: { x: 4, y: 8 } });
  await until("the field to be marked", () => field(page, "a").evaluate((node) => node.classList.contains("hovered")));
  await untilText(page.locator(".i-where"), /0x0000 \+ 1  a  bool/);
  await page.locator(".hex-row").nth(1).locator(".hex-text").click({ position: { x: 4, y: 8 } });
  await until("the field to be selected", async () => (await page.locator(".field.selected").count()) === 1);
});

test("changed fields are marked, still ones are not", async () => {
  await openRegion(page, "fork_server");
  const isMoving = (path) => field(page, path).evaluate((node) => node.classList.contains("moving"));
  await until("c to move", () => isMoving("c"));
  await openRegion(page, "plc/setpoints");
  await page.waitForTimeout(800);
  assert.equal(await isMoving("target"), false);
});

test("raw bytes are shown where there is no layout", async () => {
  await openRegion(page, "camera.frame");
  await untilText(page.locator(".bytes header .muted"), "no layout: raw bytes");
  assert.ok((await page.locator(".hex-row").count()) >= 10);
});

test("a large region is shown in windows, and a field in another one is found", async () => {
  const fields = [{ n: "first", t: "u32" }, { n: "filler", t: "u8", l: 3 << 20 }, { n: "last", t: "u32" }];
  const large = new MockRegion("large", { hz: 2, fields, fill: (r) => r.view.setUint32(r.at("last"), 0xabcd, true) });
  large.commit();
  server.bridge.add(large);
  await openRegion(page, "large");
  await untilText(page.locator(".hex-windows span"), "000000 – 0fffff of 3.0 MiB");
  await field(page, "last").click();
  await untilText(page.locator(".hex-windows span"), "300000 – 300007 of 3.0 MiB");
  await untilText(page.locator(".hex-text").first(), /^00 00 00 00 cd ab 00 00/);
  await page.locator('[aria-label="Bytes before"]').click();
  await untilText(page.locator(".hex-windows span"), "200000 – 2fffff of 3.0 MiB");
  server.bridge.remove("large");
});

valueCases(() => ({ server, page }));

test("the filter finds by name, writer and state; / focuses it, Escape leaves it", async () => {
  await untilText(badge(page, "system"), "live");
  await page.keyboard.press("/");
  await page.keyboard.type("sys");
  const names = () => page.locator(".rows .row-name").allTextContents();
  await until("one region", async () => (await names()).join() === "system");
  await page.keyboard.press("Escape");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "filter");
  await page.fill("#filter", "hmi live");
  await until("the region of that writer", async () => (await names()).join() === "plc/setpoints");
  await page.fill("#filter", "nothing like it");
  await untilText(page.locator(".empty p"), /No region matches/);
  await page.click(".empty .button");
  await until("all of them", async () => (await names()).length === 5);
});

test("columns sort both ways, and say so", async () => {
  await untilText(badge(page, "system"), "live");
  const names = () => page.locator(".rows .row-name").allTextContents();
  const head = page.locator('[role="columnheader"]', { hasText: "Region" });
  await head.locator("button").click();
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  const sorted = ["camera.frame", "fork_server", "plc/setpoints", "sim.physics", "system"];
  assert.deepEqual(await names(), sorted);
  await head.locator("button").click();
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  assert.deepEqual(await names(), sorted.reverse());
  await page.locator('[role="columnheader"]', { hasText: "Size" }).locator("button").click();
  assert.equal((await names())[0], "camera.frame");
  await page.locator('[role="columnheader"]', { hasText: "State" }).locator("button").click();
});

test("the keyboard walks the list, opens a region, walks its fields, plots one, and comes back", async () => {
  await untilText(badge(page, "system"), "live");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  const focused = await page.evaluate(() => document.activeElement.textContent);
  assert.equal(focused, (await page.locator(".rows .row-name").allTextContents())[1]);
  await page.keyboard.press("Enter");
  await untilText(page.locator(".region h1"), focused);
  await openRegion(page, "sim.physics");
  await untilText(page.locator(".region h1"), "sim.physics"); // keys pressed earlier go to the page left behind,
  await field(page, "gas").waitFor(); // or to rows that are not there yet
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await until("gas to be selected", () => field(page, "gas").evaluate((node) => node.classList.contains("selected")));
  await page.keyboard.press("p");
  await until("a plot", async () => (await page.locator(".plot canvas").count()) === 1);
  await untilText(page.locator(".legend .chip").last(), "gas");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".overview");
  await page.keyboard.press("?");
  await untilText(page.locator("dialog h2"), "Keys");
  await page.keyboard.press("Escape");
  await until("the panel to close", async () => (await page.locator("dialog").count()) === 0);
});

test("a link to a region opens it; browser history goes back and forth", async () => {
  await page.goto(`${server.address}#/region/${encodeURIComponent("plc/setpoints")}`);
  await page.reload();
  await untilText(page.locator(".region h1"), "plc/setpoints");
  await page.click(".title a");
  await page.waitForSelector(".overview");
  await page.goBack();
  await untilText(page.locator(".region h1"), "plc/setpoints");
  await page.goto(`${server.address}#/region/nothing`);
  await untilText(page.locator(".empty .muted"), /no such region/);
});

test("a plot zooms by dragging, and follows again by double-click", async () => {
  await openRegion(page, "sim.physics");
  await untilText(page.locator(".legend .chip"), "speedKmh");
  const over = page.locator(".u-over");
  const { x, y, width } = await over.boundingBox();
  await page.mouse.move(x + width * 0.6, y + 50);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.9, y + 50, { steps: 5 });
  await page.mouse.up();
  await untilText(page.locator(".plot-tools .button").first(), "Follow");
  await over.dblclick({ position: { x: 60, y: 50 } });
  await until("it to follow", async () => (await page.locator(".plot-tools .button", { hasText: "Follow" }).count()) === 0);
});

test("a plot has gaps where the region was not live, and saves as CSV", async () => {
  await openRegion(page, "sim.physics");
  await untilText(page.locator(".legend .chip"), "speedKmh"); // plotted without being asked: it has unit and limits
  await page.waitForTimeout(1000);
  await server.killWriter("sim.physics");
  await untilText(page.locator(".title .badge"), "dead");
  await page.waitForTimeout(1200);
  await server.restartWriter("sim.physics");
  await untilText(page.locator(".title .badge"), "live");
  await page.waitForTimeout(800);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click('[aria-label="Save as CSV"]')]);
  assert.match(download.suggestedFilename(), /^sim\.physics-[0-9a-f]{8}\.csv$/);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  assert.equal(lines[0], "time,speedKmh");
  const empty = lines.findIndex((line) => /Z,$/.test(line));
  assert.ok(empty > 10, "a gap after values");
  assert.ok(empty < lines.length - 5, "and values after the gap");
  assert.match(lines[1], /^\d{4}-\d\d-\d\dT[\d:.]+Z,\d+(\.\d+)?$/);
});
