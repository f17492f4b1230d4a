// The dashboard on the real daemon: sysmon's regions, and a program that is killed, stopped and hung. Needs PAGECAST_BUILD.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openPage, startBrowser } from "./browser.mjs";
import { livenessCases, valueCases } from "./cases.mjs";
import { startReal } from "./fixture.mjs";
import { badge, field, openRegion, row, until, untilText } from "./steps.mjs";

// A program that has never heard of pagecast and makes a map: of the system that the daemon runs on.
const wine = process.env.PAGECAST_WINE;
const FOREIGN = new URL("../system/pagecast_foreign.py", import.meta.url).pathname;
const ROLES = "{ magic: u32, begin: { type: u32, role: seq_begin }, tick: { type: u32, role: tick }, words: { type: 'u64[64]', offset: 24 }, end: { type: u32, role: seq_end } }";
const game = wine
  ? {
      region: "layout: { n: u64, rest: 'u8[4000]' }, process: map_view.exe",
      start: (name) => spawn(wine, [`${process.env.PAGECAST_BUILD}/bin/map_view.exe`, name, "hold", "4096"], { stdio: ["pipe", "ignore", "ignore"] }),
    }
  : {
      region: `layout: ${ROLES}`,
      start: (name) => spawn("/usr/bin/python3", [FOREIGN, "/dev/shm", name, "--every", "0.02"], { stdio: "ignore" }),
    };

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

test("a killed program's adopted map is dead, in words, within a second and a half", async () => {
  const own = await startReal(process.env.PAGECAST_BUILD, {
    regions: (prefix) => `  game: { name: ${prefix}.game, backing: adopt, sample: 20ms, ${game.region} }\n`,
  });
  const running = game.start(`${own.prefix}.game`);
  const opened = await openPage(browser, own.url);
  try {
    await untilText(badge(opened.page, "game"), "live");
    await openRegion(opened.page, "game");
    const words = opened.page.locator(".title .why");
    await untilText(words, /^its process '.*' \(pid \d+\) runs$/);
    const who = (await words.textContent()).replace(/ runs$/, "");
    running.kill("SIGKILL");
    await untilText(words, `${who} has ended`, 1500);
    await untilText(opened.page.locator(".title .badge"), "dead", 100);
    assert.deepEqual(opened.problems, []);
  } finally {
    running.kill("SIGKILL");
    await opened.page.close();
    await own.close();
  }
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
