"""Many viewers at 60 Hz with a crowd among them that stalls, drops out and talks nonsense: the others do not notice.

Short here; PAGECAST_LOAD=VIEWERS:SECONDS makes it long, as PAGECAST_LOAD=1000:600, or tests/long/run.py. Needs fan_load of
the benchmarks. """
import json
import resource
import subprocess
import sys

from bridge_kit import BIN, SLOW, Daemon, check, main, os, timing

VIEWERS, SECONDS = map(int, os.environ.get("PAGECAST_LOAD", "150:4").split(":"))
PORTION = VIEWERS // 20
ALONE_S, LONG_S = 10, 60  # without the crowd nothing happens that takes long to show


def load(daemon, seconds, *crowd):
    """One run of VIEWERS healthy ones and a crowd; what the healthy ones saw, and by how much the daemon grew."""
    before, highest = daemon.rss_kb(), 0
    process = subprocess.Popen([BIN / "fan_load", "pagecast", str(daemon.port), str(VIEWERS + sum(map(int, crowd[1::2]))),
                                str(seconds), "--pid", str(daemon.process.pid), "--bytes", "1000", "--hz", "60", "--ask", "60",
                                "--publish", f"pagecast:{daemon.instance}", *crowd], stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        highest = max(highest, daemon.rss_kb())
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass
    check(process.returncode == 0, "the load client ended with", process.returncode)
    found = json.loads(process.stdout.read())
    found["grown_kb"] = highest - before
    return found


@timing
def test_a_crowd_that_stalls_drops_out_and_talks_nonsense_costs_nobody_else():
    if not (BIN / "fan_load").exists():
        print("      skipped: the benchmarks are not built")
        sys.exit(77)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    d = Daemon("  INSTANCE.r0: { writer: external, size: 1000 }\n", {"auth": "none", "max_viewers": 20000, "max_half_open": 10000})
    crowd = ("--stall", str(2 * PORTION), "--drop", str(PORTION), "--garbage", str(PORTION))
    alone_s = min(SECONDS, ALONE_S)
    load(d, alone_s)  # the first run fills caches and heap
    runs = [(load(d, alone_s), load(d, SECONDS, *crowd)) for _ in range(2 if SECONDS < LONG_S else 1)]
    alone = min(a["p99_ms"] for a, _ in runs)
    beside = min(b["p99_ms"] for _, b in runs)
    rate = max(b["updates"] / b["seconds"] / VIEWERS for _, b in runs)
    grown = max(b["grown_kb"] for _, b in runs)
    print(f"      {VIEWERS} viewers, crowd {4 * PORTION}: p99 age {alone:.1f} ms alone, {beside:.1f} ms beside it for {SECONDS} s; "
          f"{rate:.0f} updates a second each; at most {grown} KB more")
    check(beside < 3 * alone + 50 * SLOW, "p99 age of the healthy:", beside, "ms beside the crowd,", alone, "alone")
    check(rate > 15 / SLOW, "updates a second:", rate)
    # each connection some KiB (lws, sockets are the kernel's), each stalled one a message on its way
    check(grown < 64 * (VIEWERS + 4 * PORTION) + 4096, "grown by", grown, "KB")
    d.stop()


if __name__ == "__main__":
    main(globals())
