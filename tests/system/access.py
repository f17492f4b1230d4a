#!/usr/bin/env python3
"""Users, permissions, names that belong to somebody else, and memory that is full."""
import os
import subprocess

from pagecast_harness import NOBODY, SystemTest, as_user, main, wait_until
from pagecast_memory import Directory, Region

SMALL = "small: { layout: { n: u64 } }"
COUNTER = "counter: { interval: 20ms }"


class Users(SystemTest):
    def setUp(self):
        self.need_root()
        as_user(NOBODY)  # skips where he cannot get to the programs

    def test_another_user_reads_what_its_mode_allows(self):  # quick
        self.place.daemon(self.place.config(regions=f"{SMALL}\nhidden: {{ size: 8, mode: '0600' }}", plugins=COUNTER))
        reader = self.place.start("local_reader", "counter", user=NOBODY)
        reader.wait_log("state=live read=PC_OK")
        done = self.place.cli("read", "small", "n", user=NOBODY)
        self.assertEqual((done.returncode, done.stdout), (0, "0\n"))
        done = self.place.cli("read", "hidden", user=NOBODY)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "(?i)permission")
        for name in ("small", "small.pagecast", "counter"):
            self.assertEqual(os.stat(self.place.shm / name).st_mode & 0o777, 0o644)
        self.assertEqual(os.stat(self.place.shm / "hidden").st_mode & 0o777, 0o600)

    def test_another_user_cannot_become_the_writer(self):  # quick
        self.place.daemon(self.place.config(regions=f"{SMALL}\nopen: {{ layout: {{ n: u64 }}, access: read-write-compatible }}"))
        for name in ("small", "open"):
            done = self.place.cli("write", name, "n=1", user=NOBODY)
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertEqual(Region(self.place.shm, name).epoch, 0)
        # The bytes themselves may be written by old programs that insist.
        self.assertEqual(os.stat(self.place.shm / "open").st_mode & 0o777, 0o666)
        self.assertEqual(os.stat(self.place.shm / "open.pagecast").st_mode & 0o022, 0)

    def test_a_reader_does_not_believe_objects_of_another_user(self):  # quick
        self.place.shm.chmod(0o1777)
        daemon = self.place.daemon(self.place.config(regions=SMALL), user=NOBODY)
        done = self.place.cli("read", "small", "n")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "(?i)own|trust")
        self.assertEqual(self.place.cli("read", "small", "n", "--any-owner").stdout, "0\n")
        self.assertEqual(self.place.cli("read", "small", "n", user=NOBODY).stdout, "0\n")
        daemon.stop()

    def test_a_name_of_another_user_is_refused_and_left_alone(self):  # quick
        path = self.place.shm / "small"
        path.write_bytes(b"somebody else's")
        os.chown(path, NOBODY, NOBODY)
        before = os.stat(path)
        daemon = self.place.daemon(self.place.config(regions=f"{SMALL}\nother: {{ size: 64 }}", plugins=COUNTER), ready=False)
        daemon.wait_log(r"pagecast\.yaml:\d+: region 'small': .*small.*(belongs|owned|user)")
        if daemon.process.poll() is None:
            daemon.stop() if daemon.notify.count("READY") else daemon.wait()
        after = os.stat(path)
        self.assertEqual((after.st_ino, after.st_uid, path.read_bytes()), (before.st_ino, NOBODY, b"somebody else's"))
        self.assertEqual([n for n in self.place.leftovers() if n != "small"], [])

    def test_a_control_object_of_another_user_is_refused_too(self):  # quick
        path = self.place.shm / "small.pagecast"
        path.write_bytes(bytes(8192))
        os.chown(path, NOBODY, NOBODY)
        daemon = self.place.daemon(self.place.config(regions=SMALL), ready=False)
        daemon.wait_log(r"region 'small': .*(belongs|owned|user)")
        daemon.kill()
        self.assertEqual(os.stat(path).st_uid, NOBODY)

    def test_links_and_pipes_under_the_name_are_not_followed(self):  # quick
        target = self.place.folder / "target"
        target.write_bytes(b"do not touch")
        for make in (lambda p: p.symlink_to(target), lambda p: os.mkfifo(p), lambda p: p.mkdir()):
            path = self.place.shm / "small"
            make(path)
            daemon = self.place.daemon(self.place.config(regions=SMALL), ready=False)
            daemon.wait_log("region 'small': ")
            self.assertNotEqual(daemon.wait(), 0)
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            self.assertEqual(target.read_bytes(), b"do not touch")
            self.assertEqual(self.place.leftovers(), [])


