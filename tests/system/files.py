#!/usr/bin/env python3
"""Regions whose payload is a file: kept, shared with programs that know nothing, edited, shortened, deleted, full disks."""
import mmap
import os
import struct
import subprocess

from pagecast_harness import BIN, NOBODY, SystemTest, as_user, main, wait_until
from pagecast_memory import Region

GIB = 1 << 30


class Files(SystemTest):
    def setUp(self):
        self.file = self.place.folder / "payload.bin"

    def region(self, keys="layout: { n: u64, text: 'char[56]' }"):
        return f"r: {{ {keys}, backing: file, path: {self.file} }}"

    def n(self, **options):
        done = self.place.cli("read", "r", "n", **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout)

    def put(self, value, offset=0):
        """As a program that only knows the file."""
        with open(self.file, "r+b") as file:
            file.seek(offset)
            file.write(struct.pack("<Q", value))

    def test_values_are_in_the_file_and_outlive_the_daemon(self):  # quick
        config = self.place.config(regions=self.region("layout: { n: u64, text: 'char[56]' }, initial: { n: 7 }"))
        daemon = self.place.daemon(config)
        self.assertEqual(self.n(), 7)
        self.assertEqual(self.place.cli("write", "r", "n=4711", "text=hello").returncode, 0)
        self.assertEqual(struct.unpack("<Q5s", self.file.read_bytes()[:13]), (4711, b"hello"))
        self.assertNotIn("r", self.place.leftovers())
        self.assertIn(str(self.file), self.place.cli("list", "--long").stdout)
        self.assertIn(str(self.file), self.place.cli("list", "--json").stdout)
        dump = self.place.cli("dump", "r", "--payload").stdout
        self.assertRegex(dump, "foreign, file")
        self.assertRegex(dump, "67 12 00 00")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])
        self.assertEqual(self.file.stat().st_size, 64)
        self.place.daemon(config)
        self.assertEqual(self.n(), 4711)

    def test_a_check_touches_no_file(self):  # quick
        done = self.place.check(self.place.config(regions=self.region()))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(self.file.exists())

    def test_a_killed_daemon_is_followed_in_place(self):
        config = self.place.config(regions=self.region())
        daemon = self.place.daemon(config)
        self.assertEqual(self.place.cli("write", "r", "n=1").returncode, 0)
        reader = self.place.start("local_reader", "r")
        reader.wait_log("tick=1")
        tick = int(self.place.cli("dump", "r", "--json").stdout.split('"tick":')[1].split(",")[0])
        daemon.kill()
        self.place.daemon(config)
        after = self.place.cli("dump", "r", "--json").stdout
        self.assertEqual(int(after.split('"tick":')[1].split(",")[0]), tick)
        self.assertEqual(self.place.cli("write", "r", "n=2").returncode, 0)
        reader.wait_log(f"tick={tick + 1}")

    def test_what_a_plain_program_writes_is_a_tick(self):  # quick
        self.put_whole(11)
        self.place.daemon(self.place.config(regions=self.region("writer: legacy, layout: { n: u64, text: 'char[56]' }")))
        wait_until(lambda: self.n() == 11, "the content that was there")
        self.put(12)
        wait_until(lambda: self.n() == 12, "an open() and a write()")
        with open(self.file, "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[:8] = struct.pack("<Q", 13)
            wait_until(lambda: self.n() == 13, "a mapping")
        new = self.place.folder / "new.bin"
        new.write_bytes(struct.pack("<Q56x", 14))
        subprocess.run(["cp", new, self.file], check=True)
        wait_until(lambda: self.n() == 14, "cp, which shortens the file first")

    def put_whole(self, value):
        self.file.write_bytes(struct.pack("<Q56x", value))

    def test_shortened_deleted_and_replaced_files_are_noticed(self):
        daemon = self.place.daemon(self.place.config(
            regions=self.region("layout: { n: u64, more: 'u8[20000]' }, initial: { n: 3 }")))
        self.assertEqual(self.place.cli("write", "r", "n=4").returncode, 0)
        os.truncate(self.file, 0)
        self.assertEqual(self.n(), 4)
        daemon.wait_log("region 'r': its file had been shortened")
        self.assertEqual(self.file.stat().st_size, 20008)
        self.assertEqual(self.place.cli("write", "r", "n=5").returncode, 0)
        self.file.unlink()
        daemon.wait_log("region 'r' lost its file, and is served anew")
        self.assertEqual(self.n(), 3)
        other = self.place.folder / "other.bin"
        other.write_bytes(struct.pack("<Q20000x", 6))
        other.rename(self.file)
        wait_until(lambda: self.place.cli("read", "r", "n").stdout == "6\n", "what replaced the file is served")  # the log says the same once in ten seconds
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_five_gibibytes(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=self.region("size: 5GiB, sparse: true")))
        self.place.start("local_writer", "r", "0")
        wait_until(lambda: self.at(0) == 1, "the writer's first commit")
        for offset in (0, 4 * GIB - 65536, 4 * GIB, 5 * GIB - mmap.PAGESIZE):
            with open(self.file, "r+b") as file, mmap.mmap(file.fileno(), mmap.PAGESIZE, offset=offset) as view:
                view[8:16] = struct.pack("<Q", offset + 99)
            self.assertEqual(self.at(offset + 8), offset + 99)
            done = self.place.run(BIN / "file_client", self.file, str(offset + 8))
            self.assertEqual(done.stdout, f"byte {offset + 8} is {(offset + 99) % 256}\n")
        self.assertEqual(self.file.stat().st_size, 5 * GIB)
        self.assertLess(self.file.stat().st_blocks * 512, 1 << 20)
        daemon.stop()
        self.assertEqual(self.at(4 * GIB + 8), 4 * GIB + 99)

    def at(self, offset):
        with open(self.file, "rb") as file:
            file.seek(offset)
            return struct.unpack("<Q", file.read(8))[0]

    def test_reloads_move_a_region_between_memory_and_files(self):  # quick
        daemon = self.place.daemon(self.place.config(regions="r: { layout: { n: u64 } }"))
        self.assertEqual(self.place.cli("write", "r", "n=1").returncode, 0)
        daemon.reload(self.place.config(regions=self.region("layout: { n: u64 }")))
        self.assertEqual(self.n(), 0)
        self.assertNotIn("r", self.place.leftovers())
        self.assertEqual(self.place.cli("write", "r", "n=2").returncode, 0)
        self.assertEqual(self.at(0), 2)
        first, self.file = self.file, self.place.folder / "second.bin"
        daemon.reload(self.place.config(regions=self.region("layout: { n: u64 }")))
        self.assertEqual(self.n(), 0)
        daemon.reload(self.place.config(regions=f"r: {{ layout: {{ n: u64 }}, backing: file, path: {first} }}"))
        self.assertEqual(self.n(), 2)
        said = daemon.reload(self.place.config(regions="r: { layout: { n: u64 }, backing: file, path: /nowhere/at/all }"))
        self.assertRegex(said, "/nowhere/at/all: No such file or directory")
        self.assertEqual(self.n(), 2)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_file_that_somebody_serves_is_refused(self):  # quick
        self.place.daemon(self.place.config(regions=self.region()))
        other = self.place.folder / "other.yaml"
        other.write_text(f"instance: {self.place.instance}-2\nregions:\n  s: {{ size: 8, backing: file, path: {self.file} }}\n")
        daemon = self.place.daemon(None, path=other, ready=False)
        daemon.wait_log(r"other.yaml:\d+: region 's': '.*payload.bin' is the payload of another region")
        self.assertNotEqual(daemon.wait(), 0)
        self.assertEqual(self.n(), 0)


