"""pagecast_upgrade.py - a daemon gives way to another under load: what a local reader, a mapping and a viewer notice of it.

    watchers = Watchers(test, daemon)       # of region `x`, which an external writer counts up, and of `counter`
    ... stop the one, start the other ...
    watchers.check(second)                  # nothing was lost
"""
import mmap
import os
import re
import struct
import time

from pagecast_harness import wait_until
from pagecast_viewer import Viewer

REGIONS = "x: { writer: external, layout: { n: u64, rest: \"u32[30]\" } }"
PLUGINS = 'counter: { interval: 5ms }\ndash: { plugin: websocket, listen: "127.0.0.1:%d", token_file: "%s" }'


class Watchers:
    def __init__(self, test, daemon, counted="counter"):
        self.test, self.counted = test, counted
        self.writer = test.place.start("local_writer", "x", "2")
        self.reader = test.place.start("local_reader", "x")
        self.reader.wait_log(r"tick=\d\d+ .* state=live")
        with open(test.place.shm / "x", "rb") as f:
            self.inode = os.fstat(f.fileno()).st_ino
            self.map = mmap.mmap(f.fileno(), 8, prot=mmap.PROT_READ)
        self.port, self.token = daemon.dashboard
        self.viewer = Viewer(port=self.port, token=self.token)
        self.viewer.sub("x", counted)
        self.viewer.wait(lambda: self.viewer.region("x").seq and self.viewer.region(counted).seq, "data")
        self.before = self.mapped()
        self.epoch = self.viewer.region(counted).epoch
        self.ids = {h.name: (h.rid, h.gen) for h in self.viewer.regions.values()}

    def mapped(self):
        return struct.unpack("<Q", self.map[:8])[0]

    def check(self, second):
        test = self.test
        old, held = self.viewer, self.viewer.region("x").wseq
        old.wait(lambda: old.closed is not None, "the first bridge's end")
        # As a viewer does: the same address, token and bytes held.
        port, token = second.dashboard
        test.assertEqual((port, token), (self.port, self.token))
        new = Viewer(port=port, token=token, resume=old.hello["boot"])
        test.assertEqual(new.hello["boot"], old.hello["boot"])
        new.go_on(old, "x", self.counted)
        new.wait(lambda: new.region("x").wseq > held and new.region(self.counted).seq, "later data")
        test.assertEqual({h.name: (h.rid, h.gen) for h in new.regions.values()}, self.ids)
        updates = new.frames
        new.wait(lambda: new.frames > updates + 20, "many more")
        new.check()
        test.assertEqual([new.region(n).keys for n in ("x", self.counted)], [0, 0], "what viewers hold goes on by differences")
        new.close()
        # The mapping is the region's still, and so is the reader's.
        test.assertEqual(os.stat(test.place.shm / "x").st_ino, self.inode)
        at = self.mapped()
        test.assertGreater(at, self.before)
        wait_until(lambda: self.mapped() > at + 10, "the mapping lives")
        seen = [re.search(r"tick=(\d+) first=(\d+) .*epoch=(\d+) state=(\w+) read=(\w+)", line)
                for line in self.reader.lines("tick=")]
        test.assertEqual({m[4] for m in seen if m} - {"starting"}, {"live"}, "of a writer that was there all the time")
        ticks = [int(m[1]) for m in seen if m and m[5] == "PC_OK"]
        test.assertEqual(ticks, sorted(ticks))
        test.assertEqual({m[3] for m in seen if m and m[5] == "PC_OK"} - {"0"}, {"1"}, "epochs: before the writer came, and its own")
        # What the plugin counts goes on where it was, with a writer more.
        row = test.json("list", self.counted)[0]
        test.assertEqual((row["state"], row["epoch"]), ("live", self.epoch + 1))
        self.map.close()

    def end(self):
        self.writer.signal(15)
        time.sleep(0.05)
