#!/usr/bin/env python3
"""SIGUSR2: a daemon ends and leaves its regions to the next start, which goes on in them as if nothing had been."""
import signal
import subprocess
import sys

from pagecast_cli import CliTest
from pagecast_harness import free_port, main
from pagecast_upgrade import PLUGINS, REGIONS, Watchers
from pagecast_viewer import Viewer


class HandOver(CliTest):
    def config(self):
        return self.place.config(regions=REGIONS, plugins=PLUGINS % (free_port(), self.place.folder / "token"))

    def test_readers_writers_and_viewers_go_on(self):
        first = self.place.daemon(self.config())
        watchers = Watchers(self, first)
        first.stop(signal.SIGUSR2)
        self.assertIn("SIGUSR2: stopping; regions stay for the next start", first.output())
        self.assertIn("x.pagecast", self.place.leftovers())
        self.assertEqual(self.json("list", "x")[0]["state"], "live")
        second = self.place.daemon(None, path=first.config_path)
        watchers.check(second)
        watchers.end()
        second.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_region_that_comes_later_than_the_bridge_goes_on_too(self):
        plugins = "late: { plugin: failing_create, times: %d, value: %d }\ndash: { plugin: websocket, listen: '127.0.0.1:0' }"
        daemon, held = self.place.daemon(self.place.config(plugins=plugins % (0, 7))), None
        for seq in (1, 2):
            viewer = Viewer(daemon, resume=held and held.hello["boot"])
            if held:
                viewer.go_on(held, "failing")
            else:
                viewer.sub("failing")
            viewer.wait(lambda: viewer.region("failing").seq == seq, "data")
            held = viewer
            daemon.stop(signal.SIGUSR2)
            daemon = self.place.daemon(self.place.config(plugins=plugins % (seq - 1, 8)))
        new = Viewer(daemon, resume=held.hello["boot"])
        self.assertEqual(new.hello["boot"], held.hello["boot"])
        self.assertIsNone(new.region("failing"))
        new.wait(lambda: new.region("failing"), "its second try")
        self.assertEqual(new.region("failing").rid, held.region("failing").rid)
        new.go_on(held, "failing")
        new.wait(lambda: new.heartbeats > 1, "a while")
        self.assertEqual((new.region("failing").seq, new.region("failing").updates), (2, 0), "what is held is not sent again")
        new.check()
        daemon.stop()

    def test_what_nobody_takes_over_is_closed_and_not_dead(self):  # quick
        daemon = self.place.daemon(self.place.config(regions="x: { writer: external, layout: { a: u32 } }", plugins="counter: {}"))
        daemon.stop(signal.SIGUSR2)
        before = self.place.leftovers()
        self.assertEqual(self.json("list", "counter")[0]["state"], "closed")
        [found] = self.json("doctor", "--fix", status=1)["findings"]
        self.assertEqual(found["code"], "kept")
        self.assertIn(f"daemon '{self.place.instance}' (pid {daemon.pid}) ended and kept 5 regions", found["what"])
        self.assertEqual(self.place.leftovers(), before)
        self.assertNotIn("keep for their next run", found["what"])
        # a writer that dies meanwhile makes no dead daemon of it
        self.background("write", "x", "a=1", "--hold", stdin=subprocess.PIPE).kill()
        self.json("doctor", "--fix", status=1)
        self.assertEqual(self.place.leftovers(), before)

    def test_a_region_that_is_not_wanted_any_more_goes_with_the_next_start(self):
        daemon = self.place.daemon(self.place.config(regions="x: { size: 64 }\ny: { size: 64 }"))
        daemon.stop(signal.SIGUSR2)
        second = self.place.daemon(self.place.config(regions="x: { size: 64 }"))
        self.assertEqual([n for n in self.place.leftovers() if n.strip(".").startswith("y")], [])
        second.stop()
        self.assertEqual(self.place.leftovers(), [])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
