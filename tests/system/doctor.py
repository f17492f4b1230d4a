#!/usr/bin/env python3
"""`pagecast doctor`: each of its findings is made for real, said with what mends it, and gone once that was done."""
import json
import os
import subprocess
import sys
import time

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, NOBODY, main, wait_until

OLD = 2.2  # seconds after which what is not complete is nobody's


class Doctor(CliTest):
    def findings(self, *args, status=None, **options):
        """{code: [finding, ...]}; the exit status must fit."""
        done = self.place.cli("doctor", "--json", *args, **options)
        said = json.loads(done.stdout)
        left = [f for f in said["findings"] if not f["fixed"]]
        self.assertEqual(done.returncode, (1 if left else 0) if status is None else status, done.stdout + done.stderr)
        self.removed, self.unjudged, self.stderr = said["removed"], said["unjudged"], done.stderr
        self.untrusted = said["untrusted"]
        found = {}
        for f in said["findings"]:
            found.setdefault(f["code"], []).append(f)
        return found

    def only(self, code, *args, **options):
        """The one finding there is."""
        found = self.findings(*args, **options)
        self.assertEqual({c: len(f) for c, f in found.items()}, {code: 1}, found)
        [[one]] = found.values()
        return one

    def mend(self, finding):
        """Type what it says."""
        env = {**self.place.env, "PATH": f"{BIN}:{os.environ['PATH']}"}
        subprocess.run(finding["mend"], shell=True, check=True, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def clean(self, *args):
        self.assertEqual(self.findings(*args), {})

    def config_file(self, text):
        path = self.place.folder / "wanted.yaml"
        path.write_text(text)
        return path


class Objects(Doctor):
    def test_a_machine_on_which_all_is_well(self):
        self.assertRegex(self.cli("doctor"), r"^nothing is wrong: 0 daemons, 0 regions\n$")
        self.place.daemon(self.place.config(regions="x: { size: 64 }", plugins="counter: { interval: 20ms }"))
        Owner(self.place, "alone", "a u32\n")
        self.assertRegex(self.cli("doctor"), r"^nothing is wrong: 1 daemon, \d+ regions\n$")
        self.clean()

    def test_what_a_killed_daemon_left_is_removed(self):
        daemon = self.place.daemon(self.place.config(regions="x: { size: 64, writer: external }", plugins="counter: {}"))
        Owner(self.place, "alone", "a u32\n")
        daemon.kill()
        one = self.only("orphan")
        self.assertIn(f"daemon '{self.place.instance}' (pid {daemon.pid}) was killed and left 5 regions", one["what"])
        self.assertTrue(self.place.leftovers())
        self.assertEqual(self.only("orphan", "--fix")["fixed"], True)
        self.assertEqual(self.place.leftovers(), [".alone.keep", "alone", "alone.pagecast"])
        self.assertIn(str(self.place.shm / "x.pagecast"), self.removed)
        self.clean()

    def test_fix_says_what_it_removed(self):
        Owner(self.place, "alone", "a u32\n").kill()
        text = self.cli("doctor", "--fix")
        self.assertRegex(text, r"(?m)^orphan +an owner was killed and left 1 region, .*: alone$")
        self.assertIn(f"removed {self.place.shm}/alone\nremoved {self.place.shm}/alone.pagecast\n", text)
        self.assertRegex(text, r"nothing is wrong any more")
        self.assertEqual(self.place.leftovers(), [])

    def test_what_lives_is_never_removed(self):
        daemon = self.place.daemon(self.place.config(regions="x: { writer: external, layout: { a: u32 } }"))
        Owner(self.place, "alone", "a u32\n")
        before = self.place.leftovers()
        daemon.freeze()
        self.findings("--fix", status=1)
        self.assertEqual(self.place.leftovers(), before)

    def test_a_writer_that_goes_on_keeps_what_its_daemon_left(self):
        daemon = self.place.daemon(self.place.config(regions="x: { writer: external, layout: { a: u32 } }"))
        writer = self.background("write", "x", "a=1", "--hold", stdin=subprocess.PIPE)
        wait_until(lambda: self.json("list", "x")[0]["state"] == "live", "written")
        daemon.kill()
        before = self.place.leftovers()
        self.assertIn("a writer goes on", self.only("orphan-written", "--fix")["what"])
        self.assertEqual(self.place.leftovers(), before)
        writer.kill()
        self.only("orphan", "--fix")
        self.assertEqual(self.place.leftovers(), [])

    def test_a_foreign_payload_stays(self):
        (self.place.shm / "old").write_bytes(b"mine" + bytes(60))
        daemon = self.place.daemon(self.place.config(regions="old: { size: 64 }"))
        daemon.kill()
        self.only("orphan", "--fix")
        self.assertEqual(self.place.leftovers(), ["old"])
        self.assertEqual((self.place.shm / "old").read_bytes()[:4], b"mine")

    def test_an_owner_without_a_writer_may_have_kept_its_region(self):
        Owner(self.place, "x", "a u32\n", "--no-writer").kill()
        self.only("kept", "--fix")  # nothing proves that it was killed
        self.assertIn("x", self.place.leftovers())

    def test_what_was_kept_on_purpose_is_not_fixed(self):
        owner = Owner(self.place, "heir", "a u32\n")
        for line in ("close", "keep"):
            owner.tell(line)
        one = self.only("kept", "--fix")
        self.assertIn("heir", one["what"])
        self.mend(one)
        self.clean()
        self.assertEqual(self.place.leftovers(), [])

    def test_what_is_no_control_page(self):
        shm = self.place.shm
        (shm / "page.pagecast").write_bytes(b"\x1b[2J" * 2000)
        (shm / "link.pagecast").symlink_to("/etc/passwd")
        (shm / "folder.pagecast").mkdir()
        os.mkfifo(shm / "pipe.pagecast")
        time.sleep(OLD)
        found = self.findings()
        self.assertEqual(sorted(found), ["not-pagecast"])
        self.assertEqual(len(found["not-pagecast"]), 4)
        for one in found["not-pagecast"]:
            self.mend(one)
        self.clean()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_control_page_that_others_may_write(self):
        Owner(self.place, "x", "a u32\n")
        (self.place.shm / "x.pagecast").chmod(0o666)
        one = self.only("permission")
        self.mend(one)
        self.clean()

    def test_a_payload_whose_mode_was_changed(self):
        self.place.daemon(self.place.config(regions="x: { size: 64 }"))
        for mode in (0o600, 0o666):
            (self.place.shm / "x").chmod(mode)
            one = self.only("permission")
            self.assertIn(f"has mode {mode:04o}, its daemon set 0644", one["what"])
            self.mend(one)
            self.clean()

    def test_names_of_a_moment_that_stayed(self):
        Owner(self.place, "x", "a u32\n")
        for name in (".y.keep", ".y.keepsake", ".y.new", ".y.pagecast.0123456789abcdef", ".something", ".y.0123"):
            (self.place.shm / name).write_bytes(b"1")
        time.sleep(OLD)
        found = self.findings("--fix")
        self.assertEqual({c: len(f) for c, f in found.items()}, {"leftover": 4})
        for one in found["leftover"]:
            self.mend(one)
        self.clean()
        self.assertEqual(self.place.leftovers(), [".something", ".x.keep", ".y.0123", "x", "x.pagecast"])

    def test_names_that_would_steer_a_terminal(self):
        for name in (b"\x1b[2J'; rm -rf x;'.pagecast", b"\xff\xfe\n.pagecast", b"$(reboot).pagecast"):
            with open(os.fsencode(self.place.shm) + b"/" + name, "wb") as f:
                f.write(b"nothing")
        time.sleep(OLD)
        self.assert_harmless(self.terminal("doctor"))
        self.assertEqual(len(self.findings()["not-pagecast"]), 3)

    def test_what_others_keep_to_themselves_is_counted(self):
        self.need_root()
        self.place.shm.chmod(0o777)
        Owner(self.place, "secret", "a u32\n", "--mode", "600")
        self.assertEqual(self.findings(user=NOBODY), {})
        self.assertEqual(self.unjudged, 1)

    def test_users_that_are_not_trusted_are_counted(self):
        self.need_root()
        self.place.shm.chmod(0o777)
        owner = Owner(self.place, "theirs", "a u32\n", user=NOBODY)
        owner.freeze()
        self.assertEqual((self.findings(), self.untrusted), ({}, 1))
        self.assertIn("--trust USER", self.cli("doctor"))
        self.assertEqual((list(self.findings("--trust", str(NOBODY))), self.untrusted), (["writer-hung"], 0))

    def test_a_user_cannot_remove_what_is_another_s(self):
        self.need_root()
        self.place.shm.chmod(0o1777)
        Owner(self.place, "x", "a u32\n").kill()
        one = self.only("orphan", "--fix", user=NOBODY)
        self.assertEqual(one["fixed"], False)
        self.assertIn("not removed", one["what"])
        self.assertEqual(one["mend"], "sudo pagecast doctor --fix")
        self.assertIn("x.pagecast", self.place.leftovers())


class Daemons(Doctor):
    def test_a_daemon_that_was_stopped(self):
        daemon = self.place.daemon(self.place.config(plugins="counter: { interval: 20ms }"))
        daemon.freeze()
        one = self.only("daemon-silent")
        self.assertIn("it was stopped by a signal", one["what"])
        self.mend(one)
        wait_until(lambda: self.findings() == {}, "well again")

    def test_a_writer_that_was_stopped(self):
        self.place.daemon(self.place.config(regions="x: { writer: external, layout: { a: u32 } }"))
        writer = self.background("write", "x", "a=1", "--hold", stdin=subprocess.PIPE)
        wait_until(lambda: self.json("list", "x")[0]["state"] == "live", "written")
        writer.freeze()
        one = self.only("writer-hung")
        self.assertIn(f"region 'x': its writer pagecast write (pid {writer.pid}) stands still", one["what"])
        self.mend(one)
        wait_until(lambda: self.findings() == {}, "well again")
        writer.kill()
        self.assertIn("ended without closing it", self.only("writer-dead")["what"])

    def test_a_plugin_that_is_refused(self):
        self.place.daemon(self.place.config(plugins="counter: { plugin: nosuchplugin }"))
        one = self.only("plugin")
        self.assertIn("plugin 'counter' was refused", one["what"])
        self.assertIn("nosuchplugin", one["what"])
        self.assertEqual(self.place.run("sh", "-c", one["mend"], env={"PATH": f"{BIN}:{os.environ['PATH']}"}).returncode, 2)

    def test_a_reload_that_was_refused(self):
        daemon = self.place.daemon(self.place.config())
        daemon.config_path.write_text("nonsense")
        self.cli("reload", status=1)
        self.assertIn(str(daemon.config_path), self.only("reload")["mend"])

    def test_a_daemon_near_its_limit_of_files(self):
        self.need("prlimit")
        daemon = self.place.daemon(self.place.config(regions="x: { size: 64 }"))
        used = len(os.listdir(f"/proc/{daemon.pid}/fd"))
        subprocess.run(["prlimit", "--pid", str(daemon.pid), f"--nofile={used + 1}"], check=True)
        self.assertIn(f"{used} files open of {used + 1}", self.only("file-limit")["what"])


class Configuration(Doctor):
    def test_one_that_could_run(self):
        path = self.config_file(self.place.config(regions="x: { size: 64 }", plugins="counter: {}"))
        self.clean("--config", path)
        self.place.daemon(path.read_text())
        self.clean("--config", path)

    def test_one_that_is_wrong(self):
        one = self.only("config", "--config", self.config_file("regions: { x: { sice: 64 } }"))
        self.assertIn("wanted.yaml:1", self.stderr)
        self.assertIn("wanted.yaml", one["mend"])
        self.only("config", "--config", "/no/such/file")

    def test_a_plugin_that_is_missing(self):
        one = self.only("plugin", "--config", self.config_file(self.place.config(plugins="counter: { plugin: nosuchplugin }")))
        self.assertIn("nosuchplugin", one["what"])

    def test_names_that_are_something_else(self):
        shm, config = self.place.shm, self.config_file(self.place.config(regions="x: { size: 64 }"))
        for make in (lambda p: p.write_bytes(bytes(64)), lambda p: p.symlink_to("/etc/passwd"), lambda p: p.mkdir()):
            make(shm / "x")
            one = self.only("squatted", "--config", config)
            self.assertIn(str(shm / "x"), one["what"])
            self.mend(one)
            self.clean("--config", config)
        (shm / "x").write_bytes(bytes(64))
        self.clean("--config", self.config_file(self.place.config(regions="x: { size: 64, writer: legacy }")))

    def test_a_name_that_another_program_owns(self):
        Owner(self.place, "x", "a u32\n")
        config = self.config_file(self.place.config(regions="x: { size: 64 }"))
        self.assertIn("whose owner lives", self.only("squatted", "--config", config)["what"])

    def test_a_name_of_another_user(self):
        self.need_root()
        self.place.shm.chmod(0o777)
        config = self.config_file(self.place.config(regions="x: { size: 64 }\ny: { size: 64 }"))
        os.chmod(config, 0o644)
        Owner(self.place, "x", "a u32\n", user=NOBODY)
        (self.place.shm / "y").write_bytes(bytes(64))
        os.chown(self.place.shm / "y", NOBODY, NOBODY)
        found = self.findings("--config", config)
        self.assertEqual(sum("not of the daemon's user" in f["what"] for f in found["squatted"]), 3, found)
        found = self.findings("--config", config, "--user", str(NOBODY))
        self.assertEqual(sum("not of the daemon's user" in f["what"] for f in found["squatted"]), 0, found)

    def test_more_memory_than_there_is(self):
        config = self.config_file(self.place.config(regions="x: { size: 1TiB, slots: 0 }"))
        self.assertIn("needs another 1.0 TiB", self.only("shm-full", "--config", config)["what"])

    def test_fewer_files_than_regions_need(self):
        config = self.config_file(self.place.config(regions="\n".join(f"r{i}: {{ size: 64 }}" for i in range(200))))
        self.clean("--config", config)
        done = self.place.run("sh", "-c", f"ulimit -Sn 300; ulimit -Hn 300; exec {BIN}/pagecast doctor --config {config}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, r"file-limit .*200 regions need about 464 files, a process here may have 300\n")


class Machine(Doctor):
    def in_small_shm(self, size, command):
        self.need_root()
        self.need("unshare")
        done = self.place.run("unshare", "-m", "sh", "-c",
                              f"mount -t tmpfs -o {size} none {self.place.shm} && cd {self.place.shm} && {command}; "
                              f"exec {BIN}/pagecast doctor")
        if "permission denied" in done.stderr.lower() or "not permitted" in done.stderr.lower():
            self.skipTest("no file systems may be mounted here")
        return done

    def test_memory_that_is_nearly_full(self):
        done = self.in_small_shm("size=4m", "true")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.in_small_shm("size=4m", "head -c 3900000 /dev/zero >x")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"shm-full +\S+ has \d+\.\d KiB free of 4\.0 MiB\n")
        self.assertIn(f"mount -o remount,size=8M {self.place.shm}\n", done.stdout)

    def test_names_that_are_nearly_used_up(self):
        done = self.in_small_shm("size=4m,nr_inodes=20", "touch 1 2 3 4 5 6 7 8 9 a b c d e f g h i")
        self.assertRegex(done.stdout, r"shm-full +\S+ has 1 names free of 20\n")

    def test_the_command_line(self):
        self.cli("doctor", "--user", "root", status=2)
        self.cli("doctor", "--config", "x", "--user", "no such user", status=2)
        self.cli("doctor", "word", status=2)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
