#!/usr/bin/env python3
"""`pagecast top`: once for scripts, live in a terminal, with many regions."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time

from pagecast_cli import COLOURS, CliTest, Owner
from pagecast_harness import BIN, PATIENCE, main, wait_until

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z])")


class Screen:
    """`pagecast top` in a terminal: what stands there now, by the few sequences that it uses."""

    def __init__(self, test, *args, columns=100, lines=30, env=None):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {**test.place.env, "TERM": "xterm", **(env or {})}
        if "NO_COLOR" not in (env or {}):
            environment.pop("NO_COLOR", None)
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen([str(BIN / "pagecast"), "top", "--interval", "100ms", *args], stdin=theirs, stdout=theirs,
                                        stderr=theirs, env=environment, start_new_session=True)
        self.theirs = theirs  # kept open, to see its modes afterwards
        os.set_blocking(self.ours, False)
        self.raw = ""
        test.place.closers.append(self.close)

    def read(self):
        while True:
            try:
                piece = os.read(self.ours, 65536)
            except (BlockingIOError, OSError):
                return self.raw
            if not piece:
                return self.raw
            self.raw += piece.decode(errors="surrogateescape")

    def page(self):
        """Lines of the last whole page."""
        pages = self.read().split("\x1b[H")
        whole = [p for p in pages[1:] if p.rstrip().endswith("\x1b[J") or "\x1b[J" in p]
        return [ESCAPES.sub("", line) for line in whole[-1].split("\r\n")] if whole else []

    def wait(self, look, what):
        return wait_until(lambda: (self.page() and look(self.page())) or None, lambda: f"{what}: {self.page()}")

    def press(self, keys):
        os.write(self.ours, keys.encode())

    def end(self):
        status = self.process.wait(PATIENCE)
        self.read()
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self.ours, self.theirs):
            os.close(end)


class Once(CliTest):
    def test_rates_states_and_plugins(self):
        daemon = self.place.daemon(self.place.config(
            regions="x: { writer: external, layout: { a: u32 } }", plugins="counter: { interval: 20ms }\nbad: { plugin: nosuch }"))
        Owner(self.place, "alone", "a u32\n").tell("set a=1")
        top = self.json("top", "--interval", "2s")
        [one] = top["daemons"]
        self.assertEqual((one["instance"], one["state"], one["pid"]), (self.place.instance, "live", daemon.pid))
        self.assertGreater(one["rss_bytes"], 1 << 20)
        self.assertGreater(one["open_files"], 5)
        self.assertGreater(one["cpu_s"], 0)
        plugins = {p["instance"]: p for p in one["plugins"]}
        self.assertEqual(plugins["counter"]["state"], "running")
        self.assertTrue(5 < plugins["counter"]["calls_per_s"] < 80, plugins)
        self.assertTrue(0 < plugins["counter"]["callback_s"] < 10, plugins)
        self.assertEqual(plugins["bad"]["state"], "failed")
        self.assertIn("nosuch", plugins["bad"]["error"])
        regions = {r["name"]: r for r in top["regions"]}
        self.assertEqual(regions["x"]["state"], "starting")
        self.assertEqual((regions["alone"]["state"], regions["alone"]["rate_hz"], regions["alone"]["instance"]), ("live", 0, None))
        moving = [r for r in top["regions"] if r.get("writer") == "counter"]
        self.assertTrue(moving and 5 < moving[0]["rate_hz"] < 80, moving)
        text = self.cli("top", "--once", "--interval", "100ms")
        self.assertRegex(text, r"^\d\d:\d\d:\d\d  daemons 1  viewers 0  regions \d+, ")
        self.assertRegex(text, rf"(?m)^{self.place.instance} +live +pid {daemon.pid}  up ")
        self.assertRegex(text, r"(?m)^   bad +failed .*nosuch")
        self.assertRegex(text, r"(?m)^alone +live +0\.0/s +[\d.]+ m?s +4 B +\d+  region_owner$")

    def test_filters_sorts_and_patterns(self):
        for name in ("aa", "ab", "b"):
            Owner(self.place, name, "a u32\n").tell("set a=1")
        Owner(self.place, "dead", "a u32\n").kill()
        fast = ("--interval", "50ms")
        names = lambda *args: [r["name"] for r in self.json("top", *fast, *args)["regions"]]  # noqa: E731
        self.assertEqual(names(), ["aa", "ab", "b", "dead"])
        self.assertEqual(names("--sort", "state"), ["dead", "aa", "ab", "b"])
        self.assertEqual(names("--filter", "a"), ["aa", "ab", "dead"])
        self.assertEqual(names("--filter", "a?"), ["aa", "ab"])
        self.assertEqual(names("b", "d*"), ["b", "dead"])
        for args in (("--sort", "x"), ("--interval", "0"), ("--interval", "x"), ("--filter", "x" * 100)):
            self.cli("top", *args, status=2)

    def test_without_anything(self):  # quick
        self.assertEqual(self.json("top", "--interval", "10ms")["regions"], [])
        self.assertRegex(self.cli("top", "--interval", "10ms"), r"daemons 0  viewers 0  regions 0\nREGION")

    def test_names_that_would_steer_a_terminal(self):
        Owner(self.place, "x", "a u32\n", "--program", "\x1b[2J\n\xff").tell("set a=1")
        self.assert_harmless(self.cli("top", "--interval", "10ms"))
        self.json("top", "--interval", "10ms")


class Live(CliTest):
    def test_a_session(self):
        for name in ("aa", "ab", "b"):
            Owner(self.place, name, "a u32\n").tell("set a=1")
        screen = Screen(self)
        region_names = lambda page: [line.split()[0] for line in page[2:-1] if line.strip()]  # noqa: E731
        screen.wait(lambda p: region_names(p) == ["aa", "ab", "b"], "all of them")
        self.assertTrue(screen.raw.startswith("\x1b[?1049h"))
        self.assertRegex(screen.raw, COLOURS)
        screen.press("/b")
        screen.wait(lambda p: p[-1].startswith("/b_"), "typing")
        screen.press("\r")
        screen.wait(lambda p: region_names(p) == ["ab", "b"] and "2 shown" in p[0], "filtered")
        screen.press("/\x7f\r")
        screen.wait(lambda p: region_names(p) == ["aa", "ab", "b"], "all again")
        screen.press("s")
        screen.wait(lambda p: "s sort: rate" in p[-1], "sorted by rate")
        new = Owner(self.place, "new", "a u32\n")
        screen.wait(lambda p: "new" in region_names(p), "one that came")
        new.end()
        screen.wait(lambda p: "new" not in region_names(p), "one that went")
        screen.press("q")
        self.assertEqual(screen.end(), 0)
        self.assertTrue(screen.raw.endswith("\x1b[?25h\x1b[?1049l"))
        self.assertEqual(termios.tcgetattr(screen.theirs), screen.before)

    def test_a_region_that_dies_is_seen(self):
        owner = Owner(self.place, "x", "a u32\n")
        owner.tell("set a=1")
        screen = Screen(self)
        screen.wait(lambda p: any(re.match(r"x +live ", line) for line in p), "alive")
        owner.kill()
        screen.wait(lambda p: any(re.match(r"x +dead ", line) for line in p), "dead")

    def test_a_signal_leaves_the_terminal_as_it_was(self):
        for number in (2, 15):
            screen = Screen(self)
            screen.wait(lambda p: p, "a page")
            screen.process.send_signal(number)
            self.assertEqual(screen.end(), 0)
            self.assertTrue(screen.raw.endswith("\x1b[?25h\x1b[?1049l"))
            self.assertEqual(termios.tcgetattr(screen.theirs), screen.before)

    def test_it_fits_every_terminal(self):
        for i in range(40):
            Owner(self.place, f"a_rather_long_name_of_a_region_{i:02}", "a u32\n", "--no-writer")
        for columns, lines in ((20, 5), (40, 10), (80, 24), (250, 60), (1, 1)):
            screen = Screen(self, columns=columns, lines=lines)
            page = screen.wait(lambda p: p, "a page")
            self.assertLessEqual(max(map(len, page)), columns)
            self.assertLessEqual(len(page), max(lines, 3))
            screen.press("q")
            self.assertEqual(screen.end(), 0)

    def test_no_color_is_honoured(self):  # quick
        Owner(self.place, "x", "a u32\n")
        screen = Screen(self, env={"NO_COLOR": "1"})
        screen.wait(lambda p: p, "a page")
        screen.press("q")
        screen.end()
        self.assertNotRegex(screen.raw, r"\x1b\[[0-9]*m")

    def test_a_pipe_gets_it_once(self):  # quick
        Owner(self.place, "x", "a u32\n")
        self.assertNotIn("\x1b", self.cli("top", "--interval", "10ms"))

    def test_thousands_of_regions_can_be_scrolled(self):
        count = 3000
        self.place.daemon(self.place.config(regions="\n".join(f"r{i:04}: {{ size: 64, slots: 1 }}" for i in range(count))))
        screen = Screen(self, "r*", lines=20)
        screen.wait(lambda p: f"regions {count}" in p[0] and any(line.startswith("r0000 ") for line in p), "the first page")
        screen.press("\x1b[F")
        screen.wait(lambda p: any(line.startswith("r2999 ") for line in p), "the last page")
        screen.press("\x1b[H")
        screen.wait(lambda p: any(line.startswith("r0000 ") for line in p), "the first page again")
        screen.press("\x1b[6~\x1b[B")
        screen.wait(lambda p: not any(line.startswith("r0010 ") for line in p) and any(line.startswith("r0011 ") for line in p),
                    "half a page and a line further")
        at = time.monotonic()
        screen.press("q")
        screen.end()
        self.assertLess(time.monotonic() - at, PATIENCE)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
