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
    const plots = await page.$$(".plot-button");
    for (const button of plots.slice(0, 2)) await button.click();
    const row = page.locator(".rows .field").nth(1);
    if (await row.count()) await row.click();
    await page.waitForTimeout(warmMs);
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
