"""pagecast_harness.py - a real pagecastd for one test: its own folders, names and ports; nothing stays behind.

    class Something(SystemTest):
        def test_a_sentence(self):  # quick
            daemon = self.place.daemon(self.place.config(regions="x: { size: 64 }"))
            daemon.stop()

    if __name__ == "__main__":
        main()

Shared memory lies in a folder of its own below /dev/shm (PAGECAST_SHM_DIR), so that runs side by side never meet. A
test that fails shows what its daemons said. Each test_ method is a CTest of its own: see CMakeLists.txt.
"""
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PC_BUILD", ROOT / "build/dev"))
BIN = BUILD / "bin"
PLUGINS = BUILD / "plugins"
TEST_PLUGINS = BUILD / "test-plugins"
SANITIZED = bool(os.environ.get("PC_SANITIZE"))
NOBODY = 65534
SKIPPED = 77
SHM = Path("/dev/shm")
PREFIX = "pct-"
PATIENCE = 20 if SANITIZED else 10  # seconds; generous, since the machine is shared
_libc = ctypes.CDLL(None, use_errno=True)


def wait_until(look, what, seconds=PATIENCE, every=0.01):
    """Call look() until its result is true, and return that."""
    end = time.monotonic() + seconds
    while True:
        result = look()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(every)


def _die_with_parent():
    """In the child: SIGKILL when the test ends, however that happens (prctl(2), PR_SET_PDEATHSIG)."""
    _libc.prctl(1, signal.SIGKILL, 0, 0, 0)


def rss_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class NotifySocket:
    """What systemd would hear from the daemon: sd_notify(3) datagrams as they come."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self.messages = []  # (monotonic seconds, {"READY": "1", ...})
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except OSError:
                return
            fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
            self.messages.append((time.monotonic(), fields))

    def count(self, key):
        return sum(key in fields for _, fields in self.messages)

    def close(self):
        self.socket.close()


def as_user(user):
    """What subprocess needs to run a program of ours as another user, who cannot reach it in a clone below /root, say."""
    if user is None:
        return {}
    folder = BIN.resolve()
    if not all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents)):
        raise unittest.SkipTest("other users may not enter the build folder")
    return dict(user=user, group=user, extra_groups=[])


class Program:
    """A process whose output goes into a file: output() is all it said so far."""

    def __init__(self, place, name, command, env=None, user=None, stdin=subprocess.DEVNULL):
        self.place, self.name = place, name
        place.started += 1
        self.log_path = place.folder / f"{place.started:02}-{name}.log"
        self.command = [str(c) for c in command]
        options = as_user(user)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=stdin, stdout=log, stderr=subprocess.STDOUT,
                                            env={**place.env, **(env or {})}, cwd=place.folder,
                                            preexec_fn=_die_with_parent, **options)
        self.pid = self.process.pid
        place.programs.append(self)

    def output(self):
        return self.log_path.read_text(errors="replace")

    def lines(self, pattern=""):
        return [line for line in self.output().splitlines() if re.search(pattern, line)]

    def wait_log(self, pattern, seconds=PATIENCE, count=1):
        """The match of the count-th line that fits."""
        def look():
            found = list(re.finditer(pattern, self.output(), re.M))
            assert len(found) >= count or self.process.poll() is None or len(self.lines(pattern)) >= count, \
                f"{self.name} ended with {self.process.poll()} and never said {pattern!r}"
            return found[count - 1] if len(found) >= count else None
        return wait_until(look, f"{self.name} never said {pattern!r}", seconds)

    def signal(self, number):
        self.process.send_signal(number)

    def freeze(self):
        """SIGSTOP, and wait until it stands still."""
        self.signal(signal.SIGSTOP)
        state = lambda: Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]  # noqa: E731
        wait_until(lambda: state() == "T", "stopped")

    def thaw(self):
        self.signal(signal.SIGCONT)

    def wait(self, seconds=PATIENCE):
        """Exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds} s") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait()


class Daemon(Program):
    """pagecastd with a configuration file; ready when its constructor returns, unless ready=False."""

    def __init__(self, place, config, *args, ready=True, path=None, wrapper=(), env=None, user=None):
        self.config_path = Path(path) if path else place.folder / "pagecast.yaml"
        if config is not None:
            self.config_path.write_text(config)
        place.started += 1
        self.notify = NotifySocket(place.folder / f"notify-{place.started}")
        command = [*wrapper, BIN / "pagecastd", *args, self.config_path]
        super().__init__(place, "pagecastd", command, {"NOTIFY_SOCKET": self.notify.path, **(env or {})}, user)
        if ready:
            self.wait_ready()

    def wait_ready(self, count=1, seconds=3 * PATIENCE):
        def look():
            assert self.process.poll() is None, f"pagecastd ended with {self.process.poll()} instead of getting ready"
            return self.notify.count("READY") >= count
        wait_until(look, "pagecastd is not ready", seconds)

    @property
    def dashboard(self):
        """(port, token) from the line that people copy."""
        found = self.wait_log(r"http://127\.0\.0\.1:(\d+)/#t=(\S+)")
        return int(found[1]), found[2]

    def reload(self, config=None, seconds=PATIENCE):
        """Write a new configuration if given, SIGHUP, wait for the end; the log since then."""
        if config is not None:
            self.config_path.write_text(config)
        before, ready = len(self.output()), self.notify.count("READY")
        self.signal(signal.SIGHUP)
        self.wait_ready(ready + 1, seconds)
        return self.output()[before:]

    def stop(self, number=signal.SIGTERM, status=0):
        self.signal(number)
        got = self.wait(3 * PATIENCE)
        assert got == status, f"pagecastd ended with {got}, not {status}"


