"""pagecast_viewer.py - viewers of pagecast.v1, written from docs/protocol.md alone: what they hold, and when they heard it.

    viewer = Viewer(daemon)                 # connects, says HELLO, waits for the list of regions
    viewer.sub("counter")                   # enc 0: bytes, patched in place
    viewer.wait(lambda: viewer.state("counter") == "dead", "dead", 1.5)

All viewers of a process share one event loop on a thread of its own; every method here may be called from the test.
"""
import array
import asyncio
import itertools
import struct
import threading
import time

import msgpack
import websockets

HELLO, ANN, UNANN, SCHEMA, RES, UPD, VAL, LIVE, HB, PONG, STATUS, ERR, BYE = range(1, 14)
C_HELLO, C_SUB, C_UNSUB, C_GETSCHEMA, C_ACK, C_PING, C_RATE, C_SET = range(32, 40)
KEY, CONFLATED, TORN, REPLAY, FINAL, WRITER_NOT_LIVE, SOURCE_STALE, RECOVERED = (1 << i for i in range(8))
STATES = "absent starting live stale dead closed retired legacy unreachable".split()
ARRAYS = {16: "b", 17: "B", 18: "h", 19: "H", 20: "i", 21: "I", 22: "q", 23: "Q", 24: "f", 25: "d"}
SCALARS = {"bool": "?", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "q", "u64": "Q",
           "f32": "f", "f64": "d"}
_loop = None
_lock = threading.Lock()


def loop():
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, daemon=True).start()
    return _loop


def call(coroutine, seconds=20):
    return asyncio.run_coroutine_threadsafe(coroutine, loop()).result(seconds)


def _ext(code, data):
    values = array.array(ARRAYS[code])
    values.frombytes(data)
    return values.tolist()


