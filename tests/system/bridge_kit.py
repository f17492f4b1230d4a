"""What the bridge's system tests share: a daemon of their own, writers, and a viewer that checks what it is told.

Run with PAGECAST_BIN (folder of pagecastd) and PAGECAST_PLUGINS set; CTest does. Names carry the process id, so
that two runs do not meet; everything is taken away at the end, also after a failure. With PAGECAST_WINE those are
programs for Windows, which that program runs; viewers are the same.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import msgpack

from bridge_socket import SLOW, Closed, Failed, Socket, check, equal, http  # noqa: F401  the tests take them from here

BIN = pathlib.Path(os.environ.get("PAGECAST_BIN", "build/dev/bin"))
PLUGINS = pathlib.Path(os.environ.get("PAGECAST_PLUGINS", "build/dev/plugins"))
WINE = os.environ.get("PAGECAST_WINE")
THREADS = {"threads": os.environ["PAGECAST_THREADS"]} if "PAGECAST_THREADS" in os.environ else {}

HELLO, ANN, UNANN, SCHEMA, RES, UPD, VAL, LIVE, HB, PONG, STATUS, ERR, BYE = range(1, 14)
ABSENT, STARTING, LIVE_STATE, STALE, DEAD, CLOSED, RETIRED = range(7)
KEY, CONFLATED = 1, 2


def until(condition, seconds, *what):
    """The condition's value once it is true."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"not within {seconds} s:", *what)
        time.sleep(0.01)


# ---- daemon and writers ----

def command(program, *args):
    return [WINE, BIN / f"{program}.exe", *args] if WINE else [BIN / program, *args]


def path_for(path):
    """As the program spells it."""
    return "Z:" + str(path.resolve()).replace("/", "\\") if WINE else str(path)


