// Regions, subscriptions and resuming, against a bridge that the test plays.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Client, globMatch } from "../src/client.ts";
import { ann, BOOT_A, BOOT_B, FakeClock, FakeSocket, hello, hb, key, live, patchOf } from "./fakes.ts";

let clock: FakeClock;
let client: Client;
let log: string[];

beforeEach(() => {
  clock = new FakeClock();
  FakeSocket.all = [];
  log = [];
  client = new Client({ url: "ws://h/ws", WebSocket: FakeSocket, clock });
  client.on("daemon", (state) => log.push(`daemon ${state}`));
  client.on("update", (region, update) => log.push(`update ${region.name} ${update.seq}`));
  client.on("refused", (what, code) => log.push(`refused ${what} ${code}`));
});

const subs = (socket: FakeSocket): unknown[] =>
  JSON.parse(JSON.stringify(socket.ops(33).flatMap((message) => message[2] as unknown[])));

function greet(boot = BOOT_A, ...rows: Parameters<typeof ann>[]): FakeSocket {
  if (client.link.state === "waiting") clock.advance(20_000);
  else client.connect();
  const socket = FakeSocket.last;
  socket.accept();
  socket.deliver(hello(boot));
  socket.deliver([2, true, rows.map((row) => ann(...row))]);
  return socket;
}

test("regions are announced, subscribed by name or glob, updated and read", () => {
  client.subscribe("a");
  client.subscribe("b.*", { hz: 10, liveOnly: true });
  const socket = greet(BOOT_A, [1, "a"], [2, "b.x"]);
  assert.deepEqual(subs(socket), [
    [1, {}],
    ["b.*", { hz: 10, live_only: true }],
  ]);
  socket.deliver(key(1, 1, [1, 2, 3, 4]), patchOf(1, 1, 2, [0, 1, 9]));
  assert.deepEqual([...client.regions.get("a")!.bytes!], [9, 2, 3, 4]);
  assert.deepEqual(log, ["daemon up", "update a 1", "update a 2"]);
});

test("a lost connection to the same daemon resumes from gen and seq", () => {
  client.subscribe("a");
  client.subscribe("**");
  const socket = greet(BOOT_A, [1, "a"], [2, "b"]);
  socket.deliver(key(1, 7, [1, 2, 3, 4]), key(2, 3, [5, 6, 7, 8]));
  socket.end(1006);
  const again = greet(BOOT_A, [1, "a"], [2, "b"]);
  const info = (again.sent[0]![0] as unknown[])[2] as { resume: Uint8Array };
  assert.deepEqual(info.resume, BOOT_A);
  assert.deepEqual(subs(again), [
    [1, { gen: 1, seq: 7 }],
    ["**", {}],
    [1, { gen: 1, seq: 7 }],
    [2, { gen: 1, seq: 3 }],
  ]);
  again.deliver(patchOf(1, 7, 8, [3, 1, 0xff]));
  assert.deepEqual([...client.regions.get("a")!.bytes!], [1, 2, 3, 255]);
});

test("another boot voids everything and says that the daemon restarted", () => {
  client.subscribe("**");
  const socket = greet(BOOT_A, [1, "a"], [2, "gone"]);
  socket.deliver(key(1, 7, [1, 2, 3, 4]));
  socket.end(1001);
  clock.advance(20_000);
  const again = FakeSocket.last;
  again.accept();
  again.deliver(hello(BOOT_B));
  assert.equal(client.daemon, "restarted");
  assert.equal(client.regions.get("a")!.bytes, undefined);
  again.deliver([2, true, [ann(1, "a")]]);
  assert.equal(client.daemon, "up");
  assert.equal(client.regions.has("gone"), false);
  assert.deepEqual(subs(again), [["**", {}]]);
  assert.deepEqual(log.filter((line) => line.startsWith("daemon")), ["daemon up", "daemon restarted", "daemon up"]);
});

test("an update that does not continue what is held makes us subscribe again, once a second", () => {
  client.subscribe("a");
  const socket = greet(BOOT_A, [1, "a"]);
  socket.deliver(key(1, 5, [1, 2, 3, 4]));
  for (let i = 0; i < 10; i++) socket.deliver(patchOf(1, 8, 9, [0, 1, 9]));
  assert.deepEqual(subs(socket).slice(1), [[1, { gen: 1, seq: 5 }]]);
  clock.advance(1100);
  socket.deliver(patchOf(1, 8, 9, [0, 1, 9]));
  assert.equal(subs(socket).length, 3);
  assert.deepEqual([...client.regions.get("a")!.bytes!], [1, 2, 3, 4]);
});

