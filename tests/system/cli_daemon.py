#!/usr/bin/env python3
"""`pagecast status`, `reload` and `check`: the daemon as its own regions show it."""
import json
import shutil
import struct
import time

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, NOBODY, main, wait_until


class Status(CliTest):
    def test_without_a_daemon(self):  # quick
        Owner(self.place, "pagecast.impostor", "version u32\n")  # a name is not enough
        self.assertEqual(self.cli("status", status=1), "")
        self.assertIn("no daemon runs here", self.stderr)
        self.assertEqual(self.json("status", status=1), [])
        self.cli("reload", status=1)

    def test_a_daemon_shows_itself_and_its_plugins(self):  # quick
        daemon = self.place.daemon(self.place.config(regions="x: { size: 64 }", plugins="counter: { interval: 20ms }"))
        text = self.cli("status")
        self.assertRegex(text, rf"^{self.place.instance}  live\n")
        self.assertRegex(text, rf"\n   process +pid {daemon.pid}, up \d+ ms, version \d+\.\d+\.\d+\n")
        self.assertIn(f"   configuration  {daemon.config_path} (generation 1)\n", text)
        self.assertRegex(text, r"\n   last reload +never tried\n")
        self.assertRegex(text, r"\n   PLUGIN +FILE +VERSION +STATE +RESTARTS +LAST ERROR\n   counter +counter +\S+ +running +0\n")
        [one] = self.json("status", self.place.instance)
        self.assertEqual((one["instance"], one["state"], one["pid"], one["config_path"], one["config_generation"]),
                         (self.place.instance, "live", daemon.pid, str(daemon.config_path), 1))
        self.assertEqual([(p["instance"], p["state"]) for p in one["plugins"]], [("counter", "running")])
        self.cli("status", "nosuch", status=1)
        self.assertIn("there is no daemon 'nosuch'", self.stderr)

    def test_a_plugin_that_fails_says_why(self):
        self.place.daemon(self.place.config(plugins="counter: { plugin: nosuchplugin }"))
        [one] = self.json("status")
        [plugin] = one["plugins"]
        self.assertEqual(plugin["state"], "failed")
        self.assertIn("nosuchplugin", plugin["error"])
        self.assertRegex(self.cli("status"), r"\n   counter +nosuchplugin .*failed.*nosuchplugin.* ago\)\n")

    def test_a_dead_and_a_stopped_daemon(self):
        daemon = self.place.daemon(self.place.config())
        daemon.kill()
        self.assertRegex(self.cli("status", status=3), rf"^{self.place.instance}  dead\n")
        self.assertEqual(self.json("status", status=3)[0]["state"], "dead")
        self.cli("reload", status=3)
        self.assertIn(f"daemon '{self.place.instance}' (pid {daemon.pid}) is dead", self.stderr)
        second = self.place.daemon(None, path=daemon.config_path)
        self.assertRegex(self.cli("status"), rf"^{self.place.instance}  live\n")
        second.stop()
        self.cli("status", status=1)

    def test_a_frozen_daemon_is_stale(self):
        self.place.daemon(self.place.config()).freeze()
        self.assertRegex(self.cli("status", status=3), rf"^{self.place.instance}  stale\n")


class Hostile(CliTest):
    """A directory is shared memory like any other: what it says may be lies."""
    SYSTEM = "4"

    def directory(self, count, rows, pid=0x7FFFFFFF, version=1, entry_bytes=256):
        header = struct.pack("<4I32s2I Q I i 144s 40x", version, entry_bytes, len(rows), count, b"\x1b[31mevil" * 3, pid, 1, 1, 1, -1,
                             b"/x\x1b]0;y\x07" + b"z" * 200)
        body = b"".join(struct.pack("<64s64s2I2Q4I32s56x", name, target, i + 1, 1, 1 << 62, 0, 0, 99, 99, 0, b"p" * 40)
                        for i, (name, target) in enumerate(rows))
        return header + body

    def serve(self, payload, user=None, name="pagecast.evil"):
        owner = Owner(self.place, name, None, "--bytes", str(len(payload)), "--flags", self.SYSTEM, user=user)
        for at in range(0, len(payload), 1024):
            owner.tell(f"hex {at} {payload[at:at + 1024].hex()}")
        return owner

    def test_lies_in_a_directory_harm_nobody(self):  # quick
        rows = [(b"\x1b[2Jname", b"../../etc/passwd"), (b"n" * 64, b"o" * 64), (b"", b"x"), (b"self", b"pagecast.evil"),
                (b"loop", b"Local\\Local\\x"), (b"\xff\xfe", b"\x00")]
        for count, entry_bytes, version in ((len(rows), 256, 1), (0xFFFFFFFF, 256, 1), (3, 255, 1), (3, 256, 2)):
            owner = self.serve(self.directory(count, rows, version=version, entry_bytes=entry_bytes))
            for args in (("list",), ("list", "-l"), ("status",), ("read", "self"), ("read", "loop"), ("dump", "self"), ("reload",),
                         ("wait", "n" * 63, "--timeout", "0")):
                self.assert_harmless(self.terminal(*args))
            for args in (("list",), ("status",)):
                json.loads(self.place.cli(*args, "--json").stdout)
            owner.end()

    def test_a_signal_goes_to_the_owner_s_own_process_only(self):  # quick
        self.need_root()
        self.place.shm.chmod(0o777)
        victim = Owner(self.place, "victim", "a u32\n")  # root's; SIGHUP would end it
        self.serve(self.directory(0, [], pid=victim.pid), user=NOBODY)
        for command in ("reload", "status"):
            self.cli(command, status=1)
            self.assertRegex(self.stderr, r"'pagecast\.evil': control object belongs to user 65534, who is not trusted\n--trust USER believes")
            self.assertNotIn("no daemon runs here", self.stderr)
        self.cli("reload", "--any-owner", status=1)
        self.assertIn("is not that daemon", self.stderr)
        victim.tell("set a=1")


