#!/usr/bin/env python3
"""record, replay and the commands on recordings, on Windows."""
import json
import time

from pagecast_wine import WineTest, main, wait_until, windows_path
from pagecast_mcap import Recording  # beside pagecast_harness, where pagecast_wine looks, too


class Record(WineTest):
    def make(self):
        self.name = f"{self.place.instance}.car"
        files = self.place.folder / "aufnahmen ä"
        files.mkdir()
        folder = windows_path(files)
        daemon = self.windows_daemon(f"car: {{ name: {self.name}, layout: {{ n: u32, temp: f32, rest: 'u8[2000]' }} }}",
                                     f"tape: {{ plugin: record, folder: '{folder}', chunk_time: 50ms }}")
        for n in range(1, 6):
            self.windows_run("pagecast", "write", self.name, f"n={n}")
        time.sleep(0.5)
        daemon.stop()
        self.file, = files.iterdir()

    def test_what_is_recorded_is_read_there_and_here(self):
        self.make()
        recording = Recording(self.file)
        self.assertTrue(recording.is_whole)
        self.assertEqual({chunk["compression"] for chunk in recording.chunks}, {"zstd"})
        self.assertLess(self.file.stat().st_size, sum(len(m.payload) for m in recording.messages), "it is smaller than what is in it")
        self.assertEqual([m.payload[:4] for m in recording.values("car")][-1], (5).to_bytes(4, "little"))
        info = json.loads(self.windows_run("pagecast", "recording", "info", self.file, "--json"))
        self.assertEqual((info["whole"], info["regions"][0]["region"]), (True, "car"))
        self.assertIn('"n":5', self.windows_run("pagecast", "export", self.file))

    def test_what_is_played_is_flagged(self):
        self.make()
        ghost = f"{self.place.instance}.ghost"
        daemon = self.windows_daemon("", f"back: {{ plugin: replay, file: '{windows_path(self.file)}', regions: 'car={ghost}', speed: 10, loop: false }}")
        daemon.wait_log("the recording is over")

        def is_there():
            read = json.loads(self.windows_run("pagecast", "read", ghost, "--json"))
            return read["values"]["n"] == 5 and "replay" in read["flags"]
        wait_until(is_there, "the last value")
        daemon.stop()


if __name__ == "__main__":
    main()
