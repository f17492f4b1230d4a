// The connection's states, in a time of our own.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Link } from "../src/link.ts";
import { backoffMs, closeMeaning } from "../src/close.ts";
import { BOOT_A, FakeClock, FakeSocket, hb, hello, key } from "./fakes.ts";
import type { LinkState } from "../src/liveness.ts";

let clock: FakeClock;
let link: Link;
let states: LinkState[];

beforeEach(() => {
  clock = new FakeClock();
  FakeSocket.all = [];
  states = [];
  link = new Link(
    { url: "ws://h/ws", token: "secret", agent: "test", WebSocket: FakeSocket, clock },
    { state: (state) => states.push(state), message: () => undefined, batch: () => undefined },
  );
});

function goLive(): FakeSocket {
  link.open();
  const socket = FakeSocket.last;
  socket.accept();
  socket.deliver(hello());
  return socket;
}

/** Heartbeats every second for so long. */
function beat(socket: FakeSocket, seconds: number, from = 1): void {
  for (let n = from; n < from + seconds; n++) {
    clock.advance(1000);
    socket.deliver(hb(n));
  }
}

test("it greets with token and agent, and is live with the bridge's HELLO", () => {
  const socket = goLive();
  assert.deepEqual(socket.protocols, ["pagecast.v1"]);
  assert.equal(socket.binaryType, "arraybuffer");
  assert.deepEqual(JSON.parse(JSON.stringify(socket.sent[0])), [[32, 0, { token: "secret", agent: "test" }]]);
  assert.deepEqual(states, ["connecting", "live"]);
});

test("silence for 3 heartbeats is a lost link, the next word makes it live again", () => {
  const socket = goLive();
  clock.advance(2900);
  assert.equal(link.state, "live");
  clock.advance(600);
  assert.equal(link.state, "lost");
  socket.deliver(hb(1));
  assert.equal(link.state, "live");
});

test("silence for 6 heartbeats drops the socket without waiting for it", () => {
  const socket = goLive();
  clock.advance(6050);
  assert.equal(socket.closedWith, 4000);
  assert.equal(link.state, "waiting");
  assert.equal(link.closed?.reason, "link lost");
  socket.deliver(hb(1)); // whatever still arrives is not ours
  assert.equal(link.state, "waiting");
  clock.advance(300);
  assert.equal(FakeSocket.all.length, 2);
});

test("whoever slept itself asks once more before it blames the link", () => {
  const socket = goLive();
  beat(socket, 3);
  clock.sleep(60_000);
  clock.advance(1); // the late watch
  assert.equal(link.state, "live");
  socket.deliver(hb(4));
  clock.advance(1000);
  assert.equal(link.state, "live");
  clock.sleep(60_000);
  clock.advance(1600); // and this time nothing comes
  assert.equal(link.state, "lost");
});

test("no HELLO within 10 s is a failed attempt", () => {
  link.open();
  FakeSocket.last.accept();
  clock.advance(10_000);
  assert.equal(link.state, "waiting");
});

test("back-off doubles from 0.25 s to 10 s with full jitter", () => {
  for (let attempt = 0; attempt < 12; attempt++) {
    const cap = Math.min(10_000, 250 * 2 ** attempt);
    assert.equal(backoffMs(attempt, () => 0), 0);
    assert.equal(backoffMs(attempt, () => 1), cap);
    assert.equal(backoffMs(attempt, () => 0.5), cap / 2);
  }
  assert.equal(backoffMs(5000, () => 1), 10_000);
});

test("attempts count up while it fails and start over once it lasts", () => {
  link.open();
  for (const wait of [125, 250, 500, 1000, 2000, 4000, 5000, 5000]) {
    FakeSocket.last.end(1006);
    assert.equal(link.retryAt - clock.time, wait);
    clock.advance(wait);
    assert.equal(link.state, "connecting");
  }
  const socket = FakeSocket.last;
  socket.accept();
  socket.deliver(hello());
  beat(socket, 2);
  socket.end(4400);
  assert.equal(link.retryAt - clock.time, 5000); // not yet forgotten: a bridge that greets and throws us out
  clock.advance(5000);
  FakeSocket.last.accept();
  FakeSocket.last.deliver(hello());
  beat(FakeSocket.last, 7);
  FakeSocket.last.end(1006);
  assert.equal(link.retryAt - clock.time, 125);
});

