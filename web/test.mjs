// Runs the unit tests of client and dashboard: node test.mjs [name part]. TypeScript is bundled first, so that Node 18 can run it.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? "";
// Inside the package, so that the bundles find node_modules.
const outdir = mkdtempSync(join(here, "node_modules/.test-"));
try {
  const files = ["client/test", "dashboard/test"].flatMap((folder) =>
    readdirSync(join(here, folder))
      .map((name) => `${folder}/${name}`)
      .filter((path) => path.endsWith(".test.ts") && path.includes(wanted)),
  );
  await esbuild.build({
    absWorkingDir: here,
    entryPoints: Object.fromEntries(files.map((path) => [path.replaceAll("/", "_").slice(0, -3), path])),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    alias: { "@pagecast/client": join(here, "client/src/index.ts") },
    target: "node18",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const bundles = readdirSync(outdir).map((name) => join(outdir, name));
  const env = { ...process.env, PAGECAST_ROOT: join(here, "..") };
  const { status } = spawnSync(process.execPath, ["--test", ...bundles], { stdio: "inherit", env });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
