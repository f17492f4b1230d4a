// The page around the values: token, hostile input, narrow screens, themes, accessibility, content policy.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { audit, openPage, startBrowser } from "./browser.mjs";
import { startMock } from "./fixture.mjs";
import { MockRegion } from "./mock_bridge.mjs";
import { badge, field, link, noSidewaysScroll, openRegion, row, until, untilText } from "./steps.mjs";

let browser;
const open = [];

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());
afterEach(async () => {
  const found = [];
  for (const { page, server, problems, expected } of open.splice(0)) {
    await page?.close();
    await server?.close();
    if (!expected) found.push(...problems);
  }
  assert.deepEqual(found, []);
});

const MOST = "18446744073709551615";
const LEAST = "−9223372036854775808";

/** The longest numbers that there are, wherever numbers stand; some of them may be set. */
function bigNumbers() {
  const values = (view, at) => {
    view.setBigUint64(at, BigInt(MOST), true);
    view.setBigInt64(at + 8, -9223372036854775808n, true);
  };
  return new MockRegion("big", {
    hz: 2,
    flags: 256,
    open: ["most", "rows", "mo"],
    fields: [
      { n: "most", t: "u64" },
      { n: "least", t: "i64" },
      { n: "with_a_unit", t: "u64", u: "ns" },
      { n: "gap", t: "i64", u: "ns" },
      { n: "beyond", t: "u64", u: "ns", min: 0, max: 100 },
      { n: "gap2", t: "i64" },
      { n: "rows", t: "struct", d: [2], f: [{ n: "id", t: "u64" }, { n: "delta", t: "i64", u: "ns" }] },
    ],
    fill(r) {
      for (let at = 0; at < r.size; at += 16) values(r.view, at);
    },
  });
}

/** A server and a page on it, both ended after the test. */
async function start(options = {}) {
  const server = await startMock(options.server);
  const entry = { server, problems: [], expected: options.expected };
  open.push(entry);
  Object.assign(entry, await openPage(browser, options.url?.(server) ?? server.url, options));
  return entry;
}

test("the token leaves the address, and lasts for the tab", async () => {
  const { page, server } = await start();
  await untilText(link(page), "live");
  assert.equal(page.url().includes(server.token), false);
  await page.reload();
  await untilText(link(page), "live");
});

test("a token may come with the page to open", async () => {
  const { page } = await start({ url: (server) => `${server.url}&/region/${encodeURIComponent("sim.physics")}` });
  await untilText(page.locator(".region h1"), "sim.physics");
  assert.match(page.url(), /#\/region\/sim\.physics$/);
});

test("without a token a form asks for it; a wrong one asks again; the right one connects", async () => {
  const { page, server } = await start({ url: (s) => `${s.address}#/region/system` });
  await untilText(page.locator("form h1"), "Token needed");
  await page.fill('input[name="token"]', "wrong");
  await page.click("form .primary");
  await until("the form again", async () => (await page.locator('form input[name="token"]').count()) === 1);
  await page.fill('input[name="token"]', server.token);
  await page.click("form .primary");
  await untilText(page.locator(".region h1"), "system");
  assert.equal(await page.locator("form").count(), 0);
});

test("other refusals say what they are and what helps", async () => {
  const { page, server } = await start();
  await untilText(link(page), "live");
  for (const viewer of server.bridge.viewers) viewer.socket.close(4509);
  await untilText(page.locator(".refused p").first(), /too many wrong tokens \(4509\)/);
  await page.click(".refused .primary");
  await untilText(link(page), "live");
});

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "\u202edetrevni",
  "a\u0000b\nc",
  "__proto__",
  "constructor",
  `${"long".repeat(60)}`,
  'quote"&<b>bold</b>',
];

function hostileRegions() {
  const markup = "<script>alert(1)</script><b>";
  const fields = [
    { n: "v", t: "f32", u: "<i>", ti: markup, doc: markup, min: 0, max: 1 },
    { n: "mode", t: "enum8", en: [[0, "<u>idle</u>"]] },
    { n: "text", t: "char", l: 40 },
  ];
  const fill = (r) => r.text("text", "<img src=x onerror=alert(2)>");
  const regions = HOSTILE.map((name) => new MockRegion(name, { fields, fill, doc: markup, writer: "<s>w</s>" }));
  const lying = new MockRegion("lying", { size: 8 });
  lying.sid = "00000000000000ff";
  lying.schema = { size: 8, align: 1, text: "", fields: [{ n: "x", t: "f64", o: 4, b: 8 }] };
  const markupName = new MockRegion("markup", { size: 8 });
  markupName.sid = "00000000000000fe";
  markupName.schema = { size: 8, align: 1, text: "", fields: [{ n: "<b>", t: "f64", o: 0, b: 8 }] };
  return [...regions, lying, markupName];
}