test("45xx, and what only a reload can mend, is terminal until a person acts", () => {
  for (const code of [1002, 1003, 1009, 4501, 4503, 4505, 4509, 4599]) {
    goLive().end(code);
    assert.equal(link.state, "refused", String(code));
    const count = FakeSocket.all.length;
    clock.advance(60_000);
    assert.equal(FakeSocket.all.length, count);
  }
  assert.equal(closeMeaning(4501).retry, false);
  link.token = "right";
  link.open();
  FakeSocket.last.accept();
  assert.equal((FakeSocket.last.sent[0]![0] as { 2: { token: string } }[2][] & { token: string }[])[2]!.token, "right");
});

test("other codes come back", () => {
  for (const code of [1001, 1006, 1011, 1012, 1013, 4400, 4408, 4429, 4999]) assert.ok(closeMeaning(code).retry, String(code));
});

test("after BYE it comes back when the bridge asked for it, and not sooner", () => {
  const socket = goLive();
  socket.deliver([13, 1012, "restart", 3000]);
  socket.end(1012);
  assert.ok(link.retryAt - clock.time >= 3000);
  assert.ok(link.retryAt - clock.time < 3100);
});

test("after BYE it does not wait for a close that never comes", () => {
  const socket = goLive();
  socket.deliver([13, 1001, "stops", 500]);
  clock.advance(1050);
  assert.equal(socket.closedWith, 4000);
  assert.equal(link.state, "waiting");
});

test("opening while it waits connects at once", () => {
  goLive().end(1006);
  link.open();
  assert.equal(link.state, "connecting");
  assert.equal(FakeSocket.all.length, 2);
  clock.advance(9000);
  assert.equal(FakeSocket.all.length, 2);
});

test("closing ends it for good", () => {
  const socket = goLive();
  link.close();
  assert.equal(socket.closedWith, 1000);
  clock.advance(60_000);
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(link.state, "closed");
});

function goLiveWith(limits: { [key: string]: number }): FakeSocket {
  link.open();
  const socket = FakeSocket.last;
  socket.accept();
  socket.deliver(hello(BOOT_A, { limits }));
  return socket;
}

test("one ACK for as many messages as the bridge allows", () => {
  const socket = goLiveWith({ ack: 3, ack_bytes: 32768 });
  for (let i = 1; i <= 30; i++) {
    clock.advance(16);
    socket.deliver(key(1, i, [1]));
  }
  assert.deepEqual(
    socket.ops(36),
    Array.from({ length: 10 }, (_, i) => [36, 3 * i + 3, false]),
  );
});

test("one ACK for as many bytes as the bridge allows", () => {
  const socket = goLiveWith({ ack: 48, ack_bytes: 1000 });
  for (let i = 1; i <= 4; i++) socket.deliver(key(1, i, Array<number>(600).fill(1)));
  assert.deepEqual(socket.ops(36), [
    [36, 2, false],
    [36, 4, false],
  ]);
});

test("an ACK that waits goes with a heartbeat, and with whatever else is sent", () => {
  const socket = goLiveWith({ ack: 3, ack_bytes: 32768 });
  socket.deliver(hb(1)); // the first PING goes with it
  socket.deliver(key(1, 1, [1]));
  assert.deepEqual(socket.ops(36), []);
  socket.deliver(hb(2));
  assert.deepEqual(socket.ops(36), [[36, 1, false]]);
  socket.deliver(hb(3));
  assert.equal(socket.ops(36).length, 1, "nothing new, nothing to say");
  socket.deliver(key(1, 2, [1]));
  link.send([38, 5]);
  assert.deepEqual(socket.sent.at(-1), [
    [36, 2, false],
    [38, 5],
  ]);
});

