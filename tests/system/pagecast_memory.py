"""pagecast_memory.py - reads regions as docs/memory-format.md describes them, with nothing but mmap and struct.

A second implementation on purpose: what the C library and this one disagree on is a bug of one of them, or of the page.
"""
import mmap
import os
import struct
import time
from pathlib import Path

import pagecast_layout

MAGIC = 0x0A01545341434750
OWNER_DIED = 0x40000000
STATES = ("init", "live", "closed", "retired", "recovering")
LIVENESS = "absent starting live stale dead closed retired legacy unreachable".split()

# name -> (offset, format) of the control page
CONTROL = {
    "magic": (0x000, "Q"), "major": (0x008, "H"), "minor": (0x00a, "H"), "control_bytes": (0x00c, "I"),
    "endian": (0x010, "I"), "flags": (0x014, "I"), "object_bytes": (0x018, "Q"), "payload_bytes": (0x020, "Q"),
    "slot_offset": (0x028, "Q"), "slot_stride": (0x030, "Q"), "slot_count": (0x038, "I"), "schema_kind": (0x03c, "I"),
    "schema_id": (0x040, "Q"), "schema_offset": (0x048, "I"), "schema_bytes": (0x04c, "I"), "instance": (0x050, "16s"),
    "boot_id": (0x060, "16s"), "region_id": (0x070, "Q"), "created_unix_ns": (0x078, "Q"), "name": (0x080, "64s"),
    "heartbeat_ms": (0x0c0, "I"), "stale_after_ms": (0x0c4, "I"), "dead_after_ms": (0x0c8, "I"),
    "publish_hint_ms": (0x0cc, "I"), "liveness_kind": (0x0d0, "I"), "liveness_offset": (0x0d4, "I"),
    "lock_offset": (0x0d8, "Q"), "payload_file_id": (0x0e0, "Q"), "notify_min_us": (0x0e8, "I"),
    "path_offset": (0x0ec, "I"), "path_bytes": (0x0f0, "I"),
    "identity_crc": (0x0fc, "I"), "writer_pid": (0x100, "I"), "writer_uid": (0x104, "I"), "writer_start": (0x108, "Q"),
    "writer_pidns": (0x110, "Q"), "takeovers": (0x118, "Q"), "recovered_payload": (0x120, "Q"),
    "recovered_slot": (0x128, "Q"), "successor_region": (0x130, "Q"), "writer_name": (0x138, "32s"), "seq": (0x180, "Q"),
    "tick": (0x188, "Q"), "commit_mono_ns": (0x190, "Q"), "commit_unix_ns": (0x198, "Q"), "payload_flags": (0x1a0, "I"),
    "latest": (0x1a8, "Q"), "state": (0x1b0, "I"), "epoch": (0x1b4, "I"), "notify": (0x1c0, "I"),
    "beat_count": (0x200, "Q"), "beat_mono_ns": (0x208, "Q"), "beat_unix_ns": (0x210, "Q"),
    "beat_late_max_ns": (0x218, "Q"),
}
DIRECTORY = {"version": (0, "I"), "entry_bytes": (4, "I"), "capacity": (8, "I"), "count": (12, "I"), "instance": (16, "32s"),
             "daemon_pid": (48, "I"), "config_generation": (52, "I"), "started_unix_ns": (56, "Q"), "reload_count": (64, "I"),
             "reload_status": (68, "i"), "config_path": (72, "144s")}
ENTRY = {"name": (0, "64s"), "object": (64, "64s"), "id": (128, "I"), "generation": (132, "I"), "payload_bytes": (136, "Q"),
         "schema_id": (144, "Q"), "flags": (152, "I"), "writer_kind": (156, "I"), "liveness": (160, "I"),
         "access_mode": (164, "I"), "plugin": (168, "32s")}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def fields(table, data, base=0):
    """Every field of a struct as a dict; text without its NULs."""
    found = {}
    for name, (offset, form) in table.items():
        value, = struct.unpack_from("<" + form, data, base + offset)
        if form.endswith("s") and name not in ("instance", "boot_id") or form in ("32s", "144s"):
            value = value.split(b"\0")[0].decode()
        found[name] = value
    return found


