#!/usr/bin/env python3
"""How programs in the wild treat maps, one behaviour a test, each with a process of its own that knows nothing of pagecast. The
letters are those of docs/adopt.md, which also says where the Windows halves are tested."""
import mmap
import os
import signal
import struct
import sys
import time

from pagecast_harness import SystemTest, main, wait_until
from pagecast_memory import Region

EXTERNAL = "outside: { layout: { n: u64, magic: { type: u32, signature: '7', dead_value: '9' } }%s }"


class Behaviours(SystemTest):
    def path(self, name):
        return self.place.shm / name

    def python(self, program, *args):
        """A program of another process; what it printed."""
        done = self.place.run(sys.executable, "-c", program, *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_f1_a_write_of_a_reader_is_noticed_and_not_believed(self):
        daemon = self.place.daemon(self.place.config(regions=EXTERNAL % ", access: read-write-compatible"))
        self.assertEqual(self.place.cli("write", "outside", "n=5").returncode, 0)
        self.python("import mmap,sys\nwith open(sys.argv[1],'r+b') as f: m=mmap.mmap(f.fileno(),0); m[0:8]=b'scribble'",
                    self.path("outside"))
        daemon.wait_log("region 'outside': another program writes into its map")
        self.assertEqual(self.place.cli("read", "outside", "n").stdout, "5\n")
        self.assertEqual(self.place.cli("write", "outside", "n=6").returncode, 0)
        self.assertEqual(struct.unpack_from("<Q", self.path("outside").read_bytes())[0], 6)
        time.sleep(1.5)
        self.assertEqual(len(daemon.lines("another program writes")), 1)

    def test_f1_a_reader_that_truncates_what_it_may_write_kills_nobody(self):
        daemon = self.place.daemon(self.place.config(regions=EXTERNAL % ", access: read-write-compatible"))
        writer = self.place.start("local_writer", "outside", "1")
        writer.wait_log("writing")
        path, end = self.path("outside"), time.monotonic() + 2
        while time.monotonic() < end:
            os.truncate(path, 0)
            time.sleep(0.001)
        self.assertIsNone(daemon.process.poll())
        self.assertIsNone(writer.process.poll())
        before = int(self.place.cli("read", "outside", "n").stdout)
        wait_until(lambda: int(self.place.cli("read", "outside", "n").stdout) > before, "its values go on")
        wait_until(lambda: len(path.read_bytes()) == Region(self.place.shm, "outside").identity["payload_bytes"],
                   "the map has its length again")
        writer.signal(signal.SIGTERM)
        self.assertEqual(writer.wait(), 0)

    def test_f2_a_client_that_maps_more_than_the_struct_gets_it(self):  # quick
        self.place.daemon(self.place.config(regions=EXTERNAL % ", size: 32KiB"))
        out = self.python("import mmap,os,sys\nfd=os.open(sys.argv[1],os.O_RDONLY)\n"
                          "m=mmap.mmap(fd,32768,mmap.MAP_SHARED,mmap.PROT_READ)\nprint(len(m),sum(m[100:]))",
                          self.path("outside"))
        self.assertEqual(out, "32768 0")

    def test_f3_who_reads_the_whole_map_sees_the_struct_and_nothing_else(self):  # quick
        self.place.daemon(self.place.config(regions="text: { layout: { xml: 'char[41]' }, initial: { xml: '<a>b</a>' } }"))
        out = self.python("import sys\nprint(open(sys.argv[1],'rb').read())", self.path("text"))
        self.assertEqual(out, repr(b"<a>b</a>" + bytes(33)))

    def test_f4_what_a_first_opener_left_empty_is_grown_where_it_stands(self):  # quick
        """Whoever has it mapped already goes on in the same object, and SIGBUS is over."""
        path = self.path("outside")
        early = self.place.start_python("-c", "import os,sys,mmap,time\nfd=os.open(sys.argv[1],os.O_RDWR|os.O_CREAT)\n"
                                        "print('open',flush=True)\n"
                                        "while os.fstat(fd).st_size<8: time.sleep(0.01)\n"
                                        "m=mmap.mmap(fd,8,mmap.MAP_SHARED,mmap.PROT_READ)\n"
                                        "while m[0]!=5: time.sleep(0.01)\nprint('five',flush=True)", path)
        early.wait_log("open")
        self.place.daemon(self.place.config(regions=EXTERNAL % ""))
        self.assertEqual(self.place.cli("write", "outside", "n=5").returncode, 0)
        early.wait_log("five")

    def test_f5_a_reader_that_unlinks_the_name_hurts_nobody(self):
        daemon = self.place.daemon(self.place.config(regions=EXTERNAL % ""))
        writer = self.place.start("local_writer", "outside", "20")
        writer.wait_log("writing")
        inode = self.path("outside").stat().st_ino
        for _ in range(3):
            # What Python's SharedMemory did before 3.13 at the end of a program that merely read.
            self.python("import mmap,os,sys\nfd=os.open(sys.argv[1],os.O_RDONLY)\n"
                        "m=mmap.mmap(fd,0,mmap.MAP_SHARED,mmap.PROT_READ)\nos.unlink(sys.argv[1])", self.path("outside"))
            wait_until(self.path("outside").exists, "the name is back", 5)
            self.assertEqual(self.path("outside").stat().st_ino, inode)
        daemon.wait_log("was unlinked by somebody, and has its name again")
        before = struct.unpack_from("<Q", self.path("outside").read_bytes())[0]
        wait_until(lambda: struct.unpack_from("<Q", self.path("outside").read_bytes())[0] > before, "the writer goes on")
        writer.kill()

    def test_f6_a_restart_orphans_nobody(self):
        """An old reader keeps its mapping over a killed daemon, its successor and a new writer: no new object."""
        config = self.place.config(regions=EXTERNAL % "")
        daemon = self.place.daemon(config)
        self.assertEqual(self.place.cli("write", "outside", "n=5").returncode, 0)
        with open(self.path("outside"), "rb") as f:
            old = mmap.mmap(f.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        daemon.kill()
        daemon = self.place.daemon(config)
        self.assertEqual(self.place.cli("write", "outside", "n=6").returncode, 0)
        self.assertEqual(struct.unpack_from("<Q", old)[0], 6)
        daemon.stop()

    def test_f7_a_map_that_outlives_its_server_says_so_itself(self):
        daemon = self.place.daemon(self.place.config(regions=EXTERNAL % ""))
        with open(self.path("outside"), "rb") as f:
            old = mmap.mmap(f.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        writer = self.place.start("pagecast", "write", "outside", "n=5", "--hold")
        wait_until(lambda: old[0] == 5, "it writes")
        self.assertEqual(struct.unpack_from("<I", old, 8)[0], 7)
        writer.kill()
        wait_until(lambda: struct.unpack_from("<I", old, 8)[0] == 9, "its death is in the map", 1.5)
        daemon.stop()
        self.assertFalse(self.path("outside").exists())
        self.assertEqual(struct.unpack_from("<QI", old), (5, 9))

    # F8 is in roles.py and adopt.py, F9 in unit.region_adopt


if __name__ == "__main__":
    main()
