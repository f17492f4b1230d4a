"""Which machine a benchmark had, and how much of it: for the pages that are written."""
import os
import pathlib
import platform
import re
import resource
import time

QUIET = 0.05  # share of the machine that others may take


def description():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", text)
    return f"{model[1] if model else platform.machine()}, {text.count('processor')} cores, Linux {platform.release().split('-')[0]}"


def busy_s():
    """CPU seconds that this machine has been busy, and of those the ones that its host took (steal)."""
    with open("/proc/stat") as stat:
        fields = [int(n) / os.sysconf("SC_CLK_TCK") for n in stat.readline().split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = fields
    return user + nice + system + irq + softirq, steal


def own_s():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


class Machine:
    """How much of the machine was others' while we measured."""

    def __init__(self):
        self.start, self.busy, self.own, self.load = time.monotonic(), busy_s(), own_s(), os.getloadavg()[0]

    def told(self):
        took = (time.monotonic() - self.start) * (os.cpu_count() or 1)
        busy, steal = busy_s()
        others = busy - self.busy[0] - (own_s() - self.own)
        return {"load_before": self.load, "load_after": os.getloadavg()[0], "others": max(0.0, others / took),
                "steal": (steal - self.busy[1]) / took, "seconds": time.monotonic() - self.start}


def how_busy(told):
    text = (f"Load average {told['load_before']:.1f} before, {told['load_after']:.1f} after; during the run other programs took {100 * told['others']:.0f} % "
            f"of the machine, its host {100 * told['steal']:.0f} %.")
    if told["others"] + told["steal"] > QUIET:
        return text + " **The machine was busy**: times, and what depends on them, are too bad by an unknown amount; take them from a quiet one."
    return text + " The machine was quiet."
