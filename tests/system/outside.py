#!/usr/bin/env python3
"""Programs outside of the daemon: external writers, legacy writers, readers, the command line."""
import json
import mmap
import os
import re
import signal
import struct
import subprocess
import time

from pagecast_harness import BIN, SystemTest, main, wait_until
from pagecast_memory import Directory, Region

OUTSIDE = "outside: { layout: { n: u64, text: 'char[16]' } }"
SEED = """
    fork_server:
      %s
      layout: { a: bool, b: f32, c: f64, buffer: "char[10]" }
      %s
"""
INITIAL = "initial: { a: true, b: 1.5, c: 3.14159, buffer: hello }"


class ExternalWriter(SystemTest):
    def setUp(self):
        self.daemon = self.place.daemon(self.place.config(regions=OUTSIDE))

    def hold(self, *words):
        """`pagecast write --hold`, once it is the writer."""
        epoch = Region(self.place.shm, "outside").epoch
        program = self.place.start("pagecast", "write", "outside", *words, "--hold")
        wait_until(lambda: Region(self.place.shm, "outside").epoch > epoch, "it is the writer")
        return program

    def test_a_killed_writer_wakes_a_blocked_reader_at_once(self):  # quick
        writer = self.hold("n=5")
        waiting = self.place.start("pagecast", "wait", "outside", "--for", "dead", "--timeout", "10s")
        time.sleep(0.3)
        self.assertIsNone(waiting.process.poll())
        killed = time.monotonic()
        writer.kill()
        self.assertEqual(waiting.wait(), 0)
        self.assertLess(time.monotonic() - killed, 0.5)
        self.assertEqual(self.place.cli("read", "outside", "n").stdout.strip(), "5")
        wait_until(lambda: Directory(self.place.shm, self.place.instance).entries["outside"]["liveness"] == 4,
                   "the directory says dead", 1.5)

    def test_a_writer_that_stops_properly_says_so(self):  # quick
        writer = self.hold("n=5")
        writer.signal(signal.SIGTERM)
        self.assertEqual(writer.wait(), 0)
        self.assertEqual(self.place.cli("wait", "outside", "--for", "closed", "--timeout", "2s").returncode, 0)
        self.assertEqual(self.place.cli("wait", "outside", "--for", "dead", "--timeout", "100ms").returncode, 4)

    def test_a_stopped_writer_is_stale_and_then_live(self):
        writer = self.hold("n=5")
        self.assertEqual(self.place.cli("wait", "outside", "--for", "live", "--timeout", "3s").returncode, 0)
        writer.freeze()
        self.assertEqual(self.place.cli("wait", "outside", "--for", "stale", "--timeout", "3s").returncode, 0)
        writer.thaw()
        self.assertEqual(self.place.cli("wait", "outside", "--for", "live", "--timeout", "3s").returncode, 0)

    def test_the_next_writer_is_the_next_epoch(self):  # quick
        region = Region(self.place.shm, "outside")
        for epoch in (1, 2, 3):
            writer = self.hold(f"n={epoch}")
            self.assertEqual((region.epoch, region.unpack("Q")), (epoch, (epoch,)))
            writer.kill()
        self.assertEqual(region.takeovers, 3)

    def test_only_one_writes_at_a_time(self):  # quick
        self.hold("n=5")
        second = self.place.cli("write", "outside", "n=6")
        self.assertEqual(second.returncode, 5)
        self.assertIn("pagecast", second.stderr)
        self.assertEqual(Region(self.place.shm, "outside").unpack("Q"), (5,))

    def test_a_writer_survives_the_daemon(self):
        writer = self.place.start("local_writer", "outside", "20")
        region = Region(self.place.shm, "outside")
        wait_until(lambda: region.tick > 3, "it writes")
        self.daemon.kill()
        tick = region.tick
        wait_until(lambda: region.tick > tick + 5, "it writes without a daemon")
        second = self.place.daemon(None)
        tick = region.tick
        wait_until(lambda: region.tick > tick + 5, "it writes on under the next daemon")
        self.assertEqual(region.epoch, 1)
        self.assertIsNone(writer.process.poll())
        second.stop()
        self.assertEqual(writer.wait(), 1)
        self.assertIn("ended: PC_ESTALE", writer.output())
        self.assertEqual(self.place.leftovers(), [])

    def test_watch_follows_through_a_reload(self):
        first = self.hold("n=1")
        watch = self.place.start("pagecast", "watch", "outside", "--json")
        watch.wait_log('"n": ?1')
        first.kill()  # else it would follow the region, and be in the second one's way
        self.daemon.reload(self.place.config(regions="outside: { layout: { n: u64, text: 'char[16]', more: u32 } }"))
        self.hold("n=77")
        watch.wait_log('"n": ?77')
        for line in watch.lines():
            json.loads(line)
        self.assertIsNone(watch.process.poll())

    def test_a_holding_writer_follows_a_replaced_region(self):  # quick
        writer = self.place.start("pagecast", "write", "outside", "n=1", "--hold", stdin=subprocess.PIPE)
        old = Region(self.place.shm, "outside")
        wait_until(lambda: old.tick == 1, "its first commit")
        self.daemon.reload(self.place.config(regions="outside: { layout: { n: u64, text: 'char[16]', more: u32 } }"))
        self.assertEqual(old.state_name, "retired")
        new = Region(self.place.shm, "outside")
        wait_until(lambda: new.epoch == 1, "it writes the new one")
        writer.process.stdin.write(b"more=5\n")
        writer.process.stdin.flush()
        wait_until(lambda: new.values()["more"] == 5, "what it is told next")

    def test_status_and_reload_of_the_command_line(self):  # quick
        done = self.place.cli("status", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(self.place.instance, done.stdout)
        self.daemon.config_path.write_text(self.place.config(regions=f"{OUTSIDE}\nnew: {{ size: 10 }}"))
        done = self.place.cli("reload", self.place.instance)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("new", self.place.cli("list").stdout)
        self.daemon.config_path.write_text(self.place.config(regions="x: { sise: 1 }"))
        done = self.place.cli("reload", self.place.instance)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("new", self.place.cli("list").stdout)
        self.daemon.kill()
        self.assertEqual(self.place.cli("status").returncode, 3)


class Legacy(SystemTest):
    def daemon(self, more=""):
        return self.place.daemon(self.place.config(regions=SEED % ("writer: legacy\n      sample: 5ms", more)))

    def poke(self, form, offset, *values):
        """As a program writes that has never heard of us."""
        with open(self.place.shm / "fork_server", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
            struct.pack_into(form, m, offset, *values)

    def test_a_plain_write_is_a_new_tick(self):  # quick
        self.daemon()
        region = Region(self.place.shm, "fork_server")
        self.assertEqual(region.identity["flags"] & 1, 1)
        for i in range(1, 4):
            tick = region.latest
            self.poke("<d", 8, i * 1.25)
            wait_until(lambda: region.latest > tick, "the change is a tick", 3)
            self.assertEqual(float(self.place.cli("read", "fork_server", "c").stdout), i * 1.25)
        self.assertIn("legacy", self.place.cli("list").stdout)

    def test_nothing_written_is_no_tick(self):  # quick
        self.daemon()
        region = Region(self.place.shm, "fork_server")
        self.poke("<d", 8, 1.0)
        wait_until(lambda: region.latest > 0, "the change is a tick", 3)
        tick = region.latest
        time.sleep(0.3)
        self.poke("<d", 8, 1.0)
        time.sleep(0.3)
        self.assertEqual(region.latest, tick)

    def test_a_legacy_program_that_created_the_object_first_keeps_it(self):
        server = self.place.start("fork_server", "--seconds", "60")
        wait_until(lambda: (self.place.shm / "fork_server").exists(), "it created the object")
        inode = os.stat(self.place.shm / "fork_server").st_ino
        daemon = self.daemon()
        region = Region(self.place.shm, "fork_server")
        self.assertEqual(region.payload_stat.st_ino, inode)
        tick = region.latest
        wait_until(lambda: region.latest > tick + 1, "its changes are ticks", 10)
        daemon.stop()
        self.assertTrue((self.place.shm / "fork_server").exists(), "somebody else's object is not ours to unlink")
        server.signal(signal.SIGTERM)
        server.wait()

    def test_what_a_first_opener_left_too_small_gets_its_size(self):  # quick
        for size in (0, 5):
            with self.subTest(size=size):
                path = self.place.shm / "fork_server"
                path.write_bytes(b"kept!"[:size])
                inode = path.stat().st_ino
                with open(path, "r+b", buffering=0) as first:
                    daemon = self.place.daemon(self.place.config(regions=SEED % ("writer: external", "")))
                    self.assertEqual((path.stat().st_ino, path.stat().st_size), (inode, 32))
                    region = Region(self.place.shm, "fork_server")
                    self.assertTrue(region.identity["flags"] & 2, "foreign")
                    self.assertEqual(first.read(8), b"kept!"[:size].ljust(8, b"\0"))
                    self.assertEqual(self.place.cli("write", "fork_server", "c=2.5").returncode, 0)
                    first.seek(8)
                    self.assertEqual(struct.unpack("<d", first.read(8)), (2.5,), "it sees what is written later")
                    self.assertEqual(json.loads(self.place.cli("status", "--json").stdout)[0]["beside_count"], 0)
                    self.assertFalse(json.loads(self.place.cli("list", "fork_server", "--json").stdout)[0]["beside"])
                    daemon.stop()
                self.assertTrue(path.exists(), "somebody else's object is not ours to unlink")

    def test_fork_server_writes_into_the_region_of_the_daemon(self):
        daemon = self.daemon()
        server = self.place.start("fork_server", "--seconds", "60")
        server.wait_log("exists already")
        region = Region(self.place.shm, "fork_server")
        wait_until(lambda: self.place.cli("read", "fork_server", "buffer").stdout.strip() == "tick 2", "what fork_server wrote", 10)
        self.assertGreaterEqual(region.latest, 2)
        server.kill()
        daemon.stop()
        self.assertNotIn("fork_server.pagecast", self.place.leftovers())

    def test_the_observer_dies_with_the_daemon_and_that_is_not_the_writers_death(self):  # quick
        daemon = self.daemon()
        reader = self.place.start("local_reader", "fork_server")
        reader.wait_log("state=legacy")
        daemon.kill()
        reader.wait_log("state=unreachable", 3)
        self.assertEqual(reader.lines("state=dead"), [])


class PosixClient(SystemTest):
    def test_a_program_that_only_knows_shm_open_prints_the_four_values(self):  # quick
        self.place.share_dev_shm()
        name = f"pct-{self.place.instance}"
        daemon = self.place.daemon(self.place.config(regions=SEED % (f"name: {name}\n      writer: external", INITIAL)))
        done = self.place.run(BIN / "posix_client", f"/{name}")
        self.assertEqual((done.returncode, done.stdout), (0, "a=true b=1.5 c=3.14159 buffer=hello\n"), done.stderr)
        self.assertEqual(self.place.cli("read", f"{self.place.instance}:fork_server", "c").stdout, "3.14159\n")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])


