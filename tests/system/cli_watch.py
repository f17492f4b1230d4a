#!/usr/bin/env python3
"""`pagecast watch` and `pagecast wait`: data, deaths, restarts, and the end of waiting."""
import json
import re
import subprocess
import time

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, main, wait_until

TWO = "a u32\nb f32\nname char[8]\nwheel struct[2] {\n  slip f32\n}\n"


class Watch(CliTest):
    def owner(self, layout=TWO, name="w", *options):
        return Owner(self.place, name, layout, *options)

    def watch(self, *args):
        """`pagecast watch w ARGS` in the background, past its first line of state."""
        program = self.background("watch", "w", *args)
        program.wait_log(r"live|closed|dead|starting|\"state\"")
        return program

    def states(self, program):
        """The words of the state lines so far."""
        return [m[1] for m in re.finditer(r"^\d\d:\d\d:\d\d\.\d{3}  ([a-z]+)", program.output(), re.M)]

    def test_each_commit_is_a_line(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        watch = self.watch()
        watch.wait_log(r"^\d\d:\d\d:\d\d\.\d{3}  #1  a=1  b=0  name=\"\"  wheel\[0\]\.slip=0  wheel\[1\]\.slip=0$")
        owner.tell("set name=x y")
        watch.wait_log(r'  #2  a=1  b=0  name="x y"  wheel')
        owner.tell("set wheel[1].slip=2.5")
        watch.wait_log(r'  #3 .*wheel\[1\]\.slip=2\.5$')

    def test_fields_choose_and_count_ends_it(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        watch = self.watch("a", "wheel[1]", "--count", "2")
        watch.wait_log(r"  #1  a=1  wheel\[1\]\.slip=0$")
        owner.tell("set a=2")
        self.assertEqual(watch.wait(), 0)
        self.assertRegex(watch.output(), r"  #2  a=2  wheel\[1\]\.slip=0\n$")
        self.cli("watch", "w", "nofield", status=1)
        self.cli("watch", "w", "--count", "0", status=2)
        self.cli("watch", "w", "--interval", "soon", status=2)

    def test_changes_shows_what_differs(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        watch = self.watch("--changes")
        watch.wait_log(r"  #1  a=1  b=0  name")
        owner.tell("set a=1")
        owner.tell("set b=2.5")
        watch.wait_log(r"  #3  b=2\.5$")
        owner.tell("set name=new")
        watch.wait_log(r"  #4  name=new$")
        self.assertEqual(watch.lines(r"  #2"), [])  # nothing changed in it

    def test_json_lines(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        watch = self.watch("--json", "--count", "3")
        watch.wait_log('"tick":1,')
        owner.tell("set b=nan")
        watch.wait_log('"tick":2,')
        owner.tell("set a=3")
        self.assertEqual(watch.wait(), 0)
        events = [json.loads(line) for line in watch.output().splitlines()]
        self.assertEqual([e["event"] for e in events], ["state", "data", "data", "data"])
        self.assertEqual(events[0]["state"], "live")
        self.assertEqual(events[0]["pid"], owner.pid)
        self.assertEqual(events[2]["values"], {"a": 1, "b": None, "name": "", "wheel": [{"slip": 0}, {"slip": 0}]})
        self.assertEqual(events[3]["tick"], 3)
        owner.tell("set b=0")
        changes = self.watch("a", "wheel", "--json", "--changes")
        changes.wait_log('"tick":4,')
        owner.tell("set wheel[1].slip=1")
        changes.wait_log('"tick":5,')
        last = json.loads(changes.output().splitlines()[-1])
        self.assertEqual(last["values"], {"wheel[1].slip": 1})

    def test_liveness_is_followed_through_stop_death_and_restart(self):
        owner = self.owner(TWO, "w", "--stale", "200")
        owner.tell("set a=1")
        watch = self.watch()
        owner.freeze()
        watch.wait_log("stale: region_owner")
        owner.thaw()
        wait_until(lambda: self.states(watch) == ["live", "stale", "live"], lambda: watch.output())
        owner.kill()
        watch.wait_log("dead: region_owner")
        second = self.owner(TWO, "w", "--stale", "200")  # adopts the region
        second.tell("set a=7")
        watch.wait_log(r"  #2  a=7")
        self.assertEqual(self.states(watch), ["live", "stale", "live", "dead", "live"])
        second.end()
        watch.wait_log("absent")
        third = self.owner("other u64\n")  # another layout: a new object
        third.tell("set other=5")
        watch.wait_log(r"live: region_owner \(pid \d+\), a new region of that name")
        watch.wait_log(r"  #1  other=5$")
        self.assertIsNone(watch.process.poll())

    def test_a_region_that_is_replaced_is_followed(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        watch = self.watch()
        owner.tell("close")
        owner.tell("retire")
        wait_until(lambda: self.states(watch)[-1] in ("retired", "absent"), lambda: watch.output())
        second = self.owner()
        second.tell("set a=9")
        watch.wait_log("  #1  a=9")

    def test_a_watch_may_start_first(self):  # quick
        watch = self.background("watch", "w", "a", "--wait")
        time.sleep(0.2)
        self.assertEqual(watch.output(), "")
        self.owner().tell("set a=4")
        watch.wait_log("  #1  a=4$")
        self.cli("watch", "nosuch", status=1)
        self.cli("watch", "nosuch", "--wait", "--timeout", "100ms", status=4)

    def test_interval_thins_out_but_never_loses_the_newest(self):
        owner = self.owner()
        watch = self.watch("a", "--interval", "300ms")
        for i in range(1, 41):
            owner.tell(f"set a={i}")
        watch.wait_log("  #40  a=40$")
        self.assertLess(len(watch.lines("  #")), 20)

    def test_timeout_ends_it(self):  # quick
        self.owner().tell("set a=1")
        start = time.monotonic()
        self.cli("watch", "w", "--timeout", "300ms")
        self.cli("watch", "w", "--timeout", "200ms", "--count", "5", status=4)
        self.assertGreater(time.monotonic() - start, 0.45)

    def test_an_idle_watch_costs_next_to_nothing(self):
        self.owner()
        watch = self.watch()
        stat = lambda: sum(map(int, open(f"/proc/{watch.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))  # noqa: E731
        before = stat()
        time.sleep(2)
        self.assertLessEqual(stat() - before, 4)  # 2 % of a core, in ticks of 10 ms

    def test_a_reader_that_goes_away_ends_it_quietly(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        shell = subprocess.Popen(["bash", "-c", f"set -o pipefail; {BIN}/pagecast watch w | head -n 2"], env=self.place.env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        for i in range(100):
            if shell.poll() is not None:
                break
            owner.tell(f"set a={i}")
            time.sleep(0.02)
        out, err = shell.communicate(timeout=10)
        self.assertEqual((shell.returncode, err), (0, b""))
        self.assertEqual(len(out.splitlines()), 2)

    def test_raw_bytes_are_shown_in_hex(self):  # quick
        owner = Owner(self.place, "w", None, "--bytes", "40")
        owner.tell("hex 0 0102")
        self.assertRegex(self.cli("watch", "w", "--count", "1"), r"  #1  0102(00){30}\.\.\. 8 more bytes\n")
        self.assertEqual(json.loads(self.cli("watch", "w", "--count", "1", "--json").splitlines()[1])["values"],
                         {"": "0102" + "00" * 38})


class Wait(CliTest):
    def owner(self, *options):
        return Owner(self.place, "w", "a u32\n", *options)

    def finish(self, program, within=5.0):
        start = time.monotonic()
        self.assertEqual(program.wait(), 0)
        self.assertLess(time.monotonic() - start, within)

    def test_what_is_so_already_returns_at_once(self):  # quick
        owner = self.owner()
        self.cli("wait", "w")
        self.cli("wait", "w", "--for", "live", "--timeout", "0")
        self.cli("wait", "w", "--for", "exists")
        self.cli("wait", "nosuch", "--for", "absent")
        self.cli("wait", "nosuch", "--for", "gone")
        owner.tell("close")
        self.cli("wait", "w", "--for", "closed")
        self.cli("wait", "w", "--for", "gone")
        owner.tell("open")
        owner.kill()
        self.cli("wait", "w", "--for", "dead")
        self.cli("wait", "w", "--for", "gone")

    def test_what_does_not_come_times_out(self):  # quick
        self.owner()
        for goal in ("dead", "closed", "gone", "data", "stale", "absent"):
            self.cli("wait", "w", "--for", goal, "--timeout", "50ms", status=4)
            self.assertEqual(self.stderr, "pagecast: timed out: region 'w' is live\n")
        self.cli("wait", "nosuch", "--for", "exists", "--timeout", "50ms", status=4)
        self.assertIn("is absent", self.stderr)
        self.cli("wait", "w", "--for", "nothing", status=2)
        self.cli("wait", "w", "--timeout", "soon", status=2)

    def test_a_death_wakes_it(self):  # quick
        owner = self.owner()
        waiting = self.background("wait", "w", "--for", "dead")
        time.sleep(0.2)
        self.assertIsNone(waiting.process.poll())
        owner.kill()
        self.finish(waiting)

    def test_data_is_a_commit_from_now_on(self):  # quick
        owner = self.owner()
        owner.tell("set a=1")
        waiting = self.background("wait", "w", "--for", "data")
        time.sleep(0.2)
        self.assertIsNone(waiting.process.poll())
        owner.tell("set a=1")
        self.finish(waiting)

    def test_a_region_that_comes_later(self):  # quick
        waiting = [self.background("wait", "w", "--for", goal) for goal in ("exists", "live", "data")]
        time.sleep(0.2)
        self.assertEqual([w.process.poll() for w in waiting], [None] * 3)
        self.owner().tell("set a=1")
        for w in waiting:
            self.finish(w)

    def test_live_again_after_death_and_replacement(self):
        owner = self.owner()
        owner.kill()
        waiting = self.background("wait", "w", "--for", "live")
        time.sleep(0.2)
        self.assertIsNone(waiting.process.poll())
        Owner(self.place, "w", "b u64[100]\n")
        self.finish(waiting)

    def test_a_frozen_writer_is_not_live(self):
        self.owner("--stale", "300").freeze()
        self.cli("wait", "w", "--for", "stale", "--timeout", "5s")
        self.cli("wait", "w", "--for", "live", "--timeout", "600ms", status=4)

    def test_a_key_of_a_daemon_that_starts_later(self):
        waiting = self.background("wait", "key", "--for", "exists")
        time.sleep(0.2)
        self.place.daemon(self.place.config(regions="key: { name: 'Local\\an_object', layout: { a: u32 } }"))
        self.finish(waiting)


if __name__ == "__main__":
    main()
