"""pagecast_wine.py - programs built for Windows, run by Wine, beside native ones in one Place.

CTest says where both builds are (PC_BUILD is the native one, PC_WINDOWS_BUILD the other) and which prefix to use. Sections and
mutexes belong to the prefix, whose names all tests share: names carry place.instance.
"""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from pagecast_cli import CliTest, offsets_program, rows_of  # noqa: E402,F401
from pagecast_harness import PATIENCE, PLUGINS, ROOT, Program, SystemTest, free_port, main, wait_until  # noqa: E402,F401

WINDOWS = Path(os.environ.get("PC_WINDOWS_BUILD", ROOT / "build/win64"))
WINE = os.environ.get("PC_WINE", "/usr/lib/wine/wine64")
SETTINGS = {"WINEPREFIX": str(WINDOWS / "wineprefix"), "WINEDEBUG": "-all", "DISPLAY": "",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe,winedbg.exe="}


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def wine_env():
    return {**SETTINGS, **{name: os.environ[name] for name in SETTINGS if name in os.environ}}


def command(program, *args):
    """How a Windows program is started: one of ours by name, or a path."""
    path = program if os.path.isabs(program) or "\\" in program else WINDOWS / "bin" / f"{program}.exe"
    return [WINE, path, *(windows_path(a) if isinstance(a, Path) else a for a in args)]


class WineProgram(Program):
    """Its process is the Windows program itself, so that SIGKILL is what a crash is."""

    def __init__(self, place, program, *args, env=None, **options):
        super().__init__(place, program, command(program, *args), {**wine_env(), **(env or {})}, **options)

    def interrupt(self):
        """Ctrl-C."""
        self.signal(signal.SIGINT)

    def end(self):
        """The end of its input, for who waits for that."""
        self.process.stdin.close()
        return self.wait()


class WineDaemon(WineProgram):
    """pagecastd.exe; ready when the constructor returns."""

    def __init__(self, place, config, *args, ready=True):
        self.config_path = place.folder / "windows.yaml"
        self.config_path.write_text(config)
        super().__init__(place, "pagecastd", *args, self.config_path)
        if ready:
            self.wait_log("runs instance", 3 * PATIENCE)

    @property
    def dashboard(self):
        """(port, token) from the line that people copy."""
        found = self.wait_log(r"http://127\.0\.0\.1:(\d+)/#t=(\S+)", count=1)
        return int(found[1]), found[2]

    def stop(self, status=0):
        self.interrupt()
        got = self.wait(3 * PATIENCE)
        assert got == status, f"pagecastd.exe ended with {got}, not {status}"


class WineTest(SystemTest):
    def windows(self, program, *args, **options):
        """A Windows program in the background."""
        return WineProgram(self.place, program, *args, **options)

    def windows_run(self, program, *args, status=0):
        """stdout of a Windows program, with newlines as here."""
        done = self.place.run(*command(program, *args), env=wine_env())
        self.stderr = done.stderr.replace("\r\n", "\n")
        self.assertEqual(done.returncode, status, f"{program} {args}\n{done.stdout}\n{done.stderr}")
        return done.stdout.replace("\r\n", "\n")

    def windows_config(self, regions="", plugins="", top=""):
        """The same text as place.config() makes, with the folder of the Windows plugins."""
        text = self.place.config(regions, plugins, top)
        return re.sub(r"^plugin_path:.*$", lambda _: f"plugin_path: ['{windows_path(WINDOWS / 'plugins')}']", text, flags=re.M)

    def windows_daemon(self, regions="", plugins="", top="", **options):
        return WineDaemon(self.place, self.windows_config(regions, plugins, top), **options)

    def terminate(self, pid):
        """TerminateProcess() from another program, by its Windows process id."""
        subprocess.run([WINE, "taskkill.exe", "/f", "/pid", str(pid)], env={**self.place.env, **wine_env()}, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
