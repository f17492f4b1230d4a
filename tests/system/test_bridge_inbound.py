"""What a viewer can do wrong, on every level, and what it may do: answers and close codes."""
import json
import random
import struct

import msgpack

from bridge_kit import (PONG, SLOW, WINE, Closed, Daemon, Failed, Socket, Viewer, Writer, check, equal, main, timing, pathlib, re, time, until)

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors"
ONE = "  one: { name: INSTANCE.one, writer: external, size: 8 }\n"


def connect(d, hello=True):
    s = Socket(d.port)
    equal(s.upgrade()[0], 101)
    if hello:
        s.frame(msgpack.packb([32, 0, {"token": d.token} if d.token else {}]))
        check(s.message(3), "HELLO")
    return s


def test_every_bad_vector_closes_with_its_code():  # quick
    d = Daemon(ONE, {"auth": "none"})
    rows = json.loads((VECTORS / "bad.json").read_text())
    for row in rows:
        s = connect(d, hello=row["after"] == "hello")
        s.frame(bytes.fromhex(row["hex"]))
        equal(s.close_code(), row["close"], row["name"])
        s.close()
    until(lambda: re.search(r"malformed message \(.+\), closed with 4400", d.log()), 2, "the log says why")
    print(f"      {len(rows)} vectors")
    d.stop()


def test_every_good_vector_is_taken():  # quick
    d = Daemon(ONE)
    for row in json.loads((VECTORS / "client.json").read_text()):
        ops = [m["op"] for m in row["meaning"]]
        data = bytes.fromhex(row["hex"])
        s = connect(d, hello="HELLO" not in ops)
        if "ACK" in ops:
            s.frame(data)
            equal(s.close_code(), 4400, row["name"], "acknowledges what was not sent")
            continue
        s.frame(data)
        if "HELLO" in ops:
            equal(s.close_code(), 4501, row["name"], "without the right token")
            continue
        s.frame(msgpack.packb([37, 4711]))
        found = False
        end = time.monotonic() + 5
        while not found and time.monotonic() < end:
            u = msgpack.Unpacker()
            u.feed(s.message(3) or b"")
            found = any(a[0] == PONG and a[1] == 4711 for a in u)
        check(found, row["name"], "no PONG after it")
        s.close()
    d.stop()


def test_five_bytes_do_not_cost_memory():
    d = Daemon(ONE)
    before = d.rss_kb()
    for _ in range(50):
        s = connect(d, hello=False)
        s.frame(bytes.fromhex("dd00ffffff"))
        equal(s.close_code(), 4400)
        s.close()
    check(d.rss_kb() - before < 4096, "grown by", d.rss_kb() - before, "KB")
    d.stop()


def test_frames_that_are_not_rfc_6455():
    d = Daemon(ONE)
    ping = msgpack.packb([37, 1])
    cases = {
        "a reserved bit": (lambda s: s.frame(ping, rsv=4), {1002}),
        "another reserved bit": (lambda s: s.frame(ping, rsv=1), {1002}),
        "an opcode of the future": (lambda s: s.frame(ping, opcode=3), {1002}),
        "a control opcode of the future": (lambda s: s.frame(b"", opcode=11), {1002}),
        "a fragmented ping": (lambda s: s.frame(b"x", opcode=9, fin=False), {1002}),
        "a continuation of nothing": (lambda s: s.frame(ping, opcode=0), {1002, 4400}),
        "a message inside a message": (lambda s: (s.frame(b"\x92", fin=False), s.frame(ping)), {1002}),
        "a ping too long": (lambda s: s.frame(b"x" * 126, opcode=9), {1002, None}),
        "a length with the top bit": (lambda s: s.frame(ping, length=1 << 63 | 5), {1002, 1009, None}),
        # lws takes lengths modulo 4 GiB where a long has 32 bits: an empty message, and what follows for the next frame
        "a length of a terabyte": (lambda s: s.frame(ping, length=1 << 40), {1009, 1002, 4400} if WINE else {1009}),
        "a text": (lambda s: s.frame(b"hello", opcode=1), {1003}),
        "a text in fragments": (lambda s: (s.frame(b"he", opcode=1, fin=False), s.frame(b"llo", opcode=0)), {1003}),
        "a text that is not UTF-8": (lambda s: s.frame(b"\xff\xfe", opcode=1), {1003, 1007}),
        "17 KiB": (lambda s: s.frame(b"\x00" * 17408), {1009}),
        "17 KiB in fragments": (lambda s: [s.frame(b"\x00" * 1024, opcode=2 if i == 0 else 0, fin=i == 16) for i in range(17)], {1009}),
        "nothing at all": (lambda s: s.frame(b""), {4400}),
        "a close": (lambda s: s.frame(struct.pack(">H", 1000), opcode=8), {1000}),
        "a close with a code that is none": (lambda s: s.frame(struct.pack(">H", 999), opcode=8), {1002}),
    }
    for name, (act, want) in cases.items():
        s = connect(d)
        try:
            act(s)
        except OSError:
            pass  # closed while we still wrote
        code = s.close_code()
        check(code in want, name, "->", code, "not", want)
        s.close()
    d.stop()


