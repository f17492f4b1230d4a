"""pagecast_cli.py - for the tests of the command line: regions of a program that stands alone, and what `pagecast` says."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

from pagecast_harness import BIN, PATIENCE, Program, SystemTest, wait_until

COLOURS = re.compile(r"\x1b\[[0-9]*m")


class Owner(Program):
    """region_owner: owner and writer of one region, ready when the constructor returns."""

    def __init__(self, place, name, layout=None, *options, user=None):
        arguments = list(options)
        if layout is not None:
            path = place.folder / f"{name}.layout"
            path.write_text(layout)
            path.chmod(0o644)
            arguments += ["--layout", path]
        super().__init__(place, "region_owner", [BIN / "region_owner", name, *arguments], stdin=subprocess.PIPE, user=user)
        self.answers = 0
        self.wait_log("^ready$")

    def tell(self, line):
        """One command; its answer must be ok."""
        self.process.stdin.write(f"{line}\n".encode() if isinstance(line, str) else line + b"\n")
        self.process.stdin.flush()
        self.answers += 1
        answers = wait_until(lambda: self.lines("^(ok|error)")[self.answers - 1:], f"no answer to {line}")
        assert answers[0] == "ok", f"{line}: {answers[0]}"

    def end(self):
        """The end of its input: it closes everything."""
        self.process.stdin.close()
        assert self.wait() == 0


class CliTest(SystemTest):
    def cli(self, *args, status=0, **options):
        """stdout of `pagecast ...`, which must end with this status; its stderr is self.stderr."""
        done = self.place.cli(*args, **options)
        self.stderr = done.stderr
        self.assertEqual(done.returncode, status, f"pagecast {' '.join(map(str, args))}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def json(self, *args, **options):
        """The same as JSON, read strictly: NaN and Infinity are no JSON."""
        def refuse(word):
            raise AssertionError(f"{word} is not JSON")
        return json.loads(self.cli(*args, "--json", **options), parse_constant=refuse)

    def background(self, *args, **options):
        return Program(self.place, "pagecast", [BIN / "pagecast", *args], **options)

    def terminal(self, *args, env=None, columns=80):
        """What `pagecast ...` writes to a terminal, which is both its stdout and its stderr."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**self.place.env, "TERM": "xterm", **(env or {})}
        if "NO_COLOR" not in (env or {}):
            environment.pop("NO_COLOR", None)
        process = subprocess.Popen([str(BIN / "pagecast"), *map(str, args)], stdin=subprocess.DEVNULL, stdout=theirs,
                                   stderr=theirs, env=environment)
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(ours)
        process.wait(PATIENCE)
        return text.decode(errors="surrogateescape").replace("\r\n", "\n")

    def assert_harmless(self, text):
        """No control character but newlines, and no colour but our own."""
        self.assertEqual(re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]",
                                    COLOURS.sub("", text)), [])


# ---- tables of offsetof and sizeof, docs/layout-tool.md ----

def rows_of(table):
    """The rows that a C compiler can be asked about, as (path, offset, bytes); and the bytes of the whole."""
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    return [(r[0], int(r[3]), int(r[4])) for r in rows if not r[0].startswith(("(", "#"))], int(rows[-1][4])


def offsets_program(header, name, rows):
    """C that says what the compiler made of each row."""
    asked = "".join(f'\tprintf("{p} %u %u\\n", (unsigned)offsetof(struct {name}, {p}), (unsigned)sizeof(((struct {name} *)0)->{p}));\n'
                    for p, _, _ in rows)
    return (f'#include "{header}"\n#include <stdio.h>\nint main(void)\n{{\n{asked}\tprintf("total %u\\n", (unsigned)sizeof(struct {name}));\n'
            "\treturn 0;\n}\n")
