#!/usr/bin/env python3
"""`pagecast read` and `pagecast dump`: values as they are, whatever they are."""
import os
import re

from pagecast_cli import COLOURS, CliTest, Owner
from pagecast_harness import BIN, NOBODY, ROOT, main

EVERYTHING = """
flag bool
small i8 unit="degC"
big u64 unit="B"
ratio f32
real f64
mode enum8 labels="0:idle,1:running"
name char[16]
wide wchar16[8]
blob u8[4]
grid i16[2][3]
names char[2][4]
inner struct {
  x f32
  deep struct[2] {
    y i32[2]
  }
}
wheel struct[4] {
  slip f64
  tyre char[4]
}
"""


class Read(CliTest):
    def owner(self, layout=EVERYTHING, name="all", *options):
        return Owner(self.place, name, layout, *options)

    def filled(self):
        owner = self.owner()
        for line in ("flag=true", "small=-5", "big=25000000000", "ratio=0.1", "real=1e300", "mode=running", "name=hello",
                     "wide=wörld", "blob=00ff10a0", "grid[1][2]=-7", "names[1]=ab", "inner.deep[1].y[0]=42",
                     "wheel[2].slip=0.5", "wheel[2].tyre=FL"):
            owner.tell(f"set {line}")
        return owner

    def test_all_fields_are_a_table_with_units(self):  # quick
        owner = self.filled()
        text = self.cli("read", "all")
        self.assertRegex(text, rf"^all  live, tick 14, written \d+ ms ago by region_owner \(pid {owner.pid}\)\n")
        rows = {line.split()[0]: line.split(None, 1)[1] for line in text.splitlines()[1:] if line.strip()}
        self.assertEqual(rows["flag"], "true")
        self.assertRegex(rows["small"], r"^-5 +degC$")
        self.assertRegex(rows["big"], r"^25000000000 +B  \(23\.3 GiB\)$")
        self.assertEqual(rows["ratio"], "0.1")
        self.assertEqual(rows["real"], "1e+300")
        self.assertEqual(rows["mode"], "running")
        self.assertEqual(rows["wide"], "wörld")
        self.assertEqual(rows["blob"], "00ff10a0")
        self.assertEqual(rows["grid"], "[[0, 0, 0], [0, 0, -7]]")
        self.assertEqual(rows["names"], "[, ab]")
        self.assertEqual(rows["inner.deep[1].y"], "[42, 0]")
        # an array of flat structs is a table of its own, without its rows of zeroes
        self.assertRegex(text, r"\nwheel +slip +tyre\n\[2\] +0\.5 +FL\n3 rows of zeroes are not shown")
        self.assertRegex(self.cli("read", "all", "--full"), r"\n\[0\] +0\n\[1\] +0\n\[2\] +0\.5 +FL\n\[3\] +0\n")
        self.assertFalse(re.search(r"[ \t]$", text, re.M))

    def test_a_terminal_that_is_too_narrow_gets_a_row_per_value(self):  # quick
        owner = self.owner("row struct[3] {\n" + "".join(f"  a_rather_long_name_{i} u32\n" for i in range(6)) + "}\n", "wide")
        owner.tell("set row[1].a_rather_long_name_3=5")
        wide, narrow = (COLOURS.sub("", self.terminal("read", "wide", columns=n)) for n in (200, 80))
        self.assertRegex(wide, r"\n\[1\] +0 +0 +0 +5 +0 +0\n")
        self.assertRegex(narrow, r"\nrow\[1\]\.a_rather_long_name_3 +5\n")
        for text in (wide, narrow):
            self.assertIn("2 rows of zeroes are not shown", text)
        self.assertLessEqual(max(map(len, narrow.splitlines()[1:])), 80)

    def test_rows_of_zeroes_within_structs_are_left_out(self):  # quick
        owner = self.owner("head struct {\n  row struct[100] {\n    x u8\n  }\n}\n", "deep")
        owner.tell("set head.row[70].x=1")
        text = self.cli("read", "deep")
        self.assertEqual(text.splitlines()[1:], ["head.row[70].x  1", "99 rows of zeroes are not shown (--full)"])
        self.assertEqual(len(self.cli("read", "deep", "--full").splitlines()), 101)

    def test_one_field_is_its_bare_value(self):  # quick
        self.filled()
        for path, value in {"flag": "true", "small": "-5", "mode": "running", "name": "hello", "ratio": "0.1",
                            "grid[1][2]": "-7", "wheel[2].slip": "0.5", "names[1]": "ab", "inner.x": "0"}.items():
            self.assertEqual(self.cli("read", "all", path), f"{value}\n")
        self.assertEqual(self.cli("read", "all", "grid"), "0\n0\n0\n0\n0\n-7\n")
        self.assertEqual(self.cli("read", "all", "grid[1]"), "0\n0\n-7\n")
        self.assertEqual(self.cli("read", "all", "small", "mode"), "-5\nrunning\n")
        self.assertRegex(self.cli("read", "all", "wheel[2]"), r"^wheel\[2\]\.slip +0\.5\nwheel\[2\]\.tyre +FL\n$")
        self.assertRegex(self.cli("read", "all", "inner"), r"inner\.deep\[1\]\.y +\[42, 0\]")

    def test_json_holds_every_value(self):  # quick
        owner = self.filled()
        whole = self.json("read", "all")
        self.assertEqual((whole["name"], whole["object"], whole["state"], whole["tick"], whole["writer"], whole["pid"]),
                         ("all", "all", "live", 14, "region_owner", owner.pid))
        self.assertEqual(whole["values"], {
            "flag": True, "small": -5, "big": 25000000000, "ratio": 0.1, "real": 1e300, "mode": "running", "name": "hello",
            "wide": "wörld", "blob": "00ff10a0", "grid": [[0, 0, 0], [0, 0, -7]], "names": ["", "ab"],
            "inner": {"x": 0, "deep": [{"y": [0, 0]}, {"y": [42, 0]}]},
            "wheel": [{"slip": 0, "tyre": ""}, {"slip": 0, "tyre": ""}, {"slip": 0.5, "tyre": "FL"}, {"slip": 0, "tyre": ""}]})
        self.assertEqual(self.json("read", "all", "wheel[2]"), {"slip": 0.5, "tyre": "FL"})
        self.assertEqual(self.json("read", "all", "grid[1]", "flag"), {"grid[1]": [0, 0, -7], "flag": True})

    def test_json_is_valid_for_any_bytes(self):  # quick
        owner = self.owner('a f32[3]\nb f64[3]\nc char[16]\nd wchar16[4]\ne enum8 labels="1:x\\"y\\\\z"\nf u64\ng i64\n', "odd")
        owner.tell("set a[0]=nan")
        owner.tell("set a[1]=inf")
        owner.tell("set b[2]=-inf")
        owner.tell("hex 40 ff22c35c0a0d09081b7fc280e280a8")   # c: wrong UTF-8, quotes, controls, C1, line separator
        owner.tell("hex 56 00d8410000dc")                        # d: a lone high surrogate, A, a lone low one
        owner.tell("set e=1")
        owner.tell("set f=18446744073709551615")
        owner.tell("set g=-9223372036854775808")
        values = self.json("read", "odd")["values"]
        self.assertEqual(values["a"], [None, None, 0])
        self.assertEqual(values["b"], [0, 0, None])
        self.assertEqual(values["c"], "�\"�\\\n\r\t\b\x1b\x7f\x80\u2028")
        self.assertEqual(values["d"], "�A�")
        self.assertEqual(values["e"], 'x"y\\z')
        self.assertEqual((values["f"], values["g"]), (18446744073709551615, -9223372036854775808))
        self.assert_harmless(self.cli("read", "odd", "--json"))

    def test_hostile_texts_cannot_steer_a_terminal(self):  # quick
        nasty = "\x1b]0;owned\x07\x1b[31m\r\n\x08\x9b"
        owner = Owner(self.place, "nasty", 'evil char[64] unit="\u202e\u009b" doc="x"\nmode enum8 labels="0:\u009b2J\\n\u202e,1:ok"\n', "--program",
                      "\x1b[5mme\x07")
        owner.tell(b"hex 0 " + (nasty + "\u202etxt.exe").encode().hex().encode())
        for args in (("read", "nasty"), ("read", "nasty", "evil"), ("read", "nasty", "mode"), ("list",), ("dump", "nasty", "--schema"),
                     ("watch", "nasty", "--count", "1")):
            self.assert_harmless(self.terminal(*args))
            self.assert_harmless(self.cli(*args))
        self.assertEqual(self.cli("read", "nasty", "evil"),
                         "\\x1b]0;owned\\x07\\x1b[31m\\r\\n\\x08\\u{9b}\\u{202e}txt.exe\n")
        self.assert_harmless(self.terminal("read", "nasty", "\x1b[31mx"))
        self.assert_harmless(self.terminal("read", "\x1b[31mx"))
        self.assert_harmless(self.terminal("\x1b[31mx"))

    def test_raw_is_the_payload_and_not_for_terminals(self):  # quick
        owner = self.owner("a u32\nb u8[4]\n", "raw")
        owner.tell("hex 0 0a000000ff001b07")
        self.assertEqual(self.place.run("sh", "-c", f"{BIN}/pagecast read raw --raw | od -An -tx1 -v").stdout.split(),
                         "0a 00 00 00 ff 00 1b 07".split())
        self.assertIn("will not write bytes to a terminal", self.terminal("read", "raw", "--raw"))
        self.cli("read", "raw", "--raw", "a", status=2)
        self.cli("read", "raw", "--raw", "--json", status=2)

    def test_bytes_without_layout_are_shown_in_hex(self):  # quick
        owner = Owner(self.place, "plain", None, "--bytes", "20")
        owner.tell("hex 0 41421b")
        text = self.cli("read", "plain")
        self.assertIn("\n00000000  41 42 1b 00 00 00 00 00  00 00 00 00 00 00 00 00  AB..............\n00000010  00 00 00 00 ", text)
        self.assertEqual(self.json("read", "plain")["values"], {"": "41421b" + "00" * 17})
        self.cli("read", "plain", "a", status=1)
        self.assertIn("has no layout", self.stderr)

    def test_a_layout_larger_than_the_payload_is_no_layout(self):  # quick
        owner = Owner(self.place, "liar", "a u64[1000000]\n", "--bytes", "16")
        owner.tell("hex 0 0102")
        self.assertIn("01 02 00", self.cli("read", "liar"))
        self.cli("read", "liar", "a[900000]", status=1)
        self.cli("watch", "liar", "--count", "1")

    def test_a_dead_writer_shows_and_live_asks(self):  # quick
        owner = self.filled()
        self.assertEqual(self.cli("read", "all", "small", "--live"), "-5\n")
        owner.kill()
        self.assertRegex(self.cli("read", "all"), r"^all  dead, tick 14, ")
        self.assertEqual(self.cli("read", "all", "small"), "-5\n")
        self.assertEqual(self.cli("read", "all", "small", "--live", status=3), "")
        self.assertIn("region 'all' is dead", self.stderr)

    def test_flags_of_the_payload_are_said(self):  # quick
        owner = self.owner()
        owner.tell("flags 1")
        owner.tell("set small=1")
        self.assertIn(", source stale\n", self.cli("read", "all"))
        self.assertEqual(self.json("read", "all")["flags"], ["source_stale"])

    def test_earlier_ticks_can_be_read_while_they_are_held(self):  # quick
        owner = self.owner("n u32\n", "ring", "--slots", "4")
        for n in range(1, 11):
            owner.tell(f"set n={n}")
        self.assertEqual(self.cli("read", "ring", "n", "--tick", "8"), "8\n")
        self.assertEqual(self.cli("read", "ring", "n", "--tick", "10"), "10\n")
        self.cli("read", "ring", "n", "--tick", "2", status=1)
        self.assertIn("does not hold tick 2", self.stderr)
        self.cli("read", "ring", "--tick", "x", status=2)

    def test_what_is_missing_is_said_with_suggestions(self):  # quick
        self.filled()
        self.cli("read", "al", status=1)
        self.assertEqual(self.stderr, "pagecast: there is no region 'al'\ndid you mean 'all'?\n")
        self.cli("read", "zzzzzz", status=1)
        self.assertIn("'pagecast list' shows what there is", self.stderr)
        self.cli("read", "all", "smal", status=1)
        self.assertIn("region 'all': ", self.stderr)
        self.assertIn("did you mean 'small'?", self.stderr)
        self.cli("read", "all", "grid[2][0]", status=1)
        self.assertNotIn("did you mean", self.stderr)
        self.cli("read", "a/b", status=1)
        self.cli("read", "x" * 200, status=1)
        self.assertIn("too long", self.stderr)

    def test_other_users_may_read_root_but_not_the_other_way_round_by_default(self):  # quick
        self.need_root()
        self.filled()
        self.assertEqual(self.cli("read", "all", "small", user=NOBODY), "-5\n")
        self.place.shm.chmod(0o777)
        theirs = Owner(self.place, "theirs", "a u32\n", user=NOBODY)
        theirs.tell("set a=7")
        self.cli("read", "theirs", "a", status=1)
        self.assertIn("not trusted", self.stderr)
        self.assertIn("--any-owner reads it all the same", self.stderr)
        self.assertEqual(self.cli("read", "theirs", "a", "--any-owner"), "7\n")
        self.assertEqual(self.cli("read", "theirs", "a", "--trust", "nobody"), "7\n")
        self.assertEqual(self.cli("read", "theirs", "a", "--trust=1,65534"), "7\n")
        self.assertEqual(self.cli("read", "theirs", "a", env={"PAGECAST_TRUST": "nobody"}), "7\n")
        self.cli("read", "theirs", "a", "--trust", "daemon", status=1)
        self.cli("read", "theirs", "a", "--trust", "nosuchuser", status=2)
        os.chmod(self.place.shm / "all.pagecast", 0o600)
        self.cli("read", "all", "small", user=NOBODY, status=1)
        self.assertRegex(self.stderr, r"region 'all': .*[Pp]ermission")


