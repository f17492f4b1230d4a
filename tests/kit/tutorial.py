#!/usr/bin/env python3
"""docs/plugin-tutorial.md, run: its shell blocks one after the other in one shell, in an empty folder, with an installed pagecast.

A block of another language whose sentence before it names a file in backticks, and ends in a colon, is that file. One thing is not as it
stands there: the port, which must be free.
"""
import json
import os
import re
import socket
import subprocess

from pagecast_kit import CC, ROOT, KitTest, main

DOCUMENT = ROOT / "docs/plugin-tutorial.md"


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


def script_of(text):
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]
    for language, file, content in blocks(text):
        if file:
            lines.append(f"cat > {file} <<'END OF FILE'\n{content}END OF FILE")
        elif language == "sh":
            for line in content.splitlines():
                lines += [f"echo '=== {line}'" if "'" not in line else f"printf '=== %s\\n' {json.dumps(line).replace('$', chr(92) + '$')}", line]
    return "\n".join(lines) + "\n"


class Tutorial(KitTest):
    def test_every_command_of_it_runs(self):  # native
        self.install()
        port = quiet_port()
        text = DOCUMENT.read_text()
        self.assertEqual([b[1] for b in blocks(text) if b[1]], ["jitter.diff", "jitter.yaml"])
        env = {**self.place.env, **self.env, "CC": CC, "XDG_RUNTIME_DIR": str(self.place.folder), "TERM": "dumb"}
        done = subprocess.run(["bash", "-c", script_of(text).replace(":7681", f":{port}")], cwd=self.work, env=env, capture_output=True,
                              text=True, timeout=280, stdin=subprocess.DEVNULL)
        said = f"{done.stdout}\n{done.stderr}"
        log = self.work / "jitter/daemon.log"
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
        self.assertRegex(parts["grep -o 'http://.*#t=.*' daemon.log"], rf"http://127\.0\.0\.1:{port}/#t=\S+\n")
        region = next(json.loads(part) for command, part in parts.items() if command.startswith("curl "))
        self.assertEqual((region["name"], region["state"]), ("jitter", "live"))
        self.assertGreater(region["values"]["count"], 0)
        self.assertRegex(parts["pagecast reload"], "generation 2|reload")
        self.assertIn("config OK", parts["pagecastd --check jitter.yaml"])
        self.assertEqual(self.place.leftovers(), [])

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
