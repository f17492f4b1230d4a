// Pictures of a running dashboard: node tests/web/screenshots.mjs URL OUTDIR [REGION]
// URL is the address that the daemon prints, token included. REGION: the one to open; default the first listed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPage, startBrowser } from "./browser.mjs";

const WARM_MS = 12000; // for sparklines, rates and plots to have something to show

export async function takeScreenshots(browser, url, outdir, wantedRegion, warmMs = WARM_MS) {
  mkdirSync(outdir, { recursive: true });
  const files = [];
  const shoot = async (page, name) => {
    files.push(join(outdir, `${name}.png`));
    await page.screenshot({ path: files.at(-1) });
  };
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await openPage(browser, url, { colorScheme, viewport: { width: 1280, height: 800 } });
    await page.waitForSelector(".rows .row .row-name");
    const hrefs = await page.$$eval(".rows .row-name", (links) => links.map((link) => link.getAttribute("href")));
    await page.waitForTimeout(warmMs);
    await shoot(page, `overview-${colorScheme}`);
    const href = hrefs.find((each) => each === `#/region/${encodeURIComponent(wantedRegion ?? "")}`) ?? hrefs[0];
    await page.evaluate((hash) => (location.hash = hash), href);
    await page.waitForSelector(".hex-row");
    await plotNeighbour(page);
    const row = page.locator(".rows .field").nth(1);
    if (await row.count()) await row.click();
    await page.waitForTimeout(2 * warmMs);
    await shoot(page, `region-${colorScheme}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.waitForTimeout(800);
    await shoot(page, `region-360-${colorScheme}`);
    await page.evaluate(() => (location.hash = "#/"));
    await page.waitForTimeout(1500);
    await shoot(page, `overview-360-${colorScheme}`);
    await page.close();
  }
  return files;
}

/** One field is plotted by itself; add the next of the same unit, so that one axis serves both. */
async function plotNeighbour(page) {
  await page.waitForTimeout(1000);
  await page.evaluate(() => {
    const rows = [...document.querySelectorAll(".rows .field:has(.plot-button)")];
    const unitOf = (row) => row.querySelector(".f-unit").textContent;
    const first = rows.find((row) => row.querySelector('[aria-pressed="true"]'));
    const next = rows.find((row) => first && row !== first && unitOf(row) === unitOf(first));
    next?.querySelector(".plot-button").click();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, outdir, region] = process.argv.slice(2);
  if (!url || !outdir) {
    console.error("usage: node screenshots.mjs URL OUTDIR [REGION]");
    process.exit(2);
  }
  const browser = await startBrowser();
  try {
    for (const file of await takeScreenshots(browser, url, outdir, region)) console.log(file);
  } finally {
    await browser.close();
  }
}
