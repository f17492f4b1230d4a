#!/usr/bin/env python3
"""A section that a plain Windows program makes and writes, adopted by pagecastd.exe: it comes, is read, and dies with its program."""
import json
import subprocess
import time

from pagecast_wine import WineTest, main, wait_until


class Adopt(WineTest):
    def setUp(self):
        self.name = f"{self.place.instance}.game"

    def row(self):
        return json.loads(self.windows_run("pagecast", "list", self.name, "--json"))[0]

    def game(self, size=4096):
        program = self.windows("map_view", self.name, "hold", str(size), stdin=subprocess.PIPE)
        program.wait_log("^holds")
        return program

    def serve(self, more=""):
        return self.windows_daemon(regions=f"{self.name}: {{ backing: adopt, sample: 10ms, layout: {{ n: u64, rest: 'u8[4000]' }}"
                                           f"{more} }}")

    def poke(self, value):
        self.windows_run("map_view", self.name, "poke", "0", str(value))

    def read(self):
        return self.windows_run("pagecast", "read", self.name, "n").strip()

    def test_a_program_that_comes_and_is_killed_is_live_and_dead(self):
        daemon = self.serve(", process: map_view.exe")
        self.assertEqual(self.row()["state"], "absent")
        game = self.game()
        daemon.wait_log("is live: its process 'map_view.exe'")
        self.poke(5)
        wait_until(lambda: self.read() == "5", "what it wrote")
        game.kill()
        killed = time.monotonic()
        daemon.wait_log("is dead: its process 'map_view.exe'", 5)
        self.assertLess(time.monotonic() - killed, 3)
        time.sleep(2.5)  # the section is gone with it, and that is no other news
        self.assertEqual(self.row()["state"], "dead")
        self.assertEqual(self.read(), "5")
        game = self.game()
        daemon.wait_log("is live: its process", count=2)
        self.poke(6)
        wait_until(lambda: self.read() == "6", "what its successor wrote")
        game.end()
        daemon.stop()

    def test_the_daemon_does_not_keep_a_section_alive(self):
        """F7: a section lives as long as anybody holds it, and it is not to be us."""
        daemon = self.serve()
        game = self.game()
        daemon.wait_log("is legacy")
        self.assertEqual(game.end(), 0)
        daemon.wait_log("is closed: its map was removed", 5)
        first = self.game(8192)  # a name of its own again, of any size
        daemon.wait_log("is legacy", count=2)
        first.end()
        daemon.stop()


if __name__ == "__main__":
    main()