class Seed(SystemTest):
    """The four values of the tutorial, described in YAML only, wherever one can look."""

    def setUp(self):
        self.daemon = self.place.daemon(self.place.config(regions=SEED % ("writer: external", INITIAL)))

    def test_fork_client_prints_them(self):  # quick
        done = self.place.run(BIN / "fork_client", "--once")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), "a=true b=1.5 c=3.14159 buffer=hello")

    def test_the_command_line_prints_them(self):  # quick
        done = self.place.cli("read", "fork_server", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(found.get("values", found), {"a": True, "b": 1.5, "c": 3.14159, "buffer": "hello"})
        for field, value in (("a", "true"), ("b", "1.5"), ("c", "3.14159"), ("buffer", "hello")):
            self.assertEqual(self.place.cli("read", "fork_server", field).stdout, f"{value}\n")

    def test_the_bytes_are_those_of_the_c_struct(self):  # quick
        self.assertEqual(Region(self.place.shm, "fork_server").unpack("?3xfd10s"), (True, 1.5, 3.14159, b"hello" + 5 * b"\0"))

    def test_fork_client_live_sees_a_writer_come_die_and_come_again(self):
        client = self.place.start("fork_client_live", stdin=subprocess.PIPE)
        client.wait_log("starting")
        writer = self.place.start("writer")
        client.wait_log(r"\blive\b")
        writer.kill()
        client.wait_log(r"\bdead\b", 2)
        again = self.place.start("writer")
        client.wait_log(r"\blive\b", 3, count=2)
        again.signal(signal.SIGTERM)
        self.assertEqual(again.wait(), 0)
        client.wait_log(r"\bclosed\b", 3)

    def test_a_restart_keeps_what_was_written(self):  # quick
        self.assertEqual(self.place.cli("write", "fork_server", "b=2.5").returncode, 0)
        self.daemon.kill()
        self.place.daemon(None)
        self.assertEqual(self.place.cli("read", "fork_server", "b").stdout, "2.5\n")
        self.assertEqual(re.findall(r"\d", self.place.cli("read", "fork_server", "c").stdout)[0], "3")


if __name__ == "__main__":
    main()
