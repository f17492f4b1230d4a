#!/usr/bin/env python3
"""pagecast layout guess: maps that nobody described, written while they are looked at."""
import struct
import threading

from pagecast_cli import CliTest
from pagecast_harness import main


class Guess(CliTest):
    def layout(self, *args, **options):
        return self.cli("layout", *args, **options)

    def test_an_unknown_map_is_guessed(self):  # quick
        """A file in the folder of the maps that another program writes: a counter, a speed and a name."""
        path = self.place.shm / "unknown"
        payload = bytearray(256)
        payload[64:74] = b"Nordkurve\0"
        path.write_bytes(payload)
        stop = threading.Event()

        def write():
            tick = 0
            with open(path, "r+b", buffering=0) as f:
                while not stop.wait(0.005):
                    tick += 1
                    f.seek(0)
                    f.write(struct.pack("<If", tick, 10 + tick / 7))
        writer = threading.Thread(target=write)
        writer.start()
        try:
            text = self.layout("guess", "unknown", "--time", "500ms")
            pieces = {p["offset"]: p for p in self.json("layout", "guess", "unknown", "--time", "3s")}
        finally:
            stop.set()
            writer.join()
        self.assertRegex(text, r"^256 bytes, looked at 40 times\nOFFSET +SIZE +MOVES +MAY BE +FIRST +LAST +NOTE\n")
        self.assertEqual([(pieces[o]["type"], pieces[o]["note"]) for o in (0, 4, 64)], [("u32", "counter"), ("f32", ""), ("char", "")])
        self.assertGreater(pieces[0]["moves"], 1)
        self.assertEqual((pieces[64]["first"], pieces[64]["moves"], pieces[8]["type"]), ("Nordkurve", 0, "zeroes"))
        self.assertEqual(sum(p["size"] for p in pieces.values()), 256)

    def test_a_large_map_is_looked_at_whole_and_told_in_short(self):
        """A counter at its end, behind three MiB of numbers that never move."""
        path, size = self.place.shm / "large", 3 << 20
        path.write_bytes(b"".join(struct.pack("<fIQ", 1.5 + i % 7, 5, 1 << 40) for i in range(size // 16)) + bytes(16))
        stop = threading.Event()

        def write():
            tick = 0
            with open(path, "r+b", buffering=0) as f:
                while not stop.wait(0.005):
                    tick += 1
                    f.seek(size)
                    f.write(struct.pack("<I", tick))
        writer = threading.Thread(target=write)
        writer.start()
        try:
            text = self.layout("guess", "large", "--time", "500ms")
            hint = self.stderr
        finally:
            stop.set()
            writer.join()
        self.assertRegex(text, rf"(?m)^{size} +4 +\d+ +u32 .*counter$")
        self.assertLess(len(text.splitlines()), 310)
        self.assertRegex(hint, r"1 of \d{6} pieces move; \d+ rows that say less are left out, --json has all")

    def test_what_is_not_there_cannot_be_guessed(self):  # quick
        self.layout("guess", "nothing", status=1)
        self.assertIn("No such file", self.stderr)
        (self.place.shm / "empty").write_bytes(b"")
        self.layout("guess", "empty", status=1)
        self.assertIn("has no bytes", self.stderr)
        for time in ("soon", "-1s", "25h"):
            self.layout("guess", "nothing", f"--time={time}", status=2)


if __name__ == "__main__":
    main()
