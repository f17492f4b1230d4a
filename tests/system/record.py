#!/usr/bin/env python3
"""record: what regions held is in the files, what was not seen is said to be missing, and nothing else happens to anybody."""
import os
import subprocess
import time

from pagecast_harness import BIN, Program, SystemTest, main, rss_bytes, wait_until
from pagecast_mcap import UNKNOWN, Recording
from pagecast_memory import plugins

MASK = (1 << 64) - 1


class Draw:
    """The payload that region_writer.c makes of a seed, tick by tick."""

    def __init__(self, seed, size):
        self.seed, self.payload, self.tick = seed, bytearray(size), 0

    def step(self):
        self.tick += 1
        state = self.seed ^ (self.tick * 0x2545F4914F6CDD1D & MASK)

        def draw():
            nonlocal state
            state = (state + 0x9E3779B97F4A7C15) & MASK
            z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
            z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
            return z ^ z >> 31
        size = len(self.payload)
        for _ in range(draw() % 5):
            at = draw() % size
            for i in range(at, at + 1 + draw() % 16):
                if i < size:
                    self.payload[i] = draw() & 255

    def at(self, tick):
        while self.tick < tick:
            self.step()
        return bytes(self.payload)


class RecordTest(SystemTest):
    def setUp(self):
        self.files = self.place.folder / "files"
        self.files.mkdir()

    def config(self, options="", regions="r: { size: 64 }"):
        return self.place.config(regions=regions, plugins=f"tape: {{ plugin: record, folder: {self.files}, {options} }}")

    def serve(self, options="", regions="r: { size: 64 }"):
        self.daemon = self.place.daemon(self.config(options, regions))
        return self.daemon

    def writer(self, *names):
        writer = Program(self.place, "region_writer", [BIN / "region_writer", *names], stdin=subprocess.PIPE)
        writer.wait_log("^ready$")
        writer.answers = 0
        return writer

    def tell(self, writer, line, wait=True):
        writer.process.stdin.write(line.encode() + b"\n")
        writer.process.stdin.flush()
        writer.answers += 1
        if wait:
            wait_until(lambda: len(writer.lines("^(ok|failed)")) >= writer.answers, f"no answer to {line}", 60)

    def recordings(self):
        return list(self.each_recording())

    def each_recording(self):
        """One at a time: long ones do not fit into memory together."""
        return (Recording(p) for p in sorted(self.files.iterdir()))

    def metrics(self):
        row = plugins(self.place.shm, self.place.instance)["tape"]
        return {m["name"]: m["value"] for m in row["metrics"] if m["name"]}

    def check_nothing_is_invented(self, recordings, seeds, size):
        """Each value is what its tick makes it, and missed ticks add up. @return how many values there are"""
        draws = {topic: Draw(seed, size) for topic, seed in seeds.items()}
        last, count = {}, 0
        for recording in recordings:
            for m in recording.messages:
                before = last.get(m.topic)
                if m.event == "begins" and m.missed == UNKNOWN:
                    before = None
                elif before is not None and m.tick > before:
                    self.assertEqual(m.missed, m.tick - before - 1, f"{m.topic} {m.event} {m.tick} after {before}")
                elif before is not None:
                    self.assertEqual((m.missed, m.tick), (0, before))
                if m.event == "value":
                    count += 1
                    if m.tick >= draws[m.topic].tick:
                        self.assertEqual(m.payload, draws[m.topic].at(m.tick), f"{m.topic} at {m.tick}")
                last[m.topic] = m.tick
        return count


