#!/usr/bin/env python3
"""What regions cost in open files, and that a death is known without a descriptor of its own for that."""
import os
import resource
import signal
import struct

from pagecast_harness import SANITIZED, SystemTest, free_port, main, wait_until
from pagecast_memory import Directory, Region

EXTERNAL = "x: { writer: external, layout: { a: u32 }, heartbeat: 20ms, stale_after: 100ms }"
MANY, LIMIT = (1000, 1200) if SANITIZED else (10000, 12000)


class Descriptors(SystemTest):
    def dash(self):
        return f"dash: {{ plugin: websocket, listen: '127.0.0.1:{free_port()}', auth: none }}"

    def state(self, name="x"):
        return Directory(self.place.shm, self.place.instance).entries[name]["liveness"]

    def become_writer(self):
        """One whose death the kernel does not report, since a stray write has hit the word."""
        writer = self.place.start("local_writer", "x", "20")
        wait_until(lambda: self.state() == 2, "the directory says that x is live")
        region = Region(self.place.shm, "x")
        at = region.identity["liveness_offset"]
        with open(self.place.shm / "x.pagecast", "r+b") as control:
            control.seek(at)
            word, = struct.unpack("<I", control.read(4))
            control.seek(at)
            control.write(struct.pack("<I", word ^ 1))
        return writer, region

    def check_death(self, writer, region):
        self.assertEqual(self.state(), 2)
        writer.kill()
        wait_until(lambda: self.state() == 4, "the directory says that x is dead")
        self.assertFalse(region.is_dead, "the word tells of it: nothing was shown")

    def test_a_death_that_the_word_hides_is_dead(self):
        daemon = self.place.daemon(self.place.config(regions=EXTERNAL, plugins=self.dash()))
        self.check_death(*self.become_writer())
        daemon.stop()

    def test_it_is_after_a_restart_and_a_hand_over(self):
        first = self.place.daemon(self.place.config(regions=EXTERNAL, plugins=self.dash()))
        writer, region = self.become_writer()
        first.stop(signal.SIGUSR2)
        second = self.place.daemon(None, path=first.config_path)
        wait_until(lambda: self.state() == 2, "live after the hand-over")
        second.kill()
        third = self.place.daemon(None, path=first.config_path)
        wait_until(lambda: self.state() == 2, "live after the restart")
        self.check_death(writer, region)
        third.stop()

    def test_a_stopped_writer_is_stale_and_not_dead(self):
        daemon = self.place.daemon(self.place.config(regions=EXTERNAL, plugins=self.dash()))
        writer, _ = self.become_writer()
        writer.freeze()
        wait_until(lambda: self.state() == 3, "stale")
        writer.thaw()
        wait_until(lambda: self.state() == 2, "live again")
        daemon.stop()

    def test_a_region_costs_one_open_file(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        if before[1] != resource.RLIM_INFINITY and before[1] < LIMIT:
            self.skipTest(f"no more than {before[1]} open files are allowed here")
        regions = "\n".join(f"r{i}: {{ writer: external, size: 64, slots: 1 }}" for i in range(MANY))
        config = self.place.config(regions=regions, plugins=self.dash())
        daemon = self.place.daemon(config, wrapper=("prlimit", f"--nofile={LIMIT}"))
        files = len(os.listdir(f"/proc/{daemon.pid}/fd"))
        self.assertLess(files, MANY + 100)
        self.assertEqual(daemon.lines("not shown|cannot"), [])
        self.assertEqual(len(Directory(self.place.shm, self.place.instance).entries), MANY + 3)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])


if __name__ == "__main__":
    main()
