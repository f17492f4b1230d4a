#!/usr/bin/env python3
"""Man pages and completions are what the programs say of themselves, and what man, bash and zsh can read."""
import re
import subprocess
import sys

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, ROOT, main

PAGES = ("pagecast.1", "pagecastd.8", "pagecast.yaml.5", "pagecast-plugin.7")


class Man(CliTest):
    def shown(self, page):
        done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-P-c", "-rLL=200n", ROOT / "packaging/man" / page], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), page)
        return re.sub(r".\x08", "", done.stdout)

    def test_they_are_current(self):
        out = self.place.folder / "packaging"
        subprocess.run([sys.executable, ROOT / "scripts/man_pages.py", BIN, out], check=True)
        for name in [f"man/{p}" for p in PAGES] + ["completion/_pagecast"]:
            self.assertEqual((ROOT / "packaging" / name).read_text(), (out / name).read_text(),
                             f"{name}: run scripts/man_pages.py build/dev/bin packaging")

    def test_man_reads_them_without_a_warning(self):
        self.need("groff")
        for page in PAGES:
            self.assertGreater(len(self.shown(page)), 1000)

    def test_nothing_is_missing(self):
        self.need("groff")
        squeeze = lambda text: re.sub(r"\s+", " ", text)  # noqa: E731
        page = squeeze(self.shown("pagecast.1"))
        commands = re.findall(r"^   (\w+) +(.+)$", self.cli("help"), re.M)
        self.assertGreater(len(commands), 12)
        for name, summary in commands:
            self.assertIn(f"{name} - {summary}", page)
            for option in re.findall(r"^   (?:-\S, |    )?(--[\w-]+)", self.cli("help", name), re.M):
                self.assertIn(option, page, name)
        page = squeeze(self.shown("pagecastd.8"))
        text = self.place.run(BIN / "pagecastd", "--help").stdout
        for option, what in re.findall(r"^  (--[\w-]+(?: [A-Z]+)?) +(.+)$", text, re.M):
            self.assertIn(f"{option} {what}", page)
        page = squeeze(self.shown("pagecast.yaml.5"))
        for key, what in re.findall(r"^ *([\w.-]+): (.+)$", self.place.run(BIN / "pagecastd", "--help-config").stdout, re.M):
            self.assertIn(squeeze(f"{key}: {what}"), page)
        page = self.shown("pagecast-plugin.7")
        host = re.search(r"^struct pc_host \{(.*?)^\};", (ROOT / "include/pagecast/plugin.h").read_text(), re.M | re.S)[1]
        for function in re.findall(r"\(\*(\w+)\)\(", host):
            self.assertIn(f"(*{function})", page)

    def test_zsh_reads_its_completion(self):
        self.need("zsh")
        done = self.place.run("zsh", "-n", ROOT / "packaging/completion/_pagecast")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def complete(self, *words):
        script = (f"source {ROOT}/packaging/completion/pagecast.bash; COMP_WORDS=({BIN}/pagecast \"$@\"); COMP_CWORD=$#; "
                  "_pagecast; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = self.place.run("bash", "-c", script, "bash", *words)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_knows_every_option_of_every_command(self):
        self.need("bash")
        for name in re.findall(r"^   (\w+) ", self.cli("help"), re.M):
            options = re.findall(r"^   (?:-\S, |    )?(--[\w-]+)", self.cli("help", name), re.M)
            self.assertEqual(sorted(self.complete(name, "--")), sorted(options), name)
        Owner(self.place, "some_region", "a u32\n")
        self.assertEqual(self.complete("top", "--sort", "r"), ["rate"])
        self.assertEqual(self.complete("top", "so"), ["some_region"])
        (self.place.folder / "some.yaml").write_text("")
        self.assertEqual(self.complete("doctor", "--config", "some."), ["some.yaml"])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