class FileUsers(SystemTest):
    def setUp(self):
        self.need_root()
        as_user(NOBODY)
        self.file = self.place.folder / "payload.bin"

    def test_access_is_the_mode_of_a_new_file_and_an_old_one_keeps_its_own(self):  # quick
        old = self.place.folder / "old.bin"
        old.write_bytes(b"x")
        old.chmod(0o604)
        words = {"private": 0o600, "read-only": 0o644, "read-write-compatible": 0o666}
        regions = [f"{w}: {{ size: 8, backing: file, path: {self.place.folder}/{w}, access: {w} }}" for w in words]
        regions += [f"m-{w}: {{ size: 8, access: {w} }}" for w in words]
        regions.append(f"old: {{ size: 8, backing: file, path: {old}, access: private }}")
        self.place.daemon(self.place.config(regions="\n".join(regions)))
        for word, mode in words.items():
            self.assertEqual((self.place.folder / word).stat().st_mode & 0o777, mode)
            self.assertEqual((self.place.shm / f"m-{word}").stat().st_mode & 0o777, mode)
            self.assertEqual((self.place.shm / f"{word}.pagecast").stat().st_mode & 0o022, 0)
        self.assertEqual(old.stat().st_mode & 0o777, 0o604)
        self.assertEqual(old.stat().st_size, 8)

    def test_another_user_reads_what_the_mode_allows_and_writes_only_if_compatible(self):  # quick
        self.place.folder.chmod(0o755)
        self.place.daemon(self.place.config(regions="\n".join(
            f"{w}: {{ size: 5000, access: {w} }}" for w in ("private", "read-only", "read-write-compatible"))))
        script = ("import mmap, os, signal, sys\n"
                  "path, size = sys.argv[1], 5000\n"
                  "def view(flags, prot, size):\n"
                  "    try: fd = os.open(path, flags)\n"
                  "    except PermissionError: return 'refused'\n"
                  "    m = mmap.mmap(fd, size, prot=prot)\n"
                  "    if prot & mmap.PROT_WRITE: m[size - 1] = 65\n"
                  "    return 'ok'\n"
                  "print(view(os.O_RDONLY, mmap.PROT_READ, size), view(os.O_RDWR, mmap.PROT_READ | mmap.PROT_WRITE, size))\n"
                  "try: print(view(os.O_RDONLY, mmap.PROT_READ, size + 1))\n"
                  "except ValueError: print('too large')\n")
        want = {"private": ["refused refused", "refused"], "read-only": ["ok refused", "too large"],
                "read-write-compatible": ["ok ok", "too large"]}
        for word, lines in want.items():
            done = self.place.run("/usr/bin/python3", "-c", script, str(self.place.shm / word), user=NOBODY)
            self.assertEqual(done.stdout.splitlines(), lines, word + done.stderr)

    def test_a_file_of_another_user_is_refused_and_left_alone(self):  # quick
        self.file.write_bytes(b"his")
        os.chown(self.file, NOBODY, NOBODY)
        daemon = self.place.daemon(self.place.config(regions=f"r: {{ size: 8, backing: file, path: {self.file} }}"), ready=False)
        daemon.wait_log(r"region 'r': '.*payload.bin' belongs to user 65534")
        daemon.wait()
        self.assertEqual(self.file.read_bytes(), b"his")

    def test_links_are_not_followed(self):  # quick
        target = self.place.folder / "target"
        target.write_bytes(b"do not touch")
        self.file.symlink_to(target)
        daemon = self.place.daemon(self.place.config(regions=f"r: {{ size: 64, backing: file, path: {self.file} }}"), ready=False)
        daemon.wait_log(r"region 'r': cannot open .*payload.bin")
        daemon.wait()
        self.assertEqual(target.read_bytes(), b"do not touch")

    def test_who_may_not_open_the_file_reads_the_slots(self):  # quick
        self.place.daemon(self.place.config(
            regions=f"r: {{ layout: {{ n: u64 }}, backing: file, path: {self.file} }}"))
        self.file.chmod(0o600)
        self.assertEqual(self.place.cli("write", "r", "n=8").returncode, 0)
        self.assertEqual(self.place.cli("read", "r", "n", user=NOBODY).stdout, "8\n")


