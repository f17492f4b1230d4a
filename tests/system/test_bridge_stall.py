"""Viewers that stop and never read again: for ten minutes they cost no more than in the first one, and nobody else.

Seconds here; PAGECAST_STALL_S=600 for ten minutes, or tests/long/run.py. Three kinds of them, each the worst of its kind:
silent (a suspended process: the bridge ends it after 10 s), deaf (a sign of life now and then, so it may stay), and
asking (for answers that it does not fetch: 64 KiB of them end it)."""
import socket

import msgpack

from bridge_kit import SLOW, Daemon, Failed, Socket, Viewer, Writer, check, equal, main, os, time, until
from test_bridge_data import begin, region
from test_bridge_flow import metric
from test_bridge_property import Truth

SECONDS = float(os.environ.get("PAGECAST_STALL_S", "20"))
EACH = 4        # of each kind
MOST_KB = 1024  # that one of them may cost: README.md
FLOOD = 60000   # bytes of a region that changes wholly, 100 times a second
HELLO, SUB, PING = 32, 33, 37


class Stopped:
    """Subscribes to everything as fast as it goes, and never reads; comes back when it is shut out."""
    every = 0.0  # seconds between two things that it says

    def __init__(self, daemon):
        self.daemon, self.ended = daemon, 0
        self.socket = None

    def come(self):
        self.socket = Socket(self.daemon.port, rcvbuf=4096)
        equal(self.socket.upgrade()[0], 101)
        self.socket.frame(msgpack.packb([HELLO, 0, {"token": self.daemon.token}]) + msgpack.packb([SUB, 1, [["**", {"hz": 120}]]]))
        self.socket.socket.setblocking(False)
        self.next = self.came = time.monotonic()

    def act(self):
        if not self.socket:
            return self.come()
        if time.monotonic() < self.next:
            return
        self.next += self.every
        try:
            self.say()
        except BlockingIOError:  # nobody reads what it says either
            pass
        except (ConnectionError, socket.timeout):
            self.end()

    def end(self):
        self.ended += 1
        self.socket.close()
        self.socket = None


class Silent(Stopped):
    every = 1.0

    def say(self):
        silent = time.monotonic() - self.came
        if silent > 20 * SLOW:  # it was given up after 10: what it says now is refused
            self.socket.frame(msgpack.packb([PING, 1]))
            check(silent < 40 * SLOW, "a silent viewer is still served after", silent, "s")


class Deaf(Stopped):
    every = 1.0

    def say(self):
        self.socket.frame(msgpack.packb([PING, 1]))


class Asking(Stopped):
    every = 0.03
    question = msgpack.packb([SUB, 2, [[4000000000, {}]] * 500])  # each row is answered: there is no such region

    def say(self):
        self.socket.frame(self.question)


class Watch:
    """The daemon's memory, in ten parts of the time."""

    def __init__(self, daemon):
        self.daemon, self.before = daemon, daemon.rss_kb()
        self.start, self.highest = time.monotonic(), [0] * 10

    def look(self):
        part = min(9, int(10 * (time.monotonic() - self.start) / SECONDS))
        self.highest[part] = max(self.highest[part], self.daemon.rss_kb() - self.before)


def compare(viewer, truth):
    """All that the neighbour saw was in the region; how much that was."""
    r = viewer.by_name("small")
    seen, r.log[:] = list(r.log), []
    viewer.by_name("flood").log.clear()
    for tick, held in seen:
        check(held == truth.at(tick), "the neighbour's bytes differ at tick", tick)
    return len(seen)


def run(d, neighbour, stopped, watch):
    truth, extra, states, look, news = Truth(500, 7), 0, 0, 0.0, time.monotonic() + 3
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for one in stopped:
            one.act()
        neighbour.read(0.01)
        now = time.monotonic()
        if now > look:
            watch.look()
            states += compare(neighbour, truth)
            look = now + 0.1
        if now > news:  # lists, too, are news for those who do not read
            extra += 1
            d.reload(regions(extra))
            news = now + 3
    return states


def regions(extra):
    return region("small", 500) + region("flood", FLOOD) + region("extra", 10 + extra)


def test_stopped_viewers_cost_a_bounded_amount_for_as_long_as_they_like():
    d = Daemon(regions(0), {"max_viewers": 200})
    flood, small = Writer(d.object("flood")), Writer(d.object("small"))
    begin(flood, "flood 0 100 100000000")
    begin(small, "random 0 7 100 100000000")
    neighbour = Viewer(d, keep=True)
    neighbour.wait_list()
    for name in ("small", "flood"):
        neighbour.sub(name, hz=60)
    neighbour.wait(lambda: neighbour.by_name("small").updates > 20, 20, "a warm neighbour")
    for name in ("small", "flood"):
        neighbour.by_name(name).log.clear()
    kinds = [kind(d) for kind in (Silent, Deaf, Asking) for _ in range(EACH)]
    watch = Watch(d)
    states = run(d, neighbour, kinds, watch)
    ended = {kind.__name__.lower(): sum(s.ended for s in kinds if type(s) is kind) for kind in (Silent, Deaf, Asking)}
    print(f"      {len(kinds)} stopped viewers, KB more at most, by tenths of {SECONDS:.0f} s: {watch.highest}; shut out: {ended}; "
          f"the neighbour saw {states} states", flush=True)
    check(ended["asking"] >= (EACH if SLOW == 1 else 1), "those who ask and do not read were not shut out:", ended)
    check(states > 3 * SECONDS / SLOW, "the neighbour saw", states, "states")
    if SLOW == 1:  # how much memory a sanitizer takes says nothing
        check(max(watch.highest) < len(kinds) * MOST_KB, "grown by", watch.highest, "KB")
        check(max(watch.highest[5:]) < max(watch.highest[:5]) + 2 * MOST_KB, "it goes on growing:", watch.highest, "KB")
    leave(d, neighbour, kinds)
    d.stop()


def leave(d, neighbour, kinds):
    """Who says nothing more is forgotten, although its connection is still open on its own side."""
    def alone():
        neighbour.read(0.05)
        return metric(d, "pagecast_viewers") <= 1
    # 10 s without a message; a closing handshake that nobody answers takes a while, too
    try:
        until(alone, 40, "only the neighbour is counted")
    except Failed:
        raise Failed("counted as viewers 40 s after their last word:", metric(d, "pagecast_viewers") - 1, [bool(k.socket) for k in kinds])


if __name__ == "__main__":
    main(globals())
