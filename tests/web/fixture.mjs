// What the browser tests run against: a mock bridge, behind a proxy that can cut the line.
import { createServer, connect } from "node:net";
import { demoRegions, MockBridge } from "./mock_bridge.mjs";

const TOKEN = "t0ken-of-the-tests";

/** A TCP proxy whose line can go silent without closing: what a pulled cable looks like. */
class Line {
  constructor(targetPort) {
    this.pairs = new Set();
    this.isCut = false;
    this.server = createServer((near) => {
      const far = connect(targetPort, "127.0.0.1");
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
  const line = new Line(await bridge.listen());
  const port = await line.listen();
  const address = `http://127.0.0.1:${port}/`;
  return {
    kind: "mock",
    bridge,
    address,
    token: TOKEN,
    url: `${address}#t=${TOKEN}`,
    hbMs: bridge.hbMs,
    /** A region whose writer the tests may kill, and what it looks like. */
    victim: { name: "fork_server", fields: ["a", "b", "c", "buffer"], moving: "c" },
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
