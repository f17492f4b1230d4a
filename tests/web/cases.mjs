// The cases that hold against any server: `get()` returns {server, page} of the test that runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { badge, field, link, noSidewaysScroll, openRegion, row, until, untilText } from "./steps.mjs";

export function livenessCases(get) {
  test("a killed writer is dead within 1.5 s, in words and shape, and first in the list", async () => {
    const { server, page } = get();
    const { name } = server.victim;
    const shape = () => badge(page, name).locator("path").getAttribute("d");
    const liveShape = await shape();
    const killedAt = Date.now();
    await server.killWriter(name);
    await untilText(badge(page, name), "dead", 1500);
    console.log(`dead after ${Date.now() - killedAt} ms`);
    assert.notEqual(await shape(), liveShape);
    assert.equal((await page.locator(".rows .row-name").allTextContents())[0], name);
    await until("the title to say so", async () => /^1 problem, /.test(await page.title()));
    await untilText(page.locator('[role="status"]'), new RegExp(`${name}: live → dead`), 4000);
    assert.match(await page.locator('link[rel="icon"]').getAttribute("href"), /^data:image\/png/);
    await page.keyboard.press("e");
    await until("the journal to have it", async () =>
      (await page.locator(".journal li").allTextContents()).some((text) => text.includes(`${name} live → dead`)),
    );
  });

  test("a writer that comes back is live again, and the restart is told", async () => {
    const { server, page } = get();
    const { name } = server.victim;
    await server.killWriter(name);
    await untilText(badge(page, name), "dead", 3000);
    await server.restartWriter(name);
    await untilText(badge(page, name), "live", 5000);
    await untilText(page.locator(".notice p"), new RegExp(`${name}: writer restarted`));
  });

  test("a silent line is a lost link after three heartbeats, for every region; then it recovers by itself", async () => {
    const { server, page } = get();
    const cutAt = Date.now();
    server.cutLine();
    await untilText(link(page), "link lost", 3 * server.hbMs + 1000);
    const lostMs = Date.now() - cutAt;
    console.log(`link lost after ${lostMs} ms`);
    assert.ok(lostMs >= 2 * server.hbMs, "not before time");
    await untilText(badge(page, server.victim.name), "link lost", 1000);
    await untilText(page.locator(".link-more"), /last seen \d/);
    assert.equal(await page.locator('.rows .badge[data-severity="0"]').count(), 0, "nothing is green");
    await untilText(link(page), /disconnected|connecting/, 6 * server.hbMs + 1000);
    server.healLine();
    await untilText(link(page), "live", 15000);
    await untilText(badge(page, server.victim.name), "live", 3000);
  });

  test("a restarted daemon is told as such, and everything is read anew", async () => {
    const { server, page } = get();
    await server.restartDaemon();
    await untilText(page.locator(".notice p"), /The daemon restarted/, 20000);
    await untilText(link(page), "live", 5000);
    await untilText(badge(page, server.victim.name), "live", 5000);
    await untilText(row(page, server.victim.name).locator(".kv-value").first(), /\S/, 3000);
    await page.keyboard.press("e");
    await until("the journal to have it", async () =>
      (await page.locator(".journal li").allTextContents()).some((text) => text.includes("daemon restarted")),
    );
  });
}

export function valueCases(get) {
  test("the page shows what the writer wrote", async () => {
    const { server, page } = get();
    await openRegion(page, server.victim.name);
    for (const path of server.victim.fields) await untilText(field(page, path).locator(".f-value bdi"), /\S/);
    // Zeroes are shown until the first update is in.
    await until("the first values", async () => Number(await field(page, "c").locator(".f-value bdi").textContent()) !== 0);
    await page.keyboard.press("Space");
    await page.waitForTimeout(200);
    const [shown, truth] = [Number(await field(page, "c").locator(".f-value bdi").textContent()), await server.truth(server.victim.name)];
    assert.ok(Math.abs(shown - truth.c) < 1, `${shown} is shown, ${truth.c} is there`);
    await page.keyboard.press("Space");
    const first = await field(page, "c").locator(".f-value bdi").textContent();
    await until("it to move", async () => (await field(page, "c").locator(".f-value bdi").textContent()) !== first);
  });

  test("freezing stops the values and counts what is behind, not the badges", async () => {
    const { server, page } = get();
    const { name } = server.victim;
    await openRegion(page, name);
    await untilText(field(page, "c").locator(".f-value bdi"), /\d/);
    await page.keyboard.press("Space");
    await untilText(page.locator(".notice.frozen p"), /^frozen \d+ s, [\d\u202f]+ updates behind$/);
    await page.waitForTimeout(200);
    const shown = await field(page, "c").locator(".f-value bdi").textContent();
    const bytes = (await page.locator(".hex-text").allTextContents()).join();
    await untilText(page.locator(".notice.frozen p"), /^frozen [1-9]\d* s, [1-9][\d\u202f]* updates behind$/);
    assert.equal(await field(page, "c").locator(".f-value bdi").textContent(), shown);
    assert.equal((await page.locator(".hex-text").allTextContents()).join(), bytes);
    await server.killWriter(name);
    await untilText(page.locator(".title .badge"), "dead", 3000);
    await server.restartWriter(name);
    await untilText(page.locator(".title .badge"), "live", 5000);
    assert.equal(await field(page, "c").locator(".f-value bdi").textContent(), shown);
    await page.keyboard.press("Space");
    await until("it to go on", async () => (await field(page, "c").locator(".f-value bdi").textContent()) !== shown);
    assert.equal(await page.locator(".notice.frozen").count(), 0);
  });

  test("at 360 px no page scrolls sideways", async () => {
    const { page } = get();
    await page.setViewportSize({ width: 360, height: 740 });
    await noSidewaysScroll(page, "the overview");
    for (const name of await page.locator(".rows .row-name").allTextContents()) {
      await openRegion(page, name);
      await page.waitForTimeout(150);
      await noSidewaysScroll(page, name);
    }
  });
}
