#!/usr/bin/env python3
"""What a server's processor time goes into while it serves viewers: perf(1) beside the load client of run.py.

    bench/fanout/profile.py                                     1000 viewers, 64 B, as fast as it goes: the limit and pagecast
    bench/fanout/profile.py --bytes 16384                       larger payloads
    bench/fanout/profile.py --bytes 1024 --due 16               16 regions a tick
    bench/fanout/profile.py --viewers 1 --hz 60 --seconds 10    one viewer
    bench/fanout/profile.py --viewers 20 --hz 20 --bytes 1048576 --change 16    little of a large region
    bench/fanout/profile.py --rest 10000 --seconds 20           nothing changes: regions, and a heartbeat to each viewer; the limit sends as many
    bench/fanout/profile.py --keep /tmp/p                       keeps perf's files, for perf report -i

Prints us of CPU per message and what they are spent in, as tables. Kernel time is counted by the system call it was spent
in, so the receiving half of loopback, which runs within send(), is part of send. Shares hold on a busy machine, too; the
rates do not. perf has to be installed, and /proc/sys/kernel/perf_event_paranoid at most 1, or root.
"""
import argparse
import collections
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import machine
import measure
import plan
from servers import SERVERS

SETTLE_S = 1.0  # after the last viewer came
SENT = ("send", "sendmsg")
HEAD = re.compile(r"^(?P<comm>\S.*?)\s+(?P<weight>\d+)\s*$")
FRAME = re.compile(r"^\s+[0-9a-f]+\s+(?P<symbol>.*) \((?P<object>[^()]*(?:\([^()]*\))?)\)$")
CALL = re.compile(r"^(?:__x64_sys_|__arm64_sys_|__do_sys_|__se_sys_|__sys_)(\w+)$")
NAMES = {"sendto": "send", "recvfrom": "recv"}
ENTRY = "entry_SYSCALL_64_after_hwframe"
# What is worth a line within the kernel's part: where a stack passes through it first, from the outermost.
PARTS = (("tcp_write_xmit", "send: TCP, IP, loopback, the receiver's half"), ("_copy_from_iter", "send: copying"),
         ("tcp_sendmsg_locked", "send: the rest of TCP"))


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    p.add_argument("--peers", type=pathlib.Path, default=ROOT / "build/peers", help="folder for npm packages")
    p.add_argument("--viewers", type=int, default=1000)
    p.add_argument("--bytes", type=int, default=64)
    p.add_argument("--due", type=int, default=1, help="regions that change per tick")
    p.add_argument("--change", type=int, default=0, help="bytes of each payload that change; 0: all")
    p.add_argument("--hz", type=float, default=0, help="ticks a second; 0: as fast as it goes")
    p.add_argument("--rest", type=int, default=0, metavar="REGIONS", help="nothing changes in so many regions")
    p.add_argument("--seconds", type=float, default=4)
    p.add_argument("--servers", nargs="*", default=["limit", "pagecast"])
    p.add_argument("--sleep", action="store_true", help="the load client sleeps when nothing comes, as it always does at a rate")
    p.add_argument("--rate", type=int, default=3000, help="samples a second")
    p.add_argument("--lines", type=int, default=24, help="of a table; what is smaller is summed up")
    p.add_argument("--keep", type=pathlib.Path, help="folder for perf's files")
    args = p.parse_args()
    args.build, args.peers, args.pem = args.build.resolve(), args.peers.resolve(), None
    missing = [n for n in ("bin/pagecastd", "bin/fan_load", "bin/fan_limit") if not (args.build / n).exists()]
    if missing:
        p.error(f"{args.build} has no {', '.join(missing)}: cmake --preset release && cmake --build --preset release")
    unknown = [n for n in args.servers if n not in SERVERS]
    if unknown:
        p.error(f"no server {', '.join(unknown)}: {', '.join(SERVERS)}")
    if not shutil.which("perf"):
        p.error("perf is not installed (Debian: linux-perf)")
    return args


class Recording:
    """perf record of a server, from when its viewers are there until the load client is through."""

    def __init__(self, server, viewers, rate, path, settle_s=SETTLE_S):
        self.pid, self.viewers, self.rate, self.path, self.settle_s = server.process.pid, viewers, rate, path, settle_s
        self.ended, self.failure = threading.Event(), "the viewers did not come"
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def connections(self):
        try:
            return sum(os.readlink(f"/proc/{self.pid}/fd/{n}").startswith("socket:") for n in os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return 0

    def run(self):
        while self.connections() < self.viewers + 1:
            if self.ended.wait(0.1):
                return
        if self.ended.wait(self.settle_s):
            return
        perf = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(self.rate), "-g", "-p", str(self.pid), "-o", self.path],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not self.ended.wait(0.1) and perf.poll() is None:
            pass
        perf.terminate()
        said = perf.communicate()[1]
        self.failure = "" if self.path.exists() and self.path.stat().st_size else said.strip() or "perf recorded nothing"

    def end(self):
        self.ended.set()
        self.thread.join()
        if self.failure:
            raise RuntimeError(self.failure)


