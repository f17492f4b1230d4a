// Pages from elsewhere in a real browser against the real bridge: another origin, an opaque one, a name that was rebound.
// The right token is in their hands, so that only the gate stands between. Needs PAGECAST_BUILD and CHROMIUM.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { startReal } from "./fixture.mjs";

let real, browser, evil, evilPort;

before(async () => {
  real = await startReal(process.env.PAGECAST_BUILD);
  browser = await startBrowser(["--host-resolver-rules=MAP rebound.example 127.0.0.1"]);
  evil = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>elsewhere</title>");
  });
  await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
  evilPort = evil.address().port;
});
after(async () => {
  await browser?.close();
  evil?.close();
  await real?.close();
});

/** What a page at `url` gets from the bridge at `target` ("http://host:port/"). */
async function attack(url, target, inFrame = false) {
  const page = await browser.context.newPage();
  await page.goto(url);
  if (inFrame)
    await page.evaluate(() => {
      const frame = document.createElement("iframe");
      frame.sandbox.add("allow-scripts");
      frame.srcdoc = "<!doctype html>";
      document.body.append(frame);
      return new Promise((resolve) => (frame.onload = resolve));
    });
  const place = inFrame ? page.frames().find((frame) => frame !== page.mainFrame()) : page;
  const got = await place.evaluate(
    async ({ target, token }) => {
      const socket = await new Promise((resolve) => {
        const ws = new WebSocket(`${target.replace("http", "ws")}ws`, "pagecast.v1");
        ws.onopen = () => resolve("open");
        ws.onclose = (event) => resolve(`closed ${event.code}`);
      });
      const headers = { authorization: `Bearer ${token}` };
      const read = await fetch(`${target}api/v1/regions`, { headers }).then(
        (r) => `read ${r.status}`,
        () => "blocked",
      );
      const plain = await fetch(`${target}api/v1/regions`).then(
        (r) => `read ${r.status}`,
        () => "blocked",
      );
      return { socket, read, plain };
    },
    { target, token: real.token },
  );
  await page.close();
  return got;
}

test("a page of another origin neither connects nor reads", async () => {
  const got = await attack(`http://127.0.0.1:${evilPort}/`, real.address);
  assert.deepEqual(got, { socket: "closed 1006", read: "blocked", plain: "blocked" });
});

test("a sandboxed frame, whose origin is null, neither", async () => {
  const got = await attack(`http://127.0.0.1:${evilPort}/`, real.address, true);
  assert.deepEqual(got, { socket: "closed 1006", read: "blocked", plain: "blocked" });
});

test("a name that was rebound to us is told nothing, although the browser takes it for one origin", async () => {
  const rebound = real.address.replace("127.0.0.1", "rebound.example");
  const page = await browser.context.newPage();
  assert.equal((await page.goto(rebound)).status(), 403);
  await page.close();
  const got = await attack(rebound, rebound);
  assert.deepEqual(got, { socket: "closed 1006", read: "read 403", plain: "read 403" });
});

test("the dashboard itself connects, so that the above proves something", async () => {
  const got = await attack(real.address, real.address);
  assert.deepEqual(got, { socket: "open", read: "read 200", plain: "read 401" });
});