test("hostile names, documents, units, labels and texts are shown as text", async () => {
  const { page, server } = await start({ server: { regions: hostileRegions(), instance: "<i>rig</i>" } });
  page.on("dialog", () => assert.fail("a dialog was opened"));
  await until("all rows", async () => (await page.locator(".rows .row").count()) === HOSTILE.length + 2);
  await untilText(page.locator(".instance"), "<i>rig</i>");
  await untilText(row(page, HOSTILE[0]).locator(".row-name"), HOSTILE[0]);
  await untilText(row(page, "\\u{202e}detrevni").locator(".badge"), "live");
  await untilText(row(page, "a\\u{0}b\\u{a}c").locator(".writer .line"), "<s>w</s>");
  server.bridge.status(0, "x", "<img src=x onerror=alert(3)>");
  await untilText(page.locator(".notice p"), "<img src=x onerror=alert(3)>");
  for (const name of HOSTILE) {
    await openRegion(page, name);
    await untilText(field(page, "text").locator(".f-value"), "“<img src=x onerror=alert(2)>”");
    await untilText(field(page, "mode").locator(".f-value"), "<u>idle</u>");
    await untilText(field(page, "v").locator(".f-unit"), "<i>");
    await field(page, "v").locator(".plot-button").click();
    await noSidewaysScroll(page, `the page of ${name.slice(0, 20)}`);
  }
  assert.equal(await page.locator("img, script:not([src]), u, s, b:not(.chip b)").count(), 0);
});

test("a schema that lies is not used, and why is said", async () => {
  const { page } = await start({ server: { regions: hostileRegions() } });
  await openRegion(page, "lying");
  await untilText(page.locator(".bytes header .muted"), /schema not usable: .*beyond/);
  await openRegion(page, "markup");
  await untilText(page.locator(".bytes header .muted"), /schema not usable: .*not a name/);
});

test("at 360 px nothing scrolls sideways", async () => {
  const { page, server } = await start({ viewport: { width: 360, height: 740 } });
  await untilText(badge(page, "system"), "live");
  await noSidewaysScroll(page, "the overview");
  await server.killWriter("system");
  server.bridge.status(0, "x", "a-notice-of-one-very-long-word-".repeat(8));
  await untilText(badge(page, "system"), "dead");
  await page.keyboard.press("Space");
  await noSidewaysScroll(page, "the overview with notices");
  await page.keyboard.press("Space");
  for (const name of ["sim.physics", "camera.frame"]) {
    await openRegion(page, name);
    const plot = page.locator(".plot-button").first();
    if (await plot.count()) await plot.click();
    await page.waitForTimeout(300);
    await noSidewaysScroll(page, name);
  }
  for (const key of ["e", "?"]) {
    await page.keyboard.press(key);
    await page.waitForSelector("dialog[open]");
    await noSidewaysScroll(page, `the panel of ${key}`);
    await page.keyboard.press("Escape");
  }
  server.cutLine();
  await untilText(link(page), "link lost", 6000);
  await noSidewaysScroll(page, "the page with a lost link");
});

for (const width of [1280, 360])
  test(`numbers of twenty digits are shown whole at ${width} px: in the tree, in a table, in the overview`, async () => {
    const { page } = await start({ viewport: { width, height: 1400 }, server: { regions: [bigNumbers()] } });
    const cut = (selector) =>
      page.$$eval(selector, (cells) =>
        cells
          .filter((c) => c.scrollWidth > c.clientWidth || c.getBoundingClientRect().bottom > c.closest(".row, .field, .t-row").getBoundingClientRect().bottom)
          .map((c) => c.textContent),
      );
    const digits = (text) => text.replace(/[^\d−]/g, "");
    await until("the values", async () => /615|808/.test((await page.locator(".kv-value").allTextContents()).join()));
    assert.deepEqual(await cut(".kv-value"), []);
    await openRegion(page, "big");
    for (const [path, text] of Object.entries({ most: MOST, least: LEAST, with_a_unit: MOST, beyond: MOST, "rows[0].id": MOST, "rows[0].delta": LEAST })) {
      const cell = field(page, path).locator(".f-value");
      await until(path, async () => digits((await cell.textContent()) ?? "") === text);
    }
    assert.deepEqual(await cut(".field:not(.is-group) .f-value"), []);
    await noSidewaysScroll(page, "the fields");
    await field(page, "rows").locator(".table-button").click();
    await until("the table", async () => (await page.locator(".t-row .t-cell").count()) > 3);
    assert.deepEqual(await cut(".t-row .t-cell"), []);
  });

