#!/usr/bin/env python3
"""Viewers over the network: what happens to daemon, writers and configuration is what they see."""
import json
import signal
import socket
import sys
import time
import urllib.request

from pagecast_harness import BIN, ROOT, SystemTest, main, wait_until
from pagecast_memory import Region, plugins
from pagecast_viewer import Viewer

COUNTER = "counter: { interval: 50ms }"
DASH = "dash: { plugin: websocket, listen: '127.0.0.1:0' }"
OUTSIDE = "outside: { layout: { n: u64, text: 'char[16]' } }"
SEED = """
    fork_server:
      writer: %s
      layout: { a: bool, b: f32, c: f64, buffer: "char[10]" }
      %s
"""
INITIAL = "initial: { a: true, b: 1.5, c: 3.14159, buffer: hello }"
VALUES = {"a": True, "b": 1.5, "c": 3.14159, "buffer": "hello"}
BADGE = 1.5  # seconds: a death or a hang is on every screen by then


class Connected(SystemTest):
    def serve(self, regions=OUTSIDE, extra=COUNTER):
        self.daemon = self.place.daemon(self.place.config(regions=regions, plugins=f"{extra}\n{DASH}"))
        return self.daemon

    def test_a_killed_writer_is_dead_on_the_screen_in_time(self):  # quick
        viewer = Viewer(self.serve())
        viewer.sub("outside")
        writer = self.place.start("pagecast", "write", "outside", "n=7", "--hold")
        viewer.wait(lambda: viewer.state("outside") == "live" and viewer.value("outside", "n") == 7, "live, and its value")
        writer.kill()
        took = viewer.wait(lambda: viewer.state("outside") == "dead", "dead", BADGE)
        print(f"dead after {took * 1000:.0f} ms", file=sys.stderr)
        self.place.start("pagecast", "write", "outside", "n=8", "--hold")
        viewer.wait(lambda: viewer.state("outside") == "live" and viewer.region("outside").epoch == 2, "live, epoch 2", BADGE)
        viewer.wait(lambda: viewer.value("outside", "n") == 8, "the new value")
        viewer.check()

    def test_a_hung_writer_is_stale_on_the_screen_in_time(self):
        viewer = Viewer(self.serve())
        viewer.sub("outside", live_only=True)
        writer = self.place.start("local_writer", "outside", "20")
        viewer.wait(lambda: viewer.state("outside") == "live", "live")
        writer.freeze()
        took = viewer.wait(lambda: viewer.state("outside") == "stale", "stale", BADGE)
        print(f"stale after {took * 1000:.0f} ms", file=sys.stderr)
        time.sleep(1)
        self.assertEqual(viewer.state("outside"), "stale")
        writer.thaw()
        viewer.wait(lambda: viewer.state("outside") == "live", "live again", BADGE)
        self.assertEqual(viewer.region("outside").epoch, 1)
        self.assertEqual(viewer.region("outside").updates, 0)
        viewer.check()

    def test_a_reload_reaches_viewers_and_local_readers_alike(self):
        daemon = self.serve("a: { layout: { n: u64 } }\ngoes: { size: 16 }")
        viewer = Viewer(daemon)
        viewer.sub("**")
        reader, writer = self.place.start("local_reader", "a"), self.place.start("local_writer", "a", "20")
        viewer.wait(lambda: viewer.state("a") == "live" and viewer.region("a").updates > 2, "updates of a")
        viewer.wait(lambda: viewer.region("counter").updates > 2, "updates of counter")
        socket_before, rid, counter_rid = viewer.socket, viewer.region("a").rid, viewer.region("counter").rid
        # Wrong: nobody notices anything.
        said = daemon.reload(self.place.config(regions="a: { sise: 1 }", plugins=f"{COUNTER}\n{DASH}"))
        self.assertRegex(said, "sise")
        updates = viewer.region("a").updates
        viewer.wait(lambda: viewer.region("a").updates > updates + 2, "updates go on after a wrong reload")
        self.assertEqual((viewer.region("a").gen, viewer.gone), (1, []))
        # Right: one resized, one gone, one new, and the counter untouched.
        daemon.reload(self.place.config(regions="a: { layout: { n: u64, more: u32 } }\nnew: { size: 16 }", plugins=f"{COUNTER}\n{DASH}"))
        viewer.wait(lambda: viewer.region("a").gen == 2 and viewer.region("a").size == 16, "generation 2 of a")
        viewer.wait(lambda: viewer.region("new") and "goes" in viewer.gone, "one new, one gone")
        viewer.wait(lambda: viewer.region("new").bytes == bytearray(16), "a standing subscription brings the new one")
        self.assertEqual((viewer.region("a").rid, viewer.region("counter").rid), (rid, counter_rid))
        writer.wait_log("ended: PC_ESTALE")
        self.place.start("local_writer", "a", "20")
        viewer.wait(lambda: viewer.state("a") == "live" and viewer.value("a", "n") and viewer.value("a", "n") > 3, "a goes on")
        reader.wait_log("bytes=16 .*state=live")
        self.assertEqual(viewer.region("counter").epoch, 1)
        self.assertIs(viewer.socket, socket_before)
        self.assertIsNone(viewer.closed)
        self.assertEqual(viewer.errors, [])

    def test_a_killed_daemon_is_a_new_boot_with_the_same_bytes(self):
        daemon = self.serve()
        first = Viewer(daemon)
        first.sub("counter")
        first.wait(lambda: first.region("counter").updates > 3, "updates")
        held, boot, rid = first.region("counter"), first.hello["boot"], first.region("counter").rid
        daemon.kill()
        first.wait(lambda: first.closed is not None, "the connection ends")
        daemon = self.place.daemon(None)
        second = Viewer(daemon, resume=boot)
        self.assertNotEqual(second.hello["boot"], boot)
        second.sub("counter", gen=held.gen, seq=held.seq)
        second.wait(lambda: second.region("counter").updates, "the first update")
        self.assertEqual(second.region("counter").keys, 1, "what the old boot said counts for nothing")
        second.wait(lambda: second.region("counter").epoch == 2, "epoch 2")
        self.assertGreaterEqual(second.region("counter").wseq, held.wseq)
        self.assertEqual(second.region("counter").rid, rid)
        second.check()

    def test_a_region_that_a_reload_took_away_and_gave_back_does_not_count_from_one_again(self):
        """Its number and generation are the same again: who was away meanwhile holds a seq that must not mean another state."""
        region = "x: { writer: external, layout: { n: 'u32[1000]' } }"
        daemon = self.serve(region, "")

        def write(place, value):
            self.assertEqual(self.place.cli("write", "x", f"n[{place}]={value}").returncode, 0)

        def follow(viewer, values):
            for place, value in values:
                before = viewer.region("x").updates
                write(place, value)
                viewer.wait(lambda: viewer.region("x").updates > before, "a change")
        away = Viewer(daemon)
        away.sub("x")
        away.wait(lambda: away.region("x").seq, "the first state")
        follow(away, [(1, 11), (2, 22)])
        held, boot = away.region("x"), away.hello["boot"]
        away.close()
        said = daemon.reload(self.place.config(regions="", plugins=f"{DASH}\nf: {{ plugin: failing_create }}"))
        self.assertIn("reload refused", said)
        there = Viewer(daemon)
        there.sub("x")
        there.wait(lambda: there.region("x").seq, "the first state")
        self.assertEqual((there.region("x").rid, there.region("x").gen), (held.rid, held.gen))
        follow(there, [(3, 33), (1, 12), (4, 44), (5, 55)])
        back = Viewer(daemon, resume=boot)
        back.go_on(away, "x")
        back.wait(lambda: back.region("x").bytes == there.region("x").bytes, "the same bytes")
        back.check()

    def test_a_stop_says_bye(self):  # quick
        daemon = self.serve()
        viewer = Viewer(daemon)
        daemon.stop()
        viewer.wait(lambda: viewer.closed is not None, "closed")
        self.assertEqual(viewer.closed[0], 1001)
        self.assertEqual(viewer.bye[0], 1001)
        self.assertEqual(self.place.leftovers(), [])

    def test_a_plain_write_of_a_legacy_program_is_a_value_on_the_screen(self):
        viewer = Viewer(self.serve(SEED % ("legacy\n      sample: 5ms", "")))
        viewer.sub("fork_server")
        self.assertEqual(viewer.region("fork_server").flags & 1, 1)
        self.place.start("fork_server", "--seconds", "60")
        viewer.wait(lambda: viewer.value("fork_server", "buffer") == "tick 2", "what fork_server wrote", 15)
        self.assertEqual((viewer.value("fork_server", "a"), viewer.value("fork_server", "b")), (True, 3.5))
        self.assertEqual(viewer.state("fork_server"), "legacy")
        viewer.check()

    def test_a_changed_option_of_the_bridge_does_not_touch_the_regions(self):  # quick
        daemon = self.serve()
        region = Region(self.place.shm, "counter")
        Viewer(daemon)
        daemon.reload(self.place.config(regions=OUTSIDE, plugins=f"{COUNTER}\n{DASH.replace(' }', ', hb: 250ms }')}"))
        wait_until(lambda: plugins(self.place.shm, self.place.instance)["dash"]["state"] == "running", "the bridge runs")
        found = daemon.wait_log(r"http://127\.0\.0\.1:(\d+)/#t=(\S+)", count=len(daemon.lines("#t=")))
        again = Viewer(port=int(found[1]), token=found[2])
        self.place.closers.append(again.close)
        self.assertEqual(again.hello["hb_ms"], 250)
        self.assertEqual(region.epoch, 1)


