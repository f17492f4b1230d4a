#!/usr/bin/env python3
"""Recordings on the command line: record without a daemon, info, check, export, play; and that a replay is flagged."""
import csv
import io
import json
import time

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, Program, main, wait_until
from pagecast_mcap import UNKNOWN, Recording
from pagecast_memory import Region

LAYOUT = "n u32\ntemp f32\nname char[8]\nwheel struct[2] {\n  slip f64\n}\n"
REPLAY, STALE = 16, 1


class Recordings(CliTest):
    def record(self, *names):
        self.file = self.place.folder / "a.mcap"
        self.recorder = Program(self.place, "pagecast", [BIN / "pagecast", "record", *names, "--out", self.file])
        wait_until(self.file.exists, "the file")
        time.sleep(0.3)

    def end(self):
        time.sleep(0.1)
        self.recorder.signal(2)
        self.assertEqual(self.recorder.wait(), 0)

    def make(self, count=5, pause=0.1):
        self.owner = Owner(self.place, "car", LAYOUT)
        self.record("car")
        for n in range(1, count + 1):
            self.owner.tell(f"set n={n}")
            time.sleep(pause)
        self.end()

    def test_a_recording_of_a_mapping_is_what_it_held(self):
        self.make()
        self.assertIn("5 values, 0 commits missed", self.recorder.output())
        recording = Recording(self.file)
        self.assertTrue(recording.is_whole)
        self.assertEqual([m.payload[:4] for m in recording.values("car")], [n.to_bytes(4, "little") for n in range(1, 6)])
        self.assertEqual([m.tick for m in recording.values("car")], [1, 2, 3, 4, 5])
        self.assertEqual((recording.messages[0].event, recording.messages[0].missed), ("begins", UNKNOWN))
        self.assertEqual(recording.messages[-1].event, "ends")
        self.cli("record", "car", "--out", self.file, "--for", "1s", status=1)
        self.assertIn("File exists", self.stderr)

    def test_a_burst_comes_out_of_the_slots_and_what_is_in_none_is_counted(self):
        self.owner = Owner(self.place, "car", LAYOUT, "--slots", "4")
        self.record("car")
        self.owner.process.stdin.write("".join(f"set n={n}\n" for n in range(1, 2001)).encode())
        self.owner.process.stdin.flush()
        wait_until(lambda: len(self.owner.lines("^ok")) == 2000, "the burst", 60)
        self.end()
        recording, last = Recording(self.file), 0
        for m in recording.messages:
            if m.missed != UNKNOWN and m.tick > last:
                self.assertEqual(m.missed, m.tick - last - 1)
            if m.event == "value":
                self.assertEqual(int.from_bytes(m.payload[:4], "little"), m.tick, "nothing is invented")
            last = m.tick
        self.assertEqual(last, 2000)

    def test_a_region_that_is_replaced_has_a_channel_of_its_own(self):
        first = Owner(self.place, "car", "n u32\n")
        self.record("car")
        first.tell("set n=1")
        time.sleep(0.2)
        first.end()
        second = Owner(self.place, "car", "n u32\nm u32\n")
        second.tell("set m=2")
        time.sleep(0.8)
        self.end()
        recording = Recording(self.file)
        self.assertEqual([c["metadata"]["payload_bytes"] for c in recording.channels.values()], ["4", "8"])
        self.assertEqual(recording.values("car")[-1].payload, b"\0\0\0\0\x02\0\0\0")
        self.assertIn("closed", json.dumps([json.loads(line)["state"] for line in self.cli("export", self.file).splitlines()]))

    def test_info_and_check(self):
        self.make()
        info = self.json("recording", "info", self.file)
        self.assertEqual((info["whole"], info["damaged"]), (True, 0))
        region, = info["regions"]
        self.assertEqual((region["region"], region["values"], region["missed"], region["bytes"]), ("car", 5, 0, 32))
        self.assertRegex(self.cli("recording", "info", self.file), r"car +32 +5 +0")
        self.assertIn("recording OK", self.cli("recording", "check", self.file))
        data = self.file.read_bytes()
        cut = self.place.folder / "cut.mcap"
        cut.write_bytes(data[:-50])
        self.cli("recording", "check", cut, status=1)
        self.assertRegex(self.stderr, r"cut\.mcap: without an end: cut off")
        self.assertEqual(self.json("recording", "info", cut)["regions"], info["regions"], "all chunks are there")
        first = Recording(self.file).chunks[0]
        cut.write_bytes(data[:first["at"] + 100] + bytes([data[first["at"] + 100] ^ 1]) + data[first["at"] + 101:])
        self.cli("recording", "check", cut, status=1)
        self.assertRegex(self.stderr, rf"the chunk at byte {first['at']} is left out: ")
        cut.write_bytes(b"hello")
        self.cli("recording", "info", cut, status=1)
        self.assertIn("too short for a recording: 5 bytes", self.stderr)
        self.cli("recording", "look", cut, status=2)

    def test_export_is_json_and_csv(self):
        self.owner = Owner(self.place, "car", LAYOUT)
        self.record("car")
        self.owner.tell('set name=a"b,c')
        time.sleep(0.1)
        self.owner.tell("set wheel[1].slip=-2.5")
        time.sleep(0.1)
        self.owner.tell("close")
        time.sleep(0.2)
        self.end()
        lines = [json.loads(line) for line in self.cli("export", self.file).splitlines()]
        values = [line for line in lines if line["event"] == "value"]
        self.assertEqual(values[-1]["values"], {"n": 0, "temp": 0.0, "name": 'a"b,c', "wheel": [{"slip": 0.0}, {"slip": -2.5}]})
        self.assertEqual(lines[0]["missed"], None)
        self.assertIn(("state", "closed"), [(line["event"], line["state"]) for line in lines])
        rows = list(csv.DictReader(io.StringIO(self.cli("export", self.file, "--csv"))))
        self.assertEqual([(r["tick"], r["name"], r["wheel[1].slip"]) for r in rows], [("1", 'a"b,c', "0"), ("2", 'a"b,c', "-2.5")])
        self.cli("export", self.file, "--csv", "--region", "bus", status=1)
        self.assertIn("there is no region 'bus' in it", self.stderr)

    def play(self, *args):
        return Program(self.place, "pagecast", [BIN / "pagecast", "play", self.file, *args])

    def test_a_played_recording_is_what_was_recorded_and_flagged(self):
        self.make(count=10, pause=0.05)
        owner = Owner(self.place, "ghost", LAYOUT, "--no-writer")
        watcher = Program(self.place, "pagecast", [BIN / "pagecast", "watch", "ghost", "n", "--json"])
        watcher.wait_log("starting")
        started = time.monotonic()
        self.assertEqual(self.play("--region", "car=ghost").wait(), 0)
        self.assertGreater(time.monotonic() - started, 0.4, "in its own time")
        wait_until(lambda: watcher.lines('"n":10'), "the last value")
        seen = [json.loads(line) for line in watcher.lines('"event":"data"')]
        self.assertEqual([line["values"]["n"] for line in seen], sorted(line["values"]["n"] for line in seen))
        self.assertTrue(all(line["flags"] == ["replay"] for line in seen), seen[:3])
        region = Region(self.place.shm, "ghost")
        self.assertEqual((region.payload_flags, region.snapshot()[1]), (REPLAY, Recording(self.file).values("car")[-1].payload))
        self.assertIn("replay", self.cli("list"))
        owner.end()

    def test_a_region_that_nobody_serves_is_served_while_it_plays(self):
        self.make()
        self.owner.end()
        player = self.play("--loop", "--speed", "0.5")
        wait_until(lambda: "replay" in self.place.cli("read", "car").stdout, "it is there")
        self.assertEqual(self.json("read", "car")["state"], "live")
        player.signal(2)
        self.assertEqual(player.wait(), 0)
        self.assertEqual(self.place.leftovers(), [])

    def test_where_the_writer_was_dead_it_is_stale(self):
        self.owner = Owner(self.place, "car", LAYOUT)
        self.record("car")
        self.owner.tell("set n=1")
        time.sleep(0.1)
        self.owner.kill()
        time.sleep(0.3)
        self.end()
        self.assertIn(("state", 4), [(m.event, m.liveness) for m in Recording(self.file).messages])
        Owner(self.place, "ghost", LAYOUT, "--no-writer")
        self.assertEqual(self.play("--region", "car=ghost").wait(), 0)
        region = Region(self.place.shm, "ghost")
        self.assertEqual((region.payload_flags, region.tick, region.unpack("I")), (REPLAY | STALE, 2, (1,)))

    def test_what_cannot_be_played_is_told(self):
        self.make()
        self.cli("play", self.file, "--region", "bus", status=1)
        self.assertIn("nothing was played", self.stderr)
        self.cli("play", self.file, "--speed", "fast", status=2)
        self.cli("play", self.file, status=5)
        self.assertIn("car: ", self.stderr)
        Owner(self.place, "small", "n u16\n", "--no-writer")
        self.cli("play", self.file, "--region", "car=small", status=1)
        self.assertIn("region 'small' has 2 bytes, the recorded one 32", self.stderr)
        self.cli("record", "car", status=2)
        self.cli("record", "--out", "x.mcap", status=2)
        self.cli("record", "bus", "--out", "x.mcap", status=1)


if __name__ == "__main__":
    main()
