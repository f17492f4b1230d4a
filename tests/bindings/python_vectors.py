#!/usr/bin/env python3
"""pagecast.Layout against the golden vectors that all implementations share, and against maps that lie."""
import ctypes
import json
import math
import os
import random
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bindings/python")]

from pagecast import Layout, LayoutError  # noqa: E402


def vectors(name):
    return json.loads((ROOT / f"tests/vectors/{name}.json").read_text())


def canonical(text):
    """The text with all that the vectors leave out, by the library."""
    library = ctypes.CDLL(os.environ["PAGECAST_LIBRARY"])
    library.pc_layout_text.restype = ctypes.c_char_p
    layout, data = ctypes.c_void_p(), text.encode()
    assert library.pc_layout_parse(data, ctypes.c_size_t(len(data)), ctypes.byref(layout), None) == 0, text
    out = library.pc_layout_text(layout, None).decode()
    library.pc_layout_destroy(ctypes.byref(layout))
    return out


def as_json(value):
    """Bytes in hex, and null for what JSON has no number for."""
    if isinstance(value, dict):
        return {k: as_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not math.isfinite(value) else value


class PythonVectors(unittest.TestCase):
    def assertAlike(self, found, expected, where):
        """Equal, but for the digits that a 32-bit float does not have."""
        if isinstance(expected, dict):
            self.assertEqual(list(found), list(expected), where)
            for key in expected:
                self.assertAlike(found[key], expected[key], f"{where}.{key}")
        elif isinstance(expected, list):
            while expected and isinstance(found[0], list) and not isinstance(expected[0], list):
                found = sum(found, [])  # JSON has arrays of numbers flat
            self.assertEqual(len(found), len(expected), where)
            for i, value in enumerate(expected):
                self.assertAlike(found[i], value, f"{where}[{i}]")
        elif isinstance(found, float):
            self.assertTrue(math.isclose(found, expected, rel_tol=1e-6), f"{where}: {found} is not {expected}")
        else:
            self.assertEqual((type(found), found), (type(expected), expected), where)

    def test_values_are_those_of_the_vectors(self):
        rows = [row for name in ("values", "language") for row in vectors(name) if row["layout"]]
        self.assertGreater(len(rows), 20)
        for row in rows:
            with self.subTest(vector=row["name"]):
                found = Layout(canonical(row["layout"])).unpack(bytes.fromhex(row["payload"]))
                self.assertAlike(as_json(found), row["json"], row["name"])

    def test_maps_that_lie_are_read_within_their_bytes(self):
        chance = random.Random(1)
        for row in vectors("language"):
            layout, payload = Layout(row["layout"]), bytes.fromhex(row["payload"])
            for _ in range(300):
                hostile = bytearray(payload[:chance.randrange(len(payload) + 1)])
                for _ in range(chance.randrange(6) if hostile else 0):
                    hostile[chance.randrange(len(hostile))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
                layout.unpack(hostile)

    def test_what_it_does_not_know_is_said_with_its_line(self):
        for text, message in {"layout size=4 align=4\n@0 n u65\n": "line 2: type 'u65' is not known",
                              "layout size=4 align=4\n@0 n u32 colour=red\n": "line 2: key 'colour' is not known",
                              "layout size=4 align=4\n@0 s struct size=4 align=4 {\n": "a struct is not closed",
                              "layout size=4 align=4\n}\n": "line 2: nothing is open",
                              "layout size=4 align=4\n@0 a u8[4] length=n\n": "a path leads nowhere",
                              "layout size=4 align=4\nn u32\n": "line 2: expected an offset or at=",
                              "layout size=4 align=4\nn\n": "line 2: expected '@OFFSET NAME TYPE'"}.items():
            with self.subTest(text=text), self.assertRaises(LayoutError) as raised:
                Layout(text)
            self.assertIn(message, str(raised.exception))

    def test_numpy_sees_overlays_and_rows(self):
        try:
            import numpy
        except ModuleNotFoundError:
            self.skipTest("numpy is not installed")
        row = next(r for r in vectors("language") if r["name"] == "shapes")
        layout = Layout(row["layout"])
        dtype = layout.dtype()
        self.assertEqual(dtype.itemsize, layout.bytes)
        found = numpy.frombuffer(bytes.fromhex(row["payload"]), dtype=dtype)[0]
        self.assertEqual(list(found["ints"]), [77, 88])
        self.assertEqual(bytes(found["blob"]), bytes.fromhex(row["json"]["blob"][""]))
        self.assertEqual(found["temp"], -123)


if __name__ == "__main__":
    names = sys.argv[1:] or None
    program = unittest.main(argv=[sys.argv[0], *[f"PythonVectors.{n}" for n in names or []]], exit=False)
    skipped = program.result.skipped and program.result.testsRun == len(program.result.skipped)
    sys.exit(77 if skipped else not program.result.wasSuccessful())
