#!/usr/bin/env python3
"""`pagecast list`, with and without a daemon."""
import os
import time

from pagecast_cli import CliTest, Owner
from pagecast_harness import NOBODY, main, wait_until


class List(CliTest):
    def rows(self, *args):
        """name -> list of the other columns, of the table's first six."""
        lines = self.cli("list", *args).splitlines()
        heading, columns = lines[0], ("NAME", "STATE", "SIZE", "TICK", "AGE", "WRITER")
        self.assertEqual(tuple(heading.split()[:6]), columns)
        result = {}
        for line in lines[1:]:
            words = [w for w in line.split("  ") if w.strip()]
            result[words[0]] = [w.strip() for w in words[1:]]
        return result

    def test_an_empty_machine_is_said_so(self):  # quick
        self.assertEqual(self.cli("list"), "")
        self.assertIn("there are no regions", self.stderr)
        self.assertEqual(self.json("list"), [])
        self.cli("list", "x*", status=1)

    def test_regions_that_stand_alone_are_found_in_every_state(self):
        live = Owner(self.place, "live", "a u32\n")
        live.tell("set a=1")
        Owner(self.place, "frozen", "a u32\n", "--stale", "200").freeze()
        dead = Owner(self.place, "dead", "a u32\n")
        dead.kill()
        closed = Owner(self.place, "closed", "a u32\n")
        closed.tell("close")
        Owner(self.place, "starting", "a u32\n", "--no-writer")
        time.sleep(0.3)
        rows = self.rows()
        states = {name: row[0] for name, row in rows.items()}
        self.assertEqual(states, {"live": "live", "frozen": "stale", "dead": "dead", "closed": "closed", "starting": "starting"})
        self.assertEqual(rows["live"][1:3], ["4 B", "1"])
        self.assertEqual(rows["live"][4], "region_owner")
        self.assertEqual(rows["dead"][1:4], ["4 B", "0", "-"])
        by_name = {r["name"]: r for r in self.json("list")}
        self.assertEqual({n: r["state"] for n, r in by_name.items()}, states)
        entry = by_name["live"]
        self.assertEqual((entry["kind"], entry["instance"], entry["bytes"], entry["tick"], entry["pid"], entry["system"]),
                         ("standalone", None, 4, 1, live.pid, False))
        self.assertRegex(entry["schema"], r"^[0-9a-f]{16}$")
        self.assertIsNone(by_name["dead"]["age_ms"])

    def test_it_takes_as_long_as_the_slowest_and_not_as_all(self):
        for i in range(6):
            Owner(self.place, f"frozen{i}", "a u32\n", "--stale", "400").freeze()
        start = time.monotonic()
        self.assertEqual({r["state"] for r in self.json("list")}, {"stale"})
        self.assertLess(time.monotonic() - start, 6 * 0.4)

    def test_patterns_choose(self):  # quick
        for name in ("a.x", "a.y", "b.x"):
            Owner(self.place, name, "a u32\n")
        self.assertEqual(set(self.rows("a.*")), {"a.x", "a.y"})
        self.assertEqual(set(self.rows("?.x")), {"a.x", "b.x"})
        self.assertEqual(set(self.rows("a.y", "b*")), {"a.y", "b.x"})
        self.cli("list", "c*", status=1)

    def test_what_cannot_be_read_says_why(self):  # quick
        owner = Owner(self.place, "broken", "a u32\n")
        owner.kill()
        with open(self.place.shm / "broken.pagecast", "r+b") as f:
            f.seek(0x20)
            f.write(b"\xff" * 8)
        (self.place.shm / "empty.pagecast").write_bytes(b"")
        (self.place.shm / "link.pagecast").symlink_to("/etc/passwd")
        os.mkfifo(self.place.shm / "pipe.pagecast")
        (self.place.shm / "folder.pagecast").mkdir()
        rows = self.rows()
        self.assertEqual(rows["broken"][0], "corrupt")
        self.assertIn(rows["link"][0], ("untrusted", "unreadable"))
        for name in ("empty", "pipe", "folder"):
            self.assertNotIn(rows[name][0], ("live", "dead"))
        for entry in self.json("list"):
            self.assertTrue(entry["error"])

    def test_regions_of_others(self):  # quick
        self.need_root()
        self.place.shm.chmod(0o777)
        Owner(self.place, "theirs", "a u32\n", user=NOBODY)
        self.assertEqual(self.rows()["theirs"][0], "untrusted")
        self.assertIn("'theirs': control object belongs to user 65534, who is not trusted\n--trust USER believes", self.stderr)
        self.assertEqual(self.rows("--any-owner")["theirs"][0], "live")
        mine = Owner(self.place, "mine", "a u32\n")
        os.chmod(self.place.shm / "mine.pagecast", 0o600)
        done = self.place.cli("list", user=NOBODY)
        self.assertRegex(done.stdout, r"\nmine +no permission ")
        self.assertRegex(done.stdout, r"\ntheirs +live ")
        mine.end()

    def test_names_that_are_no_names_do_no_harm(self):  # quick
        Owner(self.place, "good", "a u32\n")
        for name in ("x\x1b[31m.pagecast", ".pagecast", "..pagecast", "\n.pagecast", "y" * 120 + ".pagecast"):
            (self.place.shm / name).write_bytes(b"\0" * 4096)
        self.assert_harmless(self.terminal("list"))
        self.json("list")


