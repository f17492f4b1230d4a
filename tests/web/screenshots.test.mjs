// Pictures of the demo regions for a person to look at, written to SCREENSHOTS_DIR.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { startMock } from "./fixture.mjs";
import { takeScreenshots } from "./screenshots.mjs";

test("the pages can be photographed in both themes and at 360 px", async () => {
  const server = await startMock();
  const browser = await startBrowser();
  try {
    server.bridge.hangWriter("camera.frame");
    await server.killWriter("plc/setpoints");
    const outdir = process.env.SCREENSHOTS_DIR ?? join(tmpdir(), "pagecast-screenshots");
    const files = await takeScreenshots(browser, server.url, outdir, "sim.physics", 3000);
    assert.equal(files.length, 8);
    for (const file of files) assert.ok(statSync(file).size > 10_000, file);
    console.log(files.join("\n"));
  } finally {
    await browser.close();
    await server.close();
  }
});
