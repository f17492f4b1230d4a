"""What is measured: cells, and for each kind of figure the jobs that give it."""
import resource
from dataclasses import dataclass, replace

PEERS = ("mosquitto", "nats", "node ws")
SIZES = (64, 1024, 16384)
TICK_BYTES_MAX = 256 << 20  # of all viewers together: beyond that one tick takes a second by itself


@dataclass(frozen=True, order=True)
class Cell:
    viewers: int
    bytes: int
    due: int = 1       # regions that change per tick
    hz: float = 0      # 0 = as fast as it goes
    regions: int = 1
    change: int = 0    # bytes of each payload that change; 0 = all
    tls: bool = False
    stall: int = 0     # viewers besides, that never read


@dataclass(frozen=True)
class Job:
    what: str          # kind of figure: a section of the page
    server: str
    cell: Cell
    seconds: float
    rounds: int = 1    # how often, if there is time
    more: tuple = ()   # for the load client
    settle: float = 0  # seconds before viewers come
    sleeps: bool = False  # the load client sleeps when nothing comes, also as fast as it goes


def saturated(viewers, size, due=1, tls=False):
    return Cell(viewers, size, due, 0, due, tls=tls)


def fixed_rate(viewers, size, due=1):
    """A rate that every server can keep up with on one shared core."""
    return Cell(viewers, size, due, round(max(1, min(60, 12000 / viewers / due, 60e6 / viewers / size / due)), 1), due)


def regions_that_fit(viewers, most=10000):
    """The daemon holds one descriptor for a region, its owner's lock, and one for a viewer."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return most if hard == resource.RLIM_INFINITY else max(1, min(most, (hard - viewers - 200) // 100 * 100))


def crossed(counts, dues):
    return [(n, s, d) for d in dues for n in counts for s in SIZES if n * s * d <= TICK_BYTES_MAX]


def versus(what, cells, names, seconds, rounds, peer_rounds):
    """Every cell with all servers, one after the other."""
    return [Job(what, name, cell, seconds, peer_rounds if name in PEERS else rounds) for cell in cells for name in names]


def apart(names, freeze_s, throttle_s, rounds=1):
    """A viewer that freezes at 100 Hz, and one of 200 KB/s that is sent 13.5 KB 60 times a second."""
    frozen, slow = Cell(2, 1024, 1, 100), Cell(2, 13500, 1, 60)
    return [job for name in names for job in (
        Job("frozen", name, frozen, freeze_s + 1, rounds, ("--ack", "1", "--freeze", str(int(1000 * freeze_s)))),
        Job("throttled", name, slow, throttle_s, rounds, ("--ack", "1", "--throttle", "200000")))]


def heartbeats(viewers):
    """What of an idle bridge's work is none of its own: a frame a second to each viewer."""
    return Cell(viewers, 64, 1, 1)


def announced_s(viewers, regions):
    """Each viewer that comes is told of each region: some megabytes in all, or gigabytes."""
    return viewers * regions / 1e6


def rest(viewers, regions, seconds):
    """Nothing changes. Viewers watch one region, so that their heartbeats have a row of liveness."""
    more = ("--ask", "60", "--target", "*.r0", "--warm", str(0.75 * seconds + announced_s(viewers, regions)))
    return Job("idle", "pagecast", Cell(viewers, 64, 0, 0, regions), seconds, 1, more, seconds / 4 + regions / 2000)


