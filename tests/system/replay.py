#!/usr/bin/env python3
"""replay: what a recording holds is what the regions get, flagged, in its time; and a wrong file harms nobody."""
import json
import time

from pagecast_harness import main, wait_until
from pagecast_memory import Region, plugins
from record import RecordTest

REPLAY, STALE = 16, 1


class Replay(RecordTest):
    def make(self, regions="car: { layout: { n: u32, temp: { type: f32, unit: degC } } }", count=20):
        """A recording of a daemon's own."""
        daemon = self.serve("chunk_time: 50ms", regions)
        writer = self.writer("car")
        for n in range(1, count + 1):
            self.tell(writer, f"write 0 0 {n.to_bytes(4, 'little').hex()}")
            time.sleep(0.03)
        time.sleep(0.2)
        daemon.stop()
        writer.kill()
        self.file, = self.files.iterdir()

    def replay(self, options, regions=""):
        self.daemon = self.place.daemon(self.place.config(
            regions=regions, plugins=f"back: {{ plugin: replay, file: {self.file}, {options} }}"))
        return self.daemon

    def error(self):
        return plugins(self.place.shm, self.place.instance)["back"]["error"]

    def test_a_recording_comes_back_with_its_layout_and_flagged(self):
        self.make()
        daemon = self.replay("regions: car=ghost, loop: false")
        seen = []

        def over():
            read = json.loads(self.place.cli("read", "ghost", "--json").stdout)
            if read["tick"] and (not seen or seen[-1] != read["values"]["n"]):
                seen.append(read["values"]["n"])
            return daemon.lines("the recording is over")
        wait_until(over, "its end", 20)
        self.assertEqual(seen, sorted(seen))
        self.assertGreater(len(seen), 3, "in its own time")
        wait_until(lambda: Region(self.place.shm, "ghost").payload_flags == REPLAY | STALE, "what is over is old")
        self.assertEqual(Region(self.place.shm, "ghost").unpack("I"), (20,))
        self.assertIn('unit="degC"', Region(self.place.shm, "ghost").schema)
        self.assertEqual(json.loads(self.place.cli("read", "ghost", "--json").stdout)["state"], "live")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_it_goes_round_and_faster(self):
        self.make()
        self.replay("regions: car, speed: 20", "car: { writer: plugin, layout: { n: u32, temp: f32 } }")

        def rounds():
            metrics = plugins(self.place.shm, self.place.instance)["back"]["metrics"]
            return {m["name"]: m["value"] for m in metrics}.get("rounds", 0)
        wait_until(lambda: rounds() >= 3, "three rounds", 20)
        self.assertEqual(Region(self.place.shm, "car").payload_flags & REPLAY, REPLAY)
        self.daemon.stop()

    def test_a_stop_does_not_wait_for_the_recording(self):
        self.make()
        daemon = self.replay("regions: car, speed: 0.001")
        started = time.monotonic()
        daemon.stop()
        self.assertLess(time.monotonic() - started, 5)

    def test_what_cannot_be_played_is_told(self):
        self.make(count=2)
        for options, regions, said in (
                ("regions: bus", "", "there is no region 'bus' near its beginning"),
                ("regions: car", "car: { writer: plugin, size: 9 }", "region car has 9 bytes, the recorded car 8: not played"),
                ("regions: 'car='", "", "regions: expected NAME or RECORDED=NAME, found 'car='"),
                ("regions: car", "car: { size: 8 }", "not configured for `writer: plugin`")):
            with self.subTest(options):
                daemon = self.replay(options, regions)
                wait_until(lambda: said in self.error(), lambda: f"{said}, but {self.error()}")
                daemon.stop()
        good = self.file.read_bytes()
        self.file.write_bytes(b"nothing to see here, and nothing to hear here")
        daemon = self.replay("regions: car")
        wait_until(lambda: "not an MCAP file" in self.error(), "what it is not")
        self.file.write_bytes(good)
        wait_until(lambda: self.place.cli("read", "car").returncode in (0, 3), "tried again", 20)
        daemon.stop()


if __name__ == "__main__":
    main()
