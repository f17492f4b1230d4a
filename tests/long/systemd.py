#!/usr/bin/env python3
"""The Debian packages under a live systemd: install, reload, restart, watchdog, sandbox, upgrade, removal. Two minutes, as root.

    cmake --preset deb && cmake --build --preset deb && (cd build/deb && cpack)
    tests/long/systemd.py [--debs build/deb] [--root .cache/systemd-root] [--suite bookworm] [--mirror URL]

The systemd is the first process of namespaces of its own; nothing outside is touched, and nothing stays but --root, a small Debian made
by debootstrap in the first run (250 MB, from the network; remove it to have it made anew). Every step is a line; what does not hold is
said, with the journal of the service, and the exit status is 1. On a machine that cannot do this: 77, with the reason.
"""
import argparse
import json
import mmap
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

from systemd_machine import Machine, prepare

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77
CONFIG = "/etc/pagecast/pagecast.yaml"
OVEN = "regions:\n  oven: { writer: external, layout: { temp: { type: f32, unit: degC } } }\n"
WATCHDOG_SECONDS = 15
TRUST = ("env", "PAGECAST_TRUST=pagecast")


class Failed(Exception):
    pass


def hold(fact, what):
    if not fact:
        raise Failed(what)


def wait_until(look, what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return found


class Mapping:
    """A program that has mapped a region once, years ago, and knows nothing of pagecast."""

    def __init__(self, machine, name):
        self.path = machine.path(f"/dev/shm/{name}")
        with open(self.path, "rb") as file:
            self.inode = os.fstat(file.fileno()).st_ino
            self.memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def goes_on(self, what):
        before = self.memory[:]
        wait_until(lambda: self.memory[:] != before, f"{what}: the old mapping of {self.path.name} sees new values")
        hold(self.path.stat().st_ino == self.inode, f"{what}: {self.path.name} is another object now")


class Service:
    """pagecast.service, asked as an operator does."""

    def __init__(self, machine, debs):
        self.machine, self.debs = machine, debs

    def facts(self, *names):
        said = self.machine.run("systemctl", "show", "pagecast", "-p", ",".join(names))
        return dict(line.split("=", 1) for line in said.splitlines())

    def fact(self, name):
        return self.facts(name)[name]

    def pid(self):
        return int(self.fact("MainPID"))

    def outside_pid(self):
        """The daemon as a signal from here needs it."""
        inside, namespace = self.pid(), os.readlink(f"/proc/{self.machine.pid}/ns/pid")
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            if re.search(rf"^NSpid:\t.*\t{inside}$", text, re.M) and "Name:\tpagecastd" in text:
                if os.readlink(status.parent / "ns/pid") == namespace:
                    return int(status.parent.name)
        raise Failed("there is no daemon")

    def install(self):
        self.machine.run("sh", "-c", "dpkg -i /var/tmp/*.deb")

    def ctl(self, verb, status=0):
        return self.machine.run("systemctl", verb, "pagecast", status=status)

    def pagecast(self, *args, user="nobody", status=0):
        """The command line as a login shell has it."""
        return self.machine.run(*TRUST, "pagecast", *args, user=user, status=status)

    def daemon(self):
        return json.loads(self.pagecast("status", "--json"))[0]

    def states(self):
        return {r["name"]: r["state"] for r in json.loads(self.pagecast("list", "--json"))}

    def objects(self):
        return sorted(os.listdir(self.machine.path("/dev/shm")))

    def journal(self, *more):
        return self.machine.run("journalctl", "-u", "pagecast", "--no-pager", "-o", "cat", *more)

    def edit(self, change):
        path = self.machine.path(CONFIG)
        path.write_text(change(path.read_text()))

    def all_live(self):
        wait_until(lambda: {s for n, s in self.states().items() if n != "oven"} == {"live"}, lambda: f"all live: {self.states()}")


# ---- what must hold, in this order ------------------------------------------------------------------------------------

def installing_starts_it(s):
    s.install()
    wait_until(lambda: s.fact("ActiveState") == "active", "active")
    facts = s.facts("SubState", "StatusText", "User", "UnitFileState", "WatchdogUSec", "Type")
    hold(facts == {"SubState": "running", "StatusText": "instance 'main': 9 regions, 2 of 2 plugins running", "User": "pagecast",
                   "UnitFileState": "enabled", "WatchdogUSec": "15s", "Type": "notify"}, facts)
    s.all_live()


def the_journal_is_clean(s):
    lines = [json.loads(line) for line in s.machine.run("journalctl", "-u", "pagecast", "-o", "json").splitlines()]
    ours = [line for line in lines if line["SYSLOG_IDENTIFIER"] == "pagecastd"]
    hold(any(re.match(r"dash: dashboard: http://127\.0\.0\.1:7681/#t=\S{43}$", line["MESSAGE"]) for line in ours), "the address is there")
    hold({line["PRIORITY"] for line in ours} == {"6"}, [line["MESSAGE"] for line in ours if line["PRIORITY"] != "6"])
    stamped = [line["MESSAGE"] for line in ours if re.match(r"<\d>|\d{4}-", line["MESSAGE"])]
    hold(not stamped, f"time and level are the journal's: {stamped}")


def any_user_reads_and_believes_it(s):
    hold(re.search(r"^cores\b|^usage|^total", s.pagecast("read", "sysmon.cpu"), re.M), s.pagecast("read", "sysmon.cpu"))
    said = s.machine.run("pagecast", "list", user="nobody")
    hold("untrusted" in said and "--trust USER" in said, f"who does not know the user is told what to do: {said}")
    said = s.machine.run("pagecast", "status", status=1)
    hold("not trusted" in said and "--trust USER" in said, said)
    said = s.machine.run("sh", "-lc", "pagecast doctor", user="nobody")
    hold("nothing is wrong: 1 daemon, 9 regions" in said, f"login shells know the user: {said}")


def a_right_reload_is_done_when_systemctl_is(s):
    before = s.daemon()
    s.edit(lambda text: text.replace("plugins:\n", OVEN + "plugins:\n", 1))
    s.ctl("reload")
    after = s.daemon()
    hold((after["pid"], after["config_generation"]) == (before["pid"], before["config_generation"] + 1), (before, after))
    hold("oven" in s.states(), s.states())
    hold("main: reloaded, generation 2: regions: 1 added" in s.journal(), "the answer is in the journal")


def a_wrong_reload_fails_and_bothers_nobody(s):
    before = s.daemon()
    s.edit(lambda text: text + "wrong: 1\n")
    s.ctl("reload", status=1)
    s.edit(lambda text: text.removesuffix("wrong: 1\n"))
    after = s.daemon()
    hold((after["pid"], after["reload_count"]) == (before["pid"], before["reload_count"]), after)
    hold("unknown key 'wrong'" in s.journal(), "the journal says why")
    hold(s.fact("ActiveState") == "active", "it goes on")


def a_restart_takes_nothing_from_readers_and_writers(s):
    cpu, oven = Mapping(s.machine, "sysmon.cpu"), Mapping(s.machine, "oven")
    token = s.machine.path("/var/lib/pagecast/dash.token").read_text()
    writer = ("runuser", "-u", "pagecast", "--", "sh", "-c", "i=0; while i=$((i+1)); do echo temp=$i; sleep 0.1; done | pagecast write oven --hold")
    s.machine.run("systemd-run", "--unit=oven-writer", *writer)
    try:
        oven.goes_on("at first")
        before = s.pid()
        s.ctl("restart")
        hold(s.pid() != before, "it is another process")
        cpu.goes_on("after a restart")
        oven.goes_on("after a restart")
        wait_until(lambda: set(s.states().values()) == {"live"}, lambda: f"all live: {s.states()}")
        hold(s.machine.path("/var/lib/pagecast/dash.token").read_text() == token, "the token is the same")
    finally:
        s.machine.run("systemctl", "stop", "oven-writer")


def what_hangs_is_ended_by_the_watchdog(s):
    cpu, before = Mapping(s.machine, "sysmon.cpu"), s.pid()
    os.kill(s.outside_pid(), signal.SIGSTOP)
    wait_until(lambda: s.pid() not in (0, before), "a new process", 2 * WATCHDOG_SECONDS + 10)
    hold("Watchdog timeout" in s.journal(), "it was the watchdog")
    hold(s.fact("NRestarts") == "1", s.fact("NRestarts"))
    cpu.goes_on("after the watchdog")
    s.all_live()


def what_is_killed_comes_back(s):
    cpu, before = Mapping(s.machine, "sysmon.cpu"), s.pid()
    os.kill(s.outside_pid(), signal.SIGKILL)
    wait_until(lambda: s.pid() not in (0, before), "a new process")
    cpu.goes_on("after kill -9")
    s.all_live()


def the_sandbox_is_on(s):
    status = Path(f"/proc/{s.outside_pid()}/status").read_text()
    facts = dict(re.findall(r"^(CapEff|CapBnd|NoNewPrivs|Seccomp):\t(\S+)", status, re.M))
    hold(facts == {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}, facts)
    see = lambda *command, status=0: s.machine.run("nsenter", "-t", str(s.pid()), "-m", "--", *command, status=status)  # noqa: E731
    hold(s.pagecast("read", "sysmon.disks", "filesystem[0].read_only") == "false\n", "the sandbox is not taken for the disk")
    hold("Read-only" in see("touch", "/etc/x", status=1), "the system is read-only")
    see("touch", "/var/lib/pagecast/x", "/run/pagecast/x", "/dev/shm/x")
    see("rm", "/var/lib/pagecast/x", "/run/pagecast/x", "/dev/shm/x")
    score = re.search(r"Overall exposure level for pagecast.service: ([\d.]+)", s.machine.run("systemd-analyze", "security", "--no-pager", "pagecast"))
    print(f"        exposure level {score[1]}")
    hold(float(score[1]) < 2, score[0])


def an_upgrade_is_a_restart_that_nobody_notices(s):
    cpu, before = Mapping(s.machine, "sysmon.cpu"), s.pid()
    s.install()
    wait_until(lambda: s.pid() not in (0, before), "a new process")
    cpu.goes_on("after an upgrade")
    hold("oven:" in s.machine.path(CONFIG).read_text(), "the configuration is the user's")


def stop_leaves_nothing_and_start_begins_anew(s):
    s.ctl("stop")
    hold(s.objects() == [], s.objects())
    hold(s.fact("Result") == "success", s.fact("Result"))
    hold("SIGTERM: stopping" in s.journal(), "in good order")
    s.ctl("start")
    s.all_live()


def removal_leaves_nothing(s):
    s.machine.run("dpkg", "--purge", "libpagecast-dev", "libpagecast0", "pagecast")
    hold(s.objects() == [], s.objects())
    left = [p for p in ("/var/lib/pagecast", "/etc/pagecast", "/lib/systemd/system/pagecast.service", "/run/pagecast") if s.machine.path(p).exists()]
    hold(not left, left)
    hold(s.machine.run("systemctl", "is-active", "pagecast", status=None).strip() == "inactive", "it is gone")
    hold("pagecast" not in s.machine.run("systemctl", "list-unit-files", "--no-legend"), "no link of it is left")


STEPS = [installing_starts_it, the_journal_is_clean, any_user_reads_and_believes_it, a_right_reload_is_done_when_systemctl_is,
         a_wrong_reload_fails_and_bothers_nobody, a_restart_takes_nothing_from_readers_and_writers, what_hangs_is_ended_by_the_watchdog,
         what_is_killed_comes_back, the_sandbox_is_on, an_upgrade_is_a_restart_that_nobody_notices, stop_leaves_nothing_and_start_begins_anew,
         removal_leaves_nothing]


def try_all(machine, debs):
    service = Service(machine, debs)
    for deb in debs:
        shutil.copy(deb, machine.path("/var/tmp"))
    for step in STEPS:
        start = time.monotonic()
        try:
            step(service)
        except (Failed, AssertionError, OSError) as error:
            print(f"FAILED  {step.__name__.replace('_', ' ')}\n        {error}\n{service.journal('-n', '40')}", flush=True)
            return 1
        print(f"ok      {step.__name__.replace('_', ' ')}, {time.monotonic() - start:.1f} s", flush=True)
    return 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--debs", type=Path, default=ROOT / "build/deb")
    p.add_argument("--root", type=Path, default=ROOT / ".cache/systemd-root")
    p.add_argument("--suite", default="bookworm")
    p.add_argument("--mirror", default="http://deb.debian.org/debian")
    args = p.parse_args()
    lacks = [tool for tool in ("debootstrap", "unshare", "nsenter") if not shutil.which(tool)]
    if os.getuid() or lacks:
        print(f"skipped: needs {', '.join(lacks) or 'root'}")
        return SKIPPED
    debs = sorted(args.debs.glob("*.deb"))
    if len(debs) != 3:
        p.error(f"{args.debs} has {len(debs)} packages, not 3: cmake --preset deb && cmake --build --preset deb && (cd build/deb && cpack)")
    prepare(args.root.resolve(), debs, args.suite, args.mirror)
    with Machine(args.root.resolve()) as machine:
        return try_all(machine, debs)


if __name__ == "__main__":
    sys.exit(main())
