#!/usr/bin/env python3
"""SIGHUP: what changed is applied, what did not goes on untouched, and an error changes nothing at all."""
import os
import re
import signal
import time

from pagecast_harness import SystemTest, main, wait_until
from pagecast_memory import Directory, Region, plugins, status

A = "a: { layout: { n: u64 } }"
B = "b: { layout: { n: u64, x: f32 } }"
C = "c: { size: 100 }"
COUNTER = "counter: { interval: 50ms }"


class Reload(SystemTest):
    def directory(self):
        return Directory(self.place.shm, self.place.instance)

    def counter(self):
        return Region(self.place.shm, "counter")

    def test_a_log_file_is_opened_again_or_the_reload_is_refused(self):  # quick
        log, rotated = self.place.folder / "größe.log", self.place.folder / "größe.log.1"
        daemon = self.place.daemon(self.place.config(regions=A, top="log: { file: größe.log }"))
        self.assertRegex(log.read_text(), r"info  pagecastd \S+ runs instance")
        log.rename(rotated)
        daemon.reload()
        self.assertEqual(len(rotated.read_text().splitlines()), 1)
        self.assertRegex(log.read_text(), r"info  reload: ")
        daemon.reload(self.place.config(regions=A, top="log: { file: none/x.log }"))
        self.assertRegex(log.read_text(), r"reload refused.*cannot log to .*x\.log: no such file")
        daemon.stop()
        self.assertIn("info  stopped", log.read_text())
        self.assertEqual(daemon.output(), "")

    def test_regions_come_and_go_and_the_others_stay(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=f"{A}\n{B}", plugins=COUNTER))
        a, b, counter = (Region(self.place.shm, n) for n in ("a", "b", "counter"))
        before, tick = self.directory(), counter.tick
        daemon.reload(self.place.config(regions=f"{B}\n{C}", plugins=COUNTER))
        self.assertEqual(a.state_name, "retired")
        self.assertNotIn("a", self.place.leftovers())
        self.assertNotIn("a.pagecast", self.place.leftovers())
        self.assertNotEqual(b.state_name, "retired")
        self.assertEqual(os.stat(self.place.shm / "b").st_ino, b.payload_stat.st_ino)
        self.assertEqual(Region(self.place.shm, "c").identity["payload_bytes"], 100)
        wait_until(lambda: counter.tick > tick, "the counter goes on in the same mapping")
        self.assertEqual(counter.epoch, 1)
        after = self.directory()
        self.assertEqual(set(after.entries) - set(before.entries), {"c"})
        self.assertEqual(set(before.entries) - set(after.entries), {"a"})
        self.assertEqual(after.entries["b"]["id"], before.entries["b"]["id"])
        self.assertNotIn(after.entries["c"]["id"], {e["id"] for e in before.entries.values()})
        self.assertEqual((after.reload_count, after.reload_status), (1, 0))
        self.assertEqual(after.config_generation, before.config_generation + 1)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_the_same_configuration_again_touches_nothing(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=f"{A}\n{B}", plugins=COUNTER))
        counter, before = self.counter(), self.place.leftovers()
        wait_until(lambda: counter.tick, "the counter counts")
        born = counter.values()["born_ns"]
        daemon.reload()
        self.assertEqual(self.place.leftovers(), before)
        self.assertEqual((counter.values()["born_ns"], counter.values()["reloads"], counter.epoch), (born, 0, 1))
        self.assertEqual(self.directory().reload_status, 0)

    def test_every_error_is_said_and_nothing_changes(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=f"{A}\n{B}", plugins=COUNTER))
        counter, names, before = self.counter(), self.place.leftovers(), self.directory()
        wait_until(lambda: counter.tick, "the counter counts")
        born = counter.values()["born_ns"]
        said = daemon.reload(self.place.config(
            regions=f"a: {{ layout: {{ n: u63 }} }}\n{C}\nd: {{ sise: 1 }}",
            plugins="counter: { intervall: 20ms }\nghost: {}\nnew: { plugin: counter, region: new, step: 5000 }"))
        path = re.escape(str(daemon.config_path))
        for words in (r"u63", r"sise.*did you mean 'size'"):
            self.assertRegex(said, rf"{path}:\d+:\d+: .*{words}")
        self.assertEqual(self.place.leftovers(), names)
        tick = counter.tick
        wait_until(lambda: counter.tick > tick, "the counter goes on")
        self.assertEqual((counter.values()["born_ns"], counter.values()["reloads"], counter.epoch), (born, 0, 1))
        after = self.directory()
        self.assertEqual({k: (e["id"], e["generation"]) for k, e in after.entries.items()},
                         {k: (e["id"], e["generation"]) for k, e in before.entries.items()})
        self.assertEqual(after.reload_count, 1)
        self.assertNotEqual(after.reload_status, 0)
        self.assertEqual(after.config_generation, before.config_generation)
        self.assertEqual(status(self.place.shm, self.place.instance, "daemon")["reload_status"], after.reload_status)

    def test_wrong_options_of_plugins_are_errors_too_and_all_are_said(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=A, plugins=COUNTER))
        names = self.place.leftovers()
        said = daemon.reload(self.place.config(
            regions=f"{A}\n{C}", plugins="counter: { intervall: 20ms }\nnew: { plugin: counter, region: new, step: 5000 }"))
        for words in (r"intervall.*did you mean 'interval'", r"step: expected a whole number, 1\.\.1000, found '5000'"):
            self.assertRegex(said, rf"{re.escape(str(daemon.config_path))}:\d+:\d+: .*{words}")
        self.assertEqual(self.place.leftovers(), names)

    def test_a_plugin_that_cannot_be_loaded_is_an_error_of_the_reload(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=A, plugins=COUNTER))
        names = self.place.leftovers()
        said = daemon.reload(self.place.config(regions=f"{A}\n{C}", plugins=f"{COUNTER}\nnew: {{ plugin: bad_magic }}"))
        self.assertIn("its magic is 0x12345678", said)
        self.assertEqual(self.place.leftovers(), names)
        self.assertNotEqual(self.directory().reload_status, 0)

    def test_a_configuration_that_is_gone_changes_nothing(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=A, plugins=COUNTER))
        names = self.place.leftovers()
        daemon.config_path.unlink()
        self.assertRegex(daemon.reload(), "(?i)no such file")
        self.assertEqual(self.place.leftovers(), names)
        self.assertNotEqual(self.directory().reload_status, 0)
        daemon.reload(self.place.config(regions=f"{A}\n{C}", plugins=COUNTER))
        self.assertIn("c", self.place.leftovers())
        self.assertEqual((self.directory().reload_count, self.directory().reload_status), (2, 0))

    def test_the_name_of_the_instance_cannot_change(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=A))
        said = daemon.reload(self.place.config(regions=f"{A}\n{C}").replace(self.place.instance, "another"))
        self.assertIn("instance", said)
        self.assertNotEqual(self.directory().reload_status, 0)
        self.assertNotIn("c", self.place.leftovers())
        self.assertNotIn("pagecast.another", self.place.leftovers())

    def test_a_resized_region_retires_the_old_one_and_readers_follow(self):
        daemon = self.place.daemon(self.place.config(regions=f"{A}\n{B}", plugins=COUNTER))
        reader = self.place.start("local_reader", "a")
        writer = self.place.start("local_writer", "a", "20")
        reader.wait_log("bytes=8 epoch=1 state=live")
        old, kept = Region(self.place.shm, "a"), Region(self.place.shm, "b")
        daemon.reload(self.place.config(regions=f"a: {{ layout: {{ n: u64, more: 'u8[100]' }} }}\n{B}", plugins=COUNTER))
        self.assertEqual(old.state_name, "retired")
        old.snapshot()  # what an old reader has mapped stays readable
        reader.wait_log("reopen PC_OK")
        reader.wait_log("bytes=112")
        writer.wait_log("ended: PC_ESTALE")
        self.assertEqual(writer.wait(), 1)
        self.place.start("local_writer", "a", "20")
        reader.wait_log("bytes=112 epoch=1 state=live")
        self.assertNotEqual(kept.state_name, "retired")
        self.assertEqual(self.directory().entries["a"]["generation"], 2)
        self.assertEqual(self.directory().entries["b"]["generation"], 1)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_more_regions_than_the_directory_had_room_for(self):  # quick
        many = lambda n: "\n".join(f"r{i}: {{ size: 64 }}" for i in range(n))  # noqa: E731
        daemon = self.place.daemon(self.place.config(regions=many(3), plugins=COUNTER))
        first = self.directory()
        daemon.reload(self.place.config(regions=many(300), plugins=COUNTER))
        wait_until(lambda: len(self.directory().entries) >= 300, "all of them in the directory")
        after = self.directory()
        self.assertEqual(first.region.state_name, "retired")
        self.assertGreaterEqual(after.capacity, 300)
        self.assertEqual(after.entries["r1"]["id"], first.entries["r1"]["id"])
        self.assertEqual(self.place.cli("list").stdout.count("\n") > 300, True)
        daemon.reload(self.place.config(regions=many(3), plugins=COUNTER))
        wait_until(lambda: "r299" not in self.directory().entries, "gone from the directory")
        self.assertEqual(Region(self.place.shm, "counter").epoch, 1)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_another_layout_of_the_same_size_is_a_new_generation(self):  # quick
        daemon = self.place.daemon(self.place.config(regions="a: { layout: { n: u32, m: u32 } }"))
        old, payload = Region(self.place.shm, "a"), os.stat(self.place.shm / "a").st_ino
        daemon.reload(self.place.config(regions="a: { layout: { n: f64 } }"))
        self.assertEqual(old.state_name, "retired")
        new = Region(self.place.shm, "a")
        self.assertIn("f64", new.schema)
        self.assertNotEqual(new.identity["schema_id"], old.identity["schema_id"])
        self.assertEqual(self.directory().entries["a"]["generation"], 2)
        # The bytes stay where legacy readers have them.
        self.assertEqual(os.stat(self.place.shm / "a").st_ino, payload)

    def test_an_option_that_may_change_reaches_the_plugin_without_a_restart(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="counter: { interval: 500ms }"))
        counter = self.counter()
        wait_until(lambda: counter.tick, "the counter counts")
        born = counter.values()["born_ns"]
        daemon.reload(self.place.config(plugins="counter: { interval: 10ms }"))
        wait_until(lambda: counter.values()["reloads"] == 1, "reload() was called")
        self.assertEqual((counter.values()["born_ns"], counter.values()["interval_ms"], counter.epoch), (born, 10, 1))
        tick = counter.tick
        wait_until(lambda: counter.tick > tick + 20, "the new pace", 2)
        self.assertEqual(plugins(self.place.shm, self.place.instance)["counter"]["restarts"], 0)

    def test_an_option_that_may_not_change_restarts_the_instance_in_place(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=f"{COUNTER}\nother: {{ plugin: counter, region: other }}"))
        counter, other = self.counter(), Region(self.place.shm, "other")
        wait_until(lambda: counter.tick and other.tick, "both count")
        born, others = counter.values()["born_ns"], other.values()["born_ns"]
        daemon.reload(self.place.config(plugins="counter: { interval: 50ms, step: 7 }\nother: { plugin: counter, region: other }"))
        wait_until(lambda: counter.epoch == 2 and counter.values()["born_ns"] != born, "a second run in the same mapping")
        wait_until(lambda: counter.values()["ticks"] == 14, "the new step")
        self.assertEqual((other.values()["born_ns"], other.epoch), (others, 1))

    def test_a_plugin_that_vetoes_keeps_its_options_and_says_so(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=COUNTER))
        counter = self.counter()
        wait_until(lambda: counter.tick, "the counter counts")
        said = daemon.reload(self.place.config(plugins="counter: { interval: 10ms, veto: true }"))
        self.assertIn("vetoed", said)
        self.assertEqual((counter.values()["interval_ms"], counter.values()["reloads"], counter.epoch), (50, 0, 1))
        self.assertNotEqual(self.directory().reload_status, 0)
        self.assertIn("vetoed", plugins(self.place.shm, self.place.instance)["counter"]["error"])
        self.assertEqual(plugins(self.place.shm, self.place.instance)["counter"]["state"], "running")
        # A veto is no end: the next configuration is taken.
        daemon.reload(self.place.config(plugins="counter: { interval: 10ms }"))
        wait_until(lambda: counter.values()["interval_ms"] == 10, "the next one is taken")
        self.assertEqual(self.directory().reload_status, 0)

    def test_a_veto_undoes_what_others_have_taken(self):  # quick
        two = "first: { plugin: counter, region: one, interval: %s }\nsecond: { plugin: counter, region: two, veto: %s }"
        daemon = self.place.daemon(self.place.config(regions=A, plugins=two % ("50ms", "false")))
        one = Region(self.place.shm, "one")
        wait_until(lambda: one.tick, "the first counts")
        daemon.reload(self.place.config(regions=C, plugins=two % ("10ms", "true")))
        self.assertNotEqual(self.directory().reload_status, 0)
        wait_until(lambda: one.values()["interval_ms"] == 50, "the first has its old options")
        self.assertIn("a", self.place.leftovers())
        self.assertNotIn("c", self.place.leftovers())
        self.assertEqual(one.epoch, 1)

    def test_plugins_come_and_go(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=COUNTER))
        counter = self.counter()
        daemon.reload(self.place.config(plugins="later: { plugin: counter, region: later }"))
        self.assertIn(counter.state_name, ("closed", "retired"))
        self.assertNotIn("counter", self.place.leftovers())
        later = Region(self.place.shm, "later")
        wait_until(lambda: later.tick > 2, "the new one counts")
        self.assertEqual(set(plugins(self.place.shm, self.place.instance)), {"later"})
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_values_survive_a_reload_that_is_undone_late(self):  # quick
        file = self.place.folder / "was-file.bin"
        keys = "layout: { n: u64 }"
        daemon = self.place.daemon(self.place.config(
            regions=f"memory: {{ {keys} }}\nbecomes: {{ {keys} }}\nwas: {{ {keys}, backing: file, path: {file} }}"))
        for n, name in enumerate(("memory", "becomes", "was"), 5):
            self.assertEqual(self.place.cli("write", name, f"n={n}").returncode, 0)
        said = daemon.reload(self.place.config(
            regions=f"memory: {{ {keys}, size: 64KiB }}\nbecomes: {{ {keys}, backing: file, path: {self.place.folder}/new.bin }}\n"
                    f"was: {{ {keys} }}", plugins="f: { plugin: failing_create }"))
        self.assertRegex(said, "plugin 'f'")
        for n, name in enumerate(("memory", "becomes", "was"), 5):
            self.assertEqual(self.place.cli("read", name, "n").stdout, f"{n}\n", name)
        self.assertEqual((self.place.shm / "memory").stat().st_size, 8)
        self.assertEqual(self.place.cli("write", "memory", "n=9").returncode, 0)
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_failing_plugin_is_mended_by_a_reload(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="f: { plugin: failing_create }"))
        daemon.reload(self.place.config(plugins="f: { plugin: failing_create, times: 0 }"))
        daemon.wait_log("f: created at last", 3)
        wait_until(lambda: plugins(self.place.shm, self.place.instance)["f"]["state"] == "running", "it runs")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_region_may_pass_from_outside_to_a_plugin(self):  # quick
        daemon = self.place.daemon(self.place.config(regions="counter: { size: 24 }"))
        daemon.reload(self.place.config(plugins=COUNTER))
        wait_until(lambda: self.counter().tick > 1, "the plugin writes what it now declares")
        self.assertEqual(self.directory().reload_status, 0)

    def test_the_budget_and_the_log_level_are_taken(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="slow: { hold: 30ms, every: 50ms }", top="budget: 5s"))
        time.sleep(0.3)
        self.assertEqual(daemon.lines("held the loop"), [])
        daemon.reload(self.place.config(plugins="slow: { hold: 30ms, every: 50ms }", top="budget: 10ms"))
        daemon.wait_log("slow: .*held the loop.*budget is 10.0 ms")

    def test_a_storm_of_signals_ends_with_the_last_configuration(self):
        daemon = self.place.daemon(self.place.config(regions=A, plugins=COUNTER))
        for i in range(20):
            temporary = self.place.folder / "next.yaml"
            temporary.write_text(self.place.config(regions=B if i % 2 else A, plugins=f"counter: {{ interval: {i + 10}ms }}"))
            temporary.rename(daemon.config_path)
            daemon.signal(signal.SIGHUP)
            time.sleep(0.01)
        wait_until(lambda: self.counter().values()["interval_ms"] == 29, "the last configuration")
        wait_until(lambda: "b" in self.place.leftovers() and "a" not in self.place.leftovers(), "the last regions")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_the_service_manager_hears_reloading_and_ready(self):  # quick
        daemon = self.place.daemon(self.place.config(regions=A))
        before = time.monotonic_ns() // 1000
        daemon.reload()
        at = [fields for _, fields in daemon.notify.messages]
        reloading = next(i for i, fields in enumerate(at) if "RELOADING" in fields)
        self.assertTrue(before <= int(at[reloading]["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000)
        self.assertTrue(any("READY" in fields for fields in at[reloading + 1:]))
        # A reload that fails ends, too.
        daemon.reload("regions: 7")
        self.assertEqual((daemon.notify.count("RELOADING"), daemon.notify.count("READY")), (2, 3))

    def test_a_plugin_of_1_0_is_reloaded(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="abi_1_0: {}"))
        region = Region(self.place.shm, "abi10")
        daemon.reload(self.place.config(plugins="abi_1_0: { interval: 30ms }"))
        daemon.wait_log("abi_1_0: 1.0: reloaded")
        self.assertEqual(region.epoch, 1)

    def test_a_secret_is_never_shown(self):  # quick
        secret = "hunter2hunter2"
        daemon = self.place.daemon(self.place.config(plugins=f"counter: {{ password: {secret} }}", top="log: { level: debug }"))
        daemon.reload(self.place.config(plugins=f"counter: {{ password: {secret}3 }}", top="log: { level: debug }"))
        daemon.reload(self.place.config(plugins=f"counter: {{ password: [{secret}, 1] }}", top="log: { level: debug }"))
        self.assertIn("password", daemon.output())
        daemon.stop()
        self.assertNotIn(secret, daemon.output())


if __name__ == "__main__":
    main()