test("of a region that is open in part only that is offered; a refusal is shown in the bridge's words", async () => {
  const { page } = await start({ viewport: { width: 1280, height: 1400 }, server: { regions: [bigNumbers()] } });
  await openRegion(page, "big");
  await until("the fields", async () => (await field(page, "rows[0].delta").count()) === 1);
  const offered = await page.$$eval(".field:has(.edit-button)", (rows) => rows.map((row) => row.dataset.path));
  assert.deepEqual(offered, ["most", "rows[0].id", "rows[0].delta", "rows[1].id", "rows[1].delta"]);
  await field(page, "most").click();
  await page.fill(".set-form input", "18446744073709551614");
  await page.keyboard.press("Enter");
  await untilText(page.locator(".set-outcome"), "most = 18446744073709551614: refused, 403: not from here");
  await field(page, "least").click();
  await untilText(page.locator(".set p"), /but not this one/);
});

test("why an adopted map has its state stands beside the badge, and in the journal", async () => {
  const { page, server } = await start({ viewport: { width: 360, height: 740 } });
  const why = "its process 'game.exe' (pid 4711) has ended \u202e<b>";
  await openRegion(page, "sim.physics");
  await untilText(page.locator(".title .badge"), "live");
  assert.equal(await page.locator(".title .why").count(), 0);
  server.bridge.region("sim.physics").why = why;
  await server.killWriter("sim.physics");
  await untilText(page.locator(".title .why"), "its process 'game.exe' (pid 4711) has ended \\u{202e}<b>");
  await noSidewaysScroll(page, "a reason");
  await page.goto(page.url().replace(/#.*/, "#/"));
  await until("the badge's title", async () => /has ended/.test((await badge(page, "sim.physics").getAttribute("title")) ?? ""));
  await page.keyboard.press("e");
  await untilText(page.locator("dialog[open]"), /live → dead: its process 'game\.exe'/);
});

test("the theme follows the system, unless one is chosen, and the choice lasts", async () => {
  const { page } = await start({ colorScheme: "dark" });
  await untilText(link(page), "live");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.emulateMedia({ colorScheme: "light" });
  await until("the light theme", async () => (await background()) !== dark);
  await page.keyboard.press("t"); // auto -> light
  await page.keyboard.press("t"); // -> dark
  await until("the dark theme", async () => (await background()) === dark);
  await page.reload();
  await untilText(link(page), "live");
  assert.equal(await background(), dark);
  await page.keyboard.press("t"); // -> auto, for the tests after this one
});

test("the harness sees violations of the content policy", async () => {
  const { page, problems } = await start({ expected: true });
  await untilText(link(page), "live");
  assert.deepEqual(problems, []);
  await page.evaluate(() => document.body.setAttribute("style", "color: red"));
  await until("the violation", () => problems.some((problem) => /CSP violation: style-src/.test(problem)));
});

test("with reduced motion nothing slides or fades", async () => {
  const { page } = await start({ reducedMotion: "reduce" });
  await openRegion(page, "fork_server");
  const transition = () => field(page, "c").locator(".f-value").evaluate((node) => getComputedStyle(node).transitionDuration);
  await until("the field", async () => (await field(page, "c").count()) === 1);
  assert.equal(await transition(), "0s");
});

for (const colorScheme of ["light", "dark"])
  for (const width of [1280, 360])
    test(`axe finds nothing, ${colorScheme}, ${width} px`, async () => {
      const { page, server } = await start({ colorScheme, viewport: { width, height: 800 } });
      await untilText(badge(page, "system"), "live");
      server.bridge.hangWriter("camera.frame");
      await server.killWriter("plc/setpoints");
      server.bridge.stopWriter("fork_server");
      server.bridge.status(1, "x", "a notice");
      await untilText(badge(page, "fork_server"), "closed");
      await page.keyboard.press("Space");
      await audit(page, "overview");
      await page.keyboard.press("Space");
      await openRegion(page, "sim.physics");
      await field(page, "gas").locator(".plot-button").click();
      await field(page, "gas").click();
      await audit(page, "region");
      for (const key of ["e", "?"]) {
        await page.keyboard.press(key);
        await page.waitForSelector("dialog[open]");
        await audit(page, `panel ${key}`);
        await page.keyboard.press("Escape");
        await until("the panel to close", async () => (await page.locator("dialog").count()) === 0);
      }
      for (const viewer of server.bridge.viewers) viewer.socket.close(4501);
      await page.waitForSelector("form");
      await audit(page, "token form");
    });