def test_a_message_may_come_in_pieces():
    d = Daemon(ONE)
    s = connect(d)
    data = msgpack.packb([37, 123456789])
    for i, byte in enumerate(data):
        s.frame(bytes([byte]), opcode=2 if i == 0 else 0, fin=i == len(data) - 1)
        s.frame(b"p%d" % i, opcode=9)  # control frames may stand between
    def answered():
        u = msgpack.Unpacker()
        u.feed(s.message(1) or b"")
        return any(a[:2] == [PONG, 123456789] for a in u)
    until(answered, 3, "PONG")
    until(lambda: s.message(0.1) is not None or len(s.pongs) >= 1, 3, "pongs")
    # the same, byte by byte on the wire
    mask = b"\0\0\0\0"
    raw = bytes([0x82, 0x80 | len(data)]) + mask + data
    for byte in raw:
        s.socket.sendall(bytes([byte]))
        time.sleep(0.002)
    until(answered, 3, "PONG again")
    d.stop()


def test_a_message_of_exactly_16_kib_is_taken():
    d = Daemon(ONE)
    v = Viewer(d)
    v.wait_list()
    head = b"\x92\x40\xda"
    v.socket.frame(head + struct.pack(">H", 16384 - 5) + b"x" * (16384 - 5))
    v.send([37, 7])
    v.wait(lambda: any(m[:2] == [PONG, 7] for m in v.messages), 3, "PONG")
    v.socket.frame(head + struct.pack(">H", 16384 - 4) + b"x" * (16384 - 4))
    equal(v.close_code(), 1009)
    d.stop()


def test_silence_before_hello_closes_with_4408():
    d = Daemon(ONE)
    s = connect(d, hello=False)
    started = time.monotonic()
    equal(s.close_code(8), 4408)
    check(4.5 < time.monotonic() - started < 7, "after", time.monotonic() - started)
    d.stop()


def test_silence_after_hello_closes_with_4408():
    d = Daemon(ONE)
    s = connect(d)
    started = time.monotonic()
    equal(s.close_code(13), 4408)
    check(9 < time.monotonic() - started < 12.5, "after", time.monotonic() - started)
    d.stop()


def test_too_many_messages_close_with_4429():
    d = Daemon(ONE)
    s = connect(d)
    for i in range(99):
        s.frame(msgpack.packb([37, i]))
    check(s.message(2), "a burst of a hundred is fine")
    try:
        for i in range(100):
            s.frame(msgpack.packb([37, i]))
    except OSError:
        pass
    equal(s.close_code(), 4429)
    check("closed with 4429" in d.log(), "the log says so")
    d.stop()


def test_fifty_messages_a_second_are_fine_for_ever():
    d = Daemon(ONE)
    v = Viewer(d)
    v.wait_list()
    started = time.monotonic()
    for i in range(180):
        v.send([37, i])
        v.run(max(0, started + i / 48 - time.monotonic()))
    v.wait(lambda: any(m[:2] == [PONG, 179] for m in v.messages), 3, "the last PONG")
    d.stop()


@timing
def test_acks_of_news_are_not_counted():
    d = Daemon(ONE)
    w = Writer(d.object("one"))
    v = Viewer(d)
    v.wait_list()
    v.sub("one", hz=120)
    w.process.stdin.write("stamp 0 120 480\n")
    w.process.stdin.flush()
    v.run(4.2)
    r = v.by_name("one")
    check(v.frames > 300 / SLOW, "messages:", v.frames)  # 300: about as many as would be allowed, were they counted
    equal(r.wseq, 480)
    d.stop()