test("without limits every message with data is acknowledged, others are not", () => {
  const socket = goLive();
  socket.deliver([2, true, []]);
  assert.deepEqual(socket.ops(36), []);
  socket.deliver(key(1, 1, [1]), key(2, 1, [1]));
  socket.deliver(key(1, 2, [1]));
  assert.deepEqual(socket.ops(36), [
    [36, 1, false],
    [36, 2, false],
  ]);
});

test("ACKs are merged rather than sent faster than the bridge allows", () => {
  const socket = goLive();
  for (let i = 1; i <= 600; i++) {
    socket.deliver(key(1, i, [1]));
    clock.advance(5); // 200 messages a second for 3 s
  }
  assert.ok(socket.sent.length <= 100 + 3 * 50, `${socket.sent.length} messages`);
  clock.advance(200);
  assert.deepEqual(socket.ops(36).at(-1), [36, 600, false]);
});

test("hiding the page is told at once, and coming back too", () => {
  const socket = goLive();
  link.hidden = true;
  assert.deepEqual(socket.ops(36), [[36, 0, true]]);
  link.hidden = false;
  assert.deepEqual(socket.ops(36).at(-1), [36, 0, false]);
});

test("a hidden page greets as hidden after a reconnect", () => {
  const socket = goLive();
  link.hidden = true;
  socket.end(1006);
  clock.advance(200);
  FakeSocket.last.accept();
  FakeSocket.last.deliver(hello());
  assert.deepEqual(FakeSocket.last.ops(36), [[36, 0, true]]);
});

test("heartbeats keep pings going though timers sleep", () => {
  const socket = goLive();
  const before = socket.ops(37).length;
  for (let n = 1; n <= 20; n++) {
    clock.sleep(1000); // as in a background tab: no timer runs
    socket.deliver(hb(n));
  }
  assert.ok(socket.ops(37).length - before >= 6);
});

test("round trip and heartbeat jitter are measured", () => {
  const socket = goLive();
  const n = socket.ops(37).at(-1)![1]!;
  clock.advance(42);
  socket.deliver([10, n as number, 1]);
  assert.equal(link.rttMs, 42);
  beat(socket, 3);
  assert.equal(link.jitterMs, 0);
  clock.advance(1160);
  socket.deliver(hb(4));
  assert.equal(link.jitterMs, 10);
});

test("what breaks the protocol drops the connection, and we come back", () => {
  const bad: (() => void)[] = [
    () => FakeSocket.last.onmessage!({ data: "text" }),
    () => FakeSocket.last.onmessage!({ data: new ArrayBuffer(0) }),
    () => FakeSocket.last.onmessage!({ data: Uint8Array.from([0xdd, 0, 0xff, 0xff, 0xff]).buffer }),
    () => FakeSocket.last.deliver([14]),
    () => FakeSocket.last.deliver(1),
    () => FakeSocket.last.deliver([6, 1]),
    () => FakeSocket.last.deliver(hello()),
  ];
  for (const act of bad) {
    const socket = goLive();
    act();
    assert.equal(link.state, "waiting", act.toString());
    assert.equal(link.closed?.code, 4400);
    assert.ok(socket.closedWith);
    link.close();
  }
  link.open();
  FakeSocket.last.accept();
  FakeSocket.last.deliver(hb(1)); // before HELLO
  assert.equal(link.state, "waiting");
});

test("ops from 64 on and extra elements are ignored", () => {
  const socket = goLive();
  socket.deliver([64, "future"], [200], [10, 1, 1, "extra"]);
  assert.equal(link.state, "live");
});

test("a resumed boot travels in HELLO", () => {
  const socket = goLive();
  link.resume = "000102030405060708090a0b0c0d0e0f";
  socket.end(1006);
  clock.advance(200);
  FakeSocket.last.accept();
  const info = (FakeSocket.last.sent[0]![0] as unknown[])[2] as { resume: Uint8Array };
  assert.deepEqual(info.resume, BOOT_A);
});

test("a burst of requests stays within what the bridge reads in one message", () => {
  const socket = goLive();
  for (let i = 0; i < 4000; i++) link.send([35, i, "0123456789abcdef"]);
  clock.advance(30_000);
  assert.equal(socket.ops(35).length, 4000);
  for (const message of socket.sent) assert.ok(message.length <= 512);
});
