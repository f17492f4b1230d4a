// A bridge that speaks docs/protocol.md, written apart from the client (another msgpack library, other structure), so
// that the two check each other. For tests, and by hand: node tests/web/mock_bridge.mjs [PORT]
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const require = createRequire(join(root, "web/package.json"));
if (!existsSync(join(root, "web/node_modules"))) {
  console.error("web/node_modules is not there: node tests/web/packages.mjs");
  process.exit(1);
}
const { WebSocketServer } = require("ws");
const msgpack = require("@msgpack/msgpack");

export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SIZES = { bool: 1, i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, i64: 8, u64: 8, f32: 4, f64: 8, char: 1 };
Object.assign(SIZES, { wchar16: 2, enum8: 1, enum16: 2, enum32: 4 });
const KEY = 1;
const CONFLATED = 2;
const WRITER_NOT_LIVE = 32;
const SOURCE_STALE = 64;
const LIVE = 2;
const STALE = 3;
const DEAD = 4;
const CLOSED = 5;

const up = (n, align) => Math.ceil(n / align) * align;

/** [{n, t, d, l, u, ti, min, max, en, f}] -> the schema map with offsets as a C compiler lays them out. */
export function schemaOf(lines) {
  const lay = (list) => {
    let at = 0;
    let align = 1;
    const fields = list.map((line) => {
      const inner = line.t === "struct" ? lay(line.f) : undefined;
      const bytes = inner ? inner.size : SIZES[line.t] * (line.l ?? 1);
      const own = inner ? inner.align : SIZES[line.t];
      at = up(at, own);
      align = Math.max(align, own);
      const count = (line.d ?? []).reduce((a, b) => a * b, 1);
      const field = { ...line, o: at, b: bytes };
      if (line.d) field.s = bytes;
      if (inner) field.f = inner.fields;
      at += count * bytes;
      return field;
    });
    return { size: up(at, align), align, fields };
  };
  return { ...lay(lines), text: "" };
}

function leb128(n) {
  const bytes = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  bytes.push(n);
  return bytes;
}

export class MockRegion {
  constructor(name, options) {
    this.name = name;
    this.schema = options.fields ? schemaOf(options.fields) : undefined;
    this.size = options.size ?? this.schema.size;
    this.sid = options.sid ?? (this.schema ? randomBytes(8).toString("hex") : "");
    this.flags = options.flags ?? 0;
    this.kind = options.kind ?? 0;
    this.doc = options.doc ?? "";
    this.hz = options.hz ?? 20;
    this.fill = options.fill ?? (() => {});
    this.gen = 1;
    this.epoch = 1;
    this.pid = options.pid ?? 4242;
    this.writer = options.writer ?? "mock";
    this.why = options.why ?? "";
    this.open = options.open; // paths that viewers may set, where not all
    this.state = options.state ?? LIVE;
    this.updateFlags = 0;
    this.bytes = Buffer.alloc(this.size);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.size);
    this.changed = new Uint32Array(this.size); // seq at which each byte last changed
    this.seq = 0;
    this.wseq = 0;
    this.committedAt = undefined;
    this.beatAt = Date.now();
    this.offsets = new Map((this.schema?.fields ?? []).map((f) => [f.n, f]));
  }

  at(name) {
    return this.offsets.get(name).o;
  }

  text(name, value) {
    const field = this.offsets.get(name);
    this.bytes.fill(0, field.o, field.o + field.b);
    this.bytes.write(value, field.o, field.b, field.t === "wchar16" ? "utf16le" : "utf8");
  }

  /** Let the writer change its bytes, then publish what changed. */
  commit(change = this.fill) {
    const before = Buffer.from(this.bytes);
    change(this, this.wseq);
    this.wseq++;
    this.committedAt = this.beatAt = Date.now();
    if (this.seq && before.equals(this.bytes)) return;
    this.seq++;
    for (let i = 0; i < this.size; i++)
      if (this.seq === 1 || before[i] !== this.bytes[i]) this.changed[i] = this.seq;
  }

  delta(base) {
    const runs = [];
    let end = 0;
    for (let i = 0; i < this.size; ) {
      if (this.changed[i] <= base) {
        i++;
        continue;
      }
      let to = i;
      while (to < this.size && this.changed[to] > base) to++;
      runs.push(...leb128(i - end), ...leb128(to - i), ...this.bytes.subarray(i, to));
      end = i = to;
    }
    return Buffer.from(runs);
  }

  age(since) {
    return since === undefined ? null : Math.max(0, Date.now() - since);
  }
}