test("a KEY of the wrong length or a patch beyond the payload drops the connection", () => {
  client.subscribe("a");
  greet(BOOT_A, [1, "a"]).deliver(key(1, 5, [1, 2, 3]));
  assert.equal(client.link.state, "waiting");
  const socket = greet(BOOT_A, [1, "a"]);
  socket.deliver(key(1, 5, [1, 2, 3, 4]));
  socket.deliver(patchOf(1, 5, 6, [2, 3, 1, 1, 1]));
  assert.equal(client.link.state, "waiting");
  // What was held before is still whole.
  assert.deepEqual(subs(greet(BOOT_A, [1, "a"])), [[1, { gen: 1, seq: 5 }]]);
});

test("a higher generation voids the bytes until its KEY", () => {
  client.subscribe("a");
  const socket = greet(BOOT_A, [1, "a"]);
  socket.deliver(key(1, 5, [1, 2, 3, 4]));
  socket.deliver([2, true, [ann(1, "a", { gen: 2, size: 2 })]]);
  assert.equal(client.regions.get("a")!.bytes, undefined);
  socket.deliver(key(1, 6, [1, 2, 3, 4], 1)); // late, of the old one
  assert.equal(client.regions.get("a")!.bytes, undefined);
  socket.deliver(key(1, 1, [8, 9], 2));
  assert.deepEqual([...client.regions.get("a")!.bytes!], [8, 9]);
});

test("schemas are asked for once, when data is wanted", () => {
  const schema = { size: 4, align: 4, text: "", fields: [{ n: "v", t: "u32", o: 0, b: 4 }] };
  client.subscribe("**", { liveOnly: true });
  const socket = greet(BOOT_A, [1, "a", { sid: "00000000000000aa" }], [2, "b", { sid: "00000000000000aa" }]);
  assert.equal(socket.ops(35).length, 0);
  client.subscribe("a");
  client.subscribe("b");
  assert.deepEqual(socket.ops(35).map((message) => message[2]), ["00000000000000aa"]);
  socket.deliver([4, "00000000000000aa", schema]);
  socket.deliver(key(1, 1, [1, 1, 0, 0]));
  assert.equal(client.regions.get("a")!.get("v"), 257);
  assert.ok(client.regions.get("b")!.layout);
  // Known from then on, over reconnects too.
  socket.end(1006);
  const again = greet(BOOT_A, [1, "a", { sid: "00000000000000aa" }]);
  assert.equal(again.ops(35).length, 0);
  assert.ok(client.regions.get("a")!.layout);
});

test("a schema that lies leaves the region raw and says why", () => {
  client.subscribe("a");
  const socket = greet(BOOT_A, [1, "a", { sid: "00000000000000bb" }]);
  socket.deliver([4, "00000000000000bb", { size: 4, fields: [{ n: "v", t: "u64", o: 0, b: 8 }] }]);
  const region = client.regions.get("a")!;
  assert.equal(region.layout, undefined);
  assert.match(region.layoutProblem, /beyond/);
  assert.equal(client.link.state, "live");
});

test("regions come and go; one asked for by name is subscribed when it comes", () => {
  client.subscribe("later");
  const socket = greet(BOOT_A, [1, "a"]);
  assert.deepEqual(subs(socket), [["later", {}]]);
  socket.deliver([2, true, [ann(2, "later")]]);
  assert.deepEqual(subs(socket), [
    ["later", {}],
    [2, {}],
  ]);
  socket.deliver([3, [1]]);
  assert.deepEqual([...client.regions.keys()], ["later"]);
});

test("LIVE decides the verdict, silence about a region does not stay green", () => {
  client.subscribe("**", { liveOnly: true });
  const socket = greet(BOOT_A, [1, "a"]);
  const region = client.regions.get("a")!;
  assert.equal(client.verdict(region).word, "live");
  socket.deliver([5, socket.ops(33)[0]![1] as number, 0, [[1, 0]]]);
  socket.deliver(live(1, 4));
  assert.equal(client.verdict(region).word, "dead");
  socket.deliver(live(1, 2, 2));
  assert.equal(client.verdict(region).word, "live");
  for (let n = 1; n <= 4; n++) {
    clock.advance(1000);
    socket.deliver(hb(n));
  }
  assert.equal(client.verdict(region).word, "unknown");
  clock.advance(3500);
  assert.equal(client.verdict(region).word, "link lost");
});

test("a region that the bridge does not watch for us does not stay green either", () => {
  client.subscribe("**", { liveOnly: true });
  const socket = greet(BOOT_A, [1, "a"]);
  socket.deliver([5, socket.ops(33)[0]![1] as number, 0, [[1, 429]]]);
  for (let n = 1; n <= 4; n++) {
    clock.advance(1000);
    socket.deliver(hb(n));
  }
  assert.equal(client.verdict(client.regions.get("a")!).word, "not watched");
});

