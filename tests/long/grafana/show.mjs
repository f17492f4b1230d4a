// node show.mjs PROMETHEUS PICTURE SECONDS: the dashboard as Grafana's code draws it; what stands there, and of when it is, as JSON.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { openPage, startBrowser } from "../../web/browser.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [prometheus, picture, seconds] = process.argv.slice(2);
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/page.css"><link rel="icon" href="data:,">
<style>body { margin: 0; background: #f4f5f5; font: 14px sans-serif } .state { float: left; margin: 1px }</style>
<div id="grafana" style="position: relative; width: 1344px; height: 1760px"></div><script type="module" src="/page.js"></script>`;

/** Everything by the path that it is served at. */
async function files() {
  const built = await esbuild.build({
    entryPoints: [join(here, "page.tsx")],
    outdir: here,
    bundle: true,
    write: false,
    format: "esm",
    splitting: true, // what is loaded only when it is needed (editors, mostly) is not asked for
    platform: "browser",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    loader: { ".svg": "dataurl", ".png": "dataurl", ".woff2": "dataurl", ".ttf": "dataurl" },
    logLevel: "error",
  });
  const scripts = built.outputFiles.map(({ path, contents }) => ["/" + relative(here, path), contents]);
  return new Map([
    ["/", PAGE],
    ["/dashboard.json", readFileSync(join(here, "../../../packaging/grafana/pagecast.json"))],
    ...scripts,
  ]);
}

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", "": "text/html" };

async function serve() {
  const known = await files();
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, "http://localhost");
    if (pathname.startsWith("/api/v1/")) {
      const answer = await fetch(prometheus + pathname + search);
      return response.writeHead(answer.status, { "Content-Type": "application/json" }).end(await answer.text());
    }
    const icon = /^\/public\/build\/(img\/icons\/[\w/-]+\.svg)$/.exec(pathname);
    const body = icon ? readFileSync(join(here, "node_modules/@grafana/ui/dist/public", icon[1])) : known.get(pathname);
    if (!body) return response.writeHead(404).end();
    return response.writeHead(200, { "Content-Type": TYPES[extname(pathname)] }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** In the page: {title: {name: text}} of all that is drawn. */
function read() {
  const found = {};
  const text = (element) => element?.textContent.trim() ?? "";
  for (const section of document.querySelectorAll("section[data-title]")) {
    const values = (found[section.dataset.title] = {});
    for (const value of section.querySelectorAll("[data-value]")) values[""] = text(value.querySelector("[class*=value]")) || text(value);
    for (const state of section.querySelectorAll(".state"))
      values[state.dataset.name] = text(state).replace(state.dataset.name, "");
    for (const row of section.querySelectorAll("tbody tr")) {
      const [name, last] = [...row.querySelectorAll("td")].map(text).slice(-2); // behind the colour
      values[name] = last;
    }
  }
  return found;
}

const server = await serve();
const browser = await startBrowser();
try {
  const { page, problems } = await openPage(browser, `http://127.0.0.1:${server.address().port}/?seconds=${seconds}`, {
    viewport: { width: 1360, height: 1780 },
  });
  const ready = () => {
    const panels = [...document.querySelectorAll("section[data-title]")];
    return panels.length > 0 && panels.every((panel) => panel.dataset.ready);
  };
  await page.waitForFunction(ready, undefined, { timeout: 120000 }).catch(() => problems.push("not all panels were drawn"));
  await page.waitForTimeout(1000); // uPlot draws in the next frames
  await page.screenshot({ path: picture, fullPage: true });
  console.log(JSON.stringify({ at: await page.evaluate(() => Number(document.body.dataset.at)), panels: await page.evaluate(read), problems }));
} finally {
  await browser.close();
  server.close();
}
