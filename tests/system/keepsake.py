#!/usr/bin/env python3
"""What plugins leave for the next run at SIGUSR2: who gets it, how often, and what becomes of one that cannot be believed."""
import os
import shutil
import signal
import struct
import sys

from pagecast_cli import CliTest
from pagecast_harness import NOBODY, main

KEEPER = "keep: { plugin: keeper, leave: %s }"
ABSENT, PERM, BUSY, INVALID = -4, -11, -10, -1


class Keepsake(CliTest):
    @property
    def path(self):
        return self.place.shm / f".pagecast.{self.place.instance}.keepsake"

    def run_of(self, plugins=KEEPER % "hello", end=signal.SIGUSR2):
        """A daemon that was started and ended; what its keeper said."""
        daemon = self.place.daemon(self.place.config(plugins=plugins))
        daemon.stop(end)
        return daemon

    def found(self, text, status=0, name="found"):
        return f"{name}: {status} '{text}'"

    def assert_left(self, daemon, text):
        for line in ("hands over: 1 ''", f"left: 0 '{text}'", f"twice: {BUSY} ''"):
            self.assertIn(line, daemon.output())

    def test_it_goes_from_run_to_run(self):  # quick
        first = self.run_of(KEEPER % "one")
        self.assertIn(self.found("", ABSENT), first.output())
        self.assertIn(f"start: {PERM} ''", first.output(), "leave() is for stop()")
        self.assert_left(first, "one")
        self.assertEqual(self.path.stat().st_mode & 0o7777, 0o600)
        second = self.place.daemon(self.place.config(plugins=KEEPER % "two"))
        self.assertFalse(self.path.exists(), "removed by the start")
        second.stop(signal.SIGUSR2)
        self.assertIn(self.found("one"), second.output())
        self.assertIn(self.found("", ABSENT, "again"), second.output())
        third = self.run_of(KEEPER % "three", signal.SIGTERM)
        self.assertIn(self.found("two"), third.output())
        for line in ("hands over: 0 ''", f"left: {PERM} 'three'"):
            self.assertIn(line, third.output())
        self.assertEqual(self.place.leftovers(), [])

    def test_only_the_instance_of_that_name_and_plugin_gets_it(self):  # quick
        both = "a: { plugin: keeper, leave: of-a }\nb: { plugin: keeper, leave: of-b, pad: 1MiB }"
        self.run_of(both)
        self.assertGreater(self.path.stat().st_size, 1 << 20)
        second = self.run_of("b: { plugin: keeper }\nc: { plugin: keeper }\na: { plugin: counter }")
        self.assertRegex(second.output(), rf"b: {self.found('of-b')}")
        self.assertRegex(second.output(), rf"c: {self.found('', ABSENT)}")
        self.assertNotIn("of-a", second.output())
        self.run_of(both)
        third = self.run_of("a: { plugin: websocket, listen: '127.0.0.1:0' }")
        self.assertNotIn("is not used", third.output(), "another plugin under that name")

    def test_neither_a_kill_nor_a_stop_leaves_one(self):  # quick
        self.run_of()
        second = self.place.daemon(self.place.config(plugins=KEEPER % "x"))
        second.kill()
        self.assertFalse(self.path.exists())
        third = self.run_of(end=signal.SIGTERM)
        self.assertIn(self.found("", ABSENT), third.output())
        self.assertEqual(self.place.leftovers(), [])

    def test_a_reload_is_no_hand_over(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=KEEPER % "x"))
        daemon.reload(self.place.config(plugins=KEEPER % "y"))
        daemon.wait_log(r"hands over: 0 ''")
        daemon.stop()

    def test_one_whose_start_fails_finds_it_at_the_next_try(self):  # quick
        self.run_of()
        second = self.place.daemon(self.place.config(plugins="keep: { plugin: keeper, fails: true }"))
        second.wait_log(self.found("hello"))
        second.stop()

    def test_more_than_there_may_be_is_refused(self):
        first = self.run_of("keep: { plugin: keeper, leave: x, pad: 64MiB }\nother: { plugin: keeper, leave: small }")
        self.assertIn(f"left: {INVALID} 'x'", first.output())
        self.assertIn("67108865 bytes for the next run cannot be kept: too many bytes", first.output())
        second = self.run_of("keep: { plugin: keeper }\nother: { plugin: keeper }")
        self.assertRegex(second.output(), rf"keep: {self.found('', ABSENT)}")
        self.assertRegex(second.output(), rf"other: {self.found('small')}")

    # ---- as pagecast doctor sees it ------------------------------------------------------------------------------

    def test_the_doctor_knows_it(self):  # quick
        self.run_of("keep: { plugin: keeper, leave: x, pad: 64KiB }")
        [found] = self.json("doctor", "--fix", status=1)["findings"]
        self.assertEqual(found["code"], "kept")
        self.assertRegex(found["what"], r"; and what its plugins keep for their next run, 64\.\d KiB$")
        self.assertTrue(self.path.exists())

    def test_the_doctor_removes_it_with_what_a_killed_daemon_left(self):  # quick
        self.run_of()
        content = self.path.read_bytes()
        second = self.place.daemon(self.place.config(plugins=KEEPER % "x"))
        second.kill()
        self.path.write_bytes(content)  # as if it had been killed before it had come to it
        said = self.json("doctor", "--fix")
        self.assertEqual([f["code"] for f in said["findings"]], ["orphan"])
        self.assertIn(str(self.path), said["removed"])
        self.assertEqual(self.place.leftovers(), [])

    # ---- what cannot be believed ---------------------------------------------------------------------------------

    def refused(self, why, change):
        """A keepsake that change() has been at: the next run says why not, removes it, and starts as if there were none."""
        self.run_of()
        change()
        next_one = self.run_of(end=signal.SIGTERM)
        self.assertIn(self.found("", ABSENT), next_one.output())
        self.assertRegex(next_one.output(), f"(?i)warn.*what the predecessor's plugins left in {self.path.name} is not used: .*{why}")
        self.assertEqual(self.place.leftovers(), [])

    def write(self, at, data):
        with open(self.path, "r+b") as f:
            f.seek(at)
            f.write(data)

    def test_of_another_version_or_kind(self):  # quick
        self.refused("has version 2, not 1", lambda: self.write(24, struct.pack("=I", 2)))
        self.refused("something else", lambda: self.write(0, b"x"))
        self.refused("it has 3 bytes", lambda: self.path.write_bytes(b"abc"))

    def test_of_another_run(self):  # quick
        def older():
            old = self.path.read_bytes()
            self.run_of(KEEPER % "newer")
            self.path.write_bytes(old)
        self.refused("not by the last run", older)

    def test_without_a_directory(self):  # quick
        def alone():
            for name in self.place.leftovers():
                if name != self.path.name:
                    (self.place.shm / name).unlink()
        self.refused("not by the last run", alone)

    def test_open_to_others(self):  # quick
        self.refused("others may open it", lambda: self.path.chmod(0o640))

    def test_a_link(self):  # quick
        def link():
            aside = self.place.folder / "aside"
            shutil.move(self.path, aside)
            self.path.symlink_to(aside)
        self.refused("", link)
        self.assertTrue((self.place.folder / "aside").exists())

    def test_a_second_name(self):  # quick
        second = self.place.shm / "second"
        self.run_of()
        os.link(self.path, second)
        self.assertIn("is not used: it has 2 names", self.run_of(end=signal.SIGTERM).output())
        self.assertEqual(self.place.leftovers(), ["second"])

    def test_of_another_user(self):  # quick
        self.need_root()
        self.refused(f"belongs to user {NOBODY}", lambda: os.chown(self.path, NOBODY, NOBODY))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
