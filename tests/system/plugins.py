#!/usr/bin/env python3
"""Plugins that are wrong, that fail, that are slow: the daemon says which and why, and the others go on."""
import json
import re
import time

from pagecast_harness import TEST_PLUGINS, SystemTest, main, wait_until
from pagecast_memory import Directory, Region, plugins, status

COUNTER = "counter: { interval: 20ms }"
# test plugin -> what the daemon says of it, without its path
REFUSED = {
    "bad_magic": "not a pagecast plugin: its magic is 0x12345678, not 0x4E4C5050",
    "older_major": "built for plugin ABI 0.7, this daemon has 1.1: rebuild the plugin",
    "newer_major": "built for plugin ABI 2.0, this daemon has 1.1: rebuild the plugin",
    "newer_minor": "needs plugin ABI 1.2, this daemon has 1.1: update pagecast",
    "short_descriptor": "broken descriptor: its struct_size is 88, ABI 1.0 has at least 96",
    "no_symbol": "not a pagecast plugin: it does not export `pagecast_plugin`",
    "no_create": "broken descriptor: `create` is missing",
    "no_summary": "broken descriptor: `summary` is missing",
    "twice_a_key": "broken option table: row 1 ('interval'): the key stands there twice",
    "unknown_type": "broken option table: row 0 ('interval'): unknown type",
    "unresolved": "undefined symbol: pc_test_a_function_that_nobody_has",
}
WRONG_TABLES = {
    "bad_default": "plugin bad_default has a wrong table of options: 'interval': its default does not fit its type and range",
    "default_out_of_range":
        "plugin default_out_of_range has a wrong table of options: 'count': its default does not fit its type and range",
}


class PluginTest(SystemTest):
    def state(self, instance):
        return plugins(self.place.shm, self.place.instance)[instance]["state"]


class Refused(PluginTest):
    def test_every_bad_plugin_is_refused_by_name_and_reason(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="\n".join([*(f"x_{n}: {{ plugin: {n} }}" for n in REFUSED), COUNTER])))
        for name, words in REFUSED.items():
            with self.subTest(plugin=name):
                self.assertRegex(daemon.output(),
                                 rf"(?m) error +x_{name}: {re.escape(str(TEST_PLUGINS / name))}\.so: {re.escape(words)}$")
        counter = Region(self.place.shm, "counter")
        wait_until(lambda: counter.tick > 3, "the good one counts")
        wait_until(lambda: self.state("counter") == "running", "the good one runs")
        found = plugins(self.place.shm, self.place.instance)
        for name, words in REFUSED.items():
            self.assertEqual(found[f"x_{name}"]["state"], "failed")
            self.assertIn(words, found[f"x_{name}"]["error"])
        self.assertEqual(status(self.place.shm, self.place.instance, "daemon")["plugin_failed_count"], len(REFUSED))
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_wrong_table_of_options_is_refused_like_a_wrong_option(self):  # quick
        for name, words in WRONG_TABLES.items():
            with self.subTest(plugin=name):
                done = self.place.check(self.place.config(plugins=f"x: {{ plugin: {name} }}"))
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stdout + done.stderr)

    def test_a_plugin_that_is_not_there_says_where_it_was_sought(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=f"ghost: {{}}\n{COUNTER}"))
        line = daemon.wait_log(r"error +ghost: there is no ghost\.so in (.*)")[1]
        self.assertIn(str(TEST_PLUGINS), line)
        wait_until(lambda: self.state("counter") == "running", "the other one runs")

    def test_a_required_plugin_that_is_refused_stops_the_daemon(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=f"{COUNTER}\nbad: {{ plugin: bad_magic, required: true }}"), ready=False)
        self.assertNotEqual(daemon.wait(), 0)
        self.assertIn(REFUSED["bad_magic"], daemon.output())
        self.assertEqual(self.place.leftovers(), [])

    def test_a_required_plugin_that_fails_to_start_stops_the_daemon(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins=f"{COUNTER}\nf: {{ plugin: failing_start, required: true }}"), ready=False)
        self.assertNotEqual(daemon.wait(), 0)
        self.assertRegex(daemon.output(), r"the port is taken[\s\S]*'f' is required")
        self.assertEqual(self.place.leftovers(), [])


