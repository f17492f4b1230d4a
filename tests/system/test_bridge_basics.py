"""What every viewer sees first: HELLO, the list, a subscription, updates, liveness, the end."""
import subprocess

from bridge_kit import (BYE, CLOSED, DEAD, LIVE_STATE, STALE, STARTING, Daemon, Viewer, Writer, check, equal, http, main, timing,
                        signal, time, until)

FORK = """  fork:
    name: INSTANCE.fork
    doc: the tutorial struct
    writer: external
    layout: { a: bool, b: f32, c: f64, buffer: 'char[10]' }
"""


def test_a_viewer_is_greeted_and_told_of_every_region():  # quick
    d = Daemon(FORK)
    v = Viewer(d)
    v.wait_list()
    equal(v.hello["minor"], 0)
    equal(len(v.hello["boot"]), 16)
    equal(v.hello["instance"], d.instance)
    equal(v.hello["access"], "r")
    equal(v.hello["limits"], {"msg_bytes": 16384, "msgs_per_s": 50, "subs": 1024, "frames": 4, "window_bytes": 262144, "hz": 120,
                              "ack": 3, "ack_bytes": 49152})
    check(abs(v.hello["t_us"] / 1e6 - time.time()) < 5, "the wall clock")
    r = v.by_name("fork")
    check(r, "fork was announced")
    equal((r.size, r.gen, r.kind, r.doc, r.state), (32, 1, 1, "the tutorial struct", STARTING))
    equal(len(r.sid), 16)
    check(v.by_name(f"pagecast.{d.instance}"), "the daemon's own regions are there, too")
    d.stop()


def test_a_subscription_brings_the_whole_then_what_changes():  # quick
    d = Daemon(FORK)
    w = Writer(d.object("fork"))
    v = Viewer(d)
    v.wait_list()
    r = v.by_name("fork")
    equal(v.sub("fork"), [5, 1, 0, [[r.rid, 0]]])
    v.wait(lambda: r.bytes == bytes(32), 3, "the first KEY")
    tick = w.write(0, 8, b"12345678")
    v.wait(lambda: r.wseq == tick, 3, "the update")
    equal(r.bytes, bytes(8) + b"12345678" + bytes(16))
    equal((r.updates, r.keys), (2, 1), "updates and KEYs")
    check(r.age_ms is not None and r.age_ms < 1000, "its age:", r.age_ms)
    before = r.updates
    w.write(0, 8, b"12345678")  # a commit without a change is not sent (PC-UPD-07)
    v.run(0.3)
    equal(r.updates, before)
    d.stop()


def test_a_schema_is_told_on_request():
    d = Daemon(FORK)
    v = Viewer(d)
    v.wait_list()
    sid = v.by_name("fork").sid
    v.send([35, 5, sid])
    v.wait(lambda: sid in v.schemas, 3, "SCHEMA")
    equal([f["n"] for f in v.schemas[sid]["fields"]], ["a", "b", "c", "buffer"])
    equal(v.ask(35, "0123456789abcdef")[2], 404)
    equal(v.ask(35, "not a schema id!")[2], 404)
    equal(v.ask(35, "")[2], 404)
    d.stop()


@timing
def test_heartbeats_come_with_liveness_of_what_is_subscribed():
    d = Daemon(FORK, {"hb": "200ms"})
    w = Writer(d.object("fork"))
    v = Viewer(d)
    v.wait_list()
    equal(v.hello["hb_ms"], 200)
    v.sub("fork", live_only=True)
    w.tell("every 50 20")
    started, count = time.monotonic(), len(v.lives)
    v.run(1.2)
    r = v.by_name("fork")
    beats = [h for t, h in v.hbs if t > started]
    check(4 <= len(beats) <= 8, "heartbeats in 1.2 s:", len(beats))
    equal([h[0] for h in beats], list(range(beats[0][0], beats[0][0] + len(beats))), "their numbers")
    check(len(v.lives) - count >= 4, "LIVE comes with each")
    rid, state, hb_age, write_age, epoch, pid, hz, name = r.live
    equal((rid, state, epoch, pid, name), (r.rid, LIVE_STATE, 1, w.pid or pid, "region_writer"))
    check(hb_age < 500 and write_age < 3000, "ages", r.live)
    check(0 < hz < 60, "write_hz", hz)
    equal(r.updates, 0, "live_only gets no data")
    stats = beats[-1][3]
    equal((stats["viewers"], stats["conflated"]), (1, 0))
    check(stats["sent_bytes"] > 100 and stats["regions"] >= 4, stats)
    d.stop()