class Place:
    """What belongs to one test: folders, names, processes. close() leaves nothing, whatever happened."""

    def __init__(self):
        sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self.shm = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=SHM))
        for folder in (self.folder, self.shm):
            folder.chmod(0o755)
        self.instance = f"t{os.getpid()}-{os.urandom(2).hex()}"
        (self.folder / "run").mkdir(mode=0o700)  # for the tokens of bridges
        self.env = {**os.environ, "PAGECAST_SHM_DIR": str(self.shm), "LC_ALL": "C.UTF-8",
                    "XDG_RUNTIME_DIR": str(self.folder / "run")}
        for name in ("RUNTIME_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM"):
            self.env.pop(name, None)
        self.programs, self.closers, self.started = [], [], 0

    def share_dev_shm(self):
        """For programs that only know /dev/shm: names must contain self.instance to be cleaned up."""
        self.shm.rmdir()
        self.shm = SHM
        del self.env["PAGECAST_SHM_DIR"]

    def config(self, regions="", plugins="", top=""):
        block = lambda name, text: f"{name}:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"  # noqa: E731
        return (f"instance: {self.instance}\nplugin_path: [{PLUGINS}, {TEST_PLUGINS}]\n{textwrap.dedent(top)}\n"
                + block("regions", regions) + block("plugins", plugins))

    def daemon(self, config, *args, **options):
        return Daemon(self, config, *args, **options)

    def check(self, config, *args, path=None, env=None):
        """pagecastd --check: the finished process."""
        path = Path(path or self.folder / "checked.yaml")
        if config is not None:
            path.write_text(config)
        return self.run(BIN / "pagecastd", "--check", *args, path, env=env)

    def run(self, *command, env=None, user=None, seconds=6 * PATIENCE, **options):
        options.update(as_user(user))
        return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=seconds, cwd=self.folder,
                              stdin=subprocess.DEVNULL, env={**self.env, **(env or {})}, **options)

    def start(self, name, *args, **options):
        """A program of ours in the background."""
        return Program(self, name, [BIN / name, *args], **options)

    def start_python(self, script, *args, **options):
        """A script of the tests as a program of its own in the background."""
        return Program(self, Path(script).stem or "python", [sys.executable, script, *args], **options)

    def cli(self, *args, **options):
        """`pagecast ...`: the finished process."""
        return self.run(BIN / "pagecast", *args, **options)

    def leftovers(self):
        """Names in the folder of shared memory, hidden ones too; in /dev/shm itself those of this test."""
        return sorted(n for n in os.listdir(self.shm) if self.shm != SHM or self.instance in n)

    def close(self):
        for close in reversed(self.closers):
            close()
        for program in self.programs:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()
            if isinstance(program, Daemon):
                program.notify.close()
        for name in self.leftovers() if self.shm == SHM else ():
            (SHM / name).unlink(missing_ok=True)
        for folder in {self.shm, self.folder} - {SHM}:
            shutil.rmtree(folder, ignore_errors=True)


def sweep():
    """Folders of tests that were killed before they could clean up."""
    for parent in (SHM, Path(tempfile.gettempdir())):
        for old in parent.glob(f"{PREFIX}[0-9]*-*"):
            pid = old.name[len(PREFIX):].split("-")[0]
            if old.is_dir() and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
                shutil.rmtree(old, ignore_errors=True)


class SystemTest(unittest.TestCase):
    maxDiff = None

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        self.place = Place()
        try:
            super().run(result)
            if len(result.failures) + len(result.errors) > before:
                self._show()
        finally:
            self.place.close()

    def _show(self):
        for program in self.place.programs:
            print(f"\n==== {' '.join(program.command)} (exit status {program.process.poll()})", file=sys.stderr)
            text = program.output()
            print(text if len(text) < 40000 else f"{text[:10000]}\n[...]\n{text[-30000:]}", file=sys.stderr)

    def need_root(self):
        if os.getuid() != 0:
            self.skipTest("needs root")

    def need(self, tool):
        if not shutil.which(tool):
            self.skipTest(f"{tool} is not installed")


def main():
    """Run the methods named on the command line, or all; 77 if all were skipped."""
    module = sys.modules["__main__"]
    suite, wanted = unittest.TestSuite(), sys.argv[1:]
    for name, case in sorted(vars(module).items()):
        if isinstance(case, type) and issubclass(case, unittest.TestCase) and case is not SystemTest:
            for method in unittest.TestLoader().getTestCaseNames(case):
                if not wanted or method in wanted:
                    suite.addTest(case(method))
    assert suite.countTestCases() >= max(1, len(wanted)), f"no such test: {wanted}"
    # A killed test still cleans up; CTest's own timeout gives no chance, so the next run sweeps.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if len(result.skipped) == result.testsRun else 0)