class Failing(PluginTest):
    def failing(self, block, words, state="backoff"):
        daemon = self.place.daemon(self.place.config(plugins=f"f: {block}\n{COUNTER}"))
        daemon.wait_log(rf"error +f: (create|start)\(\) failed: {re.escape(words)}$")
        wait_until(lambda: self.state("f") == state, f"state {state} in the status region")
        self.assertIn(words, plugins(self.place.shm, self.place.instance)["f"]["error"])
        wait_until(lambda: self.state("counter") == "running", "the other one runs")
        return daemon

    def test_a_failing_create_backs_off_and_shows_its_error(self):  # quick
        daemon = self.failing("{ plugin: failing_create }", "the device is not there")
        self.assertEqual(daemon.lines("destroyed"), [])
        daemon.stop()

    def test_a_failing_create_with_an_instance_is_destroyed_and_its_region_stays_unwritten(self):  # quick
        daemon = self.failing("{ plugin: failing_create, how: with, region: half }", "the device went away half-way")
        daemon.wait_log("f: destroyed")
        region = Region(self.place.shm, "half") if "half" in self.place.leftovers() else None
        if region:  # viewers see that its writer ended
            self.assertNotEqual(region.state_name, "live")
        daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_a_silent_failure_gets_words(self):  # quick
        self.failing("{ plugin: failing_create, how: silent }", "permission denied")

    def test_success_without_an_instance_is_a_failure(self):  # quick
        self.failing("{ plugin: failing_create, how: nothing }", "no instance was returned")

    def test_a_failing_start_is_stopped_destroyed_and_never_called_again(self):  # quick
        daemon = self.failing("{ plugin: failing_start }", "the port is taken")
        daemon.wait_log(r"f: stopped[\s\S]*f: destroyed")
        time.sleep(0.2)
        self.assertEqual(daemon.lines("a timer of a failed start"), [])
        daemon.stop()

    def test_back_off_tries_again_until_it_works(self):
        daemon = self.place.daemon(self.place.config(plugins=f"f: {{ plugin: failing_start, times: 2 }}\n{COUNTER}"))
        daemon.wait_log("f: .*runs again", 30)
        wait_until(lambda: self.state("f") == "running", "running in the status region")
        found = plugins(self.place.shm, self.place.instance)["f"]
        self.assertEqual((found["restarts"], found["error"]), (2, "the port is taken"))
        pauses = [int(n) for n in re.findall(r"f: next try in (\d+) s", daemon.output())]
        self.assertEqual(len(pauses), 2)
        self.assertGreater(pauses[1], pauses[0])
        daemon.stop()

    def test_a_region_of_a_killed_daemon_waits_for_its_plugin_to_come_back(self):
        config = self.place.config(plugins="f: { plugin: failing_create, times: %d }")
        first = self.place.daemon(config % 0)
        region = Region(self.place.shm, "failing")
        entries = lambda: Directory(self.place.shm, self.place.instance).entries  # noqa: E731
        wait_until(lambda: entries().get("failing", {}).get("plugin") == "f", "its writer in the directory")
        first.kill()
        self.place.daemon(config % 1)
        wait_until(lambda: self.state("f") == "backoff", "it failed")
        self.assertNotEqual(region.state_name, "retired")
        wait_until(lambda: self.state("f") == "running", "it runs")
        self.assertEqual((region.state_name, region.epoch, region.is_dead), ("live", 2, False))

    def test_the_command_line_shows_the_last_error(self):  # quick
        self.failing("{ plugin: failing_create }", "the device is not there")
        done = self.place.cli("status", self.place.instance)
        self.assertIn("the device is not there", done.stdout, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^.*\bf\b.*backoff")


class Callbacks(PluginTest):
    def test_a_slow_callback_is_logged_and_counted(self):  # quick
        daemon = self.place.daemon(self.place.config(top="budget: 20ms", plugins=f"slow: {{ hold: 60ms, every: 200ms }}\n{COUNTER}"))
        held = daemon.wait_log(r"warn +slow: a \S+ callback held the loop for ([\d.]+) ms, its budget is 20.0 ms")
        self.assertGreaterEqual(float(held[1]), 60)
        wait_until(lambda: plugins(self.place.shm, self.place.instance)["slow"]["budget_overruns"] >= 2, "overruns are counted")
        found = plugins(self.place.shm, self.place.instance)
        self.assertGreaterEqual(found["slow"]["longest_ms"], 60)
        self.assertGreaterEqual(status(self.place.shm, self.place.instance, "daemon")["budget_overruns"],
                                found["slow"]["budget_overruns"])
        self.assertEqual(found["slow"]["state"], "running")
        daemon.stop()

    def test_a_callback_within_its_budget_is_not_counted(self):  # quick
        self.place.daemon(self.place.config(top="budget: 5s", plugins="slow: { hold: 60ms, every: 100ms }"))
        wait_until(lambda: plugins(self.place.shm, self.place.instance)["slow"]["calls"] >= 4, "it was called")
        self.assertEqual(plugins(self.place.shm, self.place.instance)["slow"]["budget_overruns"], 0)

    def test_a_change_left_open_is_lost_and_reported(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="left_open: {}"))
        daemon.wait_log(r"error +left_open: .*between begin\(\) and commit\(\)")
        region = Region(self.place.shm, "left_open")
        wait_until(lambda: region.tick >= 3, "it goes on")
        for _ in range(20):
            value, half = region.unpack("II")
            self.assertEqual((value % 2, half), (0, 0))
            time.sleep(0.01)
        self.assertEqual(daemon.lines("gave nothing"), [])

    def test_a_thread_of_a_plugin_is_joined_and_refused_in_the_end(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="external_thread: { pause: 200us }"))
        region = Region(self.place.shm, "thread")
        wait_until(lambda: region.tick > 100, "a hundred tasks ran")
        daemon.stop()
        self.assertRegex(daemon.output(), "external_thread: joined: refused in the end, tasks ran on the loop, none ran twice")
        self.assertEqual(self.place.leftovers(), [])

    def test_a_thread_that_posts_without_pause_harms_nobody(self):
        daemon = self.place.daemon(self.place.config(plugins=f"external_thread: {{ pause: 0 }}\n{COUNTER}"))
        counter = Region(self.place.shm, "counter")
        tick = counter.tick
        time.sleep(1)
        self.assertGreater(counter.tick, tick + 10)
        daemon.stop()
        self.assertRegex(daemon.output(), "joined: refused in the end")

    def test_a_chatty_plugin_is_counted_and_not_repeated(self):
        daemon = self.place.daemon(self.place.config(plugins="chatty: {}", top="log: { level: info }"))
        time.sleep(1.5)
        daemon.stop()
        self.assertLessEqual(len(daemon.lines("again and again")), 4)
        repeated = re.search(r"again and again.*?(\d{2,})", "\n".join(daemon.lines("again and again")[1:]))
        self.assertTrue(repeated, "the repeats are reported")
        self.assertGreater(int(repeated[1]), 100)
        self.assertEqual(daemon.lines("round"), [])  # debug
        odd = daemon.lines("two lines")
        self.assertEqual(len(odd), 1)
        self.assertIn('a "quote", a back\\slash, a bell', odd[0])
        self.assertIn("100% %s %n", odd[0])
        self.assertLess(max(len(line) for line in daemon.output().splitlines()), 2000)
        self.assertRegex(daemon.output(), r"debug|error.*another level that does not exist")

    def test_the_log_as_json_is_json(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="chatty: {}", top="log: { level: debug, format: json }"))
        daemon.wait_log("round 5")
        daemon.stop()
        lines = [json.loads(line) for line in daemon.output().splitlines()]
        said = next(line for line in lines if line["source"] == "chatty" and "two" in line["message"])
        self.assertEqual(said["message"], 'two\nlines, a "quote", a back\\slash, a bell \a and 100% %s %n')
        self.assertEqual(said["level"], "info")

    def test_the_recorder_is_told_of_every_region_and_of_its_life(self):
        daemon = self.place.daemon(self.place.config(regions="outside: { layout: { n: u64 } }", plugins=f"recorder: {{}}\n{COUNTER}"))
        for name in ("outside", "counter", f"pagecast.{self.place.instance}"):
            daemon.wait_log(rf"recorder: added {re.escape(name)} id \d+ generation 1$")
        daemon.wait_log("recorder: look counter .*liveness 2 epoch 1 writer 'counter'")
        daemon.wait_log("recorder: look outside .*liveness 1 ")
        writer = self.place.start("local_writer", "outside", "20")
        daemon.wait_log("recorder: look outside .*liveness 2 epoch 1 writer 'local_writer'")
        writer.freeze()
        daemon.wait_log("recorder: look outside .*liveness 3", 3)
        writer.thaw()
        daemon.wait_log("recorder: look outside .*liveness 2", 3, count=2)
        writer.kill()
        daemon.wait_log("recorder: look outside .*liveness 4", 3)
        self.place.start("local_writer", "outside", "20")
        daemon.wait_log("recorder: look outside .*liveness 2 epoch 2")
        self.assertEqual(daemon.lines("added twice|unknown region|unknown event"), [])
        daemon.stop()


