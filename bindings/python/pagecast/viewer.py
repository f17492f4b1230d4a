"""Regions of another machine, or another program's: an asyncio viewer of the bridge's pagecast.v1 (docs/protocol.md, enc 1).

    async with pagecast.viewer.connect("http://127.0.0.1:7681/#t=TOKEN", ["sysmon.*"]) as viewer:
        async for event in viewer:
            print(event.region, event.liveness, event.values)

Needs the packages msgpack and websockets. Reconnecting is the caller's: a closed connection ends the iteration.
"""
import array
import asyncio
import dataclasses
import sys
import urllib.parse

_HELLO, _ANN, _UNANN, _RES, _VAL, _LIVE, _HB, _ERR, _BYE = 1, 2, 3, 5, 7, 8, 9, 12, 13
_TO_HELLO, _TO_SUB, _TO_ACK, _TO_PING = 32, 33, 36, 37
_STATES = "absent starting live stale dead closed retired legacy unreachable".split()
_ARRAYS = {16: "b", 17: "B", 18: "h", 19: "H", 20: "i", 21: "I", 22: "q", 23: "Q", 24: "f", 25: "d"}
_PING_S = 4.0  # the bridge gives a viewer up after 10 s of silence


class ViewerError(Exception):
    """The bridge refused: the token, the version, or a subscription; the text is the bridge's."""


@dataclasses.dataclass(frozen=True)
class Event:
    """One region changed: new values, another liveness, or both are as last known."""
    region: str
    values: dict       # {field: value}, complete; empty until the first values came
    liveness: str      # as `Region.liveness`; "absent" until it was told
    seq: int           # the bridge's count of published changes
    age_ms: int        # of the values when they were sent
    why: str = ""      # why it has that liveness, where the bridge knows; for people


@dataclasses.dataclass
class _Known:
    name: str
    values: dict = dataclasses.field(default_factory=dict)
    liveness: str = "absent"
    seq: int = 0
    age_ms: int = 0
    why: str = ""

    def event(self):
        return Event(self.name, dict(self.values), self.liveness, self.seq, self.age_ms, self.why)


def _ext(code, data):
    """Numeric arrays travel as little-endian ext 16..25 (PC-VAL-02)."""
    values = array.array(_ARRAYS[code])
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tolist()


class Viewer:
    """A connection; see connect(). Iterate it from one task."""

    def __init__(self, url, patterns, hz):
        place = urllib.parse.urlparse(url)
        scheme = "wss" if place.scheme in ("https", "wss") else "ws"
        self._url = f"{scheme}://{place.netloc}/ws"
        self._token = urllib.parse.parse_qs(place.fragment).get("t", [""])[0]
        self._patterns, self._hz = list(patterns), hz
        self._known, self._socket, self._pinger = {}, None, None
        self._frames = self._acked = self._owed_bytes = 0  # messages with data; bytes of those since the last ACK
        self._ack, self._ack_bytes = 1, 1                  # one ACK for so many; HELLO says more

    async def __aenter__(self):
        import msgpack
        import websockets
        self._pack, self._msgpack = msgpack.packb, msgpack
        self._socket = await websockets.connect(self._url, subprotocols=["pagecast.v1"])
        await self._socket.send(self._pack([_TO_HELLO, 0, {"token": self._token, "agent": "pagecast-python"}]))
        rows = [[p, {"enc": 1, "hz": self._hz}] for p in self._patterns]
        await self._socket.send(self._pack([_TO_SUB, 1, rows]))
        self._pinger = asyncio.ensure_future(self._ping())
        return self

    async def __aexit__(self, *_):
        self._pinger.cancel()
        await self._socket.close()

    async def _ping(self):
        number = 0
        while True:
            await asyncio.sleep(_PING_S)
            number += 1
            await self._socket.send(self._owed() + self._pack([_TO_PING, number]))

    def _owed(self):
        """An ACK of what was taken since the last one, or nothing."""
        if self._frames == self._acked:
            return b""
        self._acked, self._owed_bytes = self._frames, 0
        return self._pack([_TO_ACK, self._frames, False])

    async def _acknowledge(self, ops, size):
        """As rarely as the bridge allows, and with each heartbeat what is left (PC-ACK-01)."""
        if _VAL in ops:
            self._frames += 1
            self._owed_bytes += size
        if _HB in ops or self._frames - self._acked >= self._ack or self._owed_bytes >= self._ack_bytes:
            if owed := self._owed():
                await self._socket.send(owed)

    async def __aiter__(self):
        import websockets
        try:
            async for message in self._socket:
                unpacker = self._msgpack.Unpacker(ext_hook=_ext, strict_map_key=False)
                unpacker.feed(message)
                changed, ops = {}, set()
                for op, *rest in unpacker:
                    ops.add(op)
                    for rid in self._take(op, rest):
                        changed[rid] = None
                await self._acknowledge(ops, len(message))
                for rid in changed:
                    yield self._known[rid].event()
        except websockets.ConnectionClosedOK:
            return
        except websockets.ConnectionClosedError as closed:
            if 4500 <= closed.code < 4600:
                raise ViewerError(f"{closed.code} {closed.reason}") from closed
            raise ConnectionError(f"{closed.code} {closed.reason}") from closed

    def _take(self, op, rest):
        """Numbers of the regions that one message changed."""
        if op == _HELLO:
            limits = rest[4].get("limits", {})
            self._ack, self._ack_bytes = limits.get("ack", 1), limits.get("ack_bytes", 1)
        elif op == _ANN:
            for row in rest[1]:
                self._known.setdefault(row[0], _Known(row[1])).name = row[1]
        elif op == _UNANN:
            for rid in rest[0]:
                self._known.pop(rid, None)
        elif op == _VAL:
            rid, gen, base, seq, _wseq, _t, age_ms, _flags, values = rest[:9]
            known = self._known[rid]
            known.values.update(values)
            known.seq, known.age_ms = seq, age_ms
            return [rid]
        elif op == _LIVE:
            return [row[0] for row in rest[1] if self._set_liveness(row[0], row[1], row[8] if len(row) > 8 else "")]
        elif op == _ERR and not self._known:
            raise ViewerError(f"{rest[1]} {rest[2]}")
        return []

    def _set_liveness(self, rid, code, why):
        known, word = self._known.get(rid), _STATES[code] if code < len(_STATES) else "unknown"
        if known is None or (known.liveness, known.why) == (word, why):
            return False
        known.liveness, known.why = word, why
        return True


def connect(url, patterns=("**",), hz=10):
    """A Viewer of the regions whose names match `patterns` (`*` within a segment, `**` across), at most hz times a second.

    url  as the daemon prints it, with the token behind `#t=`. An async context manager and an async iterator of Event.
    Raises OSError where nobody listens, ViewerError where the bridge refuses."""
    return Viewer(url, patterns, hz)