class FullMemory(SystemTest):
    def setUp(self):
        self.need_root()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", self.place.shm], capture_output=True,
                              text=True)
        if done.returncode:
            self.skipTest(f"no tmpfs may be mounted here: {done.stderr.strip()}")
        self.place.closers.insert(0, lambda: subprocess.run(["umount", "-l", self.place.shm]))

    def test_a_region_that_does_not_fit_is_refused_and_leaves_nothing(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=f"{SMALL}\nbig: {{ size: 16MiB }}"), ready=False)
        daemon.wait_log(r"pagecast\.yaml:\d+: region 'big': .*(?i:no space)")
        self.assertNotEqual(daemon.wait(), 0)
        self.assertEqual(self.place.leftovers(), [])

    def test_a_reload_that_does_not_fit_changes_nothing(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=SMALL, plugins=COUNTER))
        names, free = self.place.leftovers(), os.statvfs(self.place.shm).f_bfree
        counter, small = Region(self.place.shm, "counter"), Region(self.place.shm, "small")
        for regions in (f"{SMALL}\nbig: {{ size: 16MiB }}", "small: { layout: { n: u64 }, size: 16MiB }", "big: { size: 16MiB }"):
            said = daemon.reload(self.place.config(regions=regions, plugins=COUNTER))
            self.assertRegex(said, "(?i)no space")
            self.assertEqual(self.place.leftovers(), names)
            self.assertEqual(os.statvfs(self.place.shm).f_bfree, free)
            self.assertNotEqual(small.state_name, "retired")
            self.assertEqual(Directory(self.place.shm, self.place.instance).entries["small"]["generation"], 1)
        tick = counter.tick
        wait_until(lambda: counter.tick > tick + 2, "the counter goes on")
        daemon.reload(self.place.config(regions=f"{SMALL}\nfits: {{ size: 4KiB }}", plugins=COUNTER))
        self.assertIn("fits", self.place.leftovers())
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_memory_that_fills_up_later_harms_nobody(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=SMALL, plugins=COUNTER))
        filler = os.open(self.place.shm / "filler", os.O_WRONLY | os.O_CREAT)
        with self.assertRaises(OSError):
            while True:
                os.write(filler, bytes(4096))
        os.close(filler)
        counter = Region(self.place.shm, "counter")
        tick = counter.tick
        wait_until(lambda: counter.tick > tick + 5, "every page was there before")
        self.assertEqual(self.place.cli("write", "small", "n=9").returncode, 0)
        (self.place.shm / "filler").unlink()
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])


class Somewhere(SystemTest):
    def test_a_missing_folder_for_shared_memory_is_named(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=SMALL), env={"PAGECAST_SHM_DIR": "/nowhere/at/all"}, ready=False)
        self.assertNotEqual(daemon.wait(), 0)
        self.assertIn("/nowhere/at/all", daemon.output())

    def test_a_name_that_somebody_unlinks_comes_back(self):
        self.place.daemon(self.place.config(regions=SMALL, plugins=COUNTER))
        counter = Region(self.place.shm, "counter")
        (self.place.shm / "counter").unlink()
        wait_until(lambda: (self.place.shm / "counter").exists(), "the name is back", 15)
        self.assertEqual(os.stat(self.place.shm / "counter").st_ino, counter.payload_stat.st_ino)


if __name__ == "__main__":
    main()