def test_unknown_targets_encodings_and_rates_are_answered_row_by_row():
    d = Daemon(ONE + "  huge: { name: INSTANCE.huge, writer: external, size: 17000000 }\n")
    v = Viewer(d)
    v.wait_list()
    rid, huge = v.by_name("one").rid, v.by_name("huge").rid
    rows = [["nothing", {}], [999999, {}], [2**40, {}], [0, {}], ["one", {"enc": 7}], ["one", {"hz": 0}], ["one", {"hz": -1}],
            ["one", {"hz": 121}], ["one", {"hz": float("nan")}], ["huge", {}], ["huge", {"live_only": True}], ["no*such", {}],
            [rid, {"zoom": 1}], ["x" * 200, {}], ["x" * 130 + "*", {}], ["*", {"enc": 9}]]
    res = v.ask(33, rows)
    equal(res, [5, 1, 0, [[0, 404], [0, 404], [0, 404], [0, 404], [rid, 415], [rid, 422], [rid, 422], [rid, 422], [rid, 422],
                          [huge, 413], [huge, 0], [rid, 0], [0, 404], [0, 422], [0, 415]]])
    res = v.ask(34, [rid, rid, "nothing", "hu*"])
    equal(res, [5, 2, 0, [[rid, 0], [0, 404], [0, 404], [huge, 0]]])
    equal(v.ask(39, rid, {"a": 1}), [12, 3, 403, v.messages[-1][3]])
    d.stop()


def test_a_viewer_that_asks_and_does_not_read_is_closed():
    d = Daemon("".join(f"  r{i}: {{ name: INSTANCE.r{i}, writer: external, layout: {{ a: f32, doc{i}: 'char[30]' }} }}\n" for i in range(60)),
               {"sndbuf": 4096})
    s = Socket(d.port, rcvbuf=2048)
    equal(s.upgrade()[0], 101)
    s.frame(msgpack.packb([32, 0, {"token": d.token}]))
    time.sleep(0.3)
    code = "open"
    try:
        for i in range(2000):
            s.frame(msgpack.packb([33, i, [["**", {"live_only": True}]]] ) + msgpack.packb([34, i, ["**"]]) * 8)
            time.sleep(0.021)
    except OSError:
        code = "closed"
    equal(code, "closed")
    check(d.rss_kb() < 60000, d.rss_kb())
    d.stop()


def test_any_bytes_at_all_do_no_harm():  # quick
    d = Daemon(ONE)
    good = Viewer(d)
    good.wait_list()
    good.sub("**", live_only=True)
    rng = random.Random(7)
    head = (f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{d.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: pagecast.v1\r\n\r\n").encode()
    vectors = [bytes.fromhex(r["hex"]) for r in json.loads((VECTORS / "client.json").read_text())]
    for i in range(400):
        s = Socket(d.port)
        try:
            if i % 4 == 0:  # before the upgrade
                data = bytearray(head)
                for _ in range(rng.randrange(1, 6)):
                    data[rng.randrange(len(data))] = rng.randrange(256)
                s.socket.sendall(data if i % 8 else rng.randbytes(rng.randrange(1, 3000)))
            else:
                s.socket.sendall(head)
                s.head()
                s.frame(msgpack.packb([32, 0, {"token": d.token}]))
                for _ in range(rng.randrange(1, 8)):
                    frame = bytearray(rng.choice(vectors))
                    for _ in range(rng.randrange(0, 3)):
                        frame[rng.randrange(len(frame))] = rng.randrange(256)
                    if i % 4 == 1:
                        s.frame(bytes(frame), opcode=rng.choice([2, 2, 2, 0, 1, 9]), fin=rng.random() < 0.9)
                    else:  # broken frames
                        raw = bytearray(bytes([0x82, 0x80 | min(125, len(frame))]) + b"\0\0\0\0" + bytes(frame))
                        raw[rng.randrange(min(8, len(raw)))] = rng.randrange(256)
                        s.socket.sendall(raw)
        except OSError:
            pass
        if i % 3:
            s.close()
        good.read(0.001)
    before = len(good.hbs)
    good.wait(lambda: len(good.hbs) > before, 3, "the good viewer goes on")
    d.stop()


if __name__ == "__main__":
    main(globals())