class Reload(CliTest):
    ONE, TWO = "x: { layout: { a: u32 } }", "x: { layout: { a: u32 } }\ny: { layout: { b: u32 } }"

    def test_a_good_configuration_is_applied(self):
        daemon = self.place.daemon(self.place.config(regions=self.ONE))
        daemon.config_path.write_text(self.place.config(regions=self.TWO))
        self.assertRegex(self.cli("reload"), rf"^{self.place.instance}: reloaded, generation 2")
        self.assertEqual(self.cli("read", "y", "b"), "0\n")
        self.assertRegex(self.cli("status"), r"last reload +ok, \d+ ms ago\n")
        self.assertEqual(self.cli("reload", self.place.instance, "--quiet"), "")
        self.assertRegex(self.cli("reload", "--pid", daemon.pid), rf"^{self.place.instance}: reloaded, generation 4")
        self.cli("reload", "--pid", 1, status=1)
        self.assertIn("process 1 is no daemon that is known here", self.stderr)
        for wrong in (("--pid", "x"), ("--pid", daemon.pid, self.place.instance)):
            self.cli("reload", *wrong, status=2)
            self.assertIn("--pid is the number of a process", self.stderr)

    def test_a_bad_configuration_changes_nothing_and_says_why(self):
        daemon = self.place.daemon(self.place.config(regions=self.ONE))
        daemon.config_path.write_text(self.place.config(regions="x: { layout: { a: flot } }"))
        self.cli("reload", status=1)
        self.assertRegex(self.stderr, rf"^pagecast: daemon '{self.place.instance}' keeps its configuration: .*(flot|pagecast\.yaml)")
        self.assertEqual(self.cli("read", "x", "a"), "0\n")
        text = self.cli("status")
        self.assertRegex(text, r"last reload +failed: invalid argument or input, \d+ ms ago\n +\S")
        self.assertIn("(generation 1)", text)
        self.assertNotEqual(self.json("status")[0]["reload_status"], 0)

    def test_a_daemon_that_does_not_answer(self):
        daemon = self.place.daemon(self.place.config())
        # still live by its heartbeat when asked, frozen a moment later: the signal is pending
        daemon.freeze()
        start = time.monotonic()
        self.cli("reload", "--timeout", "1s", status=3)
        self.assertLess(time.monotonic() - start, 5)
        daemon.thaw()
        wait_until(lambda: self.json("status")[0]["state"] == "live", "live again")
        self.cli("reload", "--timeout", "soon", status=2)

    def test_several_daemons_must_be_told_apart(self):
        self.place.daemon(self.place.config(regions=self.ONE))
        path = self.place.folder / "other.yaml"
        path.write_text(self.place.config().replace(f"instance: {self.place.instance}", "instance: other-rig"))
        self.place.daemon(None, path=path)
        self.cli("reload", status=1)
        self.assertIn("there is more than one daemon", self.stderr)
        self.assertIn("    other-rig\n", self.stderr)
        self.cli("reload", "other-rog", status=1)
        self.assertIn("did you mean 'other-rig'?", self.stderr)
        self.cli("reload", "other-rig")
        self.assertEqual({d["instance"]: d["reload_count"] for d in self.json("status")}, {self.place.instance: 0, "other-rig": 1})


class Check(CliTest):
    def test_it_is_the_daemon_s_own_check(self):  # quick
        good, bad = self.place.folder / "good.yaml", self.place.folder / "bad.yaml"
        good.write_text(self.place.config(regions="x: { size: 64 }"))
        bad.write_text("instance: a\nregions: { x: { sise: 64 } }\n")
        self.cli("check", good)
        self.cli("check", bad, status=2)
        self.assertRegex(self.stderr, r"bad\.yaml:2:\d+: ")
        self.assertEqual(self.place.leftovers(), [])
        self.cli("check", status=2)

    def test_without_a_daemon_beside_it_the_path_is_searched(self):  # quick
        alone = self.place.folder / "alone"
        alone.mkdir()
        shutil.copy(BIN / "pagecast", alone / "pagecast")
        good = self.place.folder / "good.yaml"
        good.write_text(self.place.config())
        done = self.place.run(alone / "pagecast", "check", good, env={"PATH": "/nonexistent"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot run pagecastd: pagecastd: No such file or directory", done.stderr)
        self.assertEqual(self.place.run(alone / "pagecast", "check", good, env={"PATH": str(BIN)}).returncode, 0)


if __name__ == "__main__":
    main()
