"""pagecast_mcap.py - reads MCAP files as https://mcap.dev/spec describes them, with nothing but struct, zlib and libzstd.

A second implementation on purpose, and a stricter one than ours: every index, count, offset and checksum of the summary is held
against the data. The end of a file that was cut is reported, not mended.
"""
import ctypes
import ctypes.util
import struct
import zlib

MAGIC = b"\x89MCAP0\r\n"
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, MESSAGE_INDEX, CHUNK_INDEX = range(1, 9)
STATISTICS, SUMMARY_OFFSET, DATA_END = 11, 14, 15
UNKNOWN = 2 ** 64 - 1
EVENTS = ("value", "begins", "state", "was paused", "ends")


class Reader:
    """Numbers, texts and maps out of the content of a record."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def number(self, form):
        value, = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return value

    def bytes(self, form="I"):
        size = self.number(form)
        assert self.at + size <= len(self.data), "a length beyond its record"
        self.at += size
        return self.data[self.at - size:self.at]

    def text(self):
        return self.bytes().decode()

    def map(self, key, value):
        inner, found = Reader(self.bytes()), {}
        while inner.at < len(inner.data):
            k = inner.text() if key == "s" else inner.number(key)
            assert k not in found, f"key {k} twice in a map"
            found[k] = inner.text() if value == "s" else inner.number(value)
        return found

    def rest(self):
        return self.data[self.at:]


def records(data, at, end):
    """(opcode, content, offset, offset behind it) of each whole record."""
    while at + 9 <= end:
        op, size = struct.unpack_from("<BQ", data, at)
        if size > end - at - 9:
            return
        yield op, data[at + 9:at + 9 + size], at, at + 9 + size
        at += 9 + size


def zstd(data, size):
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    room = ctypes.create_string_buffer(size)
    got = library.ZSTD_decompress(room, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    assert got == size, f"zstd: {got} instead of {size}"
    return room.raw


class Message:
    __slots__ = ("channel", "topic", "sequence", "log_ns", "publish_ns", "tick", "missed", "epoch", "flags", "liveness", "event", "payload")

    def __init__(self, channel, content):
        r = Reader(content)
        r.number("H")
        self.channel, self.topic = channel, channel["topic"]
        self.sequence, self.log_ns, self.publish_ns = r.number("I"), r.number("Q"), r.number("Q")
        self.tick, self.missed, self.epoch, self.flags, live, event = struct.unpack_from("<QQIHBB", r.rest())
        self.liveness, self.event = live, EVENTS[event]
        self.payload = r.rest()[24:]
        assert self.sequence == self.tick & 0xFFFFFFFF
        assert len(self.payload) == (int(channel["metadata"]["payload_bytes"]) if event == 0 else 0), (len(self.payload), event)


class Recording:
    """All of a file. `is_whole`: it has its end, and that agrees with everything before it."""

    def __init__(self, path):
        self.data = open(path, "rb").read()
        self.schemas, self.channels, self.messages, self.chunks = {}, {}, [], []
        self.is_whole = False
        assert self.data[:8] == MAGIC, "no magic"
        whole = list(records(self.data, 8, len(self.data)))
        assert whole and whole[0][0] == HEADER
        head = Reader(whole[0][1])
        self.profile, self.library = head.text(), head.text()
        indexes = None
        for op, content, at, end in whole[1:]:
            if op == CHUNK:
                self._check_indexes(indexes)
                indexes = self._chunk(content, at, end)
            elif op == MESSAGE_INDEX:
                self._message_index(content, at, indexes)
            elif op == DATA_END:
                self._check_indexes(indexes)
                self._summary(end)
                break
            else:
                raise AssertionError(f"record {op} in the data section")

    def _schema(self, content):
        r = Reader(content)
        number = r.number("H")
        schema = {"name": r.text(), "encoding": r.text(), "data": r.bytes()}
        assert number and self.schemas.setdefault(number, schema) == schema

    def _channel(self, content):
        r = Reader(content)
        number = r.number("H")
        channel = {"schema": r.number("H"), "topic": r.text(), "encoding": r.text(), "metadata": r.map("s", "s")}
        assert channel["schema"] == 0 or channel["schema"] in self.schemas
        assert self.channels.setdefault(number, channel) == channel

    def _chunk(self, content, at, end):
        r = Reader(content)
        start, last, size, crc, compression = r.number("Q"), r.number("Q"), r.number("Q"), r.number("I"), r.text()
        packed = r.bytes("Q")
        assert compression in ("zstd", ""), compression
        data = zstd(packed, size) if compression else packed
        assert len(data) == size and zlib.crc32(data) == crc and crc
        times, inner = [], {}
        for op, record, place, _ in records(data, 0, len(data)):
            if op == SCHEMA:
                self._schema(record)
            elif op == CHANNEL:
                self._channel(record)
            else:
                assert op == MESSAGE, op
                number, = struct.unpack_from("<H", record)
                message = Message(self.channels[number], record)
                self.messages.append(message)
                times.append(message.log_ns)
                inner.setdefault(number, []).append((message.log_ns, place))
        assert sum(e - p for _, _, p, e in records(data, 0, len(data))) == len(data), "a record beyond its chunk"
        assert (start, last) == ((min(times), max(times)) if times else (0, 0))
        self.chunks.append({"start": start, "last": last, "at": at, "length": end - at, "compression": compression,
                            "packed": len(packed), "size": size, "messages": len(times), "indexes": {}, "inner": inner,
                            "end": end})
        return self.chunks[-1]

    def _message_index(self, content, at, chunk):
        r = Reader(content)
        number, pairs = r.number("H"), Reader(r.bytes())
        found = []
        while pairs.at < len(pairs.data):
            found.append((pairs.number("Q"), pairs.number("Q")))
        assert found == chunk["inner"][number], "an index of other messages"
        assert number not in chunk["indexes"]
        chunk["indexes"][number] = at
        chunk["end"] = at + 9 + len(content)

    def _check_indexes(self, chunk):
        if chunk:
            assert set(chunk["indexes"]) == set(chunk["inner"]), "a channel of the chunk has no index"

    def _summary(self, start):
        assert self.data[-8:] == MAGIC and self.data[-37] == FOOTER, "cut off behind its data"
        foot = Reader(self.data[-28:-8])
        summary, offsets, crc = foot.number("Q"), foot.number("Q"), foot.number("I")
        assert summary == start and zlib.crc32(self.data[summary:-12]) == crc
        groups, seen = {}, []
        for op, content, at, end in records(self.data, summary, len(self.data) - 8):
            if op == SCHEMA:
                self._schema(content)
            elif op == CHANNEL:
                self._channel(content)
            elif op == CHUNK_INDEX:
                seen.append(self._chunk_index(content))
            elif op == STATISTICS:
                self._statistics(content)
            elif op == SUMMARY_OFFSET:
                assert at >= offsets
                r = Reader(content)
                group = r.number("B")
                assert (r.number("Q"), r.number("Q")) == tuple(groups.pop(group))
                continue
            else:
                assert op == FOOTER and at == len(self.data) - 37
                continue
            first, length = groups.get(op, (at, 0))
            assert first + length == at, "not grouped"
            groups[op] = (first, length + end - at)
        assert not groups, f"groups without an offset: {groups}"
        assert seen == [c["at"] for c in self.chunks]
        self.is_whole = True

    def _chunk_index(self, content):
        r = Reader(content)
        start, last, at, length, offsets = r.number("Q"), r.number("Q"), r.number("Q"), r.number("Q"), r.map("H", "Q")
        indexes, compression, packed, size = r.number("Q"), r.text(), r.number("Q"), r.number("Q")
        chunk = next(c for c in self.chunks if c["at"] == at)
        assert (start, last, length, compression, packed, size) == tuple(
            chunk[k] for k in ("start", "last", "length", "compression", "packed", "size"))
        assert offsets == chunk["indexes"] and indexes == chunk["end"] - at - length
        return at

    def _statistics(self, content):
        r = Reader(content)
        got = [r.number(f) for f in "QHIIIIQQ"]
        times = [m.log_ns for m in self.messages]
        assert got == [len(self.messages), len(self.schemas), len(self.channels), 0, 0, len(self.chunks),
                       min(times, default=0), max(times, default=0)], got
        counts = r.map("H", "Q")
        for number, channel in self.channels.items():
            assert counts[number] == sum(m.channel is channel for m in self.messages)

    def values(self, topic):
        return [m for m in self.messages if m.topic == topic and m.event == "value"]
