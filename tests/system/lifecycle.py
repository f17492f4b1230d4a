#!/usr/bin/env python3
"""Starting, stopping, dying and taking over."""
import os
import signal
import time
from pathlib import Path

from pagecast_harness import NOBODY, SystemTest, main, wait_until
from pagecast_memory import Directory, Region, status

COUNTER = "counter: { interval: 20ms }"
PLAIN = "plain: { layout: { a: u32, b: f64 } }"


class Lifecycle(SystemTest):
    def test_start_and_stop_leave_nothing_behind(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=PLAIN, plugins=COUNTER))
        names = self.place.leftovers()
        for name in ("plain", "plain.pagecast", "counter", "counter.pagecast", f"pagecast.{self.place.instance}"):
            self.assertIn(name, names)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_sigint_stops_like_sigterm(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=PLAIN))
        daemon.stop(signal.SIGINT)
        self.assertEqual(self.place.leftovers(), [])

    def test_a_stop_is_a_goodbye_and_not_a_death(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=COUNTER))
        region = Region(self.place.shm, "counter")
        wait_until(lambda: region.tick > 2, "the counter counts")
        daemon.stop()
        self.assertFalse(region.is_dead)
        self.assertIn(region.state_name, ("closed", "retired"))

    def test_the_directory_tells_what_is_served(self):  # quick
        started = time.time_ns()
        daemon = self.place.daemon(self.place.config(regions=PLAIN, plugins=COUNTER))
        wait_until(lambda: Directory(self.place.shm, self.place.instance).entries.get("counter", {}).get("liveness") == 2,
                   "the directory says that counter is live")
        directory = Directory(self.place.shm, self.place.instance)
        self.assertEqual((directory.instance, directory.daemon_pid), (self.place.instance, daemon.pid))
        self.assertEqual(directory.config_path, str(daemon.config_path))
        self.assertTrue(started <= directory.started_unix_ns <= time.time_ns())
        plain, counter = directory.entries["plain"], directory.entries["counter"]
        self.assertEqual((plain["payload_bytes"], plain["writer_kind"], plain["access_mode"]), (16, 1, 0o644))
        self.assertEqual((counter["plugin"], counter["writer_kind"], counter["liveness"]), ("counter", 0, 2))
        for entry in directory.entries.values():
            self.assertEqual(Region(self.place.shm, entry["object"]).identity["payload_bytes"], entry["payload_bytes"])
        self.assertEqual(len({e["id"] for e in directory.entries.values()}), len(directory.entries))

    def test_a_second_daemon_of_the_same_instance_is_refused(self):  # quick
        first = self.place.daemon(self.place.config(regions=PLAIN))
        second = self.place.daemon(None, path=first.config_path, ready=False)
        self.assertNotEqual(second.wait(), 0)
        self.assertRegex(second.output(), rf"instance '{self.place.instance}' is already run by pid {first.pid}")
        self.assertIsNone(first.process.poll())
        self.assertTrue(Region(self.place.shm, f"pagecast.{self.place.instance}").beats(2))
        first.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_two_instances_that_want_the_same_region(self):  # quick
        first = self.place.daemon(self.place.config(regions=PLAIN))
        path = self.place.folder / "other.yaml"
        path.write_text(self.place.config(regions=f"{PLAIN}\nother: {{ size: 64 }}").replace(self.place.instance, "other"))
        second = self.place.daemon(None, path=path, ready=False)
        # It says which one, and why, ends, and harms nobody.
        second.wait_log(r"(?i)region 'plain'.*(held|owned|owner|pid)")
        self.assertTrue(Region(self.place.shm, f"pagecast.{self.place.instance}").beats(2))
        self.assertEqual(Region(self.place.shm, "plain").identity["instance"],
                         Region(self.place.shm, f"pagecast.{self.place.instance}").identity["instance"])
        self.assertNotEqual(second.wait(), 0)
        self.assertIn("plain", self.place.leftovers())
        first.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_kill_and_restart_keep_the_mapping_of_a_reader(self):
        config = self.place.config(regions=PLAIN, plugins=COUNTER)
        daemon = self.place.daemon(config)
        counter, plain = Region(self.place.shm, "counter"), Region(self.place.shm, "plain")
        reader = self.place.start("local_reader", "counter")
        reader.wait_log("state=live")
        tick, epoch, before = counter.tick, counter.epoch, Directory(self.place.shm, self.place.instance)
        daemon.kill()
        wait_until(lambda: counter.is_dead, "the kernel told of the death", 2)
        reader.wait_log("state=dead", 2)
        second = self.place.daemon(config)
        # The same mappings, the same numbers: they went on.
        wait_until(lambda: counter.tick > tick and not counter.is_dead, "the old mapping goes on")
        self.assertEqual(counter.epoch, epoch + 1)
        self.assertEqual(os.stat(self.place.shm / "counter").st_ino, counter.payload_stat.st_ino)
        self.assertEqual(os.stat(self.place.shm / "plain.pagecast").st_ino, plain.control_stat.st_ino)
        reader.wait_log(rf"epoch={epoch + 1} state=live")
        self.assertEqual(reader.lines("reopen"), [])
        ticks = [int(line.split("tick=")[1].split()[0]) for line in reader.lines("tick=")]
        self.assertEqual(ticks, sorted(ticks))
        after = Directory(self.place.shm, self.place.instance)
        self.assertEqual({k: (e["id"], e["generation"]) for k, e in before.entries.items()},
                         {k: (e["id"], e["generation"]) for k, e in after.entries.items()})
        second.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_restart_with_another_layout_retires_what_the_killed_one_left(self):
        daemon = self.place.daemon(self.place.config(regions=PLAIN))
        old = Region(self.place.shm, "plain")
        daemon.kill()
        self.place.daemon(self.place.config(regions="plain: { layout: { a: u32, b: f64, c: u64 } }"))
        self.assertEqual(old.state_name, "retired")
        self.assertEqual(Region(self.place.shm, "plain").identity["payload_bytes"], 24)

    def test_what_a_killed_daemon_served_and_its_successor_does_not_goes(self):  # quick
        first = self.place.daemon(self.place.config(regions=f"{PLAIN}\nold: {{ size: 64 }}", plugins=COUNTER))
        old = Region(self.place.shm, "old")
        first.kill()
        second = self.place.daemon(self.place.config(regions=PLAIN))
        self.assertEqual(old.state_name, "retired")
        for name in ("old", "old.pagecast", "counter", "counter.pagecast"):
            self.assertNotIn(name, self.place.leftovers())
        second.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_kill_at_any_moment_of_a_reload_and_the_successor_is_whole(self):
        small = self.place.config(regions=PLAIN, plugins=COUNTER)
        large = self.place.config(regions="plain: { size: 100000 }\n" + "\n".join(f"r{i}: {{ size: 64 }}" for i in range(100)),
                                  plugins="counter: { interval: 20ms, pad: 1000 }")
        for i in range(8):
            daemon = self.place.daemon(small if i % 2 else large)
            daemon.config_path.write_text(large if i % 2 else small)
            daemon.signal(signal.SIGHUP)
            time.sleep(0.004 * i)
            daemon.kill()
        daemon = self.place.daemon(large)
        self.assertEqual(Region(self.place.shm, "plain").identity["payload_bytes"], 100000)
        counter = Region(self.place.shm, "counter")
        wait_until(lambda: counter.tick > 3 and not counter.is_dead, "the counter counts")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_stop_in_the_middle_of_a_start_leaves_nothing(self):
        text = self.place.config(regions="\n".join(f"r{i}: {{ size: 4096 }}" for i in range(200)), plugins=COUNTER)
        for delay in (0.002, 0.005, 0.01, 0.02, 0.04):
            daemon = self.place.daemon(text, ready=False)
            time.sleep(delay)
            daemon.signal(signal.SIGTERM)
            self.assertIn(daemon.wait(), (0, -signal.SIGTERM))
            if daemon.process.returncode == 0:
                self.assertEqual(self.place.leftovers(), [])
        daemon = self.place.daemon(text)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_stopped_daemon_is_stale_and_then_live_again(self):
        daemon = self.place.daemon(self.place.config(plugins=COUNTER))
        reader = self.place.start("local_reader", "counter")
        reader.wait_log("state=live")
        daemon.freeze()
        reader.wait_log("state=stale", 3)
        self.assertEqual(reader.lines("state=dead"), [])
        seen = len(reader.lines("state=live"))
        daemon.thaw()
        reader.wait_log("state=live", 3, count=seen + 1)
        self.assertEqual(Region(self.place.shm, "counter").epoch, 1)
        daemon.stop()

    def test_the_service_manager_hears_ready_watchdog_stopping(self):
        env = {"WATCHDOG_USEC": "400000"}
        daemon = self.place.daemon(self.place.config(regions=PLAIN), env=env)
        ready = next(fields for _, fields in daemon.notify.messages if "READY" in fields)
        self.assertIn("STATUS", ready)
        wait_until(lambda: daemon.notify.count("WATCHDOG") >= 5, "five signs of life")
        times = [t for t, fields in daemon.notify.messages if "WATCHDOG" in fields]
        self.assertLess(max(b - a for a, b in zip(times, times[1:])), 0.4)
        daemon.stop()
        wait_until(lambda: daemon.notify.count("STOPPING"), "STOPPING was said")

    def test_a_hung_loop_does_not_feed_the_watchdog(self):
        daemon = self.place.daemon(self.place.config(plugins="slow: { hold: 3s, every: 300ms }"),
                                   env={"WATCHDOG_USEC": "200000"})
        wait_until(lambda: daemon.notify.count("WATCHDOG") >= 2, "signs of life")
        def silent():
            times = [t for t, fields in daemon.notify.messages if "WATCHDOG" in fields]
            return time.monotonic() - times[-1] > 1
        wait_until(silent, "silence while a plugin holds the loop")
        daemon.kill()

    def test_a_watchdog_for_somebody_else_is_not_fed(self):
        daemon = self.place.daemon(self.place.config(regions=PLAIN), env={"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
        time.sleep(0.5)
        self.assertEqual(daemon.notify.count("WATCHDOG"), 0)
        daemon.stop()


class Configuration(SystemTest):
    def refused(self, path, words):
        daemon = self.place.daemon(None, path=path, ready=False)
        self.assertNotEqual(daemon.wait(), 0)
        self.assertRegex(daemon.output(), words)
        self.assertIn(str(path), daemon.output())
        self.assertEqual(self.place.leftovers(), [])
        self.assertEqual(daemon.notify.count("READY"), 0)

    def test_a_missing_configuration_is_named(self):  # quick
        self.refused(self.place.folder / "nowhere.yaml", "(?i)no such file")

    def test_a_directory_is_no_configuration(self):  # quick
        self.refused(self.place.folder, "(?i)director|not a.*file")

    def test_an_unreadable_configuration_is_named(self):  # quick
        path = self.place.folder / "secret.yaml"
        path.write_text(self.place.config(regions=PLAIN))
        path.chmod(0)
        if os.getuid() != 0:
            return self.refused(path, "(?i)permission denied|not permitted")
        daemon = self.place.daemon(None, path=path, ready=False, user=NOBODY)
        self.assertNotEqual(daemon.wait(), 0)
        self.assertRegex(daemon.output(), "(?i)permission denied|not permitted")
        self.assertIn(str(path), daemon.output())

    def test_a_fifo_is_no_configuration_and_blocks_nobody(self):  # quick
        path = self.place.folder / "pipe.yaml"
        os.mkfifo(path)
        self.refused(path, "(?i)not a.*file|pipe|fifo")

    def test_every_error_is_said_at_once_and_nothing_starts(self):  # quick
        path = self.place.folder / "bad.yaml"
        path.write_text(self.place.config(regions="x: { siz: 10 }\ny: { layout: { a: f33 } }", plugins="c: { plugin: counter, intervall: 1s }"))
        daemon = self.place.daemon(None, path=path, ready=False)
        self.assertNotEqual(daemon.wait(), 0)
        for words in (rf"{path}:\d+:\d+: .*siz.*did you mean 'size'", rf"{path}:\d+:\d+: .*f33"):
            self.assertRegex(daemon.output(), words)
        self.assertEqual(self.place.leftovers(), [])

    def test_the_status_region_knows_the_daemon(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=PLAIN, plugins=COUNTER))
        found = status(self.place.shm, self.place.instance, "daemon")
        self.assertEqual((found["instance"], found["pid"]), (self.place.instance, daemon.pid))
        self.assertEqual(found["config_path"], str(daemon.config_path))
        self.assertEqual((found["plugin_running_count"], found["plugin_failed_count"], found["log_errors"]), (1, 0, 0))

    def test_memory_of_another_version_is_replaced_and_not_believed(self):  # quick
        for name in ("plain", "plain.pagecast"):
            Path(self.place.shm / name).write_bytes(os.urandom(8192))
        self.place.daemon(self.place.config(regions=PLAIN))
        self.assertEqual(Region(self.place.shm, "plain").identity["payload_bytes"], 16)


if __name__ == "__main__":
    main()