class Viewer {
  constructor(bridge, socket) {
    this.bridge = bridge;
    this.socket = socket;
    this.subs = new Map(); // region -> {hz, enc, live, seq, wseq, due}
    this.globs = [];
    this.sentFrames = 0;
    this.ackedFrames = 0;
    this.conflated = 0;
    this.sentBytes = 0;
    this.received = [];
    this.maxHz = null;
    this.hidden = false;
    this.greeted = false;
    socket.on("message", (data, binary) => {
      if (!binary) return socket.close(1003);
      try {
        for (const array of msgpack.decodeMulti(data)) this.take(array);
      } catch (error) {
        socket.close(4400, String(error.message).slice(0, 100));
      }
    });
  }

  send(...arrays) {
    if (this.bridge.silent || this.socket.readyState !== 1) return;
    const bytes = Buffer.concat(arrays.map((array) => msgpack.encode(array)));
    this.sentBytes += bytes.length;
    this.socket.send(bytes);
  }

  take(array) {
    const [op, ...args] = array;
    this.received.push(array);
    if (!this.greeted) {
      if (op !== 32) throw new Error("HELLO first");
      return this.greet(args[1] ?? {});
    }
    if (op === 33) this.subscribe(args[0], args[1]);
    else if (op === 34) this.unsubscribe(args[0], args[1]);
    else if (op === 35) {
      const region = this.bridge.regions.find((r) => r.sid === args[1] && r.schema);
      if (region) this.send([4, region.sid, region.schema]);
      else this.send([12, args[0], 404, "no such schema"]);
    } else if (op === 36) {
      if (args[0] > this.sentFrames) throw new Error("ACK of more than was sent");
      this.ackedFrames = args[0];
      this.hidden = args[1];
    } else if (op === 37) this.send([10, args[0], Date.now() * 1000]);
    else if (op === 38) this.maxHz = args[0];
    else if (op === 39) this.send([12, args[0], 403, "not from here"]);
    else if (op < 64) throw new Error(`unknown op ${op}`);
  }

  greet(info) {
    if (this.bridge.token && info.token !== this.bridge.token) return this.socket.close(4501, "token");
    this.greeted = true;
    this.resumes = info.resume && Buffer.from(info.resume).equals(this.bridge.boot);
    const limits = { msg_bytes: 16384, msgs_per_s: 50, subs: this.bridge.subsMax, frames: 4, window_bytes: 262144, hz: 120, ack: 3, ack_bytes: 32768 };
    const hello = { daemon: "0.1.0-mock", instance: this.bridge.instance, hb_ms: this.bridge.hbMs, access: "r" };
    this.send([1, 0, this.bridge.boot, Date.now() * 1000, this.bridge.mono(), { ...hello, limits, caps: [] }]);
    const rows = this.bridge.regions.map((r) => this.annRow(r));
    if (!rows.length) this.send([2, true, []]);
    for (let i = 0; i < rows.length; i += 100) this.send([2, i + 100 >= rows.length, rows.slice(i, i + 100)]);
  }

  annRow(r) {
    return [r.rid, r.name, r.gen, r.size, r.sid, r.flags, r.state, 500, r.hz ? Math.round(1000 / r.hz) : 0, r.kind, r.doc, ...(r.open ? [r.open] : [])];
  }

