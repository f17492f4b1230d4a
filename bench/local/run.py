#!/usr/bin/env python3
"""One writer, one reader in another process that wants the newest value: pagecast and what else does that, in one run.

    bench/local/run.py --install   iceoryx, ZeroMQ and Redis from Debian; then build again
    bench/local/run.py             writes docs/performance-local.md and its picture; four minutes
    bench/local/run.py --moment    each once and small, to see that all of it works; prints the page

memcpy is the limit: one copy into shared memory, a futex, one copy out, and nothing that keeps a value whole. For each size
all ways come in turn, and that several times; figures are medians, and what counts are ratios within the run.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import machine
import page

SIZES = [64, 1024, 16384, 65536, 1048576]
SHM = pathlib.Path("/dev/shm")
ROUDI_LEAVES = [SHM / "iceoryx_mgmt", SHM / "root"]  # while it runs, and after it if it did not end well
ROUDI_LITTER = ("roudi", "roudi.lock", "iox-unique-roudi.lock", f"versus-{os.getpid()}-*")  # in /tmp, even after a good end


@dataclass
class Way:
    """program: versus_NAME. broker: the process that it needs, or None."""
    name: str
    program: str
    broker: object = None


class Broker:
    """A server for the time of the run; `where` is what the programs are told."""
    needs = None

    def __init__(self, folder):
        self.folder, self.process = folder, None

    def command(self):
        raise NotImplementedError

    def is_up(self):
        raise NotImplementedError

    def __enter__(self):
        self.log = open(self.folder / f"{type(self).__name__}.log", "wb")
        self.process = subprocess.Popen([str(c) for c in self.command()], stdout=self.log, stderr=self.log, cwd=self.folder)
        end = time.monotonic() + 30
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{type(self).__name__} does not start: {self.said()}")
            time.sleep(0.05)
        return self

    def said(self):
        return (self.folder / f"{type(self).__name__}.log").read_bytes()[-300:].decode(errors="replace")

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Redis(Broker):
    needs = "redis-server"

    def command(self):
        return ["redis-server", "--port", 0, "--unixsocket", self.folder / "redis", "--save", "", "--appendonly", "no"]

    def is_up(self):
        return (self.folder / "redis").exists()


class RouDi(Broker):
    """One per machine: its names are fixed. Another that runs is left alone, and used by nobody here."""
    needs = "iox-roudi"

    def command(self):
        if any(path.exists() for path in ROUDI_LEAVES):
            raise RuntimeError(f"another RouDi runs, or one left {', '.join(str(p) for p in ROUDI_LEAVES if p.exists())} behind")
        return ["iox-roudi", "--monitoring-mode", "off"]

    def is_up(self):
        return b"ready for clients" in (self.folder / "RouDi.log").read_bytes()

    def __exit__(self, *what):
        if not self.process:
            return
        super().__exit__(*what)
        for path in [*ROUDI_LEAVES, *(p for pattern in ROUDI_LITTER for p in pathlib.Path("/tmp").glob(pattern))]:
            path.unlink(missing_ok=True)


WAYS = [Way("memcpy", "memory"), Way("pagecast", "pagecast"), Way("iceoryx", "iceoryx", RouDi), Way("ZeroMQ", "zmq"), Way("Redis", "redis", Redis)]


def available(way, build):
    return (build / f"bin/versus_{way.program}").exists() and (not way.broker or shutil.which(way.broker.needs))


def once(way, mode, size, scale, build, folder, broker):
    """Figures of one measurement."""
    where = {"zmq": folder / "zmq", "redis": folder / "redis"}.get(way.program, f"versus-{os.getpid()}")
    amount = [scale["count"]] if mode == "read" else [scale["hz"], scale["seconds"]]
    command = [build / f"bin/versus_{way.program}", mode, size, *amount, where]
    if mode == "latency" and broker:
        command.append(broker.process.pid)
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-300:] or f"ended with {done.returncode}")
    return json.loads(done.stdout)


def measure(ways, scale, build, folder):
    """{(mode, size, way): figures}: medians over the rounds."""
    runs, brokers = {}, {}
    try:
        for way in [w for w in ways if w.broker]:
            broker = way.broker(folder)
            try:
                brokers[way.name] = broker.__enter__()
            except (RuntimeError, OSError) as e:
                print(f"{way.name}: {e}", file=sys.stderr)
                broker.__exit__() if broker.process else None
        for turn in range(scale["rounds"]):
            for size in scale["sizes"]:
                for mode in ("read", "latency"):
                    for way in ways:
                        if way.broker and way.name not in brokers:
                            continue
                        try:
                            got = once(way, mode, size, scale, build, folder, brokers.get(way.name))
                        except (RuntimeError, subprocess.TimeoutExpired) as e:
                            print(f"{way.name}, {mode} of {size}: {e}", file=sys.stderr)
                            continue
                        runs.setdefault((mode, size, way.name), []).append(got)
                        print(f"round {turn + 1}: {mode:7} {size:8} B {way.name:9} p50 {got['p50_us']:9.3f} us, p99 {got['p99_us']:9.3f} us, "
                              f"{got['cpu_us']:8.1f} us CPU a value", file=sys.stderr, flush=True)
    finally:
        for broker in brokers.values():
            broker.__exit__()
    return {key: {f: statistics.median(r[f] for r in all_) for f in ("p50_us", "p99_us", "cpu_us")} for key, all_ in runs.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    p.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--note", default="", help="a sentence for the page")
    for flag in ("install", "moment", "print"):
        p.add_argument(f"--{flag}", action="store_true")
    args = p.parse_args()
    if args.install:
        subprocess.run([ROOT / "scripts/install-deps.sh", "bench"], check=True)
        return print("now: cmake --preset release && cmake --build --preset release")
    build = args.build.resolve()
    scale = {"rounds": args.rounds, "sizes": SIZES, "count": 400, "hz": 200, "seconds": 1.5}
    if args.moment:
        scale = {"rounds": 1, "sizes": [64, 65536], "count": 10, "hz": 200, "seconds": 0.2}
    missing = [n for n in ("versus_memory", "versus_pagecast") if not (build / "bin" / n).exists()]
    if missing:
        p.error(f"{build}/bin has no {', '.join(missing)}: cmake --preset release && cmake --build --preset release")
    ways = [w for w in WAYS if available(w, build) and not (args.moment and w.broker)]
    print("not here:", ", ".join(w.name for w in WAYS if w not in ways) or "none", file=sys.stderr)
    before = machine.Machine()
    with tempfile.TemporaryDirectory(prefix="pc-local-") as folder:
        found = measure(ways, scale, build, pathlib.Path(folder))
    if not any(way == "memcpy" for _, _, way in found):
        sys.exit("nothing could be measured; what stood there is left as it is")
    run = {"found": found, "ways": [w.name for w in ways if any(k[2] == w.name for k in found)], "sizes": scale["sizes"], "note": args.note,
           "date": datetime.date.today(), "machine": machine.description(), "busy": machine.how_busy(before.told()),
           "rounds": scale["rounds"]}
    if args.moment or args.print:
        print(page.text(run))
    else:
        page.write(args.docs, run)
        print(f"{args.docs}/performance-local.md", file=sys.stderr)


if __name__ == "__main__":
    main()
