#!/usr/bin/env python3
"""The whole daemon under valgrind: no invalid access, no leak, from start over reload and viewers to the end."""
import time

from pagecast_harness import SANITIZED, SystemTest, main, wait_until
from pagecast_memory import Region
from pagecast_viewer import Viewer

SUPPRESSIONS = __file__.replace(".py", ".supp")


class Valgrind(SystemTest):
    def test_valgrind_clean_shutdown(self):
        if SANITIZED:
            self.skipTest("a sanitizer is at work already")
        self.need("valgrind")
        log = self.place.folder / "valgrind.log"
        wrapper = ["valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite,possible", "--error-exitcode=9",
                   f"--log-file={log}", f"--suppressions={SUPPRESSIONS}", "--num-callers=30"]
        both = "sysmon: { interval: 200ms }\ncounter: { interval: %s }\ndash: { plugin: websocket, listen: '127.0.0.1:0' }\nbad: { plugin: failing_create, how: with }"
        config = self.place.config(regions="outside: { layout: { n: u64 } }", top="budget: 5s", plugins=both % "50ms")
        daemon = self.place.daemon(config, wrapper=wrapper, ready=False)
        daemon.wait_ready(seconds=60)
        try:
            viewer = Viewer(daemon)
            viewer.sub("**")
            viewer.wait(lambda: viewer.region("counter").updates > 5, "updates", 30)
            writer = self.place.start("local_writer", "outside", "50")
            viewer.wait(lambda: viewer.state("outside") == "live", "live", 20)
            writer.kill()
            viewer.wait(lambda: viewer.state("outside") == "dead", "dead", 20)
            daemon.reload(self.place.config(regions="new: { size: 64 }", top="budget: 5s", plugins=both % "20ms"), 60)
            wait_until(lambda: Region(self.place.shm, "counter").values()["reloads"] == 1, "the reload reached the counter", 20)
            daemon.reload("regions: 7", 60)
            viewer.wait(lambda: viewer.region("new") is not None, "the new region", 20)
            time.sleep(0.5)
            daemon.signal(15)
            self.assertEqual(daemon.wait(60), 0)
        finally:
            print(log.read_text()[-20000:] if log.exists() else "no log of valgrind")
        self.assertEqual(self.place.leftovers(), [])


if __name__ == "__main__":
    main()