  subscribe(ref, rows) {
    const answer = [];
    for (const [target, options] of rows) {
      const found = this.bridge.match(target);
      if (typeof target === "string" && target.includes("*")) this.globs.push([target, options]);
      else if (!found.length) answer.push([0, 404]);
      for (const region of found) {
        const isFull = !this.subs.has(region) && this.subs.size >= this.bridge.subsMax;
        answer.push([region.rid, isFull ? 429 : 0]);
        if (isFull) break; // one row says so, as the bridge does
        this.accept(region, options);
      }
    }
    this.send([5, ref, 0, answer], [8, Date.now() * 1000, [...this.subs.keys()].map((r) => this.liveRow(r))]);
  }

  accept(region, options) {
    const fits = this.resumes || this.subs.has(region);
    const known = fits && options.gen === region.gen && options.seq <= region.seq ? options.seq : 0;
    this.subs.set(region, {
      hz: options.hz ?? 60,
      enc: options.enc ?? 0,
      live: options.live_only ?? false,
      seq: known,
      wseq: region.wseq,
      due: 0,
    });
  }

  unsubscribe(ref, targets) {
    for (const target of targets) {
      this.globs = this.globs.filter(([glob]) => glob !== target);
      for (const region of this.bridge.match(target)) this.subs.delete(region);
    }
    this.send([5, ref, 0, []]);
  }

  liveRow(r) {
    const hz = r.state === LIVE ? r.hz : 0;
    return [r.rid, r.state, r.age(r.beatAt), r.age(r.committedAt), r.epoch, r.pid, hz + 0.01, r.writer, ...(r.why ? [r.why] : [])];
  }

  tick(now) {
    if (!this.greeted || this.sentFrames - this.ackedFrames >= 4) return;
    if (this.socket.bufferedAmount > 65536) return;
    const updates = [];
    let bytes = 0;
    for (const [region, sub] of this.subs) {
      if (sub.live || !region.seq || sub.seq === region.seq || now < sub.due || this.maxHz === 0) continue;
      if (bytes > 16384) break;
      const hz = Math.min(sub.hz, this.maxHz ?? Infinity, this.hidden ? 1 : Infinity);
      sub.due = now + 1000 / hz - 4;
      const patch = sub.seq ? region.delta(sub.seq) : undefined;
      const key = !patch || patch.length >= region.size * 0.75;
      const skipped = sub.seq && region.wseq - sub.wseq > 1;
      if (skipped) this.conflated++;
      const flags =
        (key ? KEY : 0) |
        (skipped ? CONFLATED : 0) |
        (region.state === LIVE ? 0 : WRITER_NOT_LIVE) |
        region.updateFlags;
      const data = key ? region.bytes : patch;
      const head = [6, region.rid, region.gen, key ? 0 : sub.seq, region.seq, region.wseq];
      updates.push([...head, region.committedAt * 1000, region.age(region.committedAt), flags, data]);
      bytes += data.length;
      sub.seq = region.seq;
      sub.wseq = region.wseq;
    }
    if (!updates.length) return;
    this.sentFrames++;
    this.send(...updates);
  }
}

export class MockBridge {
  constructor(options = {}) {
    this.token = options.token;
    this.instance = options.instance ?? "rig-1";
    this.hbMs = options.hbMs ?? 1000;
    this.subsMax = options.subsMax ?? 1024;
    this.dist = options.dist ?? join(root, "web/dist");
    this.regions = [];
    this.viewers = new Set();
    this.silent = false;
    this.nextRid = 1;
    this.boot = randomBytes(16);
    this.started = process.hrtime.bigint();
    for (const region of options.regions ?? []) this.add(region);
  }

  mono() {
    return Number((process.hrtime.bigint() - this.started) / 1000n);
  }

  region(name) {
    return this.regions.find((r) => r.name === name);
  }