class FullDisk(SystemTest):
    def setUp(self):
        self.need_root()
        self.disk = self.place.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.disk], capture_output=True, text=True)
        if done.returncode:
            self.skipTest(f"no tmpfs may be mounted here: {done.stderr.strip()}")
        self.place.closers.insert(0, lambda: subprocess.run(["umount", "-l", self.disk]))

    def test_no_place_is_an_error_at_the_start_and_with_holes_one_of_a_commit(self):  # quick
        file = self.disk / "payload.bin"
        keys = f"size: 4MiB, backing: file, path: {file}"
        daemon = self.place.daemon(self.place.config(regions=f"r: {{ {keys} }}"), ready=False)
        daemon.wait_log(r"region 'r': cannot allocate .*payload.bin: No space left on device")
        self.assertNotEqual(daemon.wait(), 0)
        self.assertEqual(file.stat().st_size, 0)
        self.place.daemon(self.place.config(regions=f"r: {{ {keys}, sparse: true, layout: {{ n: u64 }} }}"))
        self.assertEqual(file.stat().st_size, 4 << 20)
        done = self.place.cli("write", "r", "n=5")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "(?i)no space")
        self.assertEqual(self.place.cli("read", "r", "n").stdout, "5\n")
        self.assertEqual(Region(self.place.shm, "r").payload_flags, 4)
        subprocess.run(["mount", "-o", "remount,size=8m", self.disk], check=True)
        self.assertEqual(self.place.cli("write", "r", "n=6").returncode, 0)
        self.assertEqual(Region(self.place.shm, "r").payload_flags, 0)
        self.assertEqual(struct.unpack("<Q", file.read_bytes()[:8]), (6,))


if __name__ == "__main__":
    main()
