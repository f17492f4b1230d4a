// The dashboard on the maps of the real world, through the real daemon with the layouts that are shipped: tables that the
// map places, rotating rows, blobs, variants, texts; the bytes under each; and what viewers set. Needs PAGECAST_BUILD.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { audit, openPage, startBrowser } from "./browser.mjs";
import { startReal } from "./fixture.mjs";
import { READINGS, regions, SESSION, VEHICLES } from "./maps.mjs";
import { root } from "./mock_bridge.mjs";
import { field, noSidewaysScroll, openRegion, until, untilText } from "./steps.mjs";

const WRITES = "w".repeat(43);
const READS = "r".repeat(43);
let browser;
let server;
let writer;
let page;
let problems;

before(async () => {
  const tokens = `${WRITES} name=desk write=**\n${READS} name=wall\n`;
  server = await startReal(process.env.PAGECAST_BUILD, { regions, tokens });
  browser = await startBrowser();
  writer = spawn(process.execPath, [join(root, "tests/web/maps.mjs"), server.prefix], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    writer.stdout.once("data", resolve);
    writer.once("exit", () => reject(new Error("the maps are not written")));
  });
});
after(async () => {
  writer?.kill();
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  ({ page, problems } = await openPage(browser, server.url, { viewport: { width: 1280, height: 1600 } }));
});
afterEach(async () => {
  await page.close();
  assert.deepEqual(problems, []);
});

const value = (path) => field(page, path).locator(".f-value bdi");
const cell = (row, column) => page.locator(`.t-row[aria-rowindex="${row + 2}"] .t-cell[data-column="${column}"]`);

async function openTable(region, path) {
  await openRegion(page, region);
  await field(page, path).locator(".table-button").click();
  await untilText(page.locator(".crumbs h2"), path);
}

test("HWiNFO: a table with a larger stride than the known element, a row for each that is in use", async () => {
  await openRegion(page, "hwinfo");
  await untilText(value("sensor"), "3 of 4096");
  await untilText(value("reading"), `${READINGS} of 4096`);
  await field(page, "reading").locator(".table-button").click();
  await untilText(page.locator(".crumbs .used"), `${READINGS} of 4096`);
  assert.equal(await page.locator(".t-table").getAttribute("aria-rowcount"), String(READINGS + 1));
  await untilText(cell(7, ".szLabelOrig"), "Reading 7");
  await untilText(cell(7, ".szUnit"), "V");
  await untilText(cell(6, ".szUnit"), "°C"); // cp1252
  await untilText(cell(6, ".tReading"), "temperature");
  await untilText(cell(3, ".Value"), /^4[0-9]\.\d/);
  const first = await cell(3, ".Value").textContent();
  await until("the value to move", async () => (await cell(3, ".Value").textContent()) !== first);
  await until("it to be marked", async () => (await cell(3, ".Value").getAttribute("class")).includes("moving"));
  assert.ok((await page.locator(".t-row").count()) < READINGS, "only rows in sight exist");
  await page.locator(".t-table").evaluate((box) => (box.scrollTop = box.scrollHeight));
  await untilText(cell(READINGS - 1, ".szLabelOrig"), `Reading ${READINGS - 1}`);
});

test("rFactor 2: 20 of 128 vehicles as a table, columns in sight only, exact values, walked by keyboard", async () => {
  await openTable("rf2", "mVehicles");
  await untilText(page.locator(".crumbs .used"), `${VEHICLES} of 128`);
  await untilText(cell(VEHICLES - 1, ".mVehicleName"), `Car ${VEHICLES - 1}`);
  assert.equal(await cell(VEHICLES, ".mID").count(), 0, "what is not in use is not shown");
  const columns = Number(await page.locator(".t-table").getAttribute("aria-colcount"));
  const drawn = await page.locator(".t-head .t-cell").count();
  assert.ok(columns > 60 && drawn < columns / 2, `${drawn} of ${columns} columns`);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  const focus = () => page.evaluate(() => document.activeElement.dataset.column);
  assert.equal(await focus(), ".mDeltaTime");
  await page.keyboard.press("End");
  await until("the last column", async () => (await page.locator(".t-table").evaluate((box) => box.scrollLeft)) > 500);
  await page.keyboard.press("Home");
  assert.equal(await focus(), ".mID");
  await untilText(page.locator(".i-where"), /^0x0770 \+ 4 {2}mVehicles\[1\]\.mID {2}i32/);
  await untilText(page.locator(".i-value"), /^101 {2}0x00000065/);
  await page.fill("#filter", "rpm");
  await untilText(page.locator(".t-head .t-cell").first(), "mEngineRPM");
  await page.keyboard.press("Escape"); // leaves the filter
  await page.keyboard.press("Escape"); // leaves the table
  await untilText(value("mVehicles"), `${VEHICLES} of 128`);
});