@timing
def test_a_killed_writer_is_dead_at_once_and_its_successor_live():
    d = Daemon(FORK)
    w = Writer(d.object("fork"))
    v = Viewer(d)
    v.wait_list()
    v.sub("fork")
    r = v.by_name("fork")
    v.wait(lambda: r.live and r.live[1] == LIVE_STATE, 3, "live")
    w.process.kill()
    w.process.wait()
    started = time.monotonic()
    v.wait(lambda: r.live[1] == DEAD, 1.5, "dead")
    print(f"      dead after {(time.monotonic() - started) * 1000:.0f} ms")
    w = Writer(d.object("fork"))
    v.wait(lambda: r.live[1] == LIVE_STATE and r.live[4] == 2, 1.5, "live again, epoch 2")
    w.tell("close 0")
    v.wait(lambda: r.live[1] == CLOSED, 1.5, "closed")
    d.stop()


@timing
def test_a_stopped_writer_is_stale_within_the_second():
    d = Daemon(FORK)
    w = Writer(d.object("fork"))
    v = Viewer(d)
    v.wait_list()
    v.sub("fork", live_only=True)
    r = v.by_name("fork")
    v.wait(lambda: r.live and r.live[1] == LIVE_STATE, 3, "live")
    w.process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    v.wait(lambda: r.live[1] == STALE, 1.5, "stale")
    print(f"      stale after {(time.monotonic() - started) * 1000:.0f} ms")
    w.process.send_signal(signal.SIGCONT)
    v.wait(lambda: r.live[1] == LIVE_STATE, 1.5, "live again")
    d.stop()


def test_a_stopping_bridge_says_bye_and_closes_with_1001():  # quick
    d = Daemon(FORK)
    v = Viewer(d)
    v.wait_list()
    silent = Viewer(d, hello=False)
    d.begin_stop()
    equal(v.close_code(), 1001)
    equal(silent.close_code(), 1001)
    bye = v.messages[-1] if v.messages[-1][0] == BYE else None
    check(bye and bye[1] == 1001 and bye[3] > 0, "BYE:", v.messages[-1])
    d.stop()


def test_two_instances_stand_side_by_side():
    d = Daemon(FORK, more_plugins='  other: { plugin: websocket, listen: "127.0.0.1:0", auth: none }\n')
    ports = {int(p) for p in __import__("re").findall(r"dashboard: http://127.0.0.1:(\d+)/", d.log())}
    equal(len(ports), 2, "ports")
    d.port, d.token = (ports - {d.port}).pop(), None
    v = Viewer(d)
    v.wait_list()
    check("auth: none" in d.log(), "the warning")
    d.stop()


def test_the_websockets_library_can_talk_to_it():
    d = Daemon(FORK)
    script = """
import asyncio, sys, msgpack, websockets
async def run(port, token):
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["pagecast.v1"], compression=None) as ws:
        await ws.send(msgpack.packb([32, 0, {"token": token}]))
        seen = set()
        await ws.send(msgpack.packb([33, 1, [["fork", {"enc": 1}]]]))
        while not {1, 2, 5, 7, 8} <= seen:
            unpacker = msgpack.Unpacker()
            unpacker.feed(await asyncio.wait_for(ws.recv(), 5))
            seen |= {a[0] for a in unpacker}
        pong = await ws.ping(b"x")
        await asyncio.wait_for(pong, 5)
asyncio.run(run(sys.argv[1], sys.argv[2]))
print("fine")
"""
    done = subprocess.run(["/usr/bin/python3", "-c", script, str(d.port), d.token], capture_output=True, text=True, timeout=30)
    equal(done.stdout, "fine\n", done.stderr)
    d.stop()


if __name__ == "__main__":
    main(globals())
