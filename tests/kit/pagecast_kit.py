"""pagecast_kit.py - an installed pagecast for one test, and what an author of plugins does with it.

The tree is installed into a folder of its own and moved from there, so that nothing can point back to the build. In the build for
Windows its programs are run by Wine, and compilers are the cross compiler.
"""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from pagecast_cli import CliTest  # noqa: E402
from pagecast_harness import BIN, BUILD, PLUGINS, ROOT, SKIPPED, TEST_PLUGINS, Program, main, wait_until  # noqa: E402,F401

CC = os.environ.get("PC_CC", "cc")
TOOLCHAIN = os.environ.get("PC_TOOLCHAIN", "")
WINDOWS = bool(TOOLCHAIN)
WINE = [os.environ["PC_WINE"]] if WINDOWS else []
EXE = ".exe" if WINDOWS else ""
SUFFIX = ".dll" if WINDOWS else ".so"


class KitTest(CliTest):
    def setUp(self):
        super().setUp()
        self.work = self.place.folder / "work"
        self.work.mkdir()

    def install(self):
        """`cmake --install`, then moved. self.bin is where its programs are."""
        first = self.place.folder / "first"
        self.prefix = self.place.folder / "installed"
        self.run_in(BUILD, "cmake", "--install", BUILD, "--prefix", first)
        first.rename(self.prefix)
        self.bin = self.prefix if WINDOWS else self.prefix / "bin"
        self.env = {"PKG_CONFIG_PATH": str(next(self.prefix.rglob("pagecast.pc")).parent)}
        if not WINDOWS:
            self.env["PATH"] = f"{self.bin}:{os.environ['PATH']}"
        return self.prefix

    def run_in(self, folder, *command, status=0, seconds=240):
        """stdout of a command, which must end with this status; its stderr is self.stderr."""
        done = subprocess.run([str(c) for c in command], capture_output=True, encoding="utf-8", errors="replace", timeout=seconds,
                              cwd=folder, stdin=subprocess.DEVNULL, env={**self.place.env, **getattr(self, "env", {})})
        self.stderr = done.stderr
        said = f"{' '.join(map(str, command))}\nended with {done.returncode}, not {status}\n{done.stdout}\n{done.stderr}"
        self.assertEqual(done.returncode, status, said)
        return done.stdout.replace("\r\n", "\n")

    def program(self, name, bin_folder=None):
        """The command line of a program, that of the installed tree unless a folder is given."""
        return [*WINE, str((bin_folder or self.bin) / f"{name}{EXE}")]

    def pagecast(self, *args, folder=None, **options):
        return self.run_in(folder or self.work, *self.program("pagecast"), *args, **options)

    def new(self, name, *args):
        """The folder of a new project."""
        self.pagecast("plugin", "new", name, *args)
        return self.work / name

    def configure_and_build(self, project):
        options = [f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Debug"]
        if WINDOWS:
            options += [f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN}", f"-DCMAKE_FIND_ROOT_PATH={self.prefix}",
                        f"-DPagecast_DIR={next(self.prefix.rglob('PagecastConfig.cmake')).parent}"]
        else:
            options += [f"-DCMAKE_C_COMPILER={CC}"]
        self.run_in(project, "cmake", "-B", "build", "-G", "Ninja", *options)
        self.run_in(project, "cmake", "--build", "build")
        return project / "build"

    def check(self, bin_folder, plugins, config):
        """The daemon loads the plugin and finds the configuration right."""
        said = self.run_in(self.work, *self.program("pagecastd", bin_folder), "--plugin-path", plugins, "--check", config)
        self.assertRegex(said, r"^config OK: \d+ regions, 1 plugins\n$")
