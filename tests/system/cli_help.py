#!/usr/bin/env python3
"""Help, exit codes, colours, and the page docs/cli.md that is made of it."""
import re
import subprocess

from pagecast_cli import COLOURS, CliTest, Owner
from pagecast_harness import BIN, ROOT, main

COMMANDS = "list read watch dump write wait status reload top check doctor layout plugin record play export recording help version".split()


class Help(CliTest):
    def test_docs_cli_md_is_what_the_program_says(self):  # quick
        self.assertEqual((ROOT / "docs/cli.md").read_text(), self.cli("help", "--markdown"),
                         "run: build/dev/bin/pagecast help --markdown > docs/cli.md")

    def test_every_command_explains_itself_in_both_ways(self):  # quick
        overview = self.cli("help")
        for command in COMMANDS:
            text = self.cli("help", command)
            self.assertEqual(text, self.cli(command, "--help"))
            self.assertEqual(text, self.cli(command, "-h"))
            self.assertTrue(text.startswith(f"pagecast {command} - "))
            self.assertIn(f"\nusage\n   pagecast {command}", text)
            self.assertRegex(overview, rf"\n   {command} +\S")
            self.assertLessEqual(max(map(len, text.splitlines())), 100)
        self.assertEqual(re.findall(r"^   (\w+) ", overview, re.M), COMMANDS)

    def test_examples_are_commands_that_exist(self):  # quick
        """Each example's options are read by the command's own parser: --help at their end stops it from running."""
        page = self.cli("help", "--markdown")
        found = re.findall(r"^       .*?pagecast ([a-z]+)([^|&>;)<\n]*)", page, re.M)
        self.assertGreater(len(found), 20)
        for command, rest in found:
            done = subprocess.run(["bash", "-c", f"{BIN}/pagecast {command} {rest} --help"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"pagecast {command} {rest}: {done.stderr}")

    def test_nothing_and_nonsense(self):  # quick
        self.assertEqual(self.cli(status=2), self.cli("help"))
        self.cli("raed", status=2)
        self.assertIn("did you mean 'read'?", self.stderr)
        self.cli("help", "raed", status=2)
        self.assertIn("did you mean 'read'?", self.stderr)
        self.cli("list", "--jsn", status=2)
        self.assertIn("did you mean '--json'?", self.stderr)
        self.cli("list", "-x", status=2)
        self.cli("read", status=2)
        self.assertIn("usage: pagecast read NAME", self.stderr)
        self.cli("wait", "x", "y", status=2)
        self.cli("read", "x", "--json=yes", status=2)
        self.cli("wait", "x", "--timeout", status=2)
        self.cli("list", "--color", "sometimes", status=2)

    def test_exit_codes_are_documented(self):  # quick
        self.assertEqual(re.findall(r"^   (\d)  ", self.cli("help", "exit-codes"), re.M), list("012345"))

    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = (f"source {ROOT}/packaging/completion/pagecast.bash; COMP_WORDS=({BIN}/pagecast \"$@\"); COMP_CWORD=$#; "
                  "_pagecast; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = self.place.run("bash", "-c", script, "bash", *words)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes(self):  # quick
        self.need("bash")
        Owner(self.place, "some_region", "speed f32\nwheel struct[2] {\n  slip f32\n}\n").tell("set wheel[1].slip=1")
        self.assertEqual(self.complete(""), COMMANDS)
        self.assertEqual(self.complete("re"), ["read", "reload", "record", "recording"])
        self.assertEqual(self.complete("read", "so"), ["some_region"])
        self.assertEqual(self.complete("read", "some_region", "sp"), ["speed"])
        self.assertEqual(self.complete("write", "some_region", ""), ["speed=", "wheel="])
        self.assertEqual(self.complete("wait", "some_region", "--for", "d"), ["data", "dead"])
        self.assertEqual(self.complete("read", "some_region", "--j"), ["--json"])
        self.assertIn("exit-codes", self.complete("help", ""))
        (self.place.folder / "some.yaml").write_text("")
        self.assertEqual(self.complete("check", "some."), ["some.yaml"])
        self.assertEqual(self.complete("layout", "fr"), ["from-tsv", "from-dwarf"])
        self.assertEqual(self.complete("layout", "check", "some."), ["some.yaml"])
        self.assertEqual(self.complete("layout", "gen", "some.yaml", "--lang", "c"), ["c", "cpp", "csharp"])
        self.assertEqual(self.complete("nosuch", ""), [])
        self.assertEqual(self.complete("plugin", ""), ["new", "info", "test"])
        self.assertEqual(self.complete("plugin", "test", "some."), ["some.yaml"])
        self.assertEqual(self.complete("plugin", "test", "x.so", "--config", "some."), ["some.yaml"])
        self.assertEqual(self.complete("plugin", "test", "x.so", "-c", "some."), ["some.yaml"])
        self.assertEqual(self.complete("recording", ""), ["info", "check"])
        self.assertEqual(self.complete("record", "some_region", "--for", ""), [])
        self.assertEqual(self.complete("reload", "--pid", ""), [])

    def test_version(self):  # quick
        version = re.search(r"project\(pagecast VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
        for args in (("version",), ("--version",), ("-V",)):
            self.assertEqual(self.cli(*args), f"pagecast {version}\n")

    def test_colours_are_for_terminals_that_want_them(self):  # quick
        Owner(self.place, "x", "a u32\n").tell("set a=1")
        for args in (("list",), ("read", "x"), ("help",), ("help", "read"), ("dump", "x")):
            self.assertRegex(self.terminal(*args), COLOURS)
            self.assertNotRegex(self.terminal(*args, env={"NO_COLOR": "1"}), COLOURS)
            self.assertNotRegex(self.terminal(*args, env={"TERM": "dumb"}), COLOURS)
            self.assertNotRegex(self.terminal(*args, "--color=never"), COLOURS)
            self.assertNotRegex(self.cli(*args), COLOURS)
            self.assertRegex(self.cli(*args, "--color", "always"), COLOURS)
            # the same text, colours aside; ages and ticks move
            plain = lambda text: re.sub(r"\d+", "N", COLOURS.sub("", text))  # noqa: E731
            if args[0] == "help":
                self.assertEqual(plain(self.terminal(*args)), plain(self.cli(*args)))

    def test_a_full_disk_is_an_error_and_a_closed_pipe_is_not(self):  # quick
        Owner(self.place, "x", "a u8[100000]\n")
        done = self.place.run("sh", "-c", f"{BIN}/pagecast read x a > /dev/full")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write to standard output: No space left on device", done.stderr)
        done = self.place.run("bash", "-c", f"set -o pipefail; {BIN}/pagecast read x a | true")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.place.run("sh", "-c", f"{BIN}/pagecast list >&-")
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    main()
