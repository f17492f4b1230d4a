#!/usr/bin/env python3
"""`pagecast plugin test`: each fault is found in one plugin that has it, and none in one that has none (tests/abi/unfit.c)."""
import os
import re
import signal
import subprocess
import time

from pagecast_kit import BIN, SUFFIX, TEST_PLUGINS, WINDOWS, KitTest, Program, main, wait_until

UNFIT = TEST_PLUGINS / "unfit"
# What is said of each, after "FAULT".
SAYS = {
    "memory": r"memory grows by (4\d|5\d|6\d) bytes with each round: free in destroy\(\) what",
    "thread": r"40 threads more after 40 rounds than before: join in stop\(\)",
    "slow": r"timer holds the loop for up to \d+ ms, (\d+) of \1 times longer than its budget of 20 ms: do what takes time on a thread",
    "off_loop": r"begin\(\) was called on a thread of the plugin and refused: it is for the loop thread; post\(\)",
    "in_watch": r"commit\(\) was called from a region watch and refused: it is for the loop thread; post\(\)",
    "regions": r"regions that callbacks open stay open, and become more while it runs: close\(\) what",
    "begun": r"timer returned between begin\(\) and commit\(\), which loses the change: end every begin\(\)",
    "crash": r"it crashed with .* in timer, in round 1 of 60; last host call: begin\(\): run it under a debugger",
    "crash_value": r"it crashed with .* in timer, with step = 100; last host call: begin\(\): run it under a debugger",
    "crash_last": r"it crashed with .* in destroy\(\), in round 1 of 60; last host call: close\(\): run it under",
    "exit": r"it ended the process with exit status 3 in start\(\), in round 1 of 60; last host call: open\(\): run it under",
    "no_reload": r"1 option is marked PC_OPT_RELOAD or PC_OPT_FILE, but there is no reload\(\): write it, or drop the mark",
    "limit": r"option 'step': its min 'none' is no value of its type, so that nothing fits: correct the option table",
    "silent": r"create\(\) failed: .*, and it does not say why \(fail\(\) would\): set the options it needs with --set, or give --config",
    "constructor": r"it crashed with .* outside its callbacks, while it was loaded; last host call: none: run it under a debugger",
}