test("a cell is plotted, and its bytes and it mark each other", async () => {
  await openTable("rf2", "mVehicles");
  await cell(2, ".mPos.x").click();
  await page.keyboard.press("p");
  await untilText(page.locator(".legend .chip"), "mVehicles[2].mPos.x");
  await until("a plot", async () => (await page.locator(".plot canvas").count()) === 1);
  await until("its bytes to be marked", async () => (await page.locator(".bands .select").count()) === 1);
  await page.locator(".plot-tools .button", { hasText: "Pause" }).click();
  await untilText(page.locator(".plot-tools .button").first(), "Follow");
  await page.locator(".plot-tools .button", { hasText: "Follow" }).click();
  await untilText(page.locator(".plot-tools .button").first(), "Pause");
  const row = page.locator(".hex-row", { has: page.locator(".bands .select") });
  await row.locator(".hex-text").hover({ position: { x: 200, y: 8 } });
  await until("the cell under the pointer", async () => (await page.locator(".t-cell.hovered").count()) === 1);
});

test("iRacing: the newest of the rotating rows, by the columns that the map describes, and its text", async () => {
  await openRegion(page, "iracing");
  await untilText(value("varBuf"), /^3 of 4/);
  await untilText(value("row.Speed"), /^[3-7]\d\.\d/);
  await untilText(field(page, "row.Speed").locator(".f-unit"), "m/s");
  await untilText(value("row.Gear"), "4");
  await untilText(value("row.OnPitRoad"), "false");
  await untilText(value("row.CarIdxLapDistPct"), /^0\.25\d* {2}0\.50\d* {2}0\.75\d* {2}1\.0\d*$/);
  const offsets = new Set();
  await until("the row to be elsewhere", async () => {
    offsets.add(await field(page, "row.Speed").locator(".f-offset").textContent());
    return offsets.size > 1;
  });
  await field(page, "row.RPM").locator(".plot-button").click();
  await untilText(page.locator(".legend .chip"), "row.RPM");
  await field(page, "sessionInfo").click();
  await untilText(page.locator(".text header"), new RegExp(`^sessionInfoyaml, ${SESSION.length} characters$`));
  assert.equal(await page.locator(".text-box").textContent(), SESSION);
});

test("MumbleLink: wide texts, and a blob read by a second layout as far as it is in use", async () => {
  await openRegion(page, "mumble");
  await untilText(value("name"), "“Guild Wars 2”");
  await untilText(value("identity"), /Ünï 😀/);
  await untilText(value("context.shard"), "1008");
  await untilText(value("context.map"), "not there"); // its 99 lies beyond the 48 bytes in use
  await field(page, "context").click();
  await untilText(page.locator(".i-value"), "48 of 256 bytes in use");
});

test("variants change with the game; flags are chips; bits, scales, 64 bits, NaN and infinity are exact", async () => {
  await openRegion(page, "game");
  await untilText(value("game"), "ac");
  await untilText(value("ac.turbo"), "1.2500");
  assert.equal(await field(page, "acc").count(), 0);
  await untilText(value("game"), "acc");
  await untilText(value("acc.water"), "92.3");
  assert.equal(await field(page, "ac").count(), 0);
  await untilText(field(page, "acc.water").locator(".f-unit"), "°C");
  assert.match(await field(page, "acc.water").locator(".bar-track i").evaluate((bar) => bar.style.transform), /scaleX\(0\.69/);
  assert.deepEqual(await value("state").locator(".flag").allTextContents(), ["pit", "yellow", "0x10"]);
  await untilText(value("bits"), "5");
  await untilText(value("lamp"), "1");
  await untilText(value("big"), "18 446 744 073 709 551 613".replaceAll(" ", "\u2009")); // spaces that a line may end at
  const isCut = await value("big").evaluate((text) => text.parentElement.scrollWidth > text.parentElement.clientWidth);
  assert.ok(!isCut, "every digit is in sight");
  await untilText(value("broken"), "NaN");
  await untilText(value("endless"), "−∞");
});

test("a chosen variant and a moving value shift nothing", async () => {
  await openRegion(page, "game");
  await untilText(value("game"), /^acc?$/);
  const places = () => page.locator(".rows .field > .f-value").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().right));
  const before = new Set(await places());
  const game = await value("game").textContent();
  await until("the other game", async () => (await value("game").textContent()) !== game);
  for (const right of await places()) assert.ok(before.has(right), `${right} is a new edge`);
});

test("the bytes are walked by keyboard, and lead to the field", async () => {
  await openRegion(page, "hwinfo");
  await field(page, "dwNumSensorElements").click();
  await page.locator(".hex").evaluate((box) => box.dispatchEvent(new KeyboardEvent("keydown", { key: "a" }))); // nothing
  await page.keyboard.press("Tab");
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.classList.contains("hex"))); i++)
    await page.keyboard.press("Tab");
  const said = page.locator(".bytes [role=status]");
  await untilText(said, "byte 0x001c: 0x03, dwNumSensorElements 3");
  await page.keyboard.press("ArrowDown");
  await untilText(said, "byte 0x002c: 0xd0, dwPollingPeriod 2000");
  await page.keyboard.press("ArrowRight");
  await untilText(said, "byte 0x002d: 0x07, dwPollingPeriod 2000");
  assert.equal(await page.locator(".bands .cursor").count(), 1);
  await until("its field to be marked", () => field(page, "dwPollingPeriod").evaluate((row) => row.classList.contains("hovered")));
  await page.keyboard.press("Enter");
  await until("its field to be selected", () => field(page, "dwPollingPeriod").evaluate((row) => row === document.activeElement));
});