  match(target) {
    if (typeof target === "number") return this.regions.filter((r) => r.rid === target);
    if (!target.includes("*")) return this.regions.filter((r) => r.name === target);
    const escaped = target.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*\*|\*/g, (s) => (s === "**" ? ".*" : "[^./]*"));
    return this.regions.filter((r) => new RegExp(`^${escaped}$`, "s").test(r.name));
  }

  add(region) {
    region.rid = this.nextRid++;
    this.regions.push(region);
    for (const viewer of this.viewers) {
      if (!viewer.greeted) continue;
      viewer.send([2, true, [viewer.annRow(region)]]);
      for (const [glob, options] of viewer.globs) if (this.match(glob).includes(region)) viewer.accept(region, options);
    }
    if (this.server) this.pace(region);
    return region;
  }

  remove(name) {
    const region = this.region(name);
    this.regions = this.regions.filter((r) => r !== region);
    clearInterval(region.timer);
    for (const viewer of this.viewers) {
      viewer.subs.delete(region);
      viewer.send([3, [region.rid]]);
    }
  }

  pace(region) {
    clearInterval(region.timer);
    if (!region.hz) return;
    region.timer = setInterval(() => {
      if (region.state === LIVE) region.commit();
    }, 1000 / region.hz);
  }

  transition(region, state) {
    region.state = state;
    for (const viewer of this.viewers)
      if (viewer.subs.has(region)) viewer.send([8, Date.now() * 1000, [viewer.liveRow(region)]]);
  }

  killWriter(name) {
    this.transition(this.region(name), DEAD);
  }

  stopWriter(name) {
    this.transition(this.region(name), CLOSED);
  }

  hangWriter(name) {
    this.transition(this.region(name), STALE);
  }

  restartWriter(name) {
    const region = this.region(name);
    region.epoch++;
    region.pid++;
    region.beatAt = Date.now();
    this.transition(region, LIVE);
  }

  sourceStale(name, on) {
    const region = this.region(name);
    region.updateFlags = on ? SOURCE_STALE : 0;
  }

  /** As the daemon: BYE, everything closes, a new boot with new rids. */
  async restartDaemon(pauseMs = 300) {
    for (const viewer of this.viewers) viewer.send([13, 1012, "restart", pauseMs]);
    const { port } = this.server.address();
    await this.stop();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    this.boot = randomBytes(16);
    for (const region of this.regions) {
      region.rid = this.nextRid += 3;
      region.seq = 0;
      region.changed.fill(0);
      region.commit();
    }
    await this.listen(port);
  }

  async listen(port = 0) {
    const types = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
    const headers = {
      "Content-Security-Policy": CSP,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    };
    this.server = createServer((request, response) => {
      const name = request.url.split("?")[0] === "/" ? "index.html" : request.url.slice(1).split("?")[0];
      const type = types[name.split(".").pop()];
      try {
        if (!type || name.includes("/")) throw new Error("404");
        const body = readFileSync(join(this.dist, name));
        response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
      } catch {
        response.writeHead(404, headers).end();
      }
    });
    const wss = new WebSocketServer({
      server: this.server,
      path: "/ws",
      handleProtocols: (offered) => (offered.has("pagecast.v1") ? "pagecast.v1" : false),
    });
    wss.on("connection", (socket) => {
      const viewer = new Viewer(this, socket);
      this.viewers.add(viewer);
      socket.on("close", () => this.viewers.delete(viewer));
    });
    await new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
    for (const region of this.regions) this.pace(region);
    this.tickTimer = setInterval(() => {
      const now = Date.now();
      for (const viewer of this.viewers) viewer.tick(now);
    }, 8);
    let n = 0;
    this.hbTimer = setInterval(() => {
      n++;
      for (const region of this.regions) if (region.state === LIVE) region.beatAt = Date.now();
      for (const viewer of this.viewers) {
        if (!viewer.greeted) continue;
        const { conflated, sentBytes } = viewer;
        const stats = { viewers: this.viewers.size, regions: this.regions.length, conflated, sent_bytes: sentBytes };
        viewer.send(
          [9, n, Date.now() * 1000, this.mono(), stats],
          [8, Date.now() * 1000, [...viewer.subs.keys()].map((r) => viewer.liveRow(r))],
        );
      }
    }, this.hbMs);
    return this.server.address().port;
  }

  status(level, id, text, ttlMs = 0) {
    for (const viewer of this.viewers) viewer.send([11, level, id, text, ttlMs]);
  }

  async stop() {
    clearInterval(this.tickTimer);
    clearInterval(this.hbTimer);
    for (const region of this.regions) clearInterval(region.timer);
    for (const viewer of this.viewers) viewer.socket.terminate();
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections?.();
    });
  }
}

