#!/usr/bin/env python3
"""examples.py CASE BIN: run the programs of examples/ as a reader of the documentation would."""
import os
import queue
import signal
import subprocess
import sys
import threading
import time

BIN = sys.argv[2]
NAME = f"pct-ex-{os.getpid()}"
running = []


class Program:
    """An example as a process; its lines of output as they come."""

    def __init__(self, name, *args):
        self.process = subprocess.Popen([f"{BIN}/{name}", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.seen = []
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        running.append(self)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait_for(self, text, seconds=20):
        """The first line from here on that contains `text`."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no line with '{text}' within {seconds} s; lines so far: {self.seen}"
            self.seen.append(line)
            if text in line:
                return line

    def finish(self, close_input=True, seconds=20):
        """Exit status, after the end of its input if wanted."""
        if close_input:
            self.process.stdin.close()
        return self.process.wait(seconds)

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(20)


def exists(name=NAME):
    return os.path.exists(f"/dev/shm/{name}")


def run(name, *args):
    done = subprocess.run([f"{BIN}/{name}", *args], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def server_and_client_meet_whoever_starts_first():
    client = Program("fork_client", "--name", f"Local\\{NAME}")
    client.wait_for("waiting for somebody to create")
    server = Program("fork_server", "--name", NAME)
    server.wait_for("serving")
    # Found between creation and the first values, the section is all zero.
    assert client.wait_for("a=") in ("a=true b=1.5 c=0 buffer=tick 0", "a=false b=0 c=0 buffer=")
    assert client.finish() == 0
    status, out, _ = run("fork_client", "--once", "--name", f"Global\\{NAME}")
    assert status == 0 and out.startswith("a="), out
    assert server.finish() == 0 and not exists()  # the end of its input ends it


def a_client_alone_says_what_is_missing():
    started = time.monotonic()
    status, out, err = run("fork_client", "--name", NAME)
    assert status == 1 and out == "" and f"nobody has created {NAME}: start fork_server" in err, (status, out, err)
    assert 4 < time.monotonic() - started < 20
    status, out, err = run("fork_client", "--nonsense")
    assert status == 2 and "usage" in err
    with open(f"/dev/shm/{NAME}", "wb") as small:
        small.write(b"\x01")
    status, out, err = run("fork_client", "--name", NAME)
    os.unlink(f"/dev/shm/{NAME}")
    assert status == 0 and "a=true b=0" in out, (out, err)  # a view may reach to the end of the last page


def a_client_follows_and_the_name_goes_with_the_server():
    server = Program("fork_server", "--name", NAME, "--seconds", "30")
    server.wait_for("serving")
    client = Program("fork_client", "--name", NAME, "--follow")
    client.wait_for("buffer=tick 1")
    assert client.wait_for("buffer=tick 2") == "a=true b=3.5 c=6.28318 buffer=tick 2"
    assert server.stop(signal.SIGINT) == 0 and exists()  # the client's handle keeps the name, as on Windows
    assert client.stop(signal.SIGINT) == 0 and not exists()


def a_server_joins_a_name_that_exists():
    first = Program("fork_server", "--name", NAME, "--seconds", "30")
    first.wait_for("serving")
    second = Program("fork_server", "--name", NAME, "--seconds", "1")
    second.wait_for("exists already")
    assert second.finish() == 0 and exists()
    assert first.stop(signal.SIGTERM) == 0 and not exists()


def the_posix_client_reads_the_same_object():
    status, _, err = run("posix_client", f"/{NAME}")
    assert status == 1 and "No such file" in err, err
    server = Program("fork_server", "--name", NAME, "--seconds", "30")
    server.wait_for("serving")
    time.sleep(0.2)
    status, out, _ = run("posix_client", f"/{NAME}")
    assert status == 0 and out.startswith("a="), out
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL and exists()
    os.unlink(f"/dev/shm/{NAME}")


def the_live_client_sees_life_death_and_goodbye():
    client = Program("fork_client_live", "--name", NAME)
    owner = Program("own_region", NAME)
    owner.wait_for("owned")
    client.wait_for("starting")
    writer = Program("writer", "--name", NAME)
    client.wait_for("live")
    first = client.wait_for("buffer=no. 3")
    assert client.wait_for("buffer=no. 4").split()[0] > first.split()[0]
    writer.stop(signal.SIGKILL)
    client.wait_for("dead")
    writer = Program("writer", "--name", NAME)
    client.wait_for("live")
    os.kill(writer.process.pid, signal.SIGSTOP)
    client.wait_for("stale")
    os.kill(writer.process.pid, signal.SIGCONT)
    client.wait_for("live")
    assert writer.stop(signal.SIGINT) == 0
    client.wait_for("closed")
    # The old-fashioned client reads the same bytes and cannot tell.
    status, out, _ = run("fork_client", "--name", NAME)
    assert status == 0 and "buffer=no. " in out, out
    assert client.stop(signal.SIGINT) == 0
    assert owner.finish() == 0 and not exists()


def a_writer_without_region_says_so():
    status, _, err = run("writer", "--name", NAME, "--seconds", "1")
    assert status == 1 and NAME in err, err


def main():
    try:
        globals()[sys.argv[1]]()
    finally:
        for program in running:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        for left in (NAME, f"{NAME}.pagecast"):
            if exists(left):
                os.unlink(f"/dev/shm/{left}")


main()
