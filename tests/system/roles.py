#!/usr/bin/env python3
"""Fields with roles in regions that the daemon owns, as a program sees them that maps the name and knows nothing else."""
import mmap
import os
import signal
import struct

from pagecast_harness import SystemTest, main, wait_until

REGION = """
    game:
      layout:
        magic: { type: u32, signature: "0x53694748", dead_value: "0x44414544" }
        begin: { type: u32, role: seq_begin }
        count: u64
        active: { type: u8, dead_value: "0" }
        tick: { type: u32, role: tick }
        words: "u64[4096]"
        end: { type: u32, role: seq_end }
      %s
"""
MAGIC, DEAD = 0x53694748, 0x44414544


class Roles(SystemTest):
    def map(self):
        fd = os.open(self.place.shm / "game", os.O_RDONLY)
        try:
            return mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fd)

    def serve(self, more=""):
        daemon = self.place.daemon(self.place.config(regions=REGION % more))
        return daemon, self.map()

    def magic(self, m):
        return struct.unpack_from("<I", m, 0)[0]

    def test_a_killed_writer_leaves_a_dead_value(self):  # quick
        daemon, m = self.serve()
        self.assertEqual(self.magic(m), MAGIC)
        writer = self.place.start("pagecast", "write", "game", "count=7", "active=1", "--hold")
        wait_until(lambda: m[16] == 1, "it has written")
        self.assertEqual(self.magic(m), MAGIC)
        writer.kill()
        wait_until(lambda: self.magic(m) == DEAD, "the payload says dead", 1.5)
        self.assertEqual((struct.unpack_from("<Q", m, 8)[0], m[16]), (7, 0))
        self.assertEqual(self.place.cli("wait", "game", "--for", "dead", "--timeout", "1s").returncode, 0)
        self.assertEqual(self.place.cli("read", "game", "active").stdout, "0\n")
        self.assertEqual(self.place.cli("write", "game", "count=8").returncode, 0)
        wait_until(lambda: struct.unpack_from("<Q", m, 8)[0] == 8, "a successor wrote")
        self.assertEqual(self.magic(m), DEAD)  # it has closed as well
        daemon.stop()

    def test_a_stop_says_dead_to_those_who_keep_the_map(self):  # quick
        daemon, m = self.serve("initial: { count: 3 }")
        self.assertEqual((self.magic(m), struct.unpack_from("<Q", m, 8)[0]), (MAGIC, 3))
        daemon.stop()
        self.assertEqual((self.magic(m), struct.unpack_from("<Q", m, 8)[0]), (DEAD, 3))

    def test_a_daemon_that_follows_a_killed_one_says_that_its_writer_died(self):
        daemon, m = self.serve()
        writer = self.place.start("pagecast", "write", "game", "count=7", "active=1", "--hold")
        wait_until(lambda: m[16] == 1, "it has written")
        daemon.kill()
        writer.kill()
        self.assertEqual(self.magic(m), MAGIC)  # nobody is there to say so
        self.place.daemon(self.place.config(regions=REGION % ""))
        wait_until(lambda: self.magic(m) == DEAD, "the successor says it", 3)

    def test_who_looks_at_begin_and_end_never_takes_a_torn_copy(self):
        """F8: plain memcpy of the map tears now and then; with the fields that the map has for it, never."""
        daemon, m = self.serve("access: read-only")
        writer = self.place.start("local_writer", "game", "1")
        writer.wait_log("writing")
        whole, last, end = 0, 0, 24 + 4096 * 8
        while whole < 2000 or last < 200:
            after = struct.unpack_from("<I", m, end)[0]
            copy = bytes(m)
            before = struct.unpack_from("<I", m, 4)[0]
            if after != before:
                continue
            magic, begin = struct.unpack_from("<II", copy, 0)
            tick = struct.unpack_from("<I", copy, 20)[0]
            self.assertEqual((magic, begin, tick, struct.unpack_from("<I", copy, end)[0]),
                             (MAGIC if before else magic, before, before, before))
            self.assertGreaterEqual(before, last)
            whole, last = whole + 1, before
        writer.signal(signal.SIGTERM)
        self.assertEqual(writer.wait(), 0)
        self.assertEqual(self.magic(m), DEAD)
        daemon.stop()


if __name__ == "__main__":
    main()
