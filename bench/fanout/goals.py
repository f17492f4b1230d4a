"""What the fan-out is meant to reach, beside what was measured.

A goal is judged by its worst cell. `-`: not in this run. Everything is a ratio within one run, or a bound that does not
depend on how fast the machine is, except where the goal itself is in seconds or bytes."""


class Found:
    """The medians of a run, by what they are asked for."""

    def __init__(self, medians):
        self.all = medians

    def cells(self, what, *servers, where=lambda c: True):
        """Cells that all these servers have."""
        return sorted({c for w, c, _ in self.all if w == what and where(c) and all((what, c, s) in self.all for s in servers)})

    def get(self, what, cell, server, figure):
        return self.all.get((what, cell, server), {}).get(figure)

    def ratio(self, what, cell, figure, over="limit", server="pagecast"):
        a, b = self.get(what, cell, server, figure), self.get(what, cell, over, figure)
        return a / b if a and b else None

    def one(self, what, server="pagecast", where=lambda c: True):
        """(cell, figures) of the only such cell, or of the last."""
        cells = self.cells(what, server, where=where)
        return (cells[-1], self.all[what, cells[-1], server]) if cells else (None, None)


# Where a goal that is not met is explained, by what its text begins with: headings of docs/performance-profiles.md.
WHY = {
    "messages a second, 1000": "messages-a-second",
    "updates a second with 16 regions due per tick": "sixteen-regions",
    "server CPU per message": "messages-a-second",
    "updates a second: ahead of NATS": "nats",
    "messages a second: at least twice mosquitto's": "messages-a-second",
    "updates a second with 16 regions due: at least 5 times NATS's": "nats",
    "the same against Node ws": "sixteen-regions",
    "one viewer": "one-viewer",
    "10,000 regions": "at-rest",
    "CPU per update, 16 bytes changed": "large-regions",
}


def why(goal):
    return next((heading for start, heading in WHY.items() if goal.startswith(start)), None)


SIZES = {64: "64 B", 1024: "1 KiB", 16384: "16 KiB"}


def label(cell):
    return (f"{cell.viewers} x {SIZES.get(cell.bytes, f'{cell.bytes} B')}" + (f" x {cell.due} regions" if cell.due > 1 else "")
            + (", TLS" if cell.tls else ""))


def plain(cell):
    return not cell.tls and not cell.stall


def worst(points, least):
    """('measured', met) of [(cell, ratio)]: the one that is farthest from the goal, and how many reach it."""
    points = [(c, r) for c, r in points if r is not None]
    if not points:
        return "-", None
    good = (lambda r: r >= least[1]) if least[0] == ">=" else (lambda r: r <= least[1])
    cell, bad = (min if least[0] == ">=" else max)(points, key=lambda p: p[1])
    reached = sum(good(r) for _, r in points)
    return f"{bad:.2f} at {label(cell)}; {reached} of {len(points)} cells reach it", reached == len(points)


def against_peer(f, peer, figure, least, where):
    cells = f.cells("saturated", "pagecast", peer, where=lambda c: plain(c) and where(c))
    return worst([(c, f.ratio("saturated", c, figure, over=peer)) for c in cells], (">=", least))


def throughput(f):
    one = f.cells("saturated", "limit", "pagecast", where=lambda c: plain(c) and c.due == 1 and c.viewers >= 1000)
    many = f.cells("saturated", "limit", "pagecast", where=lambda c: plain(c) and c.due == 16 and c.viewers >= 1000)
    rate = f.cells("fixed", "limit", "pagecast", where=lambda c: plain(c) and c.due == 1 and c.viewers >= 1000)
    yield ("messages a second, 1000 and 5000 viewers, 64 B to 16 KiB: at least 0.9 of the limit's",
           *worst([(c, f.ratio("saturated", c, "frames_s")) for c in one], (">=", 0.9)))
    yield ("updates a second with 16 regions due per tick: at least 8 times the limit's",
           *worst([(c, f.ratio("saturated", c, "updates_s")) for c in many], (">=", 8)))
    yield ("server CPU per message to a viewer, at a rate that all can hold: at most 1.15 of the limit's",
           *worst([(c, f.ratio("fixed", c, "us_frame")) for c in rate], ("<=", 1.15)))


def peers(f, names):
    # To a few viewers the bridge sends as often as max_hz allows, 1000 times a second here, and then rests.
    everywhere = lambda c: c.viewers >= 100  # noqa: E731
    for peer, figure, least, where, text in (
            ("nats", "updates_s", 1, everywhere, "updates a second: ahead of NATS in every cell"),
            ("mosquitto", "frames_s", 2, lambda c: c.due == 1 and c.viewers >= 100, "messages a second: at least twice mosquitto's"),
            ("nats", "updates_s", 5, lambda c: c.due == 16 and c.viewers >= 100, "updates a second with 16 regions due: at least 5 times NATS's"),
            ("mosquitto", "updates_s", 5, lambda c: c.due == 16 and c.viewers >= 100, "the same against mosquitto"),
            ("node ws", "updates_s", 5, lambda c: c.due == 16 and c.viewers >= 100, "the same against Node ws")):
        yield (text, *(against_peer(f, peer, figure, least, where) if peer in names else ("- (not installed)", None)))
    yield ("the same against uWebSockets", "- (neither in Debian nor on npm)", None)


def bound(value, text, met):
    return (text if value is not None else "-"), (met if value is not None else None)