def own(seconds, rounds, viewers, idle_viewers, regions, idle_s=6):  # two rounds of what viewers say: a PING in three seconds
    """What is asked of pagecast alone, or of it and the limit: latency, memory, idleness, stalled viewers."""
    one, crowd = Cell(1, 64, 1, 60), fixed_rate(viewers, 1024)
    idle = ("--ask", "60", "--target", "*.r0", "--warm", "1")
    return [*(Job("first", name, one, seconds, rounds) for name in ("tcp", "limit", "relay", "pagecast")),
            *(Job("memory", name, Cell(n, 64, 0), min(seconds, 1), 1, idle) for n in idle_viewers for name in ("limit", "pagecast")),
            *(Job("stalled", "pagecast", replace(crowd, stall=s), seconds, rounds) for s in (0, viewers // 10)),
            *(rest(n, regions, idle_s) for n in (0, viewers)),
            Job("idle", "limit", heartbeats(viewers), idle_s, 1, ("--warm", "1"))]


def curves(seconds, points, rounds=1):
    """What pagecast costs against one thing at a time; points: how many of each."""
    one_of = ("--ask", "60", "--target", "*.r0", "--warm", "3")
    def along(what, xs, cell, *more):
        chosen = xs if points >= len(xs) else (xs[0], *xs[len(xs) - points + 1:])
        return [Job(what, "pagecast", cell(x), seconds, rounds, more, 1 + cell(x).regions / 2000) for x in chosen]
    regions = sorted({n for n in (1, 100, 1000, 4000)} | {regions_that_fit(1, 10000)})
    return [*along("idle_regions", regions, lambda n: Cell(1, 64, 0, 0, n), *one_of),
            *along("active", regions, lambda n: Cell(1, 64, 1, 60, n), *one_of, "--regions", "1"),
            *along("idle_viewers", (1, 100, 1000, 5000), lambda n: Cell(n, 64, 0), *one_of),
            *along("viewers", (10, 100, 1000, 5000), lambda n: Cell(n, 1024, 1, 5)),
            *along("changed", (16, 1024, 8192, 32768), lambda n: Cell(100, 65536, 1, 20, 1, n)),
            *along("total", (64, 4096, 65536, 1048576), lambda n: Cell(20, n, 1, 20, 1, 16), "--warm", "1.5")]


def full(names, seconds, rounds, counts):
    cells = crossed(counts, (1, 16, 64))
    ours = [n for n in names if n not in PEERS]
    return [*versus("saturated", [saturated(*c) for c in cells], names, seconds, rounds, rounds),
            *versus("fixed", [fixed_rate(*c) for c in cells], names, seconds, rounds, rounds),
            *versus("saturated", [saturated(1000, s, tls=True) for s in SIZES], ours, seconds, rounds, rounds),
            *own(seconds, rounds, 1000, (1, 1000, 5000), regions_that_fit(1000)),
            *apart(names, 4, 8), *curves(seconds, 5)]


def matrix(names, counts, seconds, rounds=3):
    """Every cell, short, and nothing else; then, while there is time, the limit and pagecast again."""
    cells = crossed(counts, (1, 16, 64))
    return [*versus("saturated", [saturated(*c) for c in cells], names, seconds, rounds, 1),
            *versus("fixed", [fixed_rate(*c) for c in cells], names, seconds, rounds, 1)]


def quick(names, rounds=3):
    """Each kind of figure within six minutes; then, while there is time, all but the peers again."""
    ours = [n for n in names if n not in PEERS]
    cells = [saturated(*c) for c in ((1000, 64), (1000, 1024), (1000, 16384), (5000, 1024), (1000, 64, 16), (1000, 1024, 16))]
    rates = [fixed_rate(1000, 64), fixed_rate(1000, 16384)]
    return [*versus("saturated", cells, names, 1, rounds, 1),
            *versus("saturated", [saturated(1000, 1024, tls=True)], ours, 1, rounds, 1),
            *versus("fixed", rates, names, 1.5, rounds, 1),
            *own(1.5, rounds, 1000, (1, 2000), regions_that_fit(1000)),
            *apart(ours, 4, 6),
            *[j for j in curves(1, 2) if j.what in ("changed", "total", "active")]]


def moment():
    """Each kind once and small, to see that all of it works."""
    names = ("limit", "pagecast")
    cells = [saturated(10, 64), saturated(10, 1024), saturated(10, 1024, tls=True), saturated(10, 64, 16)]
    return [*versus("saturated", cells, names, 0.2, 1, 1), *versus("fixed", [fixed_rate(10, 64)], names, 0.3, 1, 1),
            *own(0.3, 1, 10, (1, 10), 20, 0.4), *apart(names, 0.3, 0.5),
            *[replace(j, more=(*j.more, "--warm", "0.5"), settle=0, cell=replace(j.cell, viewers=min(10, j.cell.viewers)))
              for j in curves(0.4, 2) if j.what in ("changed", "total")]]
