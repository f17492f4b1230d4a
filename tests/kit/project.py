#!/usr/bin/env python3
"""`pagecast plugin new`: a project out of nothing but the installed package, which builds in both ways and loads in both trees."""
import json
import re
import signal

from pagecast_kit import BIN, CC, SUFFIX, TEST_PLUGINS, WINDOWS, KitTest, Program, main, wait_until

BAD_NAMES = {"": "at least one letter", "9lives": "a letter or '_'", "a b": "letters, digits", "../up": "letters, digits", "a/b": "digits",
             "x" * 32: "at most 31", "Sysmon": "brings a plugin", "exec": "brings a plugin", "replay": "brings a plugin", "NUL": "for a device", "com1": "for a device",
             "täst": "letters, digits", "a\nb": "letters, digits"}


class Project(KitTest):
    def runs(self, bin_folder, plugins, config, region):
        """The daemon runs it, and its region moves."""
        daemon = Program(self.place, "pagecastd", [*self.program("pagecastd", bin_folder), "--plugin-path", plugins, config])
        daemon.wait_log("1 of 1 plugins running")
        self.pagecast("wait", region, "--for", "data", "--timeout", "10s")
        def count():
            return json.loads(self.pagecast("read", region, "--json"))["values"]["count"]
        first = count()
        wait_until(lambda: count() > first, f"{region}.count moves")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)

    def test_a_new_project_builds_with_cmake_and_its_tests_pass(self):
        self.install()
        project = self.new("wave-1")
        texts = {p.name: p.read_text() for p in project.iterdir()}
        self.assertEqual(sorted(texts), [".gitignore", "CMakeLists.txt", "README.md", "wave-1.c", "wave-1.yaml"])
        self.assertEqual([name for name, text in texts.items() if "my_plugin" in text], [])
        build = self.configure_and_build(project)
        said = self.run_in(project, "ctest", "--test-dir", "build", "--output-on-failure")
        self.assertRegex(said, r"100% tests passed, 0 tests failed out of 2")
        self.check(self.bin, build, project / "wave-1.yaml")
        self.check(BIN, build, project / "wave-1.yaml")
        if not WINDOWS:
            self.runs(self.bin, build, project / "wave-1.yaml", "wave-1")
            self.runs(BIN, build, project / "wave-1.yaml", "wave-1")
        self.run_in(project, "cmake", "--install", "build")
        self.assertEqual(len(list(self.prefix.rglob(f"plugins/wave-1{SUFFIX}"))), 1)

    def test_a_test_of_the_project_fails_where_its_configuration_is_wrong(self):
        self.install()
        project = self.new("wave")
        config = project / "wave.yaml"
        config.write_text(config.read_text().replace("step: 0.5", "step: 101"))
        self.configure_and_build(project)
        said = self.run_in(project, "ctest", "--test-dir", "build", "--output-on-failure", status=8)
        self.assertIn("wave.yaml:8:11: step: expected a number, 0..100, found '101'", said)

    def test_the_one_line_of_its_readme_builds_it_too(self):
        self.install()
        project = self.new("wave")
        readme = (project / "README.md").read_text()
        line = re.search(r"^cc -shared .*$", readme, re.M)[0]
        if WINDOWS:
            line = re.search(r"`(x86_64-w64-mingw32-gcc .*?)`", readme, re.S)[1].replace("WINDOWS_PAGECAST", str(self.prefix))
        else:
            line = line.replace("cc ", f"{CC} -std=c11 -Wall -Wextra -Wpedantic -Werror ", 1)
        self.run_in(project, "sh", "-c", line)
        self.check(self.bin, project, project / "wave.yaml")
        self.check(BIN, project, project / "wave.yaml")

    def test_what_the_tree_builds_loads_in_the_installed_daemon(self):
        self.install()
        project = self.new("my_plugin")
        self.check(self.bin, TEST_PLUGINS, project / "my_plugin.yaml")
        if not WINDOWS:
            self.runs(self.bin, TEST_PLUGINS, project / "my_plugin.yaml", "my_plugin")

    def test_nothing_is_ever_overwritten(self):
        self.install()
        project = self.new("wave")
        before = {p.name: p.read_text() for p in project.iterdir()}
        for kept in before:
            for each in project.iterdir():
                each.unlink()
            (project / kept).write_text("mine")
            self.pagecast("plugin", "new", "wave", status=1)
            self.assertIn(f"wave/{kept}: ", self.stderr)
            self.assertIn("--dir", self.stderr)
            self.assertEqual({p.name: p.read_text() for p in project.iterdir()}, {kept: "mine"})
        (self.work / "a file").write_text("mine")
        self.pagecast("plugin", "new", "wave", "--dir", "a file", status=1)
        self.pagecast("plugin", "new", "wave", "--dir", "no/such/folder", status=1)
        self.assertIn("no/such/folder", self.stderr)
        self.assertEqual((self.work / "a file").read_text(), "mine")
        self.assertFalse((self.work / "no").exists())

    def test_a_folder_that_is_there_is_fine_while_its_files_are_others(self):
        self.install()
        (self.work / "mine").mkdir()
        (self.work / "mine/notes.txt").write_text("keep")
        self.pagecast("plugin", "new", "wave", "--dir", "mine")
        self.assertEqual((self.work / "mine/notes.txt").read_text(), "keep")
        self.assertTrue((self.work / "mine/wave.c").is_file())

    def test_names_are_checked_before_anything_is_written(self):
        self.install()
        for name, reason in BAD_NAMES.items():
            self.pagecast("plugin", "new", name, status=2)
            self.assertIn(reason, self.stderr, name)
            self.assertEqual(len(self.stderr.strip().splitlines()), 1, self.stderr)
        self.pagecast("plugin", "now", "x", status=2)
        self.assertIn("did you mean", self.stderr)
        self.pagecast("plugin", "new", status=2)
        self.assertEqual(list(self.work.iterdir()), [])


if __name__ == "__main__":
    main()
