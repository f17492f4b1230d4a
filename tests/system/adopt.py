#!/usr/bin/env python3
"""Maps that another program makes and writes: they come, go, shrink and grow as it likes, and it dies without a word."""
import ctypes
import json
import mmap
import os
import signal
import struct
import time
import urllib.request

from pagecast_foreign import BYTES, Map, layout
from pagecast_harness import SANITIZED, SystemTest, main, wait_until
from pagecast_memory import Directory
from pagecast_viewer import Viewer

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pagecast_foreign.py")
IN_TIME = 4.5 if SANITIZED else 1.5
DASH = "dash: { plugin: websocket, listen: '127.0.0.1:0' }"


class Adopt(SystemTest):
    def serve(self, more="", plugins="", words=None, without=()):
        return self.place.daemon(self.place.config(
            regions=f"game: {{ backing: adopt, sample: 5ms, layout: {layout(without)}{more} }}", plugins=plugins))

    def viewer(self, more=""):
        viewer = Viewer(self.serve(more, plugins=DASH))
        viewer.wait(lambda: viewer.region("game"), "announced")
        viewer.sub("game", enc=1)
        return viewer

    def game(self, *args):
        program = self.place.start_python(SCRIPT, self.place.shm, "game", *args)
        program.wait_log("writing")
        return program

    @property
    def path(self):
        return self.place.shm / "game"

    def state(self):
        entry = Directory(self.place.shm, self.place.instance).entries["game"]
        return "absent starting live stale dead closed retired legacy unreachable".split()[entry["liveness"]]

    def wait_state(self, state, seconds=10):
        wait_until(lambda: self.state() == state, lambda: f"{state}, it is {self.state()}", seconds)

    def read(self, path="words[63]"):
        done = self.place.cli("read", "game", path)
        return int(done.stdout) if done.returncode == 0 else None

    # ---- coming and going ----

    def test_the_daemon_waits_for_the_map_and_never_makes_it(self):
        daemon = self.serve()
        self.assertEqual(self.state(), "absent")
        self.assertFalse(self.path.exists())
        game = self.game("--count", "30")
        wait_until(lambda: (self.read() or 0) > 3, "its values are read")
        self.assertEqual(self.place.run("stat", "-c", "%s", self.path).stdout.strip(), str(BYTES))
        game.wait()
        self.wait_state("closed")
        self.assertEqual(self.read(), 30)  # the last whole copy stays
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_map_that_is_too_small_is_named_and_waited_for(self):
        self.path.write_bytes(b"x" * 100)
        daemon = self.serve()
        self.wait_state("starting")
        daemon.wait_log(f"game' is starting: its map has 100 bytes, {BYTES} are needed")
        self.assertEqual(self.path.stat().st_size, 100)  # it is not ours to lengthen
        Map(self.path).write(7)
        wait_until(lambda: self.read() == 7, "it is served once it has grown")

    def test_an_empty_object_of_a_first_opener_hurts_nobody(self):
        self.path.touch()
        daemon = self.serve()
        daemon.wait_log("its map has 0 bytes")
        game = self.game()
        wait_until(lambda: (self.read() or 0) > 3, "its values are read")
        game.kill()

    def test_a_map_that_is_truncated_under_us_kills_nobody(self):
        daemon = self.serve()
        game = Map(self.path)
        end, tick = time.monotonic() + 2, 0
        while time.monotonic() < end:
            tick += 1
            os.truncate(self.path, BYTES)
            game.write(tick)
            time.sleep(0.003)
            os.truncate(self.path, (tick * 97) % BYTES if tick % 3 else 0)
            time.sleep(0.001)
        self.assertIsNone(daemon.process.poll())
        os.truncate(self.path, 0)
        self.wait_state("starting")
        os.truncate(self.path, BYTES)
        game.write(tick + 1)
        wait_until(lambda: self.read() == tick + 1, "it goes on")
        daemon.stop()

    def test_a_map_that_a_reader_unlinked_goes_on(self):
        """F5: readers unlink what they merely read."""
        self.serve()
        game = self.game()
        wait_until(lambda: (self.read() or 0) > 3, "its values are read")
        self.path.unlink()
        before = self.read()
        wait_until(lambda: self.read() > before + 10, "they go on")
        self.assertIn(self.state(), ("live", "legacy"))
        game.kill()
        self.wait_state("dead")

    def test_a_map_that_was_made_anew_is_taken_at_once(self):
        """F6: unlink and create orphans whoever holds the old one; not those who read the region."""
        self.serve()
        first = self.game()
        wait_until(lambda: (self.read() or 0) > 3, "its values are read")
        first.kill()
        self.wait_state("dead")
        self.path.unlink()
        second = self.game("--first", "500000")
        wait_until(lambda: self.read() >= 500000, "those of the new map", 3)
        wait_until(lambda: self.state() == "live", "it lives")
        second.kill()

    # ---- alive or not ----

    def test_a_killed_program_is_dead_on_the_screen_in_time(self):
        viewer = self.viewer()
        self.assertEqual(viewer.state("game"), "absent")
        game = self.game()
        viewer.wait(lambda: viewer.state("game") == "live", "live on the screen")
        viewer.wait(lambda: viewer.region("game").pid == game.pid, "whose map it is")
        viewer.wait(lambda: viewer.value("game", "tick") is not None, "its values")
        game.kill()
        killed = time.monotonic()
        viewer.wait(lambda: viewer.state("game") == "dead", "dead on the screen")
        self.assertLess(time.monotonic() - killed, IN_TIME)
        again = self.game("--first", "1000")
        viewer.wait(lambda: viewer.state("game") == "live", "its successor on the screen")
        viewer.wait(lambda: viewer.value("game", "tick") > 1000, "its values")
        again.kill()
        viewer.wait(lambda: viewer.state("game") == "dead", "dead once more")
        viewer.close()

    def test_viewers_are_told_why_it_has_its_state(self):
        viewer = self.viewer(", period: 300ms, process: pagecast_foreign.py")
        held = viewer.region("game")

        def says(state, why):
            viewer.wait(lambda: (held.state, held.why) == (state, why), f"{state}: {why}, not {held.state}: {held.why}", 10)

        says("absent", "there is no map of that name yet")
        game = self.game()
        says("live", f"its process 'pagecast_foreign.py' (pid {game.pid}) runs")
        game.process.send_signal(signal.SIGSTOP)
        says("stale", "tick has stood still for longer than 300 ms")
        game.process.send_signal(signal.SIGCONT)
        says("live", f"its process 'pagecast_foreign.py' (pid {game.pid}) runs")
        game.kill()
        says("dead", f"its process 'pagecast_foreign.py' (pid {game.pid}) has ended")
        ask = urllib.request.Request(f"http://127.0.0.1:{viewer.port}/api/v1/regions/game",
                                     headers={"Authorization": f"Bearer {viewer.token}"})
        with urllib.request.urlopen(ask, timeout=10) as answer:
            region = json.load(answer)
        self.assertEqual((region["state"], region["why"]), ("dead", held.why))
        viewer.close()

    def test_a_named_process_is_known_by_its_name(self):
        daemon = self.serve(", process: pagecast_foreign.py")
        self.assertEqual(self.state(), "absent")
        reader = Map(self.path)  # we have it mapped for writing as well, and are not who is meant
        game = self.game()
        self.wait_state("live")
        self.assertIn("pagecast_foreign", daemon.wait_log(r"is live: its process '(.*)' \(pid (\d+)\) runs").group(1))
        game.kill()
        killed = time.monotonic()
        self.wait_state("dead")
        self.assertLess(time.monotonic() - killed, IN_TIME)
        daemon.wait_log(rf"is dead: its process 'pagecast_foreign.py' \(pid {game.pid}\) has ended")
        self.assertEqual(self.place.cli("wait", "game", "--for", "dead", "--timeout", "1s").returncode, 0)
        reader.write(3)  # somebody writes all the same
        self.wait_state("dead")

    def test_a_tick_that_stands_still_is_stale_within_the_period(self):
        """Nobody knows who writes: the map is written by this test, and its own reader has it mapped, too."""
        viewer = self.viewer(", period: 400ms")
        game, tick = Map(self.path), 0

        def keep_writing(until, what):
            nonlocal tick
            end = time.monotonic() + 10
            while not until() and time.monotonic() < end:
                tick += 1
                game.write(tick)
                time.sleep(0.02)
            self.assertTrue(until(), what)
        keep_writing(lambda: viewer.state("game") == "live", "live")
        stopped = time.monotonic()
        viewer.wait(lambda: viewer.state("game") == "stale", "stale on the screen")
        self.assertLess(time.monotonic() - stopped, 0.4 + IN_TIME / 2)
        self.assertGreater(time.monotonic() - stopped, 0.35)
        tick = 0  # it is started anew: a tick that goes back is no hang
        keep_writing(lambda: viewer.state("game") == "live", "live again")
        viewer.wait(lambda: viewer.state("game") == "stale", "stale")
        game.say_dead()
        viewer.wait(lambda: viewer.state("game") == "closed", "closed, as it says itself")
        viewer.close()

    def test_a_tick_that_goes_back_is_a_restart_and_no_hang(self):
        daemon = self.serve(", period: 300ms")
        game = Map(self.path)
        for tick in [*range(1000, 1010), *range(1, 200)]:
            game.write(tick)
            time.sleep(0.01)
            if tick == 100:
                self.wait_state("live", 3)
            self.assertTrue(tick < 20 or tick >= 1000 or self.state() != "stale")
        daemon.wait_log("its tick went back to")
        self.assertEqual(len(daemon.lines("is stale")), 0, daemon.output())

    def test_without_a_signature_it_is_starting(self):
        self.serve(", period: 10s")
        self.path.write_bytes(bytes(BYTES))
        self.wait_state("starting")

    # ---- whole copies ----

    def torn(self, without, more=""):
        """Values of a map that is half written most of the time: how many copies were mixed."""
        self.serve(more, without=without)
        game = self.game("--slow", "--every", "0.001")
        wait_until(lambda: (self.read() or 0) > 3, "its values are read")
        seen, mixed = set(), 0
        end = time.monotonic() + 3
        while time.monotonic() < end:
            words = self.place.cli("read", "game", "words").stdout.split()
            seen.add(words[0])
            mixed += len(set(words)) > 1
        game.kill()
        self.assertGreater(len(seen), 5)
        return mixed

    def test_begin_and_end_of_the_map_keep_torn_copies_away(self):
        """F8"""
        self.assertEqual(self.torn(without=()), 0)

    def test_a_program_that_died_while_it_wrote_still_is_a_value_flagged_torn(self):
        viewer = self.viewer()
        game = Map(self.path)
        game.write(5)
        viewer.wait(lambda: viewer.value("game", "begin") == 5, "whole")
        struct.pack_into("<I", game.m, 4, 6)  # begun, and never ended
        struct.pack_into("<Q", game.m, 24, 66)
        viewer.wait(lambda: viewer.value("game", "begin") == 6, "what stands there")
        viewer.wait(lambda: viewer.region("game").last_flags & 4, "flagged torn")
        viewer.close()

    # ---- its mutex ----

    def semaphore(self):
        """A named semaphore as a program of the map makes it; the C library keeps those in /dev/shm."""
        name = f"{self.place.instance}-lock"
        libc = ctypes.CDLL(None, use_errno=True)
        libc.sem_open.restype = ctypes.c_void_p
        sem = libc.sem_open(f"/{name}".encode(), os.O_CREAT | os.O_EXCL, 0o600, 1)
        self.assertTrue(sem)
        self.place.closers.append(lambda: libc.sem_unlink(f"/{name}".encode()))
        self.assertEqual(libc.sem_wait(ctypes.c_void_p(sem)), 0)
        return name, lambda: libc.sem_post(ctypes.c_void_p(sem))

    def test_what_its_mutex_guards_is_copied_when_that_is_free(self):
        name, give = self.semaphore()
        daemon = self.serve(f", mutex: {name}", without=("begin", "end"))
        game = Map(self.path)
        game.write(5)
        time.sleep(0.1)
        give()
        wait_until(lambda: self.read() == 5, "its value")
        self.assertEqual(daemon.lines("copied without"), [])
        daemon.stop()

    def test_a_mutex_that_is_never_given_back_blocks_nobody(self):
        name, _ = self.semaphore()
        daemon = self.serve(f", mutex: {name}")
        game = Map(self.path)
        game.write(5)
        wait_until(lambda: self.read() == 5, "its value all the same")
        daemon.wait_log(f"mutex '{name}' has not come free for 250 ms: copied without it")
        game.write(6)
        wait_until(lambda: self.read() == 6, "and the next")
        self.assertEqual(len(daemon.lines("has not come free")), 1)

    def test_a_mutex_that_is_not_there_is_named_once(self):
        daemon = self.serve(", mutex: no_such_lock")
        game = Map(self.path)
        game.write(5)
        wait_until(lambda: self.read() == 5, "its value all the same")
        daemon.wait_log("mutex 'no_such_lock' is not there: copied without it")

    # ---- several writers ----

    def test_two_programs_write_their_parts_of_one_map(self):
        self.serve()
        game = self.game("--every", "0.01")
        with open(self.path, "r+b") as f:
            mine = mmap.mmap(f.fileno(), 0)
        for i in range(1, 40):
            struct.pack_into("<Q", mine, 16, i)  # bytes that the game does not touch
            before = self.read()
            wait_until(lambda: struct.unpack_from("<Q", mine, 16)[0] == i, "nobody of ours overwrites it")
            self.assertIsNotNone(before)
        wait_until(lambda: self.read() > before, "the game's part goes on")
        game.kill()


if __name__ == "__main__":
    main()