test("a field is set: checked before it is sent, shown when the region says so, offered only where it is open", async () => {
  await openRegion(page, "panel");
  await untilText(value("target"), /\d/);
  await field(page, "target").click();
  await page.keyboard.press("Enter");
  const input = page.locator(".set-form input");
  await until("the input to have the focus", () => input.evaluate((box) => box === document.activeElement));
  await input.fill("121");
  await untilText(page.locator(".set-hint"), "outside of 0 … 120 °C");
  assert.ok(await page.locator(".set-form button").isDisabled());
  await input.fill("72.5");
  await page.keyboard.press("Enter");
  await untilText(page.locator(".set-outcome"), /^target = 72\.5: done at /);
  await untilText(value("target"), "72.50");
  assert.equal((await server.truth("panel")).target, 72.5);
  await page.keyboard.press("Escape");
  await until("the field to have the focus", () => field(page, "target").evaluate((row) => row === document.activeElement));
  assert.equal(await field(page, "target").locator(".edit-button").count(), 1);
  assert.equal(await field(page, "locked").locator(".edit-button").count(), 0, "what viewers may not set is not offered");
  await field(page, "locked").click();
  await page.keyboard.press("Enter");
  await untilText(page.locator(".set p"), /may set other fields of this region, but not this one/);
  assert.equal(await input.count(), 0);
});

test("each kind of field has its own way to be set", async () => {
  await openRegion(page, "panel");
  const set = async (path, how, outcome = /done at/) => {
    await field(page, path).click();
    await untilText(page.locator(".set-path"), path);
    await how();
    await page.locator(".set-form button").click();
    await untilText(page.locator(".set-outcome"), outcome);
  };
  await set("water", () => page.fill(".set-form input", "4.2"));
  await untilText(value("water"), "4.2");
  await set("mode", () => page.selectOption(".set-form select", "drained"));
  await untilText(value("mode"), "drained");
  await set("flags", async () => {
    await page.check('.set-flags label:has-text("heat") input');
    await page.check('.set-flags label:has-text("vent") input');
  });
  await until("two chips", async () => (await value("flags").locator(".flag").allTextContents()).join() === "heat,vent");
  await set("on", () => page.selectOption(".set-form select", "true"));
  await set("note", () => page.fill(".set-form input", "Grüße"));
  await untilText(value("note"), "“Grüße”");
  await set("big", () => page.fill(".set-form input", "9007199254740993"));
  await set("key", () => page.fill(".set-form input", "de ad be ef"));
  await set("curve", () => page.fill(".set-form input", "1 2.5 -3"));
  await untilText(value("curve"), /^1\.0+ {2}2\.50* {2}−3\.0+$/);
  const answer = await fetch(`${server.address}api/v1/regions/panel`, { headers: { authorization: `Bearer ${WRITES}` } });
  assert.match(await answer.text(), /"big": ?9007199254740993\b/, "not rounded on the way");
  const { on, water, key } = await server.truth("panel");
  assert.deepEqual([on, water, key], [true, 42, "deadbeef"]);
});

test("who may not set a region is not offered to", async () => {
  const reader = await openPage(browser, `${server.address}#t=${READS}`);
  try {
    await openRegion(reader.page, "panel");
    await untilText(field(reader.page, "target").locator(".f-value bdi"), /\d/);
    assert.equal(await reader.page.locator(".set, .edit-button").count(), 0);
    assert.deepEqual(reader.problems, []);
  } finally {
    await reader.page.close();
  }
});

for (const colorScheme of ["light", "dark"])
  for (const width of [1280, 360])
    test(`axe finds nothing in tree, table, text and form, and nothing scrolls sideways: ${colorScheme}, ${width} px`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 1600 });
      await openRegion(page, "iracing");
      await field(page, "sessionInfo").click();
      await audit(page, "tree and text");
      await noSidewaysScroll(page, "tree and text");
      await openRegion(page, "panel");
      await field(page, "flags").click();
      await audit(page, "flags to set");
      await field(page, "target").click();
      await page.fill(".set-form input", "x");
      await audit(page, "a wrong value");
      await noSidewaysScroll(page, "the form");
      await openTable("hwinfo", "reading");
      await untilText(cell(1, ".tReading"), "voltage");
      await cell(1, ".tReading").click();
      await audit(page, "a table");
      await noSidewaysScroll(page, "a table");
    });
