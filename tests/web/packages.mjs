// Brings web/node_modules to what web/package-lock.json says; does nothing if it is there already.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "../../web");
const lock = join(web, "package-lock.json");
const stamp = join(web, "node_modules/.installed-lock.json");
if (existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(lock, "utf8")) {
  console.log("web/node_modules is current");
} else {
  const npm = spawnSync("npm", ["ci", "--prefix", web, "--ignore-scripts"], { cwd: web, stdio: "inherit" });
  if (npm.error?.code === "ENOENT") {
    console.log("skipped: npm is not installed (Debian: apt install npm)");
    process.exit(77);
  }
  if (npm.status !== 0) process.exit(1);
  copyFileSync(lock, stamp);
}
