#!/usr/bin/env python3
"""A program that came first and created the section with a size of its own: survived, said everywhere, and over when it is over."""
import json
import subprocess

from pagecast_wine import WineTest, main, wait_until

NEEDED, FIRST = 10000, 4096
TEXT = "other programs hold '{}' as a section of 4096 bytes, where 10000 are needed"


class Beside(WineTest):
    def setUp(self):
        self.name = f"{self.place.instance}.car"

    def said(self, *args):
        return self.windows_run("pagecast", *args)

    def row(self):
        return json.loads(self.said("list", self.name, "--json"))[0]

    def status(self):
        return json.loads(self.said("status", self.place.instance, "--json"))[0]

    def first_opener(self, size=FIRST):
        program = self.windows("map_view", self.name, "hold", str(size), stdin=subprocess.PIPE)
        program.wait_log("^holds")
        return program

    def size_that_others_see(self):
        """Whether a plain program can map all of the region."""
        return self.windows_run("map_view", self.name, "access", str(NEEDED)).splitlines()[3]

    def serve(self):
        return self.windows_daemon(regions=f"{self.name}: {{ writer: external, layout: {{ n: u64, rest: 'u8[9992]' }}, "
                                           "access: read-write-compatible }")

    def test_a_first_opener_with_too_small_a_section_is_survived_and_reported(self):
        first = self.first_opener()
        daemon = self.serve()
        why = TEXT.format(self.name)
        daemon.wait_log(f"warn  region '{self.name}': {why}")
        self.assertTrue(self.row()["beside"])
        self.assertRegex(self.said("list", self.name), "(starting|closed), beside")
        self.assertIn(f"{self.name}#", self.said("list", self.name, "--long"))
        status = wait_until(lambda: self.status() if self.status()["beside_count"] else None, "the status region says so")
        self.assertEqual(status["beside_count"], 1)
        self.assertTrue(status["beside_text"].startswith(why), status["beside_text"])
        self.assertIn(why, self.said("status", self.place.instance))
        self.said("write", self.name, "n=77")
        self.assertEqual(self.said("read", self.name, "n").strip(), "77")  # whoever has the library is served
        self.windows_run("map_view", self.name, "poke", "0", "9")  # and whoever has not sees the other section
        self.assertEqual(self.windows_run("map_view", self.name, "peek", "0").strip(), "9")
        self.assertEqual(self.size_that_others_see(), "10000 bytes: error 5")
        self.assertEqual(first.end(), 0)
        daemon.wait_log(f"info  region '{self.name}' has its name")
        self.assertEqual(self.said("read", self.name, "n").strip(), "77")  # with its values
        self.assertEqual(self.windows_run("map_view", self.name, "peek", "0").strip(), "77")
        self.assertEqual(self.size_that_others_see(), "10000 bytes: ok")
        self.assertFalse(self.row()["beside"])
        wait_until(lambda: self.status()["beside_count"] == 0, "the status region says that it is over")
        self.assertEqual(self.status()["beside_text"], "")
        daemon.stop()

    def test_a_first_opener_with_a_section_large_enough_is_no_reason_for_a_word(self):
        first = self.first_opener(NEEDED)
        daemon = self.serve()
        self.said("write", self.name, "n=5")
        self.assertEqual(self.windows_run("map_view", self.name, "peek", "0").strip(), "5")
        self.assertEqual((self.row()["beside"], self.status()["beside_count"]), (False, 0))
        self.assertEqual(daemon.lines("warn"), [])
        daemon.stop()
        self.assertEqual(first.end(), 0)


if __name__ == "__main__":
    main()