class Seed(SystemTest):
    """The four values of the tutorial, described in YAML only, over the network."""

    def setUp(self):
        self.daemon = self.place.daemon(self.place.config(regions=SEED % ("external", INITIAL), plugins=DASH))

    def test_a_viewer_of_bytes_and_one_of_values_see_them(self):  # quick
        raw, plain = Viewer(self.daemon), Viewer(self.daemon)
        raw.sub("fork_server")
        plain.sub("fork_server", enc=1)
        for viewer in (raw, plain):
            viewer.wait(lambda v=viewer: v.region("fork_server").updates, "the first update")
            self.assertEqual({name: viewer.value("fork_server", name) for name in VALUES}, VALUES)
            viewer.check()

    def test_the_example_viewer_prints_them(self):  # quick
        port, token = self.daemon.dashboard
        from pagecast_harness import Program
        viewer = Program(self.place, "viewer.py", [sys.executable, ROOT / "examples/viewer.py",
                                                   f"http://127.0.0.1:{port}/#t={token}", "fork_server"])
        viewer.wait_log('"values"')
        found = next(json.loads(line) for line in viewer.lines('"values"'))
        self.assertEqual((found["region"], found["values"]), ("fork_server", VALUES))

    def test_http_gives_them(self):  # quick
        port, token = self.daemon.dashboard
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/regions/fork_server",
                                         headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            found = json.load(answer)
        self.assertEqual((found["values"], found["name"], found["size"]), (VALUES, "fork_server", 32))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/regions/fork_server", timeout=5)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()