class Record(RecordTest):
    def test_every_commit_is_recorded(self):
        daemon = self.serve(regions=f"r: {{ size: 64 }}\nq: {{ layout: {{ n: u64, temp: f32 }} }}")
        writer = self.writer("r")
        self.tell(writer, "random 0 1 100 200")
        self.assertEqual(self.place.cli("write", "q", "n=5", "temp=1.5").returncode, 0)
        time.sleep(0.5)
        daemon.stop()
        recording, = self.recordings()
        self.assertEqual([p.stat().st_mode & 0o7 for p in self.files.iterdir()], [0], "not for everybody")
        self.assertTrue(recording.is_whole)
        self.assertEqual(recording.profile, "x-pagecast")
        self.assertEqual(set(c["topic"] for c in recording.channels.values()), {"r", "q"})
        schema, = recording.schemas.values()
        self.assertIn(b"temp f32", schema["data"])
        values = recording.values("r")
        self.assertEqual(values[-1].tick, 200)
        print(f"{len(values)} of 200 commits at 100 Hz were seen")
        self.assertGreater(len(values), 20)
        self.assertEqual(len(recording.values("q")), 1)
        self.assertEqual([m.event for m in recording.messages if m.topic == "q"][0], "begins")
        self.assertEqual(recording.messages[-1].event, "ends")
        self.assertEqual(self.place.leftovers(), [])
        recording.messages = [m for m in recording.messages if m.topic == "r"]
        self.check_nothing_is_invented([recording], {"r": 1}, 64)

    def test_globs_choose_and_the_daemon_s_own_regions_are_asked_for_by_name(self):  # quick
        daemon = self.serve("regions: ['rig.*', other], chunk_time: 50ms",
                            "rig.a: { size: 8 }\nrig.b.c: { size: 8 }\nother: { size: 8 }\nmore: { size: 8 }")
        wait_until(lambda: self.metrics()["messages"] >= 2, "it records")
        daemon.reload(self.config(f"regions: ['**', 'pagecast.{self.place.instance}']", "rig.a: { size: 8 }\nlate: { size: 8 }"))
        wait_until(lambda: len(list(self.files.iterdir())) == 2 and self.metrics()["messages"] >= 3, "again")
        daemon.stop()
        first, second = self.recordings()
        self.assertEqual(set(c["topic"] for c in first.channels.values()), {"rig.a", "other"})
        self.assertEqual(set(c["topic"] for c in second.channels.values()), {"rig.a", "late", f"pagecast.{self.place.instance}"})
        self.assertTrue(first.is_whole and second.is_whole)

    def test_a_writer_that_dies_is_marked(self):
        daemon = self.serve("chunk_time: 50ms")
        writer = self.writer("r")
        self.tell(writer, "random 0 1 0 3")
        wait_until(lambda: self.metrics()["messages"] >= 2, "it records")
        time.sleep(1.2)  # the status region is written once a second
        before = self.metrics()["messages"]
        writer.kill()
        wait_until(lambda: self.metrics()["messages"] > before, "its death is recorded")
        second = self.writer("r")
        self.tell(second, "random 0 1 0 1")
        wait_until(lambda: self.metrics()["messages"] > before + 1, "its successor is recorded")
        daemon.stop()
        recording, = self.recordings()
        said = [(m.event, m.liveness, m.epoch) for m in recording.messages]
        states = [s for s in said if s[0] == "state"]
        self.assertIn(("state", 4, 1), states, said)
        self.assertLess(said.index(("state", 4, 1)), next(i for i, s in enumerate(said) if s[2] == 2), said)
        self.check_nothing_is_invented([recording], {"r": 1}, 64)

    def test_regions_that_come_go_and_change_size(self):
        daemon = self.serve("chunk_time: 50ms")
        wait_until(lambda: self.metrics()["messages"] >= 1, "the file has begun")
        writer = self.writer("r")
        self.tell(writer, "write 0 0 ff")
        wait_until(lambda: self.metrics()["messages"] >= 3, "its writer and its value are recorded")
        daemon.reload(self.config("chunk_time: 50ms", "r: { size: 128 }"))
        writer.kill()
        writer = self.writer("r")
        self.tell(writer, "write 0 127 ee")
        time.sleep(1)
        daemon.reload(self.config("chunk_time: 50ms", "s: { size: 8 }"))
        time.sleep(0.5)
        daemon.stop()
        recording, = self.recordings()
        sizes = sorted((c["topic"], c["metadata"]["payload_bytes"]) for c in recording.channels.values())
        self.assertEqual(sizes, [("r", "128"), ("r", "64"), ("s", "8")])
        self.assertEqual([m.payload[:1] for m in recording.values("r") if len(m.payload) == 64][-1], b"\xff")
        self.assertEqual([m.payload[-1:] for m in recording.values("r") if len(m.payload) == 128][-1], b"\xee")
        gone = [m for m in recording.messages if m.topic == "r" and m.event == "state" and m.liveness == 0]
        self.assertEqual(len(gone), 2)

    def total(self):
        """Bytes of all files; one may be removed between being found and being asked."""
        total = 0
        for path in self.files.glob("tape-2*"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                pass
        return total

    def test_files_rotate_and_the_oldest_go(self):
        foreign = self.files / "tape-0000mineT000000Z-00.mcap"  # as long as ours, and the oldest by name
        foreign.write_bytes(b"x" * 200000)
        daemon = self.serve("chunk_time: 20ms, file_size: 64KiB, keep: 256KiB", "r: { size: 8KiB }")
        writer = self.writer("r")
        end = time.monotonic() + 30
        while self.metrics()["removed"] < 3 and time.monotonic() < end:
            writer.process.stdin.write(b"write 0 0 " + os.urandom(8192).hex().encode() + b"\n")
            writer.process.stdin.flush()
            self.assertLess(self.total(), (256 << 10) + 16384)
            time.sleep(0.005)
        self.assertGreaterEqual(self.metrics()["removed"], 3)
        daemon.stop()
        self.assertEqual(foreign.stat().st_size, 200000, "what is not ours stays")
        foreign.unlink()
        recordings = self.recordings()
        self.assertGreater(len(recordings), 2)
        last = None
        for r in recordings:
            self.assertTrue(r.is_whole)
            self.assertEqual(r.messages[0].event, "begins")
            self.assertEqual(r.messages[1].event, "value", "each file begins with what there is")
            if last is not None:
                self.assertEqual(r.messages[0].missed, max(0, r.messages[0].tick - last - 1), "the gap between files is known")
            last = r.messages[-1].tick

    def test_a_slow_interval_counts_what_it_misses(self):
        daemon = self.serve("interval: 200ms")
        writer = self.writer("r")
        self.tell(writer, "random 0 1 200 400")
        time.sleep(0.5)
        daemon.stop()
        recording, = self.recordings()
        self.assertLess(len(recording.values("r")), 40)
        self.assertEqual(recording.values("r")[-1].tick, 400)
        self.check_nothing_is_invented([recording], {"r": 1}, 64)
        self.assertEqual(sum(m.missed for m in recording.messages if m.missed != UNKNOWN) + len(recording.values("r")), 400)

    def test_a_burst_comes_out_of_the_slots_and_the_rest_is_counted(self):
        daemon = self.serve()
        writer = self.writer("r")
        for _ in range(100):
            self.tell(writer, "random 0 1 0 4")
        time.sleep(0.3)
        daemon.stop()
        recording, = self.recordings()
        self.check_nothing_is_invented([recording], {"r": 1}, 64)
        values = recording.values("r")
        self.assertGreater(sum(b.tick == a.tick + 1 for a, b in zip(values, values[1:])), 20, "neighbours, out of slots")
        self.assertEqual(sum(m.missed for m in recording.messages if m.missed != UNKNOWN) + len(values), 400)

    def test_wrong_options_are_named(self):  # quick
        for options, said in ((f"keep: 100MiB", "keep: expected 0, or at least twice file_size"),
                              ("name: a/b", "name: expected the start of file names")):
            with self.subTest(options):
                daemon = self.serve(options)
                wait_until(lambda: said in plugins(self.place.shm, self.place.instance)["tape"]["error"], said)
                daemon.stop()
        self.files.rmdir()
        daemon = self.serve()
        daemon.wait_log(r"error +tape: .*/files: .*/files/tape-\S+: No such file or directory; recording pauses, and is tried again")
        self.files.mkdir()
        daemon.wait_log("recording goes on")
        daemon.stop()
        self.assertTrue(self.recordings()[0].is_whole)


class Killed(RecordTest):
    def test_a_daemon_that_is_killed_three_times_leaves_good_files(self):
        """Minutes of it: tests/long/run.py record."""
        self.run_for(seconds=int(os.environ.get("PAGECAST_RECORD_S", 16)) // 4, kills=3, count=50, hz=60)

    def run_for(self, seconds, kills, count, hz):
        names = [f"r{i}" for i in range(count)]
        regions = "\n".join(f"{n}: {{ size: 256 }}" for n in names)
        self.serve("chunk_time: 200ms", regions)
        writer = self.writer(*names)
        self.tell(writer, f"every {hz} {seconds * (kills + 1) * hz}", wait=False)
        for _ in range(kills):
            time.sleep(seconds)
            self.daemon.kill()
            self.daemon = self.place.daemon(None, path=self.daemon.config_path)
        wait_until(lambda: writer.lines("^ok"), "the writer is done", 30 + 3 * seconds)
        time.sleep(1)
        self.daemon.stop()
        wholes, sizes = [], []

        def looked_at():
            for r in self.each_recording():
                wholes.append(r.is_whole)
                sizes.append(len(r.data))
                begun = [m for m in r.messages if m.event == "begins"]
                self.assertEqual(len(begun), count)
                self.assertTrue(all(m.missed == UNKNOWN for m in begun), "a killed daemon knows nothing of before")
                yield r
        values = self.check_nothing_is_invented(looked_at(), {n: i + 1 for i, n in enumerate(names)}, 256)
        self.assertEqual(wholes, [False] * kills + [True])
        written = count * seconds * (kills + 1) * hz
        print(f"{values} of {written} commits are in {len(sizes)} files of {sum(sizes)} bytes")
        self.assertGreater(values, written / 10)


class FullDisk(RecordTest):
    def test_a_full_disk_pauses_the_recording_and_nothing_else(self):
        self.need_root()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.files], capture_output=True, text=True)
        if done.returncode:
            self.skipTest(f"no tmpfs may be mounted here: {done.stderr.strip()}")
        self.place.closers.insert(0, lambda: subprocess.run(["umount", "-l", self.files]))
        daemon = self.serve("chunk_time: 50ms", "r: { size: 16KiB }\nother: { layout: { n: u64 } }")
        writer = self.writer("r")

        def commit(n):
            for _ in range(n):
                self.tell(writer, "write 0 0 " + os.urandom(16384).hex())
        commit(100)
        daemon.wait_log(r"error +tape: \S+: cannot write: No space left on device; recording pauses")
        wait_until(lambda: self.metrics()["paused"] == 1, "it is paused")
        commit(50)
        self.assertEqual(self.place.cli("write", "other", "n=7").returncode, 0)
        self.assertEqual(self.place.cli("read", "other", "n").stdout, "7\n", "the daemon is unharmed")
        before = rss_bytes(daemon.pid)
        commit(50)
        self.assertLess(rss_bytes(daemon.pid) - before, 4 << 20)
        subprocess.run(["mount", "-o", "remount,size=16m", self.files], check=True)
        daemon.wait_log("recording goes on")
        wait_until(lambda: self.metrics()["paused"] == 0, "it goes on")
        commit(3)
        time.sleep(0.5)
        daemon.stop()
        recording, = self.recordings()
        self.assertTrue(recording.is_whole)
        paused = [m for m in recording.messages if m.event == "was paused" and m.topic == "r"]
        self.assertEqual(len(paused), 1)
        self.assertGreater(paused[0].missed, 50)
        last = 0
        for m in recording.messages:
            if m.topic != "r":
                continue
            if m.missed != UNKNOWN and m.tick > last:
                self.assertEqual(m.missed, m.tick - last - 1)
            last = m.tick
        self.assertEqual(last, 203)


if __name__ == "__main__":
    main()
