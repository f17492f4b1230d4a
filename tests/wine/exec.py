#!/usr/bin/env python3
"""exec on Windows: a program's lines are commits, its end is survived, and nothing that it started outlives it."""
import json
from pathlib import Path

from pagecast_wine import WINDOWS, WineTest, command, main, wait_until, windows_path, wine_env

LAYOUT = "n u64\nplace char[40]\nwind f32[2]"


class Exec(WineTest):
    def serve(self, *arguments, program=None, **extra):
        self.name = f"{self.place.instance}.said"
        words = [windows_path(program or WINDOWS / "bin/say.exe"), f"id:{self.place.instance}", *arguments]
        self.daemon = self.windows_daemon(plugins="feed: " + json.dumps(
            {"plugin": "exec", "region": self.name, "command": words, "layout": LAYOUT, **extra}))
        return self.daemon

    def read(self):
        done = self.place.run(*command("pagecast", "read", self.name, "--json"), env=wine_env())
        return json.loads(done.stdout) if done.stdout else {}

    def values(self):
        return self.read().get("values", {})

    def programs(self):
        """How many there are of ours, by the id among their arguments: Wine shows command lines as they are."""
        found = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue  # gone meanwhile
            found += b"say.exe" in words[0] and f"id:{self.place.instance}".encode() in words
        return found

    def test_lines_become_commits_and_errors_are_logged(self):
        self.serve("# nothing", "n=7 wind=1.5,-0.25", 'place="C:\\\\a \\"b\\" "', "error:careful", "n=warm", "wait")
        wait_until(lambda: self.values().get("place") == 'C:\\a "b" ', "the last line")
        self.assertEqual((self.values()["n"], self.values()["wind"]), (7, [1.5, -0.25]))
        self.daemon.wait_log("info +feed: careful")
        self.daemon.wait_log(r"error +feed: refused 1 message\(s\), the last: n: ")
        self.assertEqual(self.read()["state"], "live")
        self.daemon.stop()
        self.assertEqual(self.programs(), 0)

    def test_one_that_fails_is_started_again_later(self):
        self.serve(f"count:{windows_path(self.place.folder / 'starts')}", "fail:3", "wait")
        self.daemon.wait_log("error +feed: .*say.exe: ended with status 3; starting again in 1 s")
        wait_until(lambda: "source_stale" in self.read().get("flags", []), "its data is old", every=0.05)
        wait_until(lambda: self.values().get("n") == 2, "it runs again", 60)
        wait_until(lambda: not self.read()["flags"], "its data is fresh")

    def test_a_program_that_is_not_there_is_named(self):
        self.serve(program=self.place.folder / "nothing.exe")
        self.daemon.wait_log(r"error +feed: .*nothing\.exe: cannot start .*nothing\.exe: .*\(error [23]\); starting")

    def test_all_that_it_started_ends_with_it(self):
        for how in ("stop", "kill"):
            with self.subTest(how=how):
                self.serve("deaf", "child", "wait", grace="100ms")
                wait_until(lambda: self.programs() == 2, "it and its child run")
                if how == "stop":
                    self.daemon.stop()
                else:
                    self.daemon.kill()  # the job's last handle
                wait_until(lambda: self.programs() == 0, "both ended")


if __name__ == "__main__":
    main()