class WithDaemons(CliTest):
    REGIONS = """
        plain: { layout: { a: u32 } }
        renamed: { name: 'Local\\the_object', layout: { b: u32 } }
        """

    def test_a_daemon_s_regions_have_keys_and_an_instance(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=self.REGIONS, plugins="counter: { interval: 20ms }"))
        instance = self.place.instance
        by_name = {r["name"]: r for r in self.json("list")}
        self.assertEqual(by_name["renamed"]["object"], "Local\\the_object")
        self.assertEqual(by_name["renamed"]["instance"], instance)
        self.assertEqual((by_name["plain"]["kind"], by_name["counter"]["kind"]), ("external", "plugin"))
        self.assertNotIn("the_object", by_name)
        self.assertTrue(by_name[f"pagecast.{instance}"]["system"])
        self.assertEqual(by_name[f"pagecast.{instance}"]["state"], "live")
        self.assertEqual(by_name[f"pagecast.{instance}"]["pid"], daemon.pid)
        Owner(self.place, "alone", "a u32\n")
        self.assertIn("alone", {r["name"] for r in self.json("list")})
        self.assertNotIn("alone", {r["name"] for r in self.json("list", "--instance", instance)})
        self.assertIn("Local\\the_object", self.cli("list", "-l"))
        self.cli("list", "--instance", "nosuch", status=1)

    def test_a_key_stands_for_its_object_everywhere(self):  # quick
        self.place.daemon(self.place.config(regions=self.REGIONS))
        for name in ("renamed", "Local\\the_object", "Global\\the_object", "the_object", f"{self.place.instance}:renamed"):
            self.assertEqual(self.cli("read", name, "b"), "0\n")
        self.cli("write", "renamed", "b=5")
        self.assertEqual(self.cli("read", "the_object", "b"), "5\n")
        self.cli("wait", "renamed", "--for", "closed", "--timeout", "5")
        self.cli("dump", "renamed")
        self.cli("read", "nosuch:renamed", status=1)
        self.assertIn("there is no daemon 'nosuch' with a region 'renamed'", self.stderr)
        self.cli("read", "renamd", status=1)
        self.assertIn("did you mean 'renamed'?", self.stderr)

    def test_a_key_of_two_daemons_must_be_told_apart(self):
        self.place.daemon(self.place.config(regions="shared: { name: object_1, layout: { a: u32 } }"))
        other = self.place.config(regions="shared: { name: object_2, layout: { a: u32 } }").replace(
            f"instance: {self.place.instance}", "instance: other")
        path = self.place.folder / "other.yaml"
        path.write_text(other)
        self.place.daemon(None, path=path)
        self.cli("write", "other:shared", "a=2")
        self.cli("read", "shared", status=1)
        self.assertIn("more than one daemon has a region 'shared'", self.stderr)
        self.assertIn(f"    {self.place.instance}:shared\n", self.stderr)
        self.assertIn("    other:shared\n", self.stderr)
        self.assertEqual(self.cli("read", "other:shared", "a"), "2\n")
        self.assertEqual(self.cli("read", f"{self.place.instance}:shared", "a"), "0\n")

    def test_a_killed_daemon_leaves_a_list_of_the_dead(self):
        daemon = self.place.daemon(self.place.config(plugins="counter: { interval: 20ms }"))
        wait_until(lambda: self.json("list", "counter")[0]["tick"] > 2, "the counter counts")
        daemon.kill()
        states = {r["name"]: r["state"] for r in self.json("list")}
        self.assertEqual(states["counter"], "dead")
        self.assertEqual(states[f"pagecast.{self.place.instance}"], "dead")


if __name__ == "__main__":
    main()