class Dump(CliTest):
    def test_the_control_page_is_decoded_field_by_field(self):  # quick
        owner = Owner(self.place, "page", "a u32\n", "--slots", "2", "--heartbeat", "50")
        owner.tell("set a=258")
        text = self.cli("dump", "page")
        self.assertRegex(text, r"0x000 +50 47 43 41 53 54 01 0a +magic +0x0a01545341434750\n")
        self.assertRegex(text, r"0x0c0 +32 00 00 00 +heartbeat_ms +50 ms\n")
        self.assertRegex(text, r"0x080 +70 61 67 65 00 00 00 00 \.\. +name +page\n")
        self.assertRegex(text, rf"0x100 .* writer_pid +{owner.pid}\n")
        self.assertRegex(text, r"0x188 .* tick +1\n")
        self.assertRegex(text, r"0x1b0 .* state +1  live\n")
        self.assertRegex(text, r"\nshadow slots\nSLOT +SEQ +TICK +COMMIT")
        self.assertTrue(text.endswith("\nreadable; its writer is live\n"))
        everything = self.cli("dump", "page", "--payload", "--schema")
        self.assertRegex(everything, r"\nlayout text\nlayout size=4 align=4\n@0 a u32\n")
        self.assertRegex(everything, r"\npayload\n00000000  02 01 00 00 ")

    def test_json_has_every_field_of_the_header(self):  # quick
        Owner(self.place, "page", "a u32\n")
        page = self.json("dump", "page")
        # every field that control.h checks the offset of
        header = (ROOT / "include/pagecast/control.h").read_text()
        names = set(re.findall(r"PC_AT\(pc_control, (\w+),", header))
        self.assertEqual(names - set(page), set())
        self.assertEqual((page["name"], page["payload_bytes"], page["major"]), ("page", 4, 1))

    def test_a_damaged_page_is_dumped_all_the_same(self):  # quick
        owner = Owner(self.place, "page", "a u32\n")
        owner.kill()
        path = self.place.shm / "page.pagecast"
        with open(path, "r+b") as f:
            f.seek(0x20)
            f.write(b"\xff" * 8)
        self.cli("read", "page", status=1)
        self.assertIn("to look at it: pagecast dump page", self.stderr)
        text = self.cli("dump", "page", "--payload", "--schema", status=1)
        self.assertRegex(text, r"payload_bytes +18446744073709551615")
        self.assertIn("\nnot readable: region 'page': ", text)
        for size in (4096, 100, 0):
            os.truncate(path, size)
            self.assertIn("not readable", self.cli("dump", "page", "--schema", "--payload", status=1))
        path.write_bytes(os.urandom(8192))
        self.assert_harmless(self.terminal("dump", "page", "--schema", "--payload"))
        self.json("dump", "page")
        self.cli("dump", "nosuch", status=1)
        self.assertIn("there is no region 'nosuch'", self.stderr)


if __name__ == "__main__":
    main()
