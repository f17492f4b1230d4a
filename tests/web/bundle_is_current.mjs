// web/dist is what its sources build, byte for byte, within its size budget; and it names no foreign host.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const BUDGET_BYTES = 88 * 1024; // 23 of them are uPlot
const web = join(dirname(fileURLToPath(import.meta.url)), "../../web");
const dist = join(web, "dist");
const fresh = mkdtempSync(join(tmpdir(), "pagecast-bundle-"));
const wrong = [];
try {
  const build = spawnSync(process.execPath, [join(web, "build.mjs"), fresh], { stdio: "inherit" });
  if (build.status !== 0) throw new Error("the build failed");
  const names = [...new Set([...readdirSync(dist), ...readdirSync(fresh)])].sort();
  for (const name of names) {
    const read = (dir) => (readdirSync(dir).includes(name) ? readFileSync(join(dir, name)) : Buffer.alloc(0));
    if (!read(dist).equals(read(fresh))) wrong.push(`web/dist/${name} is not what the sources build: run npm run build in web/`);
  }
  const zipped = ["app.js", "app.css"].map((name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length);
  const total = zipped.reduce((a, b) => a + b, 0);
  console.log(`app.js ${zipped[0]} + app.css ${zipped[1]} = ${total} bytes gzip of ${BUDGET_BYTES}`);
  if (total > BUDGET_BYTES) wrong.push(`the bundle is ${total} bytes gzip, more than ${BUDGET_BYTES}`);
  for (const name of readdirSync(dist)) {
    // Namespaces are names, not addresses.
    const text = readFileSync(join(dist, name), "utf8").replace(/http:\/\/www\.w3\.org\/[\w/]+/g, "");
    const url = /https?:\/\/[a-z0-9][\w.-]+/i.exec(text);
    if (url) wrong.push(`web/dist/${name} names ${url[0]}: the page must not know any other host`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
for (const line of wrong) console.log(`FAILED: ${line}`);
process.exit(wrong.length ? 1 : 0);
