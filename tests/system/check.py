#!/usr/bin/env python3
"""--check: says everything that is wrong, and touches nothing."""
import re

from pagecast_harness import BIN, PLUGINS, ROOT, SystemTest, free_port, main

GOOD_REGIONS = "a: { layout: { n: u64 } }"


class Check(SystemTest):
    def test_a_right_configuration_is_right(self):  # quick
        done = self.place.check(self.place.config(regions=GOOD_REGIONS, plugins="counter: {}"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"1 regions?, 1 plugins?")

    def test_every_error_is_printed_in_order_with_its_place(self):  # quick
        text = self.place.config(
            regions="a: { layout: { n: u65 } }\nb: { sise: 10 }\nc: {}\n'bad/name': { size: 4 }\nd: { size: 4, mode: '0999' }",
            plugins="counter: { intervall: 1s, step: many }\nghost: {}\nbad: { plugin: bad_magic }\nlog: { plugin: counter, interval: 1w }\nodd: 3",
            top="heartbet: 1s")
        done = self.place.check(text)
        self.assertNotEqual(done.returncode, 0)
        said = done.stderr.splitlines()
        path = re.escape(str(self.place.folder / "checked.yaml"))
        places = [tuple(int(n) for n in re.match(rf"{path}:(\d+):(\d+): ", line).groups()) for line in said]
        self.assertEqual(places, sorted(places))
        for words in ("u65", "'sise'.*did you mean 'size'", "region c needs one of", "bad/name", "mode: .*0999",
                      "'heartbet'.*did you mean 'heartbeat'", "'intervall'.*did you mean 'interval'", "step: .*'many'",
                      "there is no ghost.so", "its magic is 0x12345678", "interval: .*'1w'", "plugin odd: expected its options"):
            self.assertRegex(done.stderr, words)

    def test_it_touches_nothing(self):  # quick
        self.need("strace")
        trace = self.place.folder / "trace"
        port = free_port()
        plugins = "counter: {}\nsysmon: {}\n" + (f"dash: {{ plugin: websocket, listen: 127.0.0.1:{port} }}"
                                                 if (PLUGINS / "websocket.so").exists() else "")
        path = self.place.folder / "checked.yaml"
        path.write_text(self.place.config(regions=GOOD_REGIONS, plugins=plugins))
        calls = "socket,bind,listen,unlink,unlinkat,rename,renameat2,mkdir,mkdirat,openat,open,kill,fork,vfork,execve,ftruncate," \
                "link,linkat,chmod,fchmod,utimensat"
        # LeakSanitizer cannot work beside another tracer.
        done = self.place.run("strace", "-f", "-o", trace, "-e", f"trace={calls}", BIN / "pagecastd", "--check", path,
                              env={"ASAN_OPTIONS": "detect_leaks=0"})
        if "ptrace" in done.stderr.lower() and not trace.exists():
            self.skipTest("strace may not trace here")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.place.leftovers(), [])
        for line in trace.read_text().splitlines():
            call = re.sub(r"^\d+ +", "", line)
            if re.match(r"(\+\+\+|---|execve\()", call):
                continue
            if call.startswith(("open(", "openat(")):
                self.assertNotRegex(call, r"O_(WRONLY|RDWR|CREAT|TRUNC)", "opened for writing")
                continue
            self.fail(f"--check did: {call}")

    def test_it_does_not_mind_the_daemon_that_runs(self):  # quick
        config = self.place.config(regions=GOOD_REGIONS, plugins="counter: {}")
        daemon = self.place.daemon(config)
        names = self.place.leftovers()
        self.assertEqual(self.place.check(config).returncode, 0)
        self.assertEqual(self.place.leftovers(), names)
        self.assertIsNone(daemon.process.poll())

    def test_it_runs_no_code_of_plugins(self):  # quick
        # create() of this one would fail, and say so.
        done = self.place.check(self.place.config(plugins="f: { plugin: failing_create }"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_command_line_checks_the_same(self):  # quick
        path = self.place.folder / "checked.yaml"
        path.write_text(self.place.config(regions="b: { sise: 10 }"))
        done = self.place.cli("check", path)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, "'sise'.*did you mean 'size'")


class Shipped(SystemTest):
    def test_every_shipped_configuration_is_right(self):  # quick
        found = [p for p in sorted((ROOT / "config").rglob("*.yaml")) if "layouts" not in p.relative_to(ROOT).parts]
        self.assertTrue(found)
        missing = []
        for path in found:
            with self.subTest(config=str(path.relative_to(ROOT))):
                text = path.read_text()
                if "websocket" in text and not (PLUGINS / "websocket.so").exists():
                    missing.append(path.name)
                    continue
                done = self.place.check(None, "--plugin-path", PLUGINS, path=path)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
        if len(missing) == len(found):
            self.skipTest("websocket is not built here")

    def test_every_configuration_in_the_documents_is_right(self):
        """YAML blocks of README and docs that begin with a top-level key of ours."""
        blocks = 0
        (self.place.folder / "layouts").symlink_to(ROOT / "config/layouts")  # they stand beside the reader's configuration
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            if not page.exists() or page.name == "plugin-tutorial.md":  # its plugin is the reader's own: tests/kit runs it
                continue
            for block in re.findall(r"```ya?ml\n(.*?)```", page.read_text(), re.S):
                if not re.search(r"(?m)^(regions|plugins|instance):", block):
                    continue
                blocks += 1
                # What a page includes from the reader's own machine is not here.
                if re.search(r"(?m)^include:|\.\.\.", block):
                    continue
                with self.subTest(page=page.name, block=block):
                    done = self.place.check(block, "--plugin-path", PLUGINS)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
        if not blocks:
            self.skipTest("no page has a configuration yet")


if __name__ == "__main__":
    main()
