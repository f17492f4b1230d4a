#!/usr/bin/env python3
"""A mutex and an event that go with a map: made for regions of the daemon's own, used where other programs have them."""
import json
import os
import signal
import struct
import subprocess
import time

from pagecast_foreign import layout
from pagecast_harness import ROOT, SystemTest, main, wait_until
from pagecast_viewer import Viewer

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pagecast_partner.py")


class Guard(SystemTest):
    def partner(self, *args, wait="", **options):
        program = self.place.start_python(SCRIPT, *args, **options)
        if wait:
            program.wait_log(wait)
        return program

    @property
    def mutex(self):
        return self.place.shm / "count_lock"

    @property
    def event(self):
        return self.place.shm / "count_event"

    def serve(self, interval="20ms", pad=0, more=""):
        """The plugin counter writes `count`, guarded by a mutex, announced by an event."""
        text = self.place.config(regions=f"count: {{ layout_from: counter, mutex: 'Local\\count_lock', event: count_event{more} }}",
                                 plugins=f"counter: {{ region: count, interval: {interval}, pad: {pad} }}")
        return self.place.daemon(text)

    def ticks(self):
        return struct.unpack_from("<Q", (self.place.shm / "count").read_bytes())[0]

    # ---- regions of the daemon's own ----

    def test_a_copy_under_the_mutex_is_never_torn(self):
        daemon = self.serve(interval="1ms", pad=500000)
        done = self.partner("copy", self.mutex, self.place.shm / "count", "400")
        found = done.wait_log(r"torn (\d+) of (\d+) different", 60)
        self.assertGreater(int(found.group(2)), 20)
        if not daemon.lines("has not come free"):  # a copier that the machine holds up for longer is not waited for
            self.assertEqual(found.group(1), "0")

    def test_everybody_who_waits_for_the_event_is_woken_by_each_commit(self):
        self.serve()
        waiters = [self.partner("wait", self.event, "20", wait="waiting") for _ in range(3)]
        for waiter in waiters:
            waiter.wait_log("woken 20", 20)

    def test_who_keeps_the_mutex_holds_nobody_up(self):
        daemon = self.serve()
        holder = self.partner("hold", self.mutex, wait="held", stdin=subprocess.PIPE)
        before = self.ticks()
        wait_until(lambda: self.ticks() > before + 5, "commits go on")
        daemon.wait_log("region 'count': mutex 'Local.count_lock' has not come free for 5 ms: committed without it")
        time.sleep(0.3)
        self.assertEqual(len(daemon.lines("has not come free")), 1)
        holder.process.stdin.close()
        daemon.wait_log("mutex 'Local.count_lock' has come free")
        self.assertEqual(holder.wait(), 0)

    def test_who_dies_with_the_mutex_is_named_and_it_goes_on(self):
        daemon = self.serve()
        holder = self.partner("hold", self.mutex, wait="held", stdin=subprocess.PIPE)
        holder.kill()
        daemon.wait_log("mutex 'Local.count_lock' was held by a program that has ended")
        before = self.ticks()
        wait_until(lambda: self.ticks() > before + 5, "commits go on")
        again = self.partner("hold", self.mutex, wait="held", stdin=subprocess.PIPE)
        again.process.stdin.close()
        again.wait_log("given")

    def test_its_names_go_with_the_daemon_and_survive_its_death(self):
        daemon = self.serve()
        self.assertTrue(self.mutex.exists() and self.event.exists())
        self.assertEqual(self.mutex.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.event.stat().st_mode & 0o777, 0o644)
        daemon.kill()
        waiter = self.partner("wait", self.event, "5", wait="waiting")
        daemon = self.serve()
        waiter.wait_log("woken 5", 20)  # the same object goes on
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_name_that_something_else_has_is_refused_and_left_alone(self):
        for name, what in (("count_lock", "mutex"), ("count_event", "event")):
            other = self.place.shm / name
            other.write_bytes(b"somebody's map" * 10)
            text = self.place.config(regions="count: { layout_from: counter, mutex: count_lock, event: count_event }",
                                     plugins="counter: { region: count, required: true }")
            daemon = self.place.daemon(text, ready=False)
            self.assertNotEqual(daemon.wait(), 0)
            daemon.wait_log(f"{what} '{name}'.*something else has that name")
            self.assertEqual(other.read_bytes(), b"somebody's map" * 10)
            other.unlink()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_reload_gives_the_region_other_names(self):
        daemon = self.serve()
        text = daemon.config_path.read_text().replace("event: count_event", "event: other_event").replace("mutex: 'Local\\count_lock', ", "")
        daemon.config_path.write_text(text)
        daemon.signal(signal.SIGHUP)
        other = self.place.shm / "other_event"
        wait_until(lambda: other.exists() and not self.event.exists() and not self.mutex.exists(), "the other names")
        self.partner("wait", other, "3").wait_log("woken 3", 20)

    # ---- maps of other programs ----

    def adopt(self, sample):
        return self.place.daemon(self.place.config(
            regions=f"game: {{ backing: adopt, sample: {sample}, event: game_event, layout: {layout()} }}"))

    def wait_for_twenty(self, what):
        """Twenty values that differ, one after the other."""
        seen = set()

        def look():
            seen.add(self.place.cli("read", "game", "tick").stdout)
            return len(seen) > 20
        wait_until(look, what, 20)

    def test_a_change_is_seen_when_the_event_says_so_not_a_sample_later(self):
        daemon = self.adopt("10s")
        daemon.wait_log("region 'game': event 'game_event' is not there: looked at from time to time")
        game = self.partner("write", self.place.shm / "game", self.place.shm / "game_event", "0.05", wait="writing")
        daemon.wait_log("region 'game': event 'game_event' is waited for")
        self.wait_for_twenty("one value after the other")  # by looks alone it would be one in ten seconds
        game.kill()

    def test_rotating_rows_are_read_when_their_event_is_set(self):
        """As iRacing has them: one of three rows is new each time, the map says which, what a row is, and the event when."""
        daemon = self.place.daemon(self.place.config(
            regions=f"game: {{ backing: adopt, size: 8KiB, sample: 10s, event: game_event, layout_file: {ROOT}/config/layouts/irsdk.yaml }}",
            plugins="dash: { plugin: websocket, listen: '127.0.0.1:0' }"))
        game = self.partner("rotate", self.place.shm / "game", self.place.shm / "game_event", "0.05", wait="writing")
        seen = set()

        def newest(values):
            if not values.get("varBuf"):
                return False  # its program has not begun
            tick = max(row["tickCount"] for row in values["varBuf"])
            self.assertEqual(values["row"]["Speed"], tick)
            seen.add(tick)
            return len(seen) > 20
        wait_until(lambda: newest(json.loads(self.place.cli("read", "game", "--json").stdout)["values"]), "twenty rows here", 20)
        seen.clear()  # by looks alone both would be one in ten seconds
        viewer = Viewer(daemon)
        viewer.sub("game", enc=1)
        viewer.wait(lambda: newest(viewer.region("game").values), "twenty rows far away", 20)
        game.kill()

    def test_a_legacy_map_of_ours_has_both_made_for_its_programs(self):
        daemon = self.place.daemon(self.place.config(
            regions=f"game: {{ writer: legacy, sample: 10s, mutex: game_lock, event: game_event, layout: {layout()} }}"))
        event = self.place.shm / "game_event"
        wait_until(lambda: event.exists() and (self.place.shm / "game_lock").exists(), "both made")
        game = self.partner("write", self.place.shm / "game", event, "0.05", wait="writing")
        self.wait_for_twenty("one value after the other")
        holder = self.partner("hold", self.place.shm / "game_lock", wait="held", stdin=subprocess.PIPE)
        daemon.wait_log("mutex 'game_lock' has not come free for 250 ms: copied without it")
        holder.kill()
        daemon.wait_log("mutex 'game_lock' was held by a program that has ended")
        game.kill()
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_without_its_event_the_map_is_looked_at_as_before(self):
        daemon = self.adopt("5ms")
        game = self.place.start_python(SCRIPT.replace("partner", "foreign"), self.place.shm, "game")
        game.wait_log("writing")
        self.wait_for_twenty("one value after the other")
        self.assertEqual(len(daemon.lines("is not there")), 1)
        game.kill()

    def test_an_event_that_announces_nothing_does_not_hide_what_changes(self):
        """Its program sets the event for a while, then goes on without."""
        self.adopt("5ms")
        game = self.partner("write", self.place.shm / "game", self.place.shm / "game_event", "0.02", wait="writing")
        wait_until(lambda: self.place.cli("read", "game", "tick").returncode == 0, "values", 20)
        game.kill()
        silent = self.place.start_python(SCRIPT.replace("partner", "foreign"), self.place.shm, "game", "--first", "100000", "--every", "0.02")
        wait_until(lambda: int(self.place.cli("read", "game", "tick").stdout or 0) > 100010, "without the event", 20)
        silent.kill()

    def test_an_event_that_is_cut_short_hurts_nobody(self):
        daemon = self.adopt("10s")
        event = self.place.shm / "game_event"
        game = self.partner("write", self.place.shm / "game", event, "0.02", wait="writing")
        wait_until(lambda: self.place.cli("read", "game", "tick").returncode == 0, "values", 20)
        game.kill()
        for _ in range(20):
            os.truncate(event, 0)
            time.sleep(0.02)
            os.truncate(event, 4)
            time.sleep(0.02)
        event.unlink()
        again = self.partner("write", self.place.shm / "game", event, "0.02", wait="writing")
        self.wait_for_twenty("those of the new event")
        self.assertIsNone(daemon.process.poll())
        again.kill()


if __name__ == "__main__":
    main()
