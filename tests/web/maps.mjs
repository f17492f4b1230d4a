// Programs of the real world, as far as their maps go: HWiNFO, iRacing, MumbleLink, rFactor 2, written as those write
// them, by a process of its own, into regions with the layouts that are shipped. And a panel that viewers set.
//
//   regions(prefix) is YAML for the daemon; node maps.mjs PREFIX writes the maps until it is ended.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);
const layouts = join(here, "../../../config/layouts");
const EVERY_MS = 50;

export const VEHICLES = 20;
export const READINGS = 64;

export function regions(prefix) {
  const map = (key, size, layout) =>
    `  ${key}: { name: ${prefix}.${key}, writer: legacy, sample: 10ms, size: ${size}, ${layout} }\n`;
  return (
    map("hwinfo", "64KiB", `layout_file: ${layouts}/hwinfo_sm2.yaml`) +
    map("iracing", "128KiB", `layout_file: ${layouts}/irsdk.yaml`) +
    map("rf2", 241680, `layout_file: ${layouts}/rf2_telemetry.yaml`) +
    map("mumble", 10580, `layout: { uiVersion: u32, uiTick: u32, name: { type: 'wchar32[256]', offset: 44 },
      identity: { type: 'wchar32[256]', offset: 1104, format: json }, context_len: { type: u32, offset: 2128 },
      context: { type: 'u8[256]', offset: 2132, length: context_len, fields: { kind: u32, shard: { type: u32, offset: 4 }, map: { type: u32, offset: 252 } } },
      description: { type: 'wchar32[2048]', offset: 2388 } }`) +
    map("game", 64, `layout: { game: { type: enum32, labels: { 1: ac, 2: acc } }, state: { type: u32, flags: { 1: pit, 2: yellow, 4: finished } },
      ac: { type: struct, when: 'game=ac', fields: { turbo: { type: f32, unit: bar, min: 0, max: 2 }, ballast: i32 } },
      acc: { type: struct, overlay: ac, when: 'game=acc', fields: { tc: i32, water: { type: i16, scale: 0.1, unit: degC, min: -40, max: 150 } } },
      bits: { type: u16, bits: 0..3 }, lamp: { type: u16, bits: '4' }, big: u64, broken: f64, endless: f32 }`) +
    `  panel: { name: ${prefix}.panel, remote_write: true, remote_fields: [target, water, mode, flags, on, note, big, key, curve],
    layout: { target: { type: f32, unit: degC, min: 0, max: 120, doc: 'of the boiler' }, water: { type: i16, scale: 0.1, unit: bar }, mode: { type: enum8, labels: { 0: idle, 1: running, 2: drained } },
      flags: { type: u16, flags: { 1: heat, 2: pump, 4: vent } }, on: bool, note: 'char[16]', big: u64, key: 'u8[4]', curve: 'f32[3]', locked: { type: i32 } },
    initial: { target: 20.5, water: 12, mode: idle, note: hello, big: 18446744073709551615, locked: 7 } }\n`
  );
}

/** A map under construction: numbers by offset, as C lays them out. */
class Bytes {
  constructor(size) {
    this.bytes = Buffer.alloc(size);
  }
  u32(at, ...values) {
    values.forEach((value, i) => this.bytes.writeUInt32LE(value >>> 0, at + 4 * i));
  }
  f32(at, ...values) {
    values.forEach((value, i) => this.bytes.writeFloatLE(value, at + 4 * i));
  }
  f64(at, ...values) {
    values.forEach((value, i) => this.bytes.writeDoubleLE(value, at + 8 * i));
  }
  text(at, text) {
    this.bytes.write(`${text}\0`, at, "latin1");
  }
  wide32(at, text) {
    [...`${text}\0`].forEach((char, i) => this.bytes.writeUInt32LE(char.codePointAt(0), at + 4 * i));
  }
}

/** Elements are larger than the known 392 and 460 bytes: the map says how large. */
class HwInfo extends Bytes {
  constructor() {
    super(65536);
    this.sensors = { at: 48, step: 400, count: 3 };
    this.readings = { at: 48 + 400 * 3, step: 480, count: READINGS };
    const { sensors, readings } = this;
    this.u32(0, 0x53695748, 2, 1);
    this.u32(20, sensors.at, sensors.step, sensors.count, readings.at, readings.step, readings.count, 2000);
    ["CPU [#0]: AMD Ryzen", "GPU [#0]: NVIDIA", "Drive: NVMe"].forEach((name, i) => {
      this.u32(sensors.at + i * sensors.step, 0xf000 + i, i);
      this.text(sensors.at + i * sensors.step + 8, name);
      this.bytes.write(name, sensors.at + i * sensors.step + 264, "utf8");
    });
    for (let i = 0; i < readings.count; i++) {
      const at = readings.at + i * readings.step;
      this.u32(at, [1, 2, 3, 5, 6, 7][i % 6], i % 3, 0x1000 + i);
      this.text(at + 12, `Reading ${i}`);
      this.text(at + 268, ["\xb0C", "V", "RPM", "W", "MHz", "%"][i % 6]);
    }
  }
  tick(n) {
    this.bytes.writeBigInt64LE(BigInt(1_700_000_000 + Math.floor(n / 20)), 12);
    for (let i = 0; i < this.readings.count; i += 1 + (i % 3))
      this.f64(this.readings.at + i * this.readings.step + 284, 40 + i + Math.sin(n / 9 + i), 30 + i, 60 + i, 45 + i);
  }
}

