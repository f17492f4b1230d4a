// Builds the dashboard into web/dist (or the folder given) and, with --client, the client package into client/dist.
//
//   node build.mjs [OUTDIR] [--client] [--watch]
//
// web/dist is committed, so that a C-only build needs no Node: the output must depend on nothing but the sources and
// the lock file. File names carry no hashes; the bridge sets the caching headers.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const flags = process.argv.slice(2).filter((arg) => arg.startsWith("--"));
const outdir = process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? join(here, "dist");

const dashboard = {
  absWorkingDir: here,
  entryPoints: { app: "dashboard/src/main.tsx" },
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome100", "firefox100", "safari15.4"],
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: { "@pagecast/client": join(here, "client/src/index.ts") },
  logLevel: "warning",
};

mkdirSync(outdir, { recursive: true });
for (const name of ["index.html", "favicon.svg"]) copyFileSync(join(here, "dashboard", name), join(outdir, name));

if (flags.includes("--watch")) {
  const context = await esbuild.context({ ...dashboard, minify: false, sourcemap: "inline" });
  await context.watch();
} else await esbuild.build(dashboard);

if (flags.includes("--client"))
  await esbuild.build({
    absWorkingDir: here,
    entryPoints: ["client/src/index.ts"],
    outfile: join(here, "client/dist/index.js"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
  });
