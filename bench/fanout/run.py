#!/usr/bin/env python3
"""Fan-out over WebSocket: the physical limit, pagecast, and servers a user would pick, in one run.

    bench/fanout/run.py --install            the peers, from Debian and npm
    bench/fanout/run.py                      everything, about an hour; writes docs/performance.md and its pictures
    bench/fanout/run.py --short              a few cells, once; prints only
    bench/fanout/run.py --moment             limit and pagecast for a moment, to see that all of it works; prints only
    bench/fanout/run.py --curves             only what pagecast costs against regions, viewers, changed bytes; writes that part

Every cell is measured with all servers, one after the other, and that several times; figures are medians, and what
counts is the ratio to the limit of the same run. Server on one core, load client on another.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace

import report
from servers import LOAD_CPU, SERVERS, Pagecast, install, installed

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Cell:
    viewers: int
    bytes: int
    due: int = 1       # regions that change per tick
    hz: float = 0      # 0 = as fast as it goes
    regions: int = 1
    change: int = 0    # bytes of each payload that change; 0 = all

    @property
    def updates_per_tick(self):
        return self.viewers * self.due


def fixed_rate(viewers, size, due=1):
    """A rate that every server can keep up with on one shared core."""
    return Cell(viewers, size, due, round(max(1, min(60, 12000 / viewers / due, 60e6 / viewers / size / due)), 1), due)


def saturated(viewers, size, due=1):
    return Cell(viewers, size, due, 0, due)


def load(server, cell, seconds, build, *more):
    # The bridge conflates, so its writer need not wait for anybody: it commits at the highest rate there is.
    hz = cell.hz or (1000 if server.dialect == "pagecast" else 0)
    command = ["taskset", "-c", LOAD_CPU, build / "bin/fan_load", server.dialect, server.port, cell.viewers, seconds,
               "--pid", server.process.pid, "--bytes", cell.bytes, "--regions", cell.regions, "--due", cell.due, "--hz", hz,
               "--change", cell.change, *more]
    if server.publish and cell.due:
        command += ["--publish", server.publish]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"load ended with {done.returncode}")
    found = json.loads(done.stdout)
    for what in ("frames", "updates", "bytes"):
        found[what + "_s"] = found[what] / found["seconds"]
    found["cpu"] = found["cpu_s"] / found["seconds"]
    found["us_update"] = 1e6 * found["cpu_s"] / max(1, found["updates"])
    found["us_frame"] = 1e6 * found["cpu_s"] / max(1, found["frames"])
    return found


def measure(cells, names, rounds, seconds, args):
    """{(cell, server): {figure: median}}; every round goes through all servers of a cell before the next cell."""
    runs = {}
    for turn in range(rounds):
        for cell in cells:
            for name in names:
                try:
                    with SERVERS[name](args.build, args.peers, cell) as server:
                        runs.setdefault((cell, name), []).append(load(server, cell, seconds, args.build))
                except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
                    print(f"{name} at {cell}: {e}", file=sys.stderr)
                    continue
                got = runs[cell, name][-1]
                print(f"{turn + 1}/{rounds} {cell.viewers:5} x {cell.bytes:5} B x {cell.due:2} @ {cell.hz:4}: {name:10}"
                      f"{got['frames_s']:9.0f} frames/s {got['updates_s']:9.0f} updates/s {got['us_update']:7.2f} us each "
                      f"age {got['p50_ms']:.1f}/{got['p99_ms']:.1f} ms", file=sys.stderr, flush=True)
    return {key: {f: statistics.median(r[f] for r in all_) for f in all_[0]} for key, all_ in runs.items() if all_}


def curves(args, seconds):
    """What pagecast alone costs: lists of (x, y)."""
    def one(cell, figure, *more):
        try:
            with Pagecast(args.build, args.peers, cell) as server:
                time.sleep(1 + cell.regions / 2000)
                got = load(server, cell, seconds, args.build, *more)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
            print(f"{cell}: {e}", file=sys.stderr)
            return None
        print(f"{cell}: {100 * got['cpu']:.2f} % of a core, {got['us_update']:.2f} us an update", file=sys.stderr, flush=True)
        if figure == "cpu":
            return 100 * got["cpu"]
        return got[figure] if got["updates"] else None  # nothing came in this short while: no point

    def along(points):
        return [(x, y) for x, y in points if y is not None] or [(0, 0)]
    top = 2 if args.short else 4
    one_of = ("--ask", "60", "--target", "*.r0", "--warm", "3")
    regions = (1, 100, 1000, 4000, 9000)[:top + 1]  # two descriptors each
    idle_viewers = (1, 100, 1000, 5000)[:top]
    return {
        "idle": along((n, one(Cell(1, 64, 0, 0, n), "cpu", *one_of)) for n in regions),
        "active": along((n, one(Cell(1, 64, 1, 60, n), "cpu", *one_of, "--regions", "1")) for n in regions),
        "idle_viewers": along((n, one(Cell(n, 64, 0, 0, 1), "cpu", *one_of)) for n in idle_viewers),
        "viewers": along((n, one(Cell(n, 1024, 1, 5), "us_update")) for n in (10, 100, 1000, 5000)[:top]),
        "changed": along((n, one(Cell(100, 65536, 1, 20, 1, n), "us_update")) for n in (16, 1024, 8192, 32768)[:top]),
        "total": along((n, one(Cell(100, n, 1, 20, 1, 16), "us_update")) for n in (64, 4096, 65536, 1048576)[:top]),
    }


def special(args):
    """A viewer that freezes for 4 s at 100 Hz, and one of 200 KB/s that is sent 13.5 KB 60 times a second."""
    found = {}
    names = ["pagecast"] if args.short else [n for n in SERVERS if installed(n, args.peers)]
    for name in names:
        row = {}
        for what, cell, more in (("frozen", Cell(2, 1024, 1, 100), ("--freeze", "4000")),
                                 ("throttled", Cell(2, 13500, 1, 60), ("--throttle", "200000"))):
            try:
                with SERVERS[name](args.build, args.peers, cell) as server:
                    row[what] = load(server, cell, 5 if what == "frozen" else 8, args.build, "--ack", "1", *more)
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
                print(f"{name} {what}: {e}", file=sys.stderr)
        found[name] = row
    return found


def cells_of(args):
    if args.moment:
        return [fixed_rate(20, 64), saturated(20, 64), saturated(20, 64, 16)]
    if args.short:
        return [fixed_rate(100, 1024), saturated(100, 64), saturated(100, 64, 16)]
    sizes, counts = (64, 1024, 16384), args.counts
    cells = [make(n, s) for make in (saturated, fixed_rate) for n in counts for s in sizes]
    return cells + [make(1000, s, due) for make in (saturated, fixed_rate) for s in (64, 1024) for due in (16, 64)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    p.add_argument("--peers", type=pathlib.Path, default=ROOT / "build/peers", help="folder for npm packages")
    p.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--counts", type=int, nargs="*", default=[1, 100, 1000, 5000], help="numbers of viewers")
    p.add_argument("--servers", nargs="*", default=list(SERVERS))
    p.add_argument("--note", default="", help="a sentence for the page, as: the machine was busy")
    for flag in ("install", "moment", "short", "curves"):
        p.add_argument(f"--{flag}", action="store_true")
    args = p.parse_args()
    args.build, args.peers = args.build.resolve(), args.peers.resolve()
    if args.install:
        return install(args.peers)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = [n for n in args.servers if installed(n, args.peers)]
    print("not installed:", ", ".join(n for n in args.servers if n not in names) or "none", file=sys.stderr)
    load_before = os.getloadavg()
    rounds, seconds = (1, 0.3) if args.moment else (1, 1) if args.short else (args.rounds, args.seconds)
    if args.moment:
        names = ["limit", "pagecast"]
    found = {} if args.curves else measure(cells_of(args), names, rounds, seconds, args)
    lines = {} if args.moment else curves(args, seconds)
    apart = {} if args.curves or args.moment else special(args)
    text = report.page(found, names, lines, apart, load_before, args.note)
    if args.curves:
        report.write_curves(args.docs, lines, load_before, args.note)
    elif args.short or args.moment:
        print(text)
    else:
        report.write(args.docs, text, found, names, lines)


if __name__ == "__main__":
    main()
