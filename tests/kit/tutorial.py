#!/usr/bin/env python3
"""docs/plugin-tutorial.md, run: its shell blocks one after the other in one shell, from the folder of the source to the dashboard.

A block of another language whose sentence before it names a file in backticks, and ends in a colon, is that file. Where the tutorial says
that the dashboard is there, a browser looks; its picture is kept in the build folder, tests/kit/tutorial.png. Three things are not as they
stand there: the build folder, the port, which must be free, and the home folder, which is empty.
"""
import json
import os
import re
import shlex
import socket
import subprocess

from pagecast_kit import BUILD, CC, ROOT, SKIPPED, KitTest, main

DOCUMENT = ROOT / "docs/plugin-tutorial.md"
WEB = ROOT / "tests/web"
ADDRESS = "grep -o 'http://.*#t=.*' daemon.log"
PICTURE = BUILD / "tests/kit/tutorial.png"


def quiet_port():
    """A free port that no system hands out by itself: minutes pass before it is used."""
    for step in range(1000):
        port = 20000 + (os.getpid() * 7 + step * 101) % 12000
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no port is free")


def blocks(text):
    """(language, file or None, content) of each fenced block, in order."""
    for found in re.finditer(r"^([^\n]*)\n\n?^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        before, language, content = found.groups()
        named = re.search(r"`([\w.-]+)`:$", before)
        yield language, named and named[1], content


def script_of(text, look):
    """The whole tutorial for bash. look: a command for where the tutorial has told its reader the address of the dashboard, $URL there."""
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]
    for language, file, content in blocks(text):
        if file:
            lines.append(f"cat > {file} <<'END OF FILE'\n{content}END OF FILE")
        elif language == "sh":
            for line in content.splitlines():
                lines += [f"printf '=== %s\\n' {shlex.quote(line)}", line]
                if line == ADDRESS:
                    lines += ["echo '=== look'", f"URL=$({ADDRESS})", look]
    return "\n".join(lines) + "\n"


def why_no_browser():
    """None, or what the machine lacks to look at the dashboard. Whatever else is wrong is a failure."""
    for needs, script in (("browser", "--version"), ("node", str(WEB / "packages.mjs"))):
        done = subprocess.run(["sh", str(WEB / "run.sh"), needs, script], capture_output=True, text=True, timeout=240)
        if done.returncode == SKIPPED:
            return done.stdout.strip().removeprefix("skipped: ")
        if done.returncode:
            raise AssertionError(f"{script}: {done.returncode}\n{done.stdout}{done.stderr}")
    return None


class Tutorial(KitTest):
    def test_every_command_of_it_runs(self):  # native
        port, text, lacks = quiet_port(), DOCUMENT.read_text(), why_no_browser()
        self.assertEqual([b[1] for b in blocks(text) if b[1]], ["jitter.diff", "jitter.yaml"])
        PICTURE.unlink(missing_ok=True)
        look = f'sh {WEB}/run.sh browser {WEB}/region_page.mjs "$URL" jitter count {PICTURE}'
        parts = self.follow(text, port, ":" if lacks else look)
        if not lacks:
            seen = json.loads(parts["look"])
            self.assertEqual((seen["region"], seen["badge"], list(seen["values"])), ("jitter", "live", ["late_ms", "worst_ms", "count"]))
            self.assertGreater(PICTURE.stat().st_size, 10_000)
        else:
            self.skipTest(f"every command ran, but nobody looked at the dashboard: {lacks}")

    def follow(self, text, port, look):
        """Run all of it. {command: what it said}."""
        home = self.work
        env = {**self.place.env, "CC": CC, "HOME": str(home), "XDG_RUNTIME_DIR": str(self.place.folder), "TERM": "dumb"}
        script = script_of(text, look).replace(":7690", f":{port}").replace("build/release", str(BUILD))
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=280,
                              stdin=subprocess.DEVNULL)
        said = f"{done.stdout}\n{done.stderr}"
        log = home / "try-pagecast/jitter/daemon.log"
        self.assertEqual(done.returncode, 0, said + (log.read_text() if log.exists() else ""))
        parts = dict(re.findall(r"^=== (.*)\n((?:(?!=== ).*\n)*)", done.stdout, re.M))

        self.assertRegex(parts["ctest --test-dir build --output-on-failure"], "100% tests passed, 0 tests failed out of 2")
        self.assertRegex(parts["pagecast plugin info build/jitter.so"], r"keep +0\.99 +a number, 0\.\.1; changes take effect on reload")
        trial = parts["pagecast plugin test build/jitter.so"]
        self.assertRegex(trial, r"3 options, 8 wrong values refused\n(  note .*\n)*1000 rounds, .*: fit to run\n")
        self.assertIn("wrong.yaml:7:5", done.stderr)
        self.assertIn("wrong.yaml:8:11: keep: expected a number, 0..1, found '2'", done.stderr)
        self.assertRegex(parts["pagecast list"], r"(?m)^jitter +live")
        self.assertRegex(parts["pagecast read jitter"], r"(?s)late_ms.*worst_ms.*count")
        self.assertRegex(parts["pagecast status try"], r"jitter .*running")
        self.assertRegex(parts[ADDRESS], rf"http://127\.0\.0\.1:{port}/#t=\S+\n")
        region = next(json.loads(part) for command, part in parts.items() if command.startswith("curl "))
        self.assertEqual((region["name"], region["state"]), ("jitter", "live"))
        self.assertGreater(region["values"]["count"], 0)
        self.assertRegex(parts["pagecast reload"], "generation 2|reload")
        self.assertIn("config OK", parts["pagecastd --check jitter.yaml"])
        self.assertEqual(self.place.leftovers(), [])
        return parts

    def test_the_trial_finds_what_the_tutorial_says_it_does(self):  # native
        self.install()
        project = self.new("jitter")
        source = (project / "jitter.c").read_text()
        for broken, said in [(source.replace("\tfree(inst);\n", "\t(void)inst;\n"), r"memory grows by \d+ bytes with each round"),
                             (source.replace("\tpayload->count++;", "\tpayload = NULL;\n\tpayload->count++;"),
                              r"crashed with signal 11 .* in timer, .* last host call: (begin|now_ns|metric_add)\(\)")]:
            self.assertNotEqual(broken, source)
            (project / "jitter.c").write_text(broken)
            self.run_in(project, CC, "-shared", "-fPIC", "-O0", "jitter.c", "-o", "jitter.so", "-I", self.prefix / "include")
            self.assertRegex(self.pagecast("plugin", "test", project / "jitter.so", "--rounds", "100", status=1), said)


if __name__ == "__main__":
    main()
