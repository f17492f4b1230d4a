// What the browser tests run against: the mock bridge or the real daemon, behind a proxy that can cut the line.
//
// Both have: kind, address, token, url, hbMs, victim {name, fields}, truth(name) -> values by field, killWriter(name),
// restartWriter(name), restartDaemon(), cutLine(), healLine(), close(). The mock has its MockBridge as `bridge`.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoRegions, MockBridge } from "./mock_bridge.mjs";
import { until } from "./steps.mjs";

const TOKEN = "t0ken-of-the-tests";

/** A TCP proxy whose line can go silent without closing: what a pulled cable looks like. */
class Line {
  constructor() {
    this.target = 0;
    this.pairs = new Set();
    this.isCut = false;
    this.server = createServer((near) => {
      const far = connect(this.target, "127.0.0.1");
      const pair = { near, far };
      this.pairs.add(pair);
      const end = () => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        from.on("data", (data) => this.isCut || to.write(data));
        from.on("close", end);
        from.on("error", end);
      }
    });
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this.server.address().port;
  }

  cut() {
    this.isCut = true;
  }

  /** Bytes that were lost are lost: what was open cannot go on. */
  heal() {
    this.isCut = false;
    for (const { near, far } of this.pairs) {
      near.destroy();
      far.destroy();
    }
  }

  async close() {
    this.heal();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export async function startMock(options = {}) {
  const bridge = new MockBridge({ token: TOKEN, regions: demoRegions(), ...options });
  const line = new Line();
  line.target = await bridge.listen();
  const address = `http://127.0.0.1:${await line.listen()}/`;
  return {
    kind: "mock",
    bridge,
    address,
    token: TOKEN,
    url: `${address}#t=${TOKEN}`,
    hbMs: bridge.hbMs,
    victim: { name: "fork_server", fields: ["a", "b", "c", "buffer"] },
    truth: async (name) => ({ c: bridge.region(name).view.getFloat64(bridge.region(name).at("c"), true) }),
    killWriter: async (name) => bridge.killWriter(name),
    restartWriter: async (name) => bridge.restartWriter(name),
    restartDaemon: () => bridge.restartDaemon(),
    cutLine: () => line.cut(),
    healLine: () => line.heal(),
    async close() {
      await line.close();
      await bridge.stop();
    },
  };
}

// With PAGECAST_WINE the programs of the build are for Windows, and that program runs them.
const wine = process.env.PAGECAST_WINE;
const pathFor = (path) => (wine ? `Z:${path.replaceAll("/", "\\")}` : path);
const STOP = wine ? "SIGINT" : "SIGTERM"; // under Wine that is Ctrl-C

/** A process of ours, ended by close(). */
class Process {
  constructor(command, args) {
    this.text = "";
    if (wine) [command, args] = [wine, [`${command}.exe`, ...args]];
    this.child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
    this.child.on("error", (error) => (this.text += `${error.message}\n`));
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (data) => (this.text += data));
  }

  async end(signal = STOP) {
    this.child.kill(signal);
    if (signal !== "SIGSTOP" && signal !== "SIGCONT") await this.ended;
  }
}

let count = 0;

/** pagecastd with sysmon, the bridge, and a program that writes fork_server; BUILD is the CMake build folder.
 *  regions(prefix) is YAML of further ones, tokens the token file. */
export async function startReal(build, { hbMs = 500, regions = () => "", tokens } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "pagecast-web-"));
  const prefix = `pcweb${process.pid}-${count++}`;
  const line = new Line();
  const port = await line.listen();
  const address = `http://127.0.0.1:${port}/`;
  const sysmon = ["cpu", "memory", "disks", "network", "processes", "host"].map((n) => `${n}: ${prefix}.${n}`).join(", ");
  const layout = "{ a: bool, b: {type: f32, unit: V, min: 0, max: 1000}, c: f64, buffer: 'char[10]' }";
  writeFileSync(
    join(dir, "config.yaml"),
    `instance: ${prefix}
regions:
  fork_server: { name: ${prefix}.fork_server, writer: external, layout: ${layout} }
${regions(prefix)}plugins:
  sysmon: { interval: 100ms, ${sysmon} }
  dash:
    plugin: websocket
    listen: 127.0.0.1:0
    hb: ${hbMs}ms
    token_file: '${pathFor(join(dir, "token"))}'
    allow_hosts: ["127.0.0.1:${port}"]
    allow_origins: ["http://127.0.0.1:${port}"]
`,
  );
  if (tokens) writeFileSync(join(dir, "token"), tokens, { mode: 0o600 });
  let daemon;
  let writer;
  const startDaemon = async () => {
    daemon = new Process(join(build, "bin/pagecastd"), [
      "--plugin-path",
      pathFor(join(build, "plugins")),
      pathFor(join(dir, "config.yaml")),
    ]);
    await until(`the daemon to run\n${daemon.text}`, () => /runs instance/.test(daemon.text), 20000);
    line.target = Number(/dashboard: http:\/\/127\.0\.0\.1:(\d+)/.exec(daemon.text)[1]);
  };
  const startWriter = async () => {
    writer = new Process(join(build, "bin/writer"), ["--name", `${prefix}.fork_server`]);
  };
  /** It must end by itself and without a complaint, also under a sanitizer. */
  const endDaemon = async () => {
    await daemon?.end();
    if (daemon && daemon.child.exitCode !== 0)
      throw new Error(`pagecastd ended with ${daemon.child.exitCode ?? daemon.child.signalCode}\n${daemon.text}`);
  };
  const close = async () => {
    await line.close();
    await writer?.end("SIGKILL");
    try {
      await endDaemon();
    } finally {
      sweep();
    }
  };
  const sweep = () => {
    for (const name of existsSync("/dev/shm") ? readdirSync("/dev/shm") : [])
      if (name.includes(prefix)) rmSync(join("/dev/shm", name), { force: true });
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await startDaemon();
    await startWriter();
  } catch (error) {
    console.log(daemon?.text);
    await close();
    throw error;
  }
  const token = readFileSync(join(dir, "token"), "utf8").trim().split(/\s/)[0];
  return {
    kind: "real",
    prefix,
    address,
    token,
    url: `${address}#t=${token}`,
    hbMs,
    victim: { name: "fork_server", fields: ["a", "b", "c", "buffer"] },
    async truth(name) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${address}api/v1/regions/${encodeURIComponent(name)}`, { headers });
      return (await answer.json()).values;
    },
    killWriter: () => writer.end("SIGKILL"),
    stopWriter: () => writer.end(),
    hangWriter: () => writer.end("SIGSTOP"),
    wakeWriter: () => writer.end("SIGCONT"),
    restartWriter: startWriter,
    async restartDaemon() {
      await endDaemon();
      await startDaemon();
      await writer.end("SIGKILL"); // its region was the old daemon's
      await startWriter();
    },
    cutLine: () => line.cut(),
    healLine: () => line.heal(),
    close,
  };
}
