#!/usr/bin/env python3
"""One configuration, a native daemon and one for Windows: the same bytes in shared memory and on the wire."""
import asyncio
import struct

import msgpack
import websockets
from pagecast_wine import PLUGINS, WINDOWS, WineDaemon, WineTest, main, windows_path  # first: it knows where the others are
from pagecast_memory import CONTROL
from pagecast_viewer import ANN, C_GETSCHEMA, C_HELLO, C_SUB, SCHEMA, UPD, VAL

REGIONS = """
  scalars:
    writer: external
    layout: { a: bool, b: f32, c: f64, d: i8, e: u16, f: i32, g: u64, buffer: 'char[10]' }
    initial: { a: true, b: 1.5, c: 3.14159, d: -3, e: 65535, f: -70000, g: 18446744073709551615, buffer: 'grüße' }
  nested:
    writer: external
    heartbeat: 250ms
    layout:
      mode: { type: enum8, labels: { 0: idle, 1: running } }
      wheel:
        type: struct[4]
        fields: { slip: f64, pos: { fields: { x: f32, y: f32 } } }
    initial: { mode: running, 'wheel[2].slip': 0.25, 'wheel[3].pos.y': -1 }
  raw: { writer: external, size: 100 }
"""
NAMES = ("scalars", "nested", "raw")
# What differs from run to run, wherever it runs ...
PER_RUN = ("instance", "boot_id", "region_id", "created_unix_ns", "payload_file_id", "identity_crc", "commit_mono_ns",
           "commit_unix_ns", "beat_count", "beat_mono_ns", "beat_unix_ns", "beat_late_max_ns")
# ... and what says how this system knows of deaths, and who a user is.
PER_SYSTEM = ("liveness_kind", "liveness_offset", "lock_offset", "writer_uid")


def masked(page):
    page = bytearray(page[:4096])
    for name in PER_RUN + PER_SYSTEM:
        offset, form = CONTROL[name]
        page[offset:offset + struct.calcsize("<" + form)] = bytes(struct.calcsize("<" + form))
    return bytes(page)


def different(one, other):
    """The control page's fields, or places, where two pages differ."""
    places = [at for at in range(len(one)) if one[at] != other[at]]
    known = {name: range(offset, offset + struct.calcsize("<" + form)) for name, (offset, form) in CONTROL.items()}
    return {next((name for name, span in known.items() if at in span), hex(at)) for at in places}


def items(message):
    """Each message of a frame as (its values, its bytes)."""
    unpacker = msgpack.Unpacker(strict_map_key=False)
    unpacker.feed(message)
    start = 0
    for values in unpacker:
        yield values, message[start:unpacker.tell()]
        start = unpacker.tell()


async def watch(port, regions):
    """What a viewer is told of the three regions: announcement, schema, whole payload as bytes and as values."""
    told = {}
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["pagecast.v1"], max_size=None) as ws:
        await ws.send(msgpack.packb([C_HELLO, 0, {"agent": "same.py"}]))
        rows = {}
        while len(rows) < len(regions):
            for values, _ in items(await ws.recv()):
                if values[0] == ANN:
                    rows.update((row[0], row) for row in values[2] if row[1] in regions)
        names = {rid: row[1] for rid, row in rows.items()}
        for row in rows.values():
            told[f"announcement of {row[1]}"] = msgpack.packb(row[1:])
        await ws.send(msgpack.packb([C_SUB, 1, [[name, {"enc": 0}] for name in regions]]))
        for ref, sid in enumerate({row[4] for row in rows.values() if row[4]}):
            await ws.send(msgpack.packb([C_GETSCHEMA, 10 + ref, sid]))

        async def collect(op, count):
            found = 0
            while found < count:
                for values, raw in items(await asyncio.wait_for(ws.recv(), 20)):
                    if values[0] == SCHEMA:
                        told[f"schema {values[1]}"] = raw
                    if values[0] == op:
                        values[6:8] = [0, 0]  # when it was written
                        told[f"{op} of {names[values[1]]}"] = msgpack.packb(values[2:])
                        found += 1
        await collect(UPD, len(regions))
        await ws.send(msgpack.packb([C_SUB, 2, [[name, {"enc": 1}] for name in regions]]))
        await collect(VAL, len(regions))
    return told


class Same(WineTest):
    def regions(self):
        return [f"{self.place.instance}.{name}" for name in NAMES]

    def both(self):
        config = (f"instance: {self.place.instance}\nregions:{REGIONS}"
                  "plugins:\n  dash: { plugin: websocket, listen: '127.0.0.1:0', auth: none }\n")
        for name in NAMES:
            config = config.replace(f"\n  {name}:", f"\n  {self.place.instance}.{name}:")
        native = self.place.daemon(config, "--plugin-path", PLUGINS)
        windows = WineDaemon(self.place, config, "--plugin-path", windows_path(WINDOWS / "plugins"))
        return native, windows

    def port(self, daemon):
        return int(daemon.wait_log(r"http://127\.0\.0\.1:(\d+)/")[1])

    def test_shared_memory(self):
        self.both()
        for name in self.regions():
            for section in (name, f"{name}.pagecast"):
                copy = self.place.folder / f"{section}.copy"
                self.windows_run("copy_section", section, copy)
                ours, theirs = (self.place.shm / section).read_bytes(), copy.read_bytes()
                if not section.endswith(".pagecast"):
                    self.assertEqual(theirs[:len(ours)], ours, section)
                    self.assertEqual(theirs[len(ours):], bytes(len(theirs) - len(ours)))
                    continue
                one, other = masked(ours), masked(theirs)
                self.assertEqual(different(one, other), set(), section)
                at, size = struct.unpack_from("<II", ours, CONTROL["schema_offset"][0])
                self.assertEqual(theirs[at:at + size], ours[at:at + size])
                self.assertEqual(size > 0, not name.endswith(".raw"))

    def test_the_wire(self):
        native, windows = self.both()
        ours, theirs = (asyncio.run(watch(self.port(daemon), self.regions())) for daemon in (native, windows))
        self.assertEqual(len(ours), 3 * len(NAMES) + 2)
        self.assertEqual(theirs, ours)


if __name__ == "__main__":
    main()