class Daemon:
    """pagecastd with a bridge on a free port. `regions`: YAML text of the regions block; NAME in it becomes unique."""

    def __init__(self, regions="", options=None, more_plugins="", start=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="pct-bridge-"))
        self.instance = f"pct{os.getpid()}-{Daemon.count}"
        Daemon.count += 1
        Daemon.all.append(self)
        self.options = {"listen": "127.0.0.1:0", "token_file": path_for(self.dir / "token"), **THREADS, **(options or {})}
        self.more_plugins = more_plugins
        self.log_path = self.dir / "log"
        self.process = None
        self.log_from = 0
        self.write_config(regions)
        if start:
            self.start()

    count = 0
    all = []

    def object(self, region):
        return f"{self.instance}.{region}"

    def write_config(self, regions):
        options = ", ".join(f"{k}: {json.dumps(v)}" for k, v in self.options.items())
        text = f"instance: {self.instance}\nlog: {{ level: debug }}\n"
        if regions:
            text += "regions:\n" + regions.replace("INSTANCE", self.instance)
        text += f"plugins:\n{self.more_plugins}  dash: {{ plugin: websocket, {options} }}\n"
        (self.dir / "config.yaml").write_text(text)

    def start(self, wait=True):
        log = open(self.log_path, "ab")
        self.stopping, self.log_from = False, log.tell()
        self.process = subprocess.Popen(command("pagecastd", "--plugin-path", path_for(PLUGINS),
                                                path_for(self.dir / "config.yaml")), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        if wait:
            self.wait_log(r"runs instance", 10)
            url = re.findall(r"dashboard: https?://([0-9.:\[\]a-f]+):(\d+)/(?:#t=(\S+))?", self.log())[-1]
            self.port, self.token = int(url[1]), url[2] or None

    def log(self):
        """Since the last start."""
        return self.log_path.read_bytes()[self.log_from:].decode(errors="replace")

    def wait_log(self, pattern, seconds=3):
        def found():
            if self.process.poll() is not None and not re.search(pattern, self.log()):
                raise Failed(f"daemon ended with {self.process.returncode}; no {pattern!r} in its log")
            return re.search(pattern, self.log())
        return until(found, seconds, "log line", pattern)

    def reload(self, regions):
        """Ask for it; that it happened shows in what it changes (the log leaves out lines that repeat)."""
        self.write_config(regions)
        self.ask_reload()

    def ask_reload(self):
        if WINE:
            subprocess.run(command("pagecast", "reload", self.instance), stdout=subprocess.DEVNULL, timeout=60)  # 1: refused
        else:
            self.process.send_signal(signal.SIGHUP)

    def rss_kb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def begin_stop(self):
        self.stopping = True
        self.process.send_signal(signal.SIGINT if WINE else signal.SIGTERM)  # under Wine that is Ctrl-C

    def stop(self, want=0):
        if self.process and self.process.poll() is None:
            if not self.stopping:
                self.begin_stop()
            try:
                self.process.wait(10 * SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failed("the daemon does not end")
        if self.process:
            equal(self.process.returncode, want, "exit status of the daemon")

    def clean(self):
        for action in (lambda: self.process.kill(), lambda: self.process.wait(), lambda: shutil.rmtree(self.dir)):
            try:
                action()
            except Exception:
                pass
        for path in pathlib.Path("/dev/shm").glob(f"*{self.instance}*"):
            path.unlink(missing_ok=True)


class Writer:
    """Commits to regions of a daemon; see region_writer.c for the commands."""

    all = []

    def __init__(self, *objects):
        self.process = subprocess.Popen(command("region_writer", *objects), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        Writer.all.append(self)
        self.pid = None if WINE else self.process.pid  # as the daemon knows it
        equal(self.process.stdout.readline(), "ready\n", "the writer")

    def tell(self, command):
        """Returns the answer, without its 'ok'."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        check(answer.startswith("ok"), command, "->", answer)
        return answer[2:].strip()

    def write(self, index, offset, data):
        return int(self.tell(f"write {index} {offset} {data.hex()}"))

    def end(self):
        self.process.stdin.close()
        self.process.wait(5)

    def clean(self):
        try:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        except Exception:
            pass


# ---- a viewer that follows the protocol and checks the other side ----

def leb128(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def apply_patch(payload, patch):
    out, place, at = bytearray(payload), 0, 0
    while at < len(patch):
        skip, at = leb128(patch, at)
        length, at = leb128(patch, at)
        check(length > 0, "a run of no bytes")
        place += skip
        check(place + length <= len(out) and at + length <= len(patch), "a patch beyond its payload")
        out[place:place + length] = patch[at:at + length]
        place += length
        at += length
    return bytes(out)


class Region:
    def __init__(self, row):
        (self.rid, self.name, self.gen, self.size, self.sid, self.flags, self.state, self.stale_ms, self.hint_ms, self.kind,
         self.doc) = row[:11]
        self.settable = row[11] if len(row) > 11 else None
        self.bytes = None
        self.values = None
        self.seq = 0
        self.wseq = None
        self.updates = self.keys = 0
        self.live = None
        self.log = []  # of (wseq, bytes) if asked for


class Viewer:
    def __init__(self, daemon, token=True, hello=True, resume=None, ack=True, keep=False, **connect):
        self.daemon = daemon
        self.socket = Socket(daemon.port, **connect)
        status, headers = self.socket.upgrade()
        equal(status, 101, "status of the upgrade")
        equal(headers.get("sec-websocket-protocol"), "pagecast.v1")
        self.regions, self.gone, self.schemas = {}, [], {}
        self.messages = []   # everything but UPD, VAL, LIVE, HB
        self.lives = []      # (time, row)
        self.hbs = []
        self.frames = self.acked = self.bytes = 0
        self.ack, self.keep, self.hidden = ack, keep, False
        self.listed = False
        self.hello = None
        self.ref = 0
        self.sent_at = 0
        if hello:
            info = {"agent": "test"}
            if token is True and daemon.token:
                info["token"] = daemon.token
            elif isinstance(token, str):
                info["token"] = token
            if resume:
                info["resume"] = resume
            self.send([32, 0, info])

    def send(self, *arrays):
        self.sent_at = time.monotonic()
        self.socket.frame(b"".join(msgpack.packb(a) for a in arrays))

    def by_name(self, name):
        return next((r for r in self.regions.values() if r.name == name), None)

    def read(self, timeout=0.05):
        """Take one message, if there is one; True if there was."""
        data = self.socket.message(timeout)
        if data is None:
            if self.hello and time.monotonic() - self.sent_at > 3:
                self.send([37, 0])
            return False
        self.bytes += len(data)
        unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=1 << 26)
        unpacker.feed(data)
        has_data = False
        for array in unpacker:
            has_data |= array[0] in (UPD, VAL)
            self.take(array)
        if has_data:
            self.frames += 1
            if self.ack:
                self.acked = self.frames
                try:
                    self.send([36, self.frames, self.hidden])
                except OSError:
                    pass  # closed meanwhile: what was said before that is still to be read
        return True

    def take(self, array):
        op, *rest = array
        if op == HELLO:
            check(self.hello is None, "two HELLOs")
            self.hello = {"minor": rest[0], "boot": rest[1], "t_us": rest[2], "mono_us": rest[3], **rest[4]}
        check(self.hello is not None, "op", op, "before HELLO")
        if op == ANN:
            self.announce(*rest)
        elif op == UNANN:
            for rid in rest[0]:
                self.gone.append(self.regions.pop(rid))
        elif op == SCHEMA:
            self.schemas[rest[0]] = rest[1]
        elif op in (UPD, VAL):
            self.update(op, *rest)
        elif op == LIVE:
            for row in rest[1]:
                check(row[0] in self.regions, "LIVE of a region that was not announced")
                self.regions[row[0]].live = row
                self.lives.append((time.monotonic(), row))
        elif op == HB:
            self.hbs.append((time.monotonic(), rest))
        if op not in (UPD, VAL, LIVE, HB):
            self.messages.append(array)

    def announce(self, last, rows):
        check(len(rows) <= 100, "more than 100 rows")
        check(last or not self.listed, "a list that goes on after its end")
        self.listed |= last
        for row in rows:
            new = Region(row)
            old = self.regions.get(new.rid)
            if old:
                check(new.gen >= old.gen, "a generation goes back")
                if new.gen == old.gen:
                    new.bytes, new.seq, new.values = old.bytes, old.seq, old.values
            self.regions[new.rid] = new

    def update(self, op, rid, gen, base, seq, wseq, t_us, age_ms, flags, data):
        r = self.regions.get(rid)
        check(r, "an update of an unknown region")
        equal(gen, r.gen, "generation of an update")
        if flags & KEY:
            equal(base, 0, "base of a KEY")
        else:
            check(r.seq and base <= r.seq <= seq, "an update that cannot be applied:", base, r.seq, seq)
        # a KEY of the same state is what another SUB without `seq` asks for
        check(seq > r.seq or (flags & KEY and seq == r.seq), "an update that says nothing new:", seq, "after", r.seq)
        if op == UPD and flags & KEY:
            equal(len(data), r.size, "size of a KEY")
            r.bytes = data
        elif op == UPD:
            r.bytes = apply_patch(r.bytes, data)
        elif flags & KEY:
            r.values = dict(data)
        else:
            r.values.update(data)
            r.changed = set(data)
        r.seq, r.wseq, r.age_ms, r.flags_now = seq, wseq, age_ms, flags
        r.updates += 1
        r.keys += bool(flags & KEY)
        if self.keep:
            r.log.append((wseq, r.bytes))

    def wait(self, condition, seconds=3, *what):
        end = time.monotonic() + seconds * SLOW
        while not condition():
            left = end - time.monotonic()
            check(left > 0, f"not within {seconds} s:", *what)
            self.read(min(left, 0.05))
        return condition()

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(max(0, min(0.05, end - time.monotonic())))

    def wait_list(self):
        self.wait(lambda: self.listed, 5, "the list of regions")

    def ask(self, *array):
        """Send a request with a new ref, return the RES or ERR that answers it."""
        self.ref += 1
        ref = self.ref
        self.send([array[0], ref, *array[1:]])
        return self.wait(lambda: next((m for m in self.messages if m[0] in (RES, ERR) and m[1] == ref), None), 3,
                         "an answer to", array)

    def sub(self, target, **options):
        return self.ask(33, [[target, options]])

    def close_code(self, seconds=5):
        """Go on reading until the bridge closes."""
        try:
            self.wait(lambda: False, seconds, "the close")
        except Closed as closed:
            return closed.code

    def close(self):
        self.socket.close()


# ---- running ----

def timing(test):
    """For tests of times: the machine may stand still for a second. One good run of three is enough."""
    def tried():
        for left in (2, 1, 0):
            try:
                return test()
            except Failed as e:
                if not left:
                    raise
                print(f"      once more: {e}", flush=True)
                clean()
    return tried


def clean():
    for thing in Writer.all + Daemon.all:
        thing.clean()
    Writer.all.clear()
    Daemon.all.clear()


def main(scope):
    """Run the functions test_* of a module, or those named on the command line; list them with --list."""
    tests = {n: f for n, f in scope.items() if n.startswith("test_")}
    if "--list" in sys.argv:
        print("\n".join(tests))
        return
    failed = []
    for name in sys.argv[1:] or tests:
        started = time.monotonic()
        try:
            tests[name]()
            print(f"ok    {name}  {time.monotonic() - started:.2f} s", flush=True)
        except Exception as e:
            failed.append(name)
            print(f"FAIL  {name}: {e}", flush=True)
            traceback.print_exc()
            for daemon in Daemon.all:
                if daemon.log_path.exists():
                    print("---- log of the daemon\n" + "\n".join(daemon.log().splitlines()[-40:]), flush=True)
        finally:
            clean()
    sys.exit(1 if failed else 0)
