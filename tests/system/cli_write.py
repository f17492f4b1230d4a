#!/usr/bin/env python3
"""`pagecast write`: one commit, held writers, and what is refused."""
import os
import signal
import subprocess
import time

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, NOBODY, Program, main, wait_until

LAYOUT = """
flag bool
a i32
b f64
mode enum8 labels="0:idle,1:running"
name char[8]
blob u8[3]
grid i16[2][2]
names char[2][4]
inner struct {
  x u8
}
"""


class Write(CliTest):
    def setUp(self):
        self.owner = Owner(self.place, "w", LAYOUT, "--no-writer")

    def hold(self, *args, stdin=subprocess.PIPE):
        program = Program(self.place, "pagecast", [BIN / "pagecast", "write", "w", *args, "--hold"], stdin=stdin)
        self.cli("wait", "w", "--for", "live", "--timeout", "10s")
        return program

    def tick(self):
        return self.json("read", "w")["tick"]

    def send(self, program, text):
        program.process.stdin.write(text.encode())
        program.process.stdin.flush()

    def becomes(self, path, value):
        wait_until(lambda: self.cli("read", "w", path) == f"{value}\n", f"{path} becomes {value}")

    def test_fields_change_in_one_commit(self):  # quick
        self.cli("write", "w", "flag=true", "a=-5", "b=2.5e3", "mode=running", "name=hi =x", "blob=00ff10", "grid=1,2,-3,4",
                 "names[1]=ab", "inner.x=0x1F")
        whole = self.json("read", "w")
        self.assertEqual(whole["values"], {"flag": True, "a": -5, "b": 2500, "mode": "running", "name": "hi =x", "blob": "00ff10",
                                           "grid": [[1, 2], [-3, 4]], "names": ["", "ab"], "inner": {"x": 31}})
        self.assertEqual((whole["tick"], whole["state"], whole["writer"]), (1, "closed", "pagecast write"))
        self.cli("write", "w", "grid[1]=7,8")
        self.assertEqual(self.json("read", "w", "grid"), [[1, 2], [7, 8]])
        self.assertEqual(self.json("read", "w", "a"), -5)

    def test_one_bad_assignment_and_nothing_is_written(self):  # quick
        self.cli("write", "w", "a=1")
        for bad, reason in {"a=x": "a: ", "a=99999999999": "a: ", "nofield=1": "nofield", "name=much too long": "name: ",
                            "inner=1": "is a struct", "grid=1,2,3": "fewer values", "grid=1,2,3,4,5": "more values",
                            "names=a,b": "array of texts", "mode=flying": "mode: ", "blob=0": "blob: "}.items():
            self.cli("write", "w", "b=7", bad, status=1)
            self.assertIn(reason, self.stderr)
        self.cli("write", "w", "b=7", "nothing", status=2)
        self.cli("write", "w", status=2)
        whole = self.json("read", "w")
        self.assertEqual((whole["tick"], whole["epoch"], whole["values"]["b"]), (1, 1, 0))

    def test_a_second_writer_is_refused_and_told_who_is_first(self):  # quick
        holder = self.hold("a=1")
        self.cli("write", "w", "a=2", status=5)
        self.assertIn(f"(pid {holder.pid})", self.stderr)
        self.cli("write", "nosuch", "a=2", status=1)
        self.assertEqual(self.cli("read", "w", "a"), "1\n")

    def test_a_held_writer_beats_and_takes_lines(self):
        holder = self.hold("a=1")
        self.assertEqual(self.cli("read", "w", "a", "--live"), "1\n")
        time.sleep(1.2)  # well past stale_after
        self.assertEqual(self.json("read", "w")["state"], "live")
        self.send(holder, "a=2\r\n# a comment\n\nb=0.5\nname=a b")
        self.becomes("b", "0.5")
        self.assertEqual(self.cli("read", "w", "name"), "\n")  # not a line yet
        self.send(holder, "\nnonsense\na=x\na=3\n")
        self.becomes("a", "3")
        self.assertEqual(self.cli("read", "w", "name"), "a b\n")
        self.assertIn("'nonsense' is not FIELD=VALUE", holder.output())
        self.send(holder, "a=4")
        holder.process.stdin.close()  # the end of the input: the last line counts too
        self.assertEqual(holder.wait(), 1)  # since some lines failed
        self.assertEqual(self.cli("read", "w", "a"), "4\n")
        self.assertEqual(self.json("read", "w")["state"], "closed")

    def test_a_line_without_end_is_refused(self):
        holder = self.hold()
        self.send(holder, "x" * 200000 + "=1\na=5\n")
        self.becomes("a", "5")
        self.assertIn("longer than", holder.output())
        self.assertEqual(len(holder.lines("longer than")), 1)

    def test_without_input_it_holds_until_a_signal(self):  # quick
        holder = self.hold("a=1", stdin=subprocess.DEVNULL)
        time.sleep(0.3)
        self.assertIsNone(holder.process.poll())
        holder.signal(signal.SIGTERM)
        self.assertEqual(holder.wait(), 0)
        self.assertEqual(self.json("read", "w")["state"], "closed")

    def test_a_killed_holder_is_dead_at_once_and_can_be_replaced(self):  # quick
        holder = self.hold("a=1")
        waiting = self.background("wait", "w", "--for", "dead")
        time.sleep(0.2)
        holder.kill()
        start = time.monotonic()
        self.assertEqual(waiting.wait(), 0)
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(self.json("read", "w")["state"], "dead")
        self.cli("write", "w", "a=2")
        self.assertEqual(self.cli("read", "w", "a"), "2\n")

    def test_the_whole_payload_comes_from_standard_input(self):  # quick
        size = self.json("list", "w")[0]["bytes"]
        shell = lambda n: self.place.run("sh", "-c", f"head -c {n} /dev/zero | tr '\\0' '\\1' | {BIN}/pagecast write w --from-stdin")  # noqa: E731
        self.assertEqual(shell(size).returncode, 0)
        self.assertEqual(self.cli("read", "w", "inner.x"), "1\n")
        for wrong in (0, size - 1, size + 1, size * 1000):
            done = shell(wrong)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"region 'w' has {size} bytes, standard input ", done.stderr)
        self.assertEqual(self.tick(), 1)
        self.cli("write", "w", "a=1", "--from-stdin", status=2)
        self.cli("write", "w", "--hold", "--from-stdin", status=2)

    def test_who_may_not_write_is_told_so(self):  # quick
        self.need_root()
        self.cli("write", "w", "a=1", user=NOBODY, status=1)
        self.assertRegex(self.stderr, "[Pp]ermission")
        self.assertIn("may become its writer", self.stderr)

    def test_a_region_of_the_daemon_s_plugins_is_busy(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="counter: { interval: 20ms }"))
        self.cli("write", "counter", "--from-stdin", status=5)
        self.assertIn(f"(pid {daemon.pid})", self.stderr)

    def test_a_holder_follows_a_region_that_is_replaced(self):
        region = "x: {{ writer: external, layout: {{ a: u32{} }} }}"
        daemon = self.place.daemon(self.place.config(regions=region.format("")))
        holder = Program(self.place, "pagecast", [BIN / "pagecast", "write", "x", "a=1", "--hold"], stdin=subprocess.PIPE)
        self.cli("wait", "x", "--timeout", "10s")
        daemon.reload(self.place.config(regions=region.format(", b: u64")))
        self.cli("wait", "x", "--timeout", "10s")
        self.send(holder, "b=5\n")
        wait_until(lambda: self.place.cli("read", "x", "b").stdout == "5\n", lambda: holder.output())
        self.assertEqual(os.listdir(f"/proc/{holder.pid}/fd") != [], True)


if __name__ == "__main__":
    main()
