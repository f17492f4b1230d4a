#!/usr/bin/env python3
"""grown.py: a daemon of a later minor loads what was built before it.

The header gets more at the end of the host's table, of a region's facts and of the descriptor, and a higher minor; the daemon is compiled against that, as today's build compiles it; then the plugin built with the frozen headers of 1.0 runs in it and
says whether every service answered, and our own plugins of today load beside it. A plugin that needs the new minor is refused by today's daemon.
"""
import json
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from pagecast_harness import BIN, BUILD, PLUGINS, ROOT, TEST_PLUGINS, Program, SystemTest, main  # noqa: E402

TARGETS = re.compile(r"/(pcd_daemon|pc_config|pc_descriptor|pagecastd)\.dir/")
GROWTH = [("pc_host", "\tint (*grown_by)(const struct pc_host *host, uint64_t a, uint64_t b); /* [any] */\n"),
          ("pc_region_info", "\tuint64_t grown[4];\n"), ("pc_plugin", "\tvoid (*grown)(pc_inst *inst);\n\tuint64_t more[3];\n")]


def grow(header):
    """Each struct with one more field at its end, and the next minor."""
    text = header.read_text()
    minor = int(re.search(r"#define PC_ABI_MINOR +(\d+)u", text)[1])
    text = re.sub(r"(#define PC_ABI_MINOR +)\d+u", rf"\g<1>{minor + 1}u", text)
    for name, field in GROWTH:
        text, count = re.subn(rf"(struct {name} \{{\n.*?)(\n\}};)", lambda m: m[1] + "\n" + field.rstrip("\n") + m[2], text, count=1, flags=re.S)
        assert count == 1, f"struct {name} is not found in plugin.h"
    header.write_text(text)
    return minor + 1


class Grown(SystemTest):
    def setUp(self):
        if not (BUILD / "compile_commands.json").is_file():
            self.skipTest("the build writes no compile_commands.json")
        self.work = self.place.folder / "grown"
        shutil.copytree(ROOT / "include", self.work / "include")
        self.minor = grow(self.work / "include/pagecast/plugin.h")

    def compile_one(self, number, entry):
        """The command of the build, with the grown headers first; the object's path, or what went wrong."""
        words = [w for w in shlex.split(entry["command"]) if not w.endswith("ccache")]
        at = words.index("-o")
        out = self.work / f"{number}.o"
        words[at + 1] = str(out)
        words = [f"-I{self.work / 'include'}" if w == f"-I{ROOT / 'include'}" else w for w in words if w not in ("-MD",)]
        for flag in ("-MT", "-MF"):
            if flag in words:
                del words[words.index(flag):words.index(flag) + 2]
        done = subprocess.run([*words, "-O0"], cwd=entry["directory"], capture_output=True, text=True)
        return out if done.returncode == 0 else done.stderr

    def build(self):
        entries = [e for e in json.loads((BUILD / "compile_commands.json").read_text()) if TARGETS.search(e["command"])]
        self.assertGreater(len(entries), 40)
        with ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(self.compile_one, range(len(entries)), entries))
        self.assertEqual([o for o in objects if isinstance(o, str)], [])
        libraries = subprocess.run(["pkg-config", "--libs", "libuv", "yaml-0.1"], capture_output=True, text=True, check=True).stdout.split()
        compiler = next(w for w in shlex.split(entries[0]["command"]) if not w.endswith("ccache"))
        daemon = self.work / "pagecastd"
        done = subprocess.run([compiler, *map(str, objects), str(BUILD / "lib/libpagecast.a"), *libraries, "-pthread", "-ldl", "-lm", "-o",
                               str(daemon)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return daemon

    def test_plugins_of_before_load_when_the_host_has_grown(self):
        daemon = self.build()
        config = self.place.folder / "grown.yaml"
        config.write_text(f"instance: {self.place.instance}\nplugin_path: [{TEST_PLUGINS}, {PLUGINS}]\nplugins:\n  old: {{ plugin: abi_1_0 }}\n"
                          "  sysmon: {}\n  dash: { plugin: websocket, listen: '127.0.0.1:0' }\n")
        running = Program(self.place, "pagecastd", [daemon, config])
        running.wait_log("3 of 3 plugins running")
        running.wait_log(r"1\.0: every service answered")
        running.signal(15)
        self.assertEqual(running.wait(), 0, running.output())
        self.assertRegex(running.output(), r"1\.0: stopped")
        self.assert_refused_where_it_is_too_new()

    def assert_refused_where_it_is_too_new(self):
        source = self.work / "new.c"
        source.write_text((ROOT / "plugins/_template/my_plugin.c").read_text().replace("PC_ABI(1, 0)", f"PC_ABI(1, {self.minor})"))
        subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(self.work / "new.so"), "-I", str(self.work / "include")], check=True)
        for daemon, status in ((BIN / "pagecastd", 2), (self.work / "pagecastd", 0)):
            done = self.place.run(daemon, "--plugin-path", self.work, "--help-plugin", "new")
            self.assertEqual(done.returncode, status, done.stderr)
            if status:
                self.assertIn(f"needs plugin ABI 1.{self.minor}, this daemon has 1.{self.minor - 1}: update pagecast", done.stderr)


if __name__ == "__main__":
    main()