/** What a small machine looks like: the tutorial struct, a system, something nested, something raw. */
export function demoRegions() {
  const wave = (n, period, phase = 0) => Math.sin((n / period) * 2 * Math.PI + phase);
  const fork = new MockRegion("fork_server", {
    kind: 1,
    writer: "fork_server",
    doc: "The tutorial struct, written by examples/fork_server",
    fields: [
      { n: "a", t: "bool", doc: "a flag that toggles" },
      { n: "b", t: "f32", u: "V", min: -2, max: 2, ti: "Bus voltage" },
      { n: "c", t: "f64", u: "m/s" },
      { n: "buffer", t: "char", l: 10 },
    ],
    fill(r, n) {
      r.view.setUint8(r.at("a"), Math.floor(n / 20) % 2);
      r.view.setFloat32(r.at("b"), wave(n, 80) * 1.5, true);
      r.view.setFloat64(r.at("c"), n * 0.05, true);
      r.text("buffer", `tick ${n % 10000}`);
    },
  });
  const system = new MockRegion("system", {
    hz: 10,
    writer: "sysmon",
    doc: "This machine's processors, memory and load",
    fields: [
      { n: "cpu", t: "f32", u: "%", min: 0, max: 100, ti: "Processor" },
      { n: "mem_used_bytes", t: "u64", u: "B", ti: "Memory used" },
      { n: "mem_total_bytes", t: "u64", u: "B", ti: "Memory" },
      { n: "load", t: "f64", d: [3], ti: "Load average" },
      { n: "uptime_s", t: "u64", u: "s" },
      { n: "state", t: "enum8", en: [[0, "idle"], [1, "busy"], [2, "throttled"]] },
      {
        n: "core",
        t: "struct",
        d: [4],
        f: [
          { n: "busy", t: "f32", u: "%", min: 0, max: 100 },
          { n: "mhz", t: "u32", u: "MHz", min: 800, max: 4800 },
        ],
      },
      { n: "hostname", t: "wchar16", l: 16 },
    ],
    fill(r, n) {
      r.view.setFloat32(r.at("cpu"), 38 + 25 * wave(n, 150) + 8 * Math.random(), true);
      r.view.setBigUint64(r.at("mem_used_bytes"), BigInt(Math.round(6.2e9 + 4e8 * wave(n, 400))), true);
      r.view.setBigUint64(r.at("mem_total_bytes"), 16777216000n, true);
      for (let i = 0; i < 3; i++) r.view.setFloat64(r.at("load") + 8 * i, 1.2 + 0.3 * wave(n, 300 * (i + 1)), true);
      r.view.setBigUint64(r.at("uptime_s"), BigInt(86400 * 3 + Math.floor(n / 10)), true);
      r.view.setUint8(r.at("state"), Math.floor(n / 50) % 3);
      for (let i = 0; i < 4; i++) {
        r.view.setFloat32(r.at("core") + 8 * i, 50 + 45 * wave(n, 90, i), true);
        r.view.setUint32(r.at("core") + 8 * i + 4, 2400 + Math.round(1200 * wave(n, 200, i)), true);
      }
      r.text("hostname", "rig-1");
    },
  });
  const physics = new MockRegion("sim.physics", {
    hz: 60,
    kind: 2,
    flags: 1,
    writer: "",
    pid: 0,
    fields: [
      { n: "packetId", t: "i32" },
      { n: "gas", t: "f32", min: 0, max: 1 },
      { n: "brake", t: "f32", min: 0, max: 1 },
      { n: "gear", t: "enum32", en: [[-1, "R"], [0, "N"], [1, "1"], [2, "2"], [3, "3"], [4, "4"], [5, "5"], [6, "6"]] },
      { n: "rpm", t: "i32", u: "rpm", min: 0, max: 9000 },
      { n: "speedKmh", t: "f32", u: "km/h", min: 0, max: 320 },
      { n: "velocity", t: "f32", d: [3], u: "m/s" },
      {
        n: "wheel",
        t: "struct",
        d: [4],
        f: [
          { n: "slip", t: "f32", min: 0, max: 1 },
          { n: "pressure", t: "f32", u: "psi", min: 0, max: 40 },
          { n: "temp", t: "f32", d: [3], u: "degC", min: 0, max: 140 },
        ],
      },
      { n: "driver", t: "char", l: 24 },
    ],
    fill(r, n) {
      r.view.setInt32(r.at("packetId"), n, true);
      const s = (wave(n, 900) + 1) / 2;
      r.view.setFloat32(r.at("gas"), Math.max(0, wave(n, 300)), true);
      r.view.setFloat32(r.at("brake"), Math.max(0, -wave(n, 300)), true);
      r.view.setInt32(r.at("gear"), 1 + Math.floor(s * 5.99), true);
      r.view.setInt32(r.at("rpm"), 2500 + Math.round((n * 37) % 5200), true);
      r.view.setFloat32(r.at("speedKmh"), 40 + 230 * s, true);
      for (let i = 0; i < 3; i++) r.view.setFloat32(r.at("velocity") + 4 * i, 20 * wave(n, 200, i), true);
      for (let w = 0; w < 4; w++) {
        const at = r.at("wheel") + 20 * w;
        r.view.setFloat32(at, Math.abs(wave(n, 70, w)) * 0.3, true);
        r.view.setFloat32(at + 4, 27.5 + 0.4 * wave(n, 500, w), true);
        for (let i = 0; i < 3; i++) r.view.setFloat32(at + 8 + 4 * i, 82 + 9 * wave(n, 700, w + i), true);
      }
      r.text("driver", "Ada Lovelace");
    },
  });
  physics.state = LIVE;
  const frame = new MockRegion("camera.frame", {
    size: 640,
    hz: 5,
    writer: "camera",
    doc: "Raw bytes, no layout",
    fill(r, n) {
      for (let i = 0; i < 32; i++) r.bytes[(n * 32 + i) % r.size] = (n + i) & 255;
    },
  });
  const setpoints = new MockRegion("plc/setpoints", {
    hz: 1,
    kind: 1,
    writer: "hmi",
    fields: [
      { n: "pump", t: "enum8", en: [[0, "off"], [1, "on"]] },
      { n: "target", t: "f64", u: "degC", min: 0, max: 120, ti: "Target temperature" },
      { n: "recipe", t: "char", l: 32 },
      { n: "serial", t: "u8", l: 6 },
    ],
    fill(r) {
      r.view.setUint8(r.at("pump"), 1);
      r.view.setFloat64(r.at("target"), 72.5, true);
      r.text("recipe", "Pale Ale 12");
      r.bytes.set([0xde, 0xad, 0xbe, 0xef, 0, 1], r.at("serial"));
    },
  });
  return [fork, system, physics, frame, setpoints];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bridge = new MockBridge({ regions: demoRegions(), token: process.env.MOCK_TOKEN });
  const port = await bridge.listen(Number(process.argv[2] ?? 0));
  console.log(`http://127.0.0.1:${port}/`);
}