class Trial(KitTest):
    def setUp(self):
        super().setUp()
        self.bin = BIN

    def try_it(self, file, *args, rounds=60, status=1):
        """The lines of a trial as [(word, text)], without the first and the last one."""
        said = self.pagecast("plugin", "test", file, "--rounds", rounds, *args, status=status)
        lines = [re.fullmatch(r"  (ok|note|FAULT) +(\S.*)", line) for line in said.splitlines()[1:-1]]
        self.assertNotIn(None, lines, said)
        self.last = said.splitlines()[-1]
        return [(m[1], m[2]) for m in lines]

    def faults(self, name, **options):
        return [text for word, text in self.try_it(UNFIT / f"{name}{SUFFIX}", **options) if word == "FAULT"]

    def test_a_plugin_without_a_fault_is_fit(self):
        for file in (UNFIT / f"none{SUFFIX}", TEST_PLUGINS / f"my_plugin{SUFFIX}"):
            lines = self.try_it(file, status=0)
            self.assertEqual([line for line in lines if line[0] == "FAULT"], [])
            self.assertIn(("ok", "it loads, and its descriptor is sound"), lines)
            self.assertRegex(self.last, r"^60 rounds, \d\d+ callbacks, the longest .* ms \(.*\): fit to run$")
        self.assertIn(("ok", "3 options, 8 wrong values refused"), lines)

    def test_each_fault_is_found_and_nothing_else(self):
        for name, expected in SAYS.items():
            if WINDOWS and name in ("crash", "crash_value", "crash_last", "constructor"):
                continue  # Wine's debugger may make an exit status 0 of a crash
            found = self.faults(name)
            # A thread is memory, too, and a file is.
            others = [f for f in found[1:] if not (name == "thread" and f.startswith(("memory", f"40 desc")))]
            self.assertEqual(others, [], name)
            self.assertRegex(found[0] if found else "", f"^{expected}", name)
            self.assertRegex(self.last, ": not fit to run$")

    def test_descriptors_that_are_left_are_found(self):  # native: Wine does not count handles
        self.assertRegex(self.faults("descriptor")[0], r"^\d+ descriptors more after 40 rounds than before: close in stop\(\) or destroy")

    def test_a_hang_ends_and_is_named(self):
        found = self.faults("hang")
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0], r"^it hangs in stop\(\), in round 1 of 60; last host call: commit\(\): nothing that runs on the loop may wait$")

    def test_options_and_regions_are_given(self):
        plugin = UNFIT / f"crash_value{SUFFIX}"
        self.assertIn("in round 1 of 60", self.try_it(plugin, "--set", "step=100")[-1][1])
        self.assertIn("--set KEY=VALUE or --config", self.try_it(plugin, "--set", "stop=1")[-1][1])
        config = self.work / "c.yaml"
        config.write_text("instance: x\nplugins:\n  one: { plugin: crash_value, step: 100 }\n")
        self.assertIn("in round 1 of 60", self.try_it(plugin, "--config", config)[-1][1])
        self.assertEqual(self.try_it(plugin, "--config", config, "--set", "step=1")[-1][0], "FAULT")  # with step = 100, later
        config.write_text("instance: x\nregions:\n  unfit: { size: 8, writer: external }\nplugins:\n  one: { plugin: none }\n")
        self.assertIn("no plugin writes region 'unfit'", self.try_it(UNFIT / f"none{SUFFIX}", "--config", config)[-1][1])
        self.assertIn("correct its options or its regions", self.try_it(UNFIT / f"none{SUFFIX}", "--config", config)[-1][1])

    def test_what_is_asked_wrongly_is_said(self):
        plugin = UNFIT / f"none{SUFFIX}"
        for args, status, said in [(["--rounds", "1"], 2, "2 to 1000000 rounds"), (["--set", "step"], 2, "KEY=VALUE"),
                                   (["--config", "absent.yaml"], 2, "absent.yaml"), (["--json"], 2, "does not take '--json'")]:
            self.pagecast("plugin", "test", plugin, *args, status=status)
            self.assertIn(said, self.stderr)
        self.run_in(self.work, *self.program("pagecastd"), "--config", "x.yaml", status=2)
        self.assertIn("are for --try-plugin", self.stderr)
        self.pagecast("plugin", "test", "README.txt", status=2)
        self.assertIn(f"expected a file NAME{SUFFIX}", self.stderr)
        self.assertIn("the daemon refuses it: there is no absent", self.try_it(f"absent{SUFFIX}")[0][1])

    def test_nothing_is_left_behind_even_if_it_is_interrupted(self):  # native
        self.faults("crash")
        self.assertEqual(self.place.leftovers(), [])
        trial = Program(self.place, "pagecast", [*self.program("pagecast"), "plugin", "test", UNFIT / f"hang{SUFFIX}"])
        wait_until(lambda: any(name.startswith("pagecast-trial-") for name in self.place.leftovers()), "the trial has begun")
        time.sleep(0.2)
        children = subprocess.run(["pgrep", "-P", str(trial.pid)], capture_output=True, text=True).stdout.split()
        trial.signal(signal.SIGTERM)
        self.assertEqual(trial.wait(), 1)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children), "its child has ended")
        self.assertEqual(self.place.leftovers(), [])

    def test_a_daemon_reports_a_wrong_thread_and_goes_on(self):  # native
        config = self.work / "c.yaml"
        config.write_text(f"instance: {self.place.instance}\nplugin_path: [{UNFIT}, {TEST_PLUGINS}]\n"
                          "plugins:\n  careless: { plugin: off_loop }\n  my_plugin: {}\n")
        daemon = Program(self.place, "pagecastd", [*self.program("pagecastd"), config])
        daemon.wait_log(r"careless.*begin\(\) was called on a thread of the plugin and did nothing")
        daemon.wait_log("2 of 2 plugins running")
        wait_until(lambda: "begin() was called on a thread" in self.pagecast("status", self.place.instance), "its last error says so")
        self.pagecast("wait", "my_plugin", "--for", "data", "--timeout", "10s")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)


if __name__ == "__main__":
    main()