class Ports(SystemTest):
    def test_a_port_that_is_taken_is_named_and_the_others_go_on(self):  # quick
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            daemon = self.place.daemon(self.place.config(
                plugins=f"{COUNTER}\nbusy: {{ plugin: websocket, listen: '127.0.0.1:{port}' }}\n{DASH}"))
            daemon.wait_log(rf"error +busy: 127\.0\.0\.1 port {port} is in use")
            wait_until(lambda: plugins(self.place.shm, self.place.instance)["busy"]["state"] == "backoff", "it is tried again")
            viewer = Viewer(daemon)
            viewer.sub("counter")
            viewer.wait(lambda: viewer.region("counter").updates > 2, "the other bridge serves")
        # The port is free now: the next try has it.
        wait_until(lambda: plugins(self.place.shm, self.place.instance)["busy"]["state"] == "running", "it has its port", 30)
        self.assertTrue(daemon.lines(rf"http://127\.0\.0\.1:{port}/#t="))
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_two_bridges_cannot_have_the_same_port(self):  # quick
        port, _ = self.place.daemon(self.place.config(plugins=DASH)).dashboard
        other = self.place.folder / "other.yaml"
        other.write_text(self.place.config(plugins=DASH.replace("127.0.0.1:0", f"127.0.0.1:{port}")).replace(self.place.instance, "other"))
        second = self.place.daemon(None, path=other)
        second.wait_log(rf"error +dash: 127\.0\.0\.1 port {port} is in use")
        second.signal(signal.SIGTERM)
        self.assertEqual(second.wait(), 0)


if __name__ == "__main__":
    main()