test("writer restarts show as a new epoch", () => {
  const seen: string[] = [];
  client.on("live", (region, before) => seen.push(`${before.epoch}->${region.epoch}`));
  const socket = greet(BOOT_A, [1, "a"]);
  socket.deliver(live(1, 2, 1));
  socket.deliver(live(1, 2, 2));
  assert.deepEqual(seen, ["0->1", "1->2"]);
});

test("refusals are told with their name", () => {
  client.subscribe("nothing");
  const socket = greet(BOOT_A, [1, "a"]);
  const ref = socket.ops(33)[0]![1] as number;
  socket.deliver([5, ref, 0, [[0, 404]]], [5, 77, 429, [[1, 429]]], [12, null, 500, "oops"]);
  assert.deepEqual(log.slice(1), ["refused subscription 404", "refused request 429", "refused a 429", "refused oops 500"]);
});

test("the rate cap survives a reconnect", () => {
  client.setMaxHz(10);
  const socket = greet();
  assert.deepEqual(socket.ops(38), [[38, 10]]);
  client.setMaxHz(null);
  assert.deepEqual(socket.ops(38).at(-1), [38, null]);
});

test("STATUS of one id replaces the former", () => {
  const socket = greet();
  socket.deliver([11, 1, "x", "first", 0], [11, 0, "x", "second", 5000]);
  assert.deepEqual([...client.notices.values()], [{ level: 0, id: "x", text: "second", until: clock.time + 5000 }]);
});

test("thousands of regions are listed in parts and subscribed within the message limits", () => {
  for (let i = 0; i < 1000; i++) client.subscribe(`region/${i}`);
  client.connect();
  const socket = FakeSocket.last;
  socket.accept();
  socket.deliver(hello());
  for (let i = 0; i < 1000; i += 100)
    socket.deliver([2, i === 900, Array.from({ length: 100 }, (_, k) => ann(i + k + 1, `region/${i + k}`))]);
  clock.advance(5000);
  assert.equal(subs(socket).length, 1000);
  for (const message of socket.ops(33)) assert.ok((message[2] as unknown[]).length <= 150);
});

test("a listener's bug does not take the connection down", (t) => {
  const errors = t.mock.method(console, "error", () => undefined);
  client.on("regions", () => {
    throw new Error("bug");
  });
  const socket = greet(BOOT_A, [1, "a"]);
  assert.equal(String(errors.mock.calls[0]!.arguments[0]), "Error: bug");
  socket.deliver(hb(1));
  assert.equal(client.link.state, "live");
});

test("globs: a star stays within a segment, two go across", () => {
  const cases: [string, string, boolean][] = [
    ["a", "a", true],
    ["a", "ab", false],
    ["*", "a", true],
    ["*", "a.b", false],
    ["*", "a/b", false],
    ["**", "a.b/c", true],
    ["**", "", true],
    ["a.*", "a.b", true],
    ["a.*", "a.b.c", false],
    ["a.*", "a", false],
    ["a.**", "a.b.c", true],
    ["*.b", "a.b", true],
    ["**.c", "a.b.c", true],
    ["**b**", "abc", true],
    ["a*c.*e", "abc.de", true],
    ["a*c.*e", "abc.d.e", false],
    ["**/x*y", "a/b/xzzy", true],
    ["**/x*y", "a/b/xz/y", false],
    ["*a*a*a*", "aaa", true],
    ["*a*a*a*", "aa", false],
    ["a.b", "a/b", false],
  ];
  for (const [glob, name, expected] of cases) assert.equal(globMatch(glob, name), expected, `${glob} ~ ${name}`);
  const started = Date.now();
  assert.equal(globMatch("*a".repeat(60) + "b", "a".repeat(128)), false);
  assert.ok(Date.now() - started < 200);
});

test("set() resolves when it was committed and says why it was not", async () => {
  const socket = greet(BOOT_A, [3, "a"]);
  const refs = (): number[] => socket.ops(39).map((message) => message[1] as number);
  const done = client.set("a", { "w[1].x": 5, on: true });
  const [rid, values] = socket.ops(39)[0]!.slice(2) as [number, object];
  assert.deepEqual([rid, { ...values }], [3, { "w[1].x": 5, on: true }]);
  socket.deliver([5, refs()[0]!, 0, [[3, 0]]]);
  await done;
  const refused = client.set("a", { f: 99 });
  socket.deliver([12, refs()[1]!, 422, "f: above the field's max"]);
  await assert.rejects(refused, { name: "SetError", code: 422, message: "f: above the field's max" });
  const lost = client.set("a", { f: 1 });
  socket.end(1006);
  await assert.rejects(lost, { name: "SetError", code: 0 });
  await assert.rejects(client.set("b", { f: 1 }), { code: 404 });
  assert.deepEqual(
    log.filter((line) => line.startsWith("refused")),
    [],
  );
});