def stacks(lines):
    """(thread's name, weight, [(symbol, object)] innermost first) of each sample that perf script tells."""
    comm, weight, frames = None, 0, []
    for line in lines:
        frame = FRAME.match(line)
        if frame:
            frames.append((frame["symbol"], frame["object"]))
        elif line.strip():
            head = HEAD.match(line)
            comm, weight, frames = (head["comm"], int(head["weight"]), []) if head else (None, 0, [])
        elif comm is not None:
            yield comm, weight, frames
            comm = None
    if comm is not None:
        yield comm, weight, frames


def place(comm, frames):
    """The line of the table a sample belongs to, and the function it was in."""
    if not frames:
        return f"{comm}: ?", "?"
    calls = [CALL.match(symbol) for symbol, _ in frames]
    call = next((c[1] for c in reversed(calls) if c), None)
    symbol, lib = frames[0]
    if call:
        call = NAMES.get(call, call)
        if call in SENT:
            symbols = [s for s, _ in frames]
            return next((text for s, text in PARTS if s in symbols), "send: the rest"), symbol
        return f"kernel: {call}", symbol
    if lib.startswith("[kernel"):
        symbols = [s for s, _ in frames]
        if ENTRY in symbols and "schedule" not in symbols:
            return "kernel: entry into calls and exit", symbol
        return "kernel: switching, interrupts", symbol
    name = pathlib.Path(lib.replace(" (deleted)", "")).name
    return name, symbol if symbol != "[unknown]" else f"{name} (no symbol)"


def profile(told):
    """({line: weight}, {function: weight}, weight of all) of what perf script tells"""
    lines, functions = collections.Counter(), collections.Counter()
    for comm, weight, frames in stacks(told):
        line, function = place(comm, frames)
        lines[line] += weight
        functions[f"{function} [{line.split(':')[0]}]"] += weight
    return lines, functions, sum(lines.values())


def one(name, cell, args, folder):
    path = folder / f"{name.replace(' ', '-')}-{cell.viewers}-{cell.bytes}-{cell.due}-{cell.hz:g}.data"
    job = plan.Job("saturated", name, cell, args.seconds + SETTLE_S, sleeps=args.sleep)
    settle_s = SETTLE_S
    if args.rest and name == "pagecast":
        job = plan.rest(cell.viewers, args.rest, args.seconds + SETTLE_S)
        settle_s += plan.announced_s(cell.viewers, args.rest)
    with SERVERS[name](args, job.cell) as server:
        time.sleep(job.settle)
        recording = Recording(server, cell.viewers, args.rate, path, settle_s)
        try:
            found = measure.load(server, job, args.build)
        finally:
            recording.end()
    with subprocess.Popen(["perf", "script", "-i", path, "-F", "comm,period,ip,sym,dso"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, errors="replace") as script:
        parts = profile(script.stdout)
    if not parts[2]:
        raise RuntimeError(f"perf script told nothing of {path}")
    return found, parts


def table(title, key, profiles, most):
    """Rows are what time is spent in, columns servers: us per message and share."""
    rows = collections.Counter()
    for _, (found, parts) in profiles.items():
        for what, weight in parts[key].items():
            rows[what] = max(rows[what], weight / parts[2] * found["us_frame"])
    head = [title, *(f"{name}, us | share" for name in profiles)]
    text = ["| " + " | ".join(head) + " |", "|:--|" + "--:|--:|" * len(profiles)]
    def row(what, weigh):
        cells = [(weigh(parts[key]) / parts[2], found["us_frame"]) for found, parts in profiles.values()]
        return f"| {what} | " + " | ".join(f"{share * us:.2f} | {100 * share:.1f} %" for share, us in cells) + " |"
    shown = [what for what, _ in rows.most_common(most)]
    text += [row(what, lambda c, what=what: c[what]) for what in shown]
    if len(rows) > most:
        text.append(row("what is smaller", lambda c: sum(w for k, w in c.items() if k not in shown)))
    return "\n".join(text) + "\n"


def main():
    args = arguments()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    cell = plan.Cell(args.viewers, args.bytes, args.due, args.hz, args.due, args.change)
    if args.rest:
        cell = plan.heartbeats(args.viewers)
    before, profiles = machine.Machine(), {}
    with tempfile.TemporaryDirectory(prefix="pc-profile-") as folder:
        folder = args.keep or pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in args.servers:
            try:
                profiles[name] = one(name, cell, args, folder)
            except (RuntimeError, OSError, subprocess.TimeoutExpired, ValueError) as e:
                sys.exit(f"{name}: {e}")
    rate = f"{args.hz:g} Hz" if args.hz else "as fast as it goes"
    what = f"{args.rest} regions in which nothing changes" if args.rest else f"{args.bytes} B x {args.due} regions, {rate}"
    print(f"{args.viewers} viewers x {what}; "
          f"{machine.description()}. {machine.how_busy(before.told())}\n")
    for name, (found, parts) in profiles.items():
        print(f"- {name}: {found['frames_s']:,.0f} messages/s, {found['updates_s']:,.0f} updates/s, {found['us_frame']:.2f} us of CPU a message, "
              f"{100 * found['cpu']:.{2 if args.rest else 0}f} % of a core; age p50 {found['p50_ms']:.2f} ms")
    print("\n" + table("spent in", 0, profiles, args.lines))
    print(table("function", 1, profiles, args.lines))


if __name__ == "__main__":
    main()