def _map(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        return mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ), os.fstat(fd)
    finally:
        os.close(fd)


class Region:
    """One mapping of a region's two objects, kept for the life of this object: what an old reader holds."""

    def __init__(self, folder, name):
        self.control, self.control_stat = _map(Path(folder) / f"{name}.pagecast")
        page = bytes(self.control[:4096])
        self.identity = fields(CONTROL, page)
        at, size = self.identity["path_offset"], self.identity["path_bytes"]
        assert bool(size) == bool(self.identity["flags"] & 16), self.identity
        self.path = Path(self.control[at:at + size].decode()) if size else Path(folder) / name
        self.payload, self.payload_stat = _map(self.path)
        assert self.identity["magic"] == MAGIC, f"{name}: magic {self.identity['magic']:#x}"
        assert self.identity["major"] == 1 and self.identity["endian"] == 0x01020304, self.identity
        assert self.identity["identity_crc"] == crc32c(page[8:0xfc]), f"{name}: wrong CRC of the identity"
        assert self.identity["object_bytes"] == self.control_stat.st_size, (self.identity, self.control_stat)
        assert self.payload_stat.st_size >= self.identity["payload_bytes"], self.payload_stat

    def __getattr__(self, name):
        """A field of the control page as it is now."""
        if name not in CONTROL:
            raise AttributeError(name)
        return fields({name: CONTROL[name]}, self.control)[name]

    @property
    def state_name(self):
        return STATES[self.state]

    @property
    def is_dead(self):
        """The one load that tells of the writer's death."""
        return bool(struct.unpack_from("<I", self.control, self.identity["liveness_offset"])[0] & OWNER_DIED)

    @property
    def schema(self):
        start = self.identity["schema_offset"]
        return bytes(self.control[start:start + self.identity["schema_bytes"]]).decode()

    def snapshot(self, tries=1000):
        """(tick, bytes) of one consistent moment."""
        for _ in range(tries):
            before = self.seq
            tick, data = self.tick, bytes(self.payload[:self.identity["payload_bytes"]])
            if before % 2 == 0 and self.seq == before:
                return tick, data
        raise AssertionError("every try met a write in progress")

    def unpack(self, form, offset=0):
        return struct.unpack_from("<" + form, self.snapshot()[1], offset)

    def values(self):
        """One consistent moment, decoded by the layout beside it."""
        return pagecast_layout.values(pagecast_layout.parse(self.schema), self.snapshot()[1])

    def beats(self, seconds):
        """Does the heartbeat move within that time?"""
        count, end = self.beat_count, time.monotonic() + seconds
        while self.beat_count == count and time.monotonic() < end:
            time.sleep(0.01)
        return self.beat_count != count


class Directory:
    """What `pagecast.<instance>` says: header fields as attributes, entries by the region's key."""

    def __init__(self, folder, instance):
        self.region = Region(folder, f"pagecast.{instance}")
        _, data = self.region.snapshot()
        self.header = fields(DIRECTORY, data)
        assert self.header["version"] == 1 and self.header["entry_bytes"] == 256, self.header
        self.entries = {}
        for i in range(self.header["count"]):
            entry = fields(ENTRY, data, 256 + 256 * i)
            if entry["id"]:
                self.entries[entry["name"]] = entry

    def __getattr__(self, name):
        try:
            return self.header[name]
        except KeyError:
            raise AttributeError(name) from None


def status(folder, instance, what):
    """Values of the daemon's own region `pagecast.<instance>.<what>`: "daemon" or "plugins"."""
    return Region(folder, f"pagecast.{instance}.{what}").values()


def plugins(folder, instance):
    """Rows of the plugins' status by instance."""
    found = status(folder, instance, "plugins")
    return {row["instance"]: row for row in found["plugins"][:found["count"]]}
