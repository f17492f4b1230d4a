#!/usr/bin/env python3
"""`pagecast read`, `watch` and `write` where the map says what there is: rows in use, tables, variants, lengths, columns."""
import json

from pagecast_cli import CliTest, Owner
from pagecast_harness import main, wait_until

CARS = """
n u32
car struct[128] count=n {
  id u16
  speed u16 scale=0.1 unit="km/h"
  kind u8
  gear i8 when="kind=1"
  name char[8]
}
len u32
note u8[16] length=len encoding=utf-8
state u32 flags="0x1:pit,0x2:flag"
"""
TABLE = """
off u32
step u32
n u32
sensor struct[16] at=off stride=step count=n {
  id u32
  value f32
  extra u32
}
"""
COLUMNS = """
n u32
at u32
latest u32
var struct[4] count=n {
  type i32
  offset i32
  count i32
  name char[16]
}
row u8[64] at=at columns="table:var,name:name,type:type,offset:offset,count:count" codes="1:i32,2:f64,0:char"
"""


def little(*numbers):
    return b"".join(n.to_bytes(4, "little") for n in numbers).hex()


class Dynamic(CliTest):
    def cars(self):
        owner = Owner(self.place, "cars", CARS)
        for line in ("n=3", "car[0].id=7", "car[0].speed=1234", "car[1].id=8", "car[1].kind=1", "car[1].gear=-1", "car[1].name=two",
                     "car[2].id=9", "car[5].id=55", "len=5", "note=hello world", "state=3"):
            owner.tell(f"set {line}")
        return owner

    def watch(self, *args):
        watch = self.background("watch", *args, "--json")

        def line(number):
            """Values of the line of data with that number, from 1."""
            def lines():
                return [e for e in map(json.loads, watch.output().splitlines()) if e["event"] == "data"]
            wait_until(lambda: len(lines()) >= number, f"line {number}")
            return lines()[number - 1]["values"]
        return line

    def test_only_rows_in_use_are_shown(self):  # quick
        self.cars()
        text = self.cli("read", "cars")
        self.assertRegex(text, r"\nn +3\n")
        self.assertRegex(text, r"\nnote +hello\n")
        self.assertRegex(text, r"\nstate +pit\|flag\n")
        self.assertRegex(text, r"\ncar +id +speed +kind +gear +name\n\[0\] +7 +123\.4 +0\n\[1\] +8 +0 +1 +-1 +two\n\[2\] +9 +0 +0\n"
                               r"car: 3 of 128 in use\n$")
        self.assertEqual(self.json("read", "cars")["values"], {
            "n": 3, "len": 5, "note": "hello", "state": ["pit", "flag"],
            "car": [{"id": 7, "speed": 1234, "kind": 0, "name": ""}, {"id": 8, "speed": 0, "kind": 1, "gear": -1, "name": "two"},
                    {"id": 9, "speed": 0, "kind": 0, "name": ""}]})

    def test_what_is_not_there_is_an_error_or_null(self):  # quick
        self.cars()
        self.assertEqual(self.cli("read", "cars", "car[1].gear"), "-1\n")
        self.assertEqual(self.cli("read", "cars", "car[0].speed"), "1234\n")  # as stored: a program reads it
        self.cli("read", "cars", "car[5].id", status=1)
        self.assertEqual(self.stderr, "pagecast: region 'cars': car has 3 of at most 128 in use\n")
        self.cli("read", "cars", "car[0].gear", status=1)
        self.assertEqual(self.stderr, "pagecast: region 'cars': gear is not in the map now\n")
        self.assertEqual(self.json("read", "cars", "car[5].id", "car[0].gear", "n"), {"car[5].id": None, "car[0].gear": None, "n": 3})

    def test_a_watch_goes_on_when_rows_come_and_go(self):  # quick
        owner = self.cars()
        line = self.watch("cars", "car[3].id", "n")
        self.assertEqual(line(1), {"n": 3})
        owner.tell("set n=4")
        self.assertEqual(line(2), {"car[3].id": 0, "n": 4})
        owner.tell("set n=1")
        self.assertEqual(line(3), {"n": 1})

    def test_changes_are_found_by_path_when_a_table_moves(self):  # quick
        owner = Owner(self.place, "table", "layout size=256\n" + TABLE)
        owner.tell("hex 64 " + little(1, 0, 5) + little(2, 0, 6))
        owner.tell("hex 0 " + little(64, 12, 2))
        line = self.watch("table", "sensor", "--changes")
        self.assertEqual(line(1), {"sensor[0].id": 1, "sensor[0].value": 0, "sensor[0].extra": 5,
                                   "sensor[1].id": 2, "sensor[1].value": 0, "sensor[1].extra": 6})
        # elsewhere in the map, the same but for one value; then rows that are shorter than known
        owner.tell("hex 128 " + little(1, 0, 5) + little(2, 0, 9))
        owner.tell("hex 0 " + little(128))
        self.assertEqual(line(2), {"sensor[1].extra": 9})
        owner.tell("hex 0 " + little(128, 8, 1))
        owner.tell("hex 128 " + little(3))
        self.assertEqual(line(3), {"sensor[0].id": 3})

    def test_hostile_tables_are_cut(self):  # quick
        owner = Owner(self.place, "wild", "layout size=256\n" + TABLE)
        for numbers in ((0xFFFFFFFF, 12, 2), (0, 0, 5), (250, 12, 99), (8, 0xFFFFFFFF, 0xFFFFFFFF), (255, 1, 16)):
            owner.tell("hex 0 " + little(*numbers))
            self.cli("read", "wild")
            self.json("read", "wild")
            self.cli("watch", "wild", "--changes", "--count", "1")
        self.cli("write", "wild", "sensor[0].id=1", status=1)  # no row is long enough for an id
        self.assertIn("id is not in the map now", self.stderr)

    def test_rows_that_describe_themselves_have_their_columns(self):  # quick
        owner = Owner(self.place, "rows", "layout size=512\n" + COLUMNS)
        def column(kind, offset, count, name):
            return little(kind, offset, count) + name.encode().ljust(16, b"\0").hex()
        owner.tell("hex 12 " + column(1, 0, 1, "Lap") + column(2, 8, 2, "Temp") + column(0, 24, 8, "Name") + column(9, 0, 1, "Odd"))
        owner.tell("hex 256 " + little(41, 0) + "000000000000f03f" + "0000000000000040" + b"driver".hex())
        owner.tell("hex 0 " + little(4, 256, 0))
        text = self.cli("read", "rows")
        for row in (r"\nrow\.Lap +41\n", r"\nrow\.Temp +\[1, 2\]\n", r"\nrow\.Name +driver\n"):
            self.assertRegex(text, row)
        self.assertNotIn("row.Odd", text)
        self.assertEqual(self.json("read", "rows")["values"]["row"], {"Lap": 41, "Temp": [1, 2], "Name": "driver"})

    def test_rows_are_written_once_they_are_in_use(self):  # quick
        Owner(self.place, "cars", CARS, "--no-writer")
        self.cli("write", "cars", "car[1].id=5", status=1)
        self.assertEqual(self.stderr, "pagecast: region 'cars': car has 0 of at most 128 in use\n")
        self.cli("write", "cars", "n=2", "car[1].id=5", "len=3", "note=abc")
        self.assertEqual(self.json("read", "cars", "car", "note"),
                         {"car": [{"id": 0, "speed": 0, "kind": 0, "name": ""}, {"id": 5, "speed": 0, "kind": 0, "name": ""}], "note": "abc"})


if __name__ == "__main__":
    main()
