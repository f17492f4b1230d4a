// Fifty regions of forty fields at 60 Hz: the page stays smooth; and it rests when nothing changes. Figures are printed
// (and written to SPEED_JSON); the bounds are lenient, because the machine does other things too.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openPage, startBrowser } from "./browser.mjs";
import { startMock } from "./fixture.mjs";
import { MockRegion } from "./mock_bridge.mjs";
import { badge, openRegion, until, untilText } from "./steps.mjs";

const REGIONS = 50;
const FIELDS = 40;
const MEASURE_MS = 5000;
const FPS_MIN = 30; // the goal is 45 and more on a machine of its own
const LONG_TASK_SHARE_MAX = 0.25;
const figures = {};
let browser;

before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  console.log(JSON.stringify(figures));
  if (process.env.SPEED_JSON) writeFileSync(process.env.SPEED_JSON, `${JSON.stringify(figures, null, 2)}\n`);
});

function manyRegions(hz) {
  const fields = Array.from({ length: FIELDS }, (_, i) => ({ n: `f${i}`, t: "f64", u: i % 2 ? "V" : "A", min: -1, max: 1 }));
  const fill = (r, n) => {
    for (let i = 0; i < FIELDS; i++) r.view.setFloat64(8 * i, Math.sin(n / 20 + i), true);
  };
  return Array.from({ length: REGIONS }, (_, i) => {
    const region = new MockRegion(`rig.${i}`, { hz, fields, fill });
    region.commit();
    return region;
  });
}

/** Frames a second, the slowest frames, and time in tasks of more than 50 ms, over a while. */
function measure(page) {
  return page.evaluate(async (forMs) => {
    let longMs = 0;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longMs += entry.duration;
    });
    observer.observe({ entryTypes: ["longtask"] });
    const times = [];
    await new Promise((resolve) => {
      const started = performance.now();
      const frame = (now) => {
        times.push(now);
        if (now - started < forMs) requestAnimationFrame(frame);
        else resolve();
      };
      requestAnimationFrame(frame);
    });
    observer.disconnect();
    const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
    const fps = ((times.length - 1) * 1000) / (times.at(-1) - times[0]);
    return {
      fps: Math.round(fps * 10) / 10,
      p99_frame_ms: Math.round(gaps[Math.floor(gaps.length * 0.99)]),
      long_task_share: Math.round((longMs / forMs) * 1000) / 1000,
    };
  }, MEASURE_MS);
}

async function scriptShare(page, ms) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
  const from = await read();
  await page.waitForTimeout(ms);
  return Math.round(((await read()) - from) * 1e6 / ms) / 1000;
}

test("fifty regions of forty fields at 60 Hz stay smooth, overview and region", async () => {
  const server = await startMock({ regions: manyRegions(60) });
  const { page, problems } = await openPage(browser, server.url);
  try {
    await untilText(badge(page, "rig.0"), "live");
    await page.waitForTimeout(2000);
    const before = server.bridge.region("rig.0").wseq;
    figures.overview = await measure(page);
    const commits = server.bridge.region("rig.0").wseq - before;
    figures.overview.write_hz = Math.round((commits * 1000) / MEASURE_MS);
    figures.overview.seen_hz = Number(await page.locator(".rows .row .seen").first().textContent());
    figures.overview.in_kb_s = await page.locator(".metrics dd").nth(2).textContent();
    await openRegion(page, "rig.0");
    await page.locator(".plot-button").nth(1).click();
    await page.waitForTimeout(1000);
    figures.region = await measure(page);
    for (const where of ["overview", "region"]) {
      const { fps, long_task_share: share } = figures[where];
      assert.ok(fps >= FPS_MIN || share <= LONG_TASK_SHARE_MAX, `${where}: ${fps} fps, ${share} in long tasks`);
    }
    assert.deepEqual(problems, []);
  } finally {
    await page.close();
    await server.close();
  }
});

test("a page on which nothing changes does next to nothing", async () => {
  const server = await startMock({ regions: manyRegions(0) });
  const { page } = await openPage(browser, server.url);
  try {
    await untilText(badge(page, "rig.0"), "live");
    await page.waitForTimeout(1500);
    figures.idle_busy_share = await scriptShare(page, 4000);
    assert.ok(figures.idle_busy_share < 0.2, `${figures.idle_busy_share} of the time busy`);
  } finally {
    await page.close();
    await server.close();
  }
});

test("four thousand regions are listed without making four thousand rows", async () => {
  const fields = [{ n: "v", t: "u32", u: "A" }];
  const regions = Array.from({ length: 4000 }, (_, i) => new MockRegion(`many/${i}`, { hz: 0, fields, sid: "00000000000000aa" }));
  for (const region of regions) region.commit((r) => r.view.setUint32(0, 7, true));
  const server = await startMock({ regions });
  const { page } = await openPage(browser, server.url);
  try {
    await untilText(badge(page, "many/0"), "live", 10000);
    assert.ok((await page.locator(".rows .row").count()) < 60);
    await untilText(page.locator(".notice p"), /4000 regions, of which this bridge lets a viewer watch 1024: only those in sight/);
    await page.waitForTimeout(3500);
    await untilText(badge(page, "many/0"), "live"); // what is in sight is watched, and stays in its place
    const [viewer] = server.bridge.viewers;
    assert.ok(viewer.subs.size < 60, `${viewer.subs.size} subscriptions`);
    await page.evaluate(() => scrollTo(0, 1e9));
    await until("the last row", async () => (await page.locator('.row-name[title="many/3999"]').count()) === 1);
    await untilText(page.locator('.rows .row:has(.row-name[title="many/3999"]) .kv-value'), /^7/);
    await untilText(page.locator('.rows .row:has(.row-name[title="many/3999"]) .badge'), "live");
    figures.many = await measure(page);
  } finally {
    await page.close();
    await server.close();
  }
});
