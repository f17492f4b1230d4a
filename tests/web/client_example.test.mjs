// The example of web/client's README runs as it is printed there, and says "dead" when the writer is killed.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startMock } from "./fixture.mjs";
import { root } from "./mock_bridge.mjs";
import { until } from "./steps.mjs";

const web = join(root, "web");

test("the example is the README's, prints live values, then dead", async () => {
  const example = readFileSync(join(web, "client/example.mjs"), "utf8");
  assert.ok(readFileSync(join(web, "client/README.md"), "utf8").includes(`\`\`\`js\n${example}\`\`\``));
  assert.equal(spawnSync(process.execPath, [join(web, "build.mjs"), "--client"], { stdio: "inherit" }).status, 0);
  const server = await startMock();
  const child = spawn(process.execPath, [join(web, "client/example.mjs"), server.url, "fork_server"]);
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  child.stderr.on("data", (data) => (text += data));
  try {
    await until("values", () => /fork_server live \[Object: null prototype\] \{\s*a: (true|false)/.test(text), 10000);
    await server.killWriter("fork_server");
    await until("dead", () => /fork_server dead/.test(text), 2000);
  } catch (error) {
    console.log(text);
    throw error;
  } finally {
    child.kill();
    await server.close();
  }
});