class OldPlugins(PluginTest):
    def test_a_plugin_built_with_the_headers_of_1_0_loads_and_every_service_answers(self):  # quick
        daemon = self.place.daemon(self.place.config(plugins="abi_1_0: {}"))
        said = daemon.wait_log("abi_1_0: 1.0: (.*)")[1]
        self.assertEqual(said, "every service answered")
        region = Region(self.place.shm, "abi10")
        self.assertEqual(region.unpack("QQ"), (5, 1005))
        found = plugins(self.place.shm, self.place.instance)["abi_1_0"]
        self.assertEqual((found["version"], found["state"]), ("1.0.0", "running"))
        wait_until(lambda: plugins(self.place.shm, self.place.instance)["abi_1_0"]["metrics"][0]["value"] == 42, "its metric")
        self.assertEqual(plugins(self.place.shm, self.place.instance)["abi_1_0"]["metrics"][0]["name"], "things")
        self.assertIn("an error for the status region", plugins(self.place.shm, self.place.instance)["abi_1_0"]["error"])
        daemon.stop()
        self.assertIn("abi_1_0: 1.0: stopped", daemon.output())
        self.assertEqual(self.place.leftovers(), [])

    def test_the_directory_says_which_instance_writes(self):  # quick
        self.place.daemon(self.place.config(plugins="a: { plugin: counter, region: one }\nb: { plugin: counter, region: two }"))
        def writers():
            entries = Directory(self.place.shm, self.place.instance).entries
            return {n: entries[n]["plugin"] for n in ("one", "two") if n in entries} == {"one": "a", "two": "b"}
        wait_until(writers, "both writers in the directory")


if __name__ == "__main__":
    main()
