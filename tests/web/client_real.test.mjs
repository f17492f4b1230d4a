// The client on the real daemon: what it reads from bytes by the schema is what the bridge says as values, for every
// region and at every seq that both saw; and it survives what happens to the daemon. Needs PAGECAST_BUILD.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startReal } from "./fixture.mjs";
import { require, root } from "./mock_bridge.mjs";
import { until } from "./steps.mjs";

const { WebSocket } = require("ws");
const web = join(root, "web");
let server;
let Client;

before(async () => {
  assert.equal(spawnSync(process.execPath, [join(web, "build.mjs"), "--client"], { stdio: "inherit" }).status, 0);
  ({ Client } = await import(join(web, "client/dist/index.js")));
  server = await startReal(process.env.PAGECAST_BUILD);
});
after(() => server?.close());

function connect(subscription) {
  const client = new Client({ url: `${server.address.replace("http", "ws")}ws`, token: server.token, WebSocket });
  const refused = [];
  client.on("refused", (what, code) => refused.push(`${what} ${code}`));
  client.subscribe("**", subscription);
  client.connect();
  return { client, refused };
}

/** Numbers, typed arrays and nested arrays in one form. */
function plain(value) {
  if (value instanceof Uint8Array) return { blob: Buffer.from(value).toString("hex") };
  if (ArrayBuffer.isView(value)) return Array.from(value, plain);
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.every(Array.isArray) ? items.flat() : items; // numeric arrays come in row order
  }
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return typeof value === "number" || typeof value === "bigint" ? String(value) : value;
}

test("bytes read by the schema are the values that the bridge sends", async () => {
  const seen = [new Map(), new Map()];
  const sides = [connect({}), connect({ values: true })];
  sides.forEach(({ client }, side) => {
    client.on("update", (region) => {
      const all = region.all();
      if (all) seen[side].set(`${region.name} ${region.seq}`, JSON.stringify(plain(all)));
    });
  });
  const common = () => [...seen[0].keys()].filter((key) => seen[1].has(key));
  const names = () => new Set(common().map((key) => key.split(" ")[0]));
  try {
    await until("every region, several times", () => names().size >= sides[0].client.regions.size && common().length > 60, 20000);
  } finally {
    for (const { client } of sides) client.close();
  }
  for (const key of common()) assert.equal(seen[0].get(key), seen[1].get(key), key);
  console.log(`${common().length} states of ${names().size} regions compared`);
  for (const { refused } of sides) assert.deepEqual(refused, []);
});

test("one ACK answers as many messages as HELLO allows", async () => {
  let acks = 0;
  let allowed;
  let messages;
  class Counted extends WebSocket {
    send(bytes) {
      if (bytes[0] === 0x93 && bytes[1] === 36) acks++; // an ACK first, alone or with more behind it
      super.send(bytes);
    }
  }
  const client = new Client({ url: `${server.address.replace("http", "ws")}ws`, token: server.token, WebSocket: Counted });
  let updates = 0;
  client.on("update", () => updates++);
  client.subscribe("**", { hz: 60 });
  client.connect();
  try {
    await until("some seconds of updates", () => updates > 200, 30000);
    allowed = client.link.hello.limits.ack;
    messages = client.link.receivedMessages;
  } finally {
    client.close();
  }
  console.log(`${messages} messages received, ${acks} ACKs, one allowed for ${allowed}`);
  assert.equal(allowed, 3);
  assert.ok(acks > 0);
  assert.ok(acks <= messages / 2, `${acks} ACKs for ${messages} messages`);
});

test("bytes, verdict and values are right again after cut line, killed writer and restarted daemon", async () => {
  const { client } = connect({});
  const region = () => client.regions.get("fork_server");
  const word = () => region() && client.verdict(region()).word;
  try {
    await until("live", () => word() === "live" && region().seq > 0);
    server.cutLine();
    await until("link lost", () => word() === "link lost", 5000);
    server.healLine();
    const keys = [];
    client.on("update", (r, update) => r.name === "fork_server" && keys.push(update.flags & 1));
    await until("live again", () => word() === "live" && keys.length > 2, 20000);
    await server.killWriter();
    await until("dead", () => word() === "dead", 2000);
    const { c, buffer } = await server.truth("fork_server");
    assert.deepEqual([region().get("c"), region().get("buffer")], [c, buffer]);
    await server.restartDaemon();
    await until("live with the new daemon", () => word() === "live" && region().get("buffer")?.startsWith("no. "), 20000);
  } finally {
    client.close();
  }
});
