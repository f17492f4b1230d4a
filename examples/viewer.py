#!/usr/bin/env python3
"""A viewer in 70 lines, written from docs/protocol.md alone: prints regions as plain msgpack values (enc 1).

    python3 viewer.py 'http://127.0.0.1:7681/#t=TOKEN' 'fork_server' 'sysmon.*'

Needs the packages msgpack and websockets (Debian: python3-msgpack python3-websockets).
"""
import array
import asyncio
import json
import sys
import urllib.parse

import msgpack
import websockets

HELLO, ANN, RES, VAL, LIVE, ERR, BYE = 1, 2, 5, 7, 8, 12, 13
C_HELLO, C_SUB, C_ACK = 32, 33, 36
STATES = "absent starting live stale dead closed retired legacy unreachable".split()
ARRAY_OF = {16: "b", 17: "B", 18: "h", 19: "H", 20: "i", 21: "I", 22: "q", 23: "Q", 24: "f", 25: "d"}


def ext(code, data):
    """Numeric arrays travel as little-endian ext 16..25 (PC-VAL-02)."""
    values = array.array(ARRAY_OF[code])
    values.frombytes(data)
    return values.tolist()


def printable(value):
    return value.hex() if isinstance(value, bytes) else str(value)


async def view(url, patterns):
    place = urllib.parse.urlparse(url)
    token = urllib.parse.parse_qs(place.fragment).get("t", [""])[0]
    names, values, state, frames = {}, {}, {}, 0
    async with websockets.connect(f"ws://{place.netloc}/ws", subprotocols=["pagecast.v1"]) as ws:
        await ws.send(msgpack.packb([C_HELLO, 0, {"token": token, "agent": "viewer.py"}]))
        await ws.send(msgpack.packb([C_SUB, 1, [[p, {"enc": 1, "hz": 10}] for p in patterns]]))
        async for message in ws:
            unpacker = msgpack.Unpacker(ext_hook=ext, strict_map_key=False)
            unpacker.feed(message)
            data = False
            for op, *rest in unpacker:
                if op == ANN:
                    names.update((row[0], row[1]) for row in rest[1])
                elif op == VAL:
                    rid, _gen, _base, seq, _wseq, _t, age_ms, _flags, changed = rest[:9]
                    values.setdefault(rid, {}).update(changed)
                    data = True
                    print(json.dumps({"region": names[rid], "seq": seq, "age_ms": age_ms, "values": values[rid]},
                                     default=printable), flush=True)
                elif op == LIVE:
                    for rid, code, *_ in rest[1]:
                        if state.get(rid) != code:
                            state[rid] = code
                            print(json.dumps({"region": names.get(rid), "state": STATES[code]}), flush=True)
                elif op == RES:
                    for rid, code in rest[2]:
                        if code:
                            print(f"subscription refused: {code}", file=sys.stderr)
                elif op in (ERR, BYE):
                    print(f"bridge says: {rest}", file=sys.stderr)
            if data:
                frames += 1
                await ws.send(msgpack.packb([C_ACK, frames, False]))


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    try:
        asyncio.run(view(sys.argv[1], sys.argv[2:] or ["**"]))
    except KeyboardInterrupt:
        pass
    except websockets.ConnectionClosed as closed:
        sys.exit(f"connection closed: {closed.code} {closed.reason}")
    except OSError as error:
        sys.exit(f"cannot connect: {error}")
