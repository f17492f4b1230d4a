// Somebody opens one region on a running dashboard: node tests/web/region_page.mjs URL REGION COUNTER PICTURE.png
// URL is the address that the daemon prints, COUNTER a field of the region that counts its commits. Fails unless the badge says live, on the
// overview and on the region's page, every field shows values that change, the counter is the daemon's, and nothing went wrong on the page.
// Prints, as JSON, what was shown.
import assert from "node:assert/strict";
import { openPage, startBrowser } from "./browser.mjs";
import { badge, field, row, until, untilText } from "./steps.mjs";

const PICTURE_AFTER_MS = 5000; // the plot has something to show

const [url, region, counter, picture] = process.argv.slice(2);
if (!picture) {
  console.error("usage: node region_page.mjs URL REGION COUNTER PICTURE.png");
  process.exit(2);
}

/** What a program would be told of the region, with the same token. */
async function truth() {
  const { origin, hash } = new URL(url);
  const headers = { authorization: `Bearer ${hash.slice("#t=".length)}` };
  const answer = await fetch(`${origin}/api/v1/regions/${encodeURIComponent(region)}`, { headers });
  assert.equal(answer.status, 200, region);
  return (await answer.json()).values;
}

/** What counts is between what the daemon says before and after. */
async function counterIsTrue(shown) {
  const before = (await truth())[counter];
  let seen;
  await until(`${counter} to be as new as the daemon's`, async () => (seen = await shown()) >= before);
  const after = (await truth())[counter];
  assert.ok(seen <= after, `${counter}: ${before} <= ${seen} <= ${after}`);
}

async function look(page) {
  await untilText(badge(page, region), "live");
  await row(page, region).locator(".row-name").click();
  await page.waitForSelector(".region .hex-row");
  const title = await untilText(page.locator(".title .badge"), "live");
  const paths = Object.keys(await truth());
  const shown = (path) => field(page, path).locator(".f-value bdi").textContent();
  const values = {};
  for (const path of paths) values[path] = [await untilText(field(page, path).locator(".f-value bdi"), /\d/)];
  for (const path of paths) {
    await until(`${path} to change`, async () => (await shown(path)) !== values[path][0]);
    values[path].push(await shown(path));
  }
  await counterIsTrue(async () => Number((await shown(counter)).replace(/\D/g, "")));
  await page.waitForTimeout(PICTURE_AFTER_MS);
  await page.screenshot({ path: picture });
  return { region, badge: title.trim(), values };
}

const browser = await startBrowser();
try {
  const { page, problems } = await openPage(browser, url);
  const seen = await look(page);
  assert.deepEqual(problems, []);
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