def latency(f):
    _, tcp = f.one("first", "tcp")
    _, ours = f.one("first")
    _, least = f.one("first", "relay")
    times = ours["p50_ms"] / tcp["half_ms"] if tcp and ours and tcp["half_ms"] else None
    beside = f", {1000 * least['p50_ms']:.0f} for a futex and a send()" if least else ""
    yield ("one viewer, publish to viewer, p50: at most 1.5 times half a raw TCP round trip",
           *bound(times, f"{times:.2f} times ({1000 * ours['p50_ms']:.0f} us against {1000 * tcp['half_ms']:.0f}{beside})" if times else "",
                  times is not None and times <= 1.5))


def at_rest(f, most, where):
    cell, idle = f.one("idle", where=where)
    if not idle:
        return "-", None
    _, floor = f.one("idle", "limit")
    notes = [f"{cell.regions} regions, {cell.viewers} viewers"]
    if floor and cell.viewers:
        notes.append(f"{100 * floor['cpu']:.2f} % is a frame a second to each, from the limit")
    if cell.regions < 10000:
        notes.append("more need more descriptors than this machine allows")
    return f"{100 * idle['cpu']:.2f} % ({'; '.join(notes)})", idle["cpu"] < most


def resting(f):
    yield ("10,000 regions, nobody watches, nothing changes: less than 1 % of a core", *at_rest(f, 0.01, lambda c: not c.viewers))
    yield ("10,000 regions and 1000 viewers, nothing changes: less than 1 % of a core", *at_rest(f, 0.01, lambda c: c.viewers))
    each = rss_each(f, "pagecast")
    yield ("memory per idle viewer: at most 8 KiB", *bound(each, f"{each:.1f} KiB" if each else "", each is not None and each <= 8))


def rss_each(f, server):
    """KiB of resident memory per idle viewer, between the fewest and the most of them."""
    cells = f.cells("memory", server)
    if len(cells) < 2:
        return None
    low, high = cells[0], cells[-1]
    return (f.get("memory", high, server, "rss_kb") - f.get("memory", low, server, "rss_kb")) / (high.viewers - low.viewers)


def costs(f):
    for what, axis, text in (("total", "bytes", "CPU per update, 16 bytes changed: flat in the region's size (at most 1.5 times from smallest to largest)"),
                             ("active", "regions", "CPU of one region that changes: flat in the number of others (at most 1.5 times)")):
        cells = f.cells(what, "pagecast", where=lambda c: f.get(what, c, "pagecast", "updates") or 0)
        grown = None
        if len(cells) > 1:
            low, high = min(cells, key=lambda c: getattr(c, axis)), max(cells, key=lambda c: getattr(c, axis))
            grown = f.get(what, high, "pagecast", "us_update") / max(1e-9, f.get(what, low, "pagecast", "us_update"))
        yield (text, *bound(grown, f"{grown:.2f} times, {getattr(low, axis)} to {getattr(high, axis)} {axis}" if grown else "",
                            grown is not None and grown <= 1.5))


def stalls(f):
    (_, alone), (cell, beside) = f.one("stalled", where=lambda c: not c.stall), f.one("stalled", where=lambda c: c.stall)
    both = alone and beside and alone["p99_ms"] > 0
    times = beside["p99_ms"] / alone["p99_ms"] if both else None
    text = f"{alone['p99_ms']:.1f} ms alone, {beside['p99_ms']:.1f} ms beside {cell.stall} stalled ({times:.2f} times)" if times else ""
    yield ("p99 age at the healthy viewers: not touched by a tenth more that stall (at most 1.5 times)",
           *bound(times, text, times is not None and times <= 1.5))
    each = (beside["rss_kb"] - alone["rss_kb"]) / cell.stall if both else None
    yield ("memory of a stalled viewer: less than 1 MiB", *bound(each, f"{each:.0f} KiB" if both else "", both and each < 1024))
    _, frozen = f.one("frozen")
    yield ("a viewer frozen for 4 s at 100 Hz: at most 4 stale messages when it thaws",
           *bound(frozen, f"{frozen['stale']:.0f}" if frozen else "", bool(frozen) and frozen["stale"] <= 4))
    _, slow = f.one("throttled")
    ok = bool(slow) and slow["ages"] > 0
    yield ("a viewer of 200 KB/s at 810 KB/s of changes: data younger than 0.5 s",
           *bound(slow if ok else None, f"{slow['p50_ms']:.0f} ms, at most {slow['max_ms']:.0f} ms" if ok else "", ok and slow["max_ms"] < 500))


def tls(f):
    cell, _ = f.one("saturated", where=lambda c: c.tls)
    def kept(server):
        a = cell and f.get("saturated", cell, server, "updates_s")
        b = cell and next((f.get("saturated", c, server, "updates_s") for c in f.cells("saturated", server, where=plain)
                           if (c.viewers, c.bytes, c.due) == (cell.viewers, cell.bytes, cell.due)), None)
        return a / b if a and b else None
    ours, limit = kept("pagecast"), kept("limit")
    text = f"{ours:.2f} of plain; the limit's own TLS {limit:.2f} ({label(cell)})" if ours and limit else ""
    return [("TLS: its ratio to plain is told", *bound(ours and limit, text, True))]


def goals(medians, names):
    """[(goal, measured, met)]; met: True, False, or None where this run does not say."""
    f = Found(medians)
    return [*throughput(f), *peers(f, names), *latency(f), *resting(f), *costs(f), *stalls(f), *tls(f)]