def _leb128(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def apply_patch(buffer, patch):
    """PC-UPD-02: runs of skip, length, bytes; must stay inside."""
    at = place = 0
    while at < len(patch):
        skip, at = _leb128(patch, at)
        length, at = _leb128(patch, at)
        place += skip
        assert length > 0 and place + length <= len(buffer) and at + length <= len(patch), "malformed patch (PC-UPD-04)"
        buffer[place:place + length] = patch[at:at + length]
        place, at = place + length, at + length


class Held:
    """What a viewer holds of one region."""

    def __init__(self, row):
        self.rid, self.name, self.gen, self.size, self.sid, self.flags, state, self.stale_ms, self.hint_ms, self.kind, \
            self.doc = row[:11]
        self.state, self.epoch, self.pid, self.hz, self.writer = STATES[state], None, None, None, None
        self.heartbeat_age_ms = self.write_age_ms = None
        self.why, self.settable = "", row[11] if len(row) > 11 else None
        self.bytes, self.seq, self.wseq, self.values, self.last_flags, self.age_ms = None, 0, 0, {}, 0, None
        self.keys = self.updates = 0
        self.ages = []     # age_ms of every update
        self.history = []  # (monotonic seconds, state, epoch) of every change

    def announce(self, row):
        newer = row[2] != self.gen
        assert row[2] >= self.gen, f"{self.name}: generation {self.gen} -> {row[2]}"
        self.name, self.gen, self.size, self.sid, self.flags = row[1:6]
        self.stale_ms, self.hint_ms, self.kind, self.doc = row[7:11]
        self.settable = row[11] if len(row) > 11 else None
        if newer:
            self.bytes, self.seq, self.values = None, 0, {}
        self.change(STATES[row[6]], self.epoch)

    def change(self, state, epoch):
        if (state, epoch) != (self.state, self.epoch):
            self.history.append((time.monotonic(), state, epoch))
        self.state, self.epoch = state, epoch

    def fits(self, gen, base, seq, flags):
        return gen == self.gen and (flags & KEY or base <= self.seq <= seq)

    def update(self, gen, base, seq, wseq, flags, age_ms, data):
        """PC-UPD-03, 04; False if it does not fit and must be dropped."""
        if not self.fits(gen, base, seq, flags):
            return False
        if isinstance(data, dict):
            self.values = dict(data) if flags & KEY else {**self.values, **data}
        elif flags & KEY:
            assert len(data) == self.size, f"{self.name}: KEY of {len(data)} bytes, size is {self.size}"
            self.bytes = bytearray(data)
        else:
            apply_patch(self.bytes, data)
        assert seq > self.seq or flags & KEY, f"{self.name}: seq {self.seq} -> {seq}"
        self.seq, self.wseq, self.last_flags, self.age_ms = seq, wseq, flags, age_ms
        self.updates += 1
        self.keys += bool(flags & KEY)
        if age_ms is not None:
            self.ages.append(age_ms)
        return True


class Viewer:
    """A connected viewer. close() or the end of the test's Place ends it."""

    def __init__(self, daemon=None, port=None, token=None, resume=None, ack=True, wait=True, agent="tests"):
        if daemon is not None:
            port, token = daemon.dashboard
        self.port, self.token, self.resume, self.ack, self.agent = port, token, resume, ack, agent
        self.regions, self.schemas, self.results, self.errors, self.messages = {}, {}, {}, [], []
        self.hello = self.bye = self.closed = self.socket = None
        self.heard = self.complete = False
        self.heartbeats = self.frames = self.dropped = 0
        self.gone, self.live_times = [], []
        self.refs = itertools.count(1)
        call(self._open())
        if daemon is not None:
            daemon.place.closers.append(self.close)
        if wait:
            self.wait(lambda: self.complete, "the list of regions")

    async def _open(self):
        self.socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/ws", subprotocols=["pagecast.v1"],
                                               max_size=None, compression=None, ping_interval=None)
        info = {"token": self.token, "agent": self.agent}
        if self.resume:
            info["resume"] = self.resume
        await self._send([C_HELLO, 0, info])
        self.task = asyncio.ensure_future(self._listen())
        self.pinger = asyncio.ensure_future(self._ping())

    async def _send(self, message):
        await self.socket.send(msgpack.packb(message))

    def send(self, *message):
        call(self._send(list(message)))

    async def _ping(self):
        for n in itertools.count():
            await asyncio.sleep(3)
            await self._send([C_PING, n])

    async def _listen(self):
        try:
            async for message in self.socket:
                self.heard = True
                unpacker = msgpack.Unpacker(ext_hook=_ext, strict_map_key=False)
                unpacker.feed(message)
                data = False
                for op, *rest in unpacker:
                    data |= op in (UPD, VAL)
                    self._take(op, rest)
                self.frames += data
                if data and self.ack:
                    await self._send([C_ACK, self.frames, False])
            self.closed = (self.socket.close_code, self.socket.close_reason)
        except websockets.ConnectionClosed as e:
            self.closed = (e.code, e.reason)
        except Exception as e:  # shown by wait() and by check()
            self.errors.append(repr(e))
            self.closed = (None, repr(e))
        finally:
            self.pinger.cancel()

    def _take(self, op, rest):
        if op == HELLO:
            self.hello = dict(minor=rest[0], boot=rest[1], **rest[4])
        elif op == ANN:
            for row in rest[1]:
                if row[0] in self.regions:
                    self.regions[row[0]].announce(row)
                else:
                    self.regions[row[0]] = Held(row)
            self.complete |= rest[0]
        elif op == UNANN:
            for rid in rest[0]:
                self.gone.append(self.regions.pop(rid).name)
        elif op == SCHEMA:
            self.schemas[rest[0]] = rest[1]
        elif op == RES:
            self.results[rest[0]] = (rest[1], rest[2])
        elif op in (UPD, VAL):
            rid, gen, base, seq, wseq, _t_us, age_ms, flags, data = rest[:9]
            if rid not in self.regions or not self.regions[rid].update(gen, base, seq, wseq, flags, age_ms, data):
                self.dropped += 1
        elif op == LIVE:
            self.live_times.append(time.monotonic())
            for rid, state, hb_age_ms, write_age_ms, epoch, pid, hz, writer, *more in rest[1]:
                held = self.regions[rid]
                held.why = more[0] if more else ""
                held.heartbeat_age_ms, held.write_age_ms = hb_age_ms, write_age_ms
                held.pid, held.hz, held.writer = pid, hz, writer
                held.change(STATES[state], epoch)
        elif op == HB:
            self.heartbeats += 1
            self.stats = rest[3]
        elif op == STATUS:
            self.messages.append(rest)
        elif op == ERR:
            self.errors.append(f"ERR {rest}")
        elif op == BYE:
            self.bye = rest

    # ---- for tests -------------------------------------------------------------------------------------------

    def wait(self, look, what, seconds=10):
        """Until look() is true; the monotonic seconds it took."""
        start = time.monotonic()
        while not look():
            if time.monotonic() - start > seconds:
                known = {h.name: (h.state, h.epoch, h.seq) for h in self.regions.values()}
                raise AssertionError(f"viewer: not within {seconds} s: {what}\nregions {known}\nerrors {self.errors} "
                                     f"closed {self.closed} dropped {self.dropped}")
            time.sleep(0.005)
        return time.monotonic() - start

    def region(self, name):
        return next((h for h in list(self.regions.values()) if h.name == name), None)

    def state(self, name):
        held = self.region(name)
        return held.state if held else None

    def sub(self, *targets, **options):
        """Subscribe, wait for the answer, and for the first update of plain names; returns the rows [rid, code]."""
        ref = next(self.refs)
        self.send(C_SUB, ref, [[t, options] for t in targets])
        self.wait(lambda: ref in self.results, f"answer to SUB {targets}")
        code, rows = self.results[ref]
        assert code == 0 and all(row[1] == 0 for row in rows), f"SUB {targets}: {code} {rows}"
        return rows

    def go_on(self, old, *names, **options):
        """Subscribe with what `old`, which has ended, holds of these regions (PC-SUB-04)."""
        for name in names:
            had, held = old.region(name), self.region(name)
            if held.gen == had.gen:
                held.bytes, held.seq, held.wseq = had.bytes and bytearray(had.bytes), had.seq, had.wseq
                held.values = dict(had.values)
            self.sub(name, gen=had.gen, seq=had.seq, **options)

    def schema(self, name):
        sid = self.region(name).sid
        if sid not in self.schemas:
            self.send(C_GETSCHEMA, next(self.refs), sid)
            self.wait(lambda: sid in self.schemas, f"schema {sid}")
        return self.schemas[sid]

    def value(self, name, field):
        """A top-level field out of the bytes held (enc 0) or the values (enc 1)."""
        held = self.region(name)
        if held.bytes is None:
            return held.values.get(field)
        f = next(f for f in self.schema(name)["fields"] if f["n"] == field)
        if f["t"] in ("char", "u8") and "l" in f:
            raw = bytes(held.bytes[f["o"]:f["o"] + f["l"]])
            return raw.split(b"\0")[0].decode() if f["t"] == "char" else raw
        return struct.unpack_from("<" + SCALARS[f["t"]], held.bytes, f["o"])[0]

    def check(self):
        """Nothing went wrong so far."""
        assert not self.errors and not self.dropped and self.closed is None, (self.errors, self.dropped, self.closed)

    async def _close(self):
        self.pinger.cancel()
        await self.socket.close()
        self.task.cancel()

    def close(self):
        try:
            call(self._close())
        except Exception:  # whatever state it is in: it ends
            pass