const VARS = [
  [4, 0, 1, "Speed", "m/s", "GPS vehicle speed"],
  [4, 4, 1, "RPM", "revs/min", "Engine rpm"],
  [2, 8, 1, "Gear", "", "-1=reverse, 0=neutral"],
  [1, 12, 1, "OnPitRoad", "", "Is the player on pit road"],
  [4, 16, 4, "CarIdxLapDistPct", "%", "Lap distance by car"],
  [5, 32, 1, "SessionTime", "s", "Seconds since the session start"],
];
export const SESSION = `---\nWeekendInfo:\n TrackName: spa\n TrackLength: 6.93 km\n${Array.from({ length: 40 }, (_, i) => ` Driver${i}: { CarIdx: ${i}, UserName: "Driver ${i}" }`).join("\n")}\n...\n`;

/** Three buffers take turns; the newest is the one with the largest tick. */
class IRacing extends Bytes {
  constructor() {
    super(131072);
    this.u32(0, 2, 1, 60, 1, SESSION.length, 4096, VARS.length, 112, 3, 64);
    VARS.forEach(([type, offset, count, name, unit, desc], i) => {
      const at = 112 + 144 * i;
      this.u32(at, type, offset, count);
      this.text(at + 16, name);
      this.text(at + 48, desc);
      this.text(at + 112, unit);
    });
    this.text(4096, SESSION);
  }
  tick(n) {
    const slot = n % 3;
    const at = 65536 + slot * 1024;
    this.f32(at, 50 + Math.sin(n / 20) * 20, 6000 + Math.cos(n / 20) * 1500);
    this.u32(at + 8, 4);
    this.bytes[at + 12] = 0;
    this.f32(at + 16, 0.25, 0.5, 0.75, 1);
    this.f64(at + 32, n / 20);
    this.u32(48 + 16 * slot, n, at);
  }
}

class RFactor2 extends Bytes {
  constructor() {
    super(241680);
    this.u32(12, VEHICLES);
    for (let i = 0; i < VEHICLES; i++) {
      this.u32(16 + 1888 * i, 100 + i);
      this.text(16 + 1888 * i + 32, `Car ${i}`);
      this.text(16 + 1888 * i + 96, "Silverstone");
    }
    this.u32(16 + 1888 * VEHICLES, 0xdead); // what an earlier session left behind
  }
  tick(n) {
    this.u32(0, n);
    for (let i = 0; i < VEHICLES; i++) {
      const at = 16 + 1888 * i;
      this.f64(at + 160, 100 * Math.sin(n / 30 + i), 0.5, 100 * Math.cos(n / 30 + i));
      this.u32(at + 352, 3 + (i % 4));
      this.f64(at + 356, 7000 + 500 * Math.sin(n / 10 + i));
    }
    this.u32(4, n);
  }
}

class Mumble extends Bytes {
  constructor() {
    super(10580);
    this.u32(0, 2);
    this.wide32(44, "Guild Wars 2");
    this.wide32(1104, JSON.stringify({ name: "Ünï 😀", profession: 4, map_id: 50 }));
    this.u32(2128, 48);
    this.u32(2132, 7, 1008);
    this.u32(2132 + 252, 99); // beyond what is in use
    this.wide32(2388, "Positional audio of a game");
  }
  tick(n) {
    this.u32(4, n);
  }
}

/** AC and ACC take turns under one name. */
class Game extends Bytes {
  constructor() {
    super(64);
  }
  tick(n) {
    const isAcc = Math.floor(n / 40) % 2 === 1;
    this.u32(0, isAcc ? 2 : 1, isAcc ? 0x13 : 0x1);
    if (isAcc) {
      this.u32(8, 5);
      this.u32(12, 923);
    } else {
      this.f32(8, 1.25);
      this.u32(12, 30);
    }
    this.bytes.writeUInt16LE(0x15, 16);
    this.bytes.writeBigUInt64LE(0xfffffffffffffffdn, 24);
    this.f64(32, NaN);
    this.f32(40, -Infinity);
  }
}

function main(prefix) {
  const maps = { hwinfo: new HwInfo(), iracing: new IRacing(), rf2: new RFactor2(), mumble: new Mumble(), game: new Game() };
  const files = Object.entries(maps).map(([key, map]) => ({ map, fd: openSync(`/dev/shm/${prefix}.${key}`, "r+") }));
  let n = 0;
  setInterval(() => {
    n++;
    for (const { map, fd } of files) {
      map.tick(n);
      writeSync(fd, map.bytes, 0, map.bytes.length, 0);
    }
  }, EVERY_MS);
  process.on("SIGTERM", () => {
    for (const { fd } of files) closeSync(fd);
    process.exit(0);
  });
  console.log("writing");
}

if (process.argv[1] === here) main(process.argv[2]);
