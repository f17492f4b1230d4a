"""Limits of what the bridge sends: kept, seen by those they meet, fair to all viewers and regions."""
from bridge_kit import SLOW, Daemon, Viewer, Writer, check, equal, http, main, time, until

SIZE, HZ = 4000, 20


def region(name):
    return f"  {name}: {{ name: INSTANCE.{name}, writer: external, size: {SIZE} }}\n"


def metric(daemon, name):
    body = http(daemon, "/metrics", token=daemon.token)[2].decode()
    return float(next(line.split()[-1] for line in body.splitlines() if line.startswith(name)))


def flood(writer, index, seconds):
    """Each commit changes every byte: each update is a KEY."""
    writer.process.stdin.write(f"flood {index} 60 {int(60 * seconds)}\n")
    writer.process.stdin.flush()


def connect(daemon, count, names, hz=HZ):
    viewers = []
    for _ in range(count):
        v = Viewer(daemon)
        v.wait_list()
        for name in names:
            v.sub(name, hz=hz)
        viewers.append(v)
    return viewers


def follow(viewers, seconds):
    """All of them read for so long; afterwards updates and bytes are of that time alone."""
    for v in viewers:
        v.bytes = v.frames_before = 0
        v.frames_before = v.frames
        for r in v.regions.values():
            r.updates = 0
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        for v in viewers:
            while v.read(0):
                pass
        time.sleep(0.002)
    return time.monotonic() - started


def held(viewer):
    return viewer.hbs[-1][1][3]["held"] if viewer.hbs else 0


def test_under_a_limit_for_half_every_viewer_gets_its_share():
    count = 12
    limit = count * SIZE * HZ // 2
    d = Daemon(region("one"), {"max_bytes_s": limit, "max_viewers": 100})
    w = Writer(d.object("one"))
    viewers = connect(d, count, ["one"])
    flood(w, 0, 40)
    follow(viewers, 0.5)
    took = follow(viewers, 5)
    frames = [v.frames - v.frames_before for v in viewers]
    sent = sum(frames) * SIZE / took
    print(f"      messages in {took:.1f} s: {frames}; {sent / limit:.2f} of the limit")
    check(min(frames) > 0 and max(frames) <= 1.3 * min(frames) + 2, "not the same for all:", frames)
    check(sent < 1.15 * limit, "more than the limit:", sent, limit)
    check(sent > 0.5 * limit / SLOW, "far less than the limit:", sent, limit)
    # Conflation is what happens, and both sides see why.
    until(lambda: follow(viewers, 0.3) and all(held(v) > 0 for v in viewers), 5, "who was held back is told")
    check(all(v.hbs[-1][1][3]["conflated"] > 0 for v in viewers), "nothing was conflated")
    check(metric(d, "pagecast_bridge_held_bridge_total") > 0, "the operator does not see it")
    equal(metric(d, "pagecast_bridge_held_viewer_total"), 0, "held for a limit that is not set")
    d.stop()


def test_under_a_limit_every_region_of_a_viewer_gets_its_share():
    names = [f"r{i}" for i in range(8)]
    limit = len(names) * SIZE * HZ // 2
    d = Daemon("".join(region(n) for n in names), {"max_viewer_bytes_s": limit})
    writers = [Writer(d.object(n)) for n in names]
    v, = viewers = connect(d, 1, names)
    for w in writers:
        flood(w, 0, 30)
    follow(viewers, 0.5)
    took = follow(viewers, 5)
    updates = [r.updates for r in v.regions.values() if any(r.name.endswith("." + n) or r.name == n for n in names)]
    sent = sum(updates) * SIZE / took
    print(f"      updates in {took:.1f} s: {updates}; {sent / limit:.2f} of the limit")
    equal(len(updates), len(names))
    check(min(updates) > 0 and max(updates) <= 1.5 * min(updates) + 2, "not the same for all:", updates)
    check(0.5 * limit / SLOW < sent < 1.15 * limit, "limit", limit, "sent", sent)
    until(lambda: follow(viewers, 0.3) and held(v) > 0, 5, "who was held back is told")
    check(metric(d, "pagecast_bridge_held_viewer_total") > 0, "the operator does not see it")
    d.stop()


def test_the_last_value_comes_although_a_limit_is_reached():
    d = Daemon(region("one"), {"max_bytes_s": 3 * SIZE, "max_viewer_bytes_s": 2 * SIZE})
    w = Writer(d.object("one"))
    v = connect(d, 1, ["one"])[0]
    for i in range(100):
        w.write(0, 0, bytes([i]) * SIZE)
    w.write(0, 0, b"last!")
    r = v.by_name("one")
    v.wait(lambda: r.bytes and r.bytes[:5] == b"last!", 5, "the newest value")
    check(r.updates < 20, "more updates than the limit lets through:", r.updates)
    d.stop()


def test_liveness_does_not_wait_for_a_limit():
    """A debt of minutes: data stands, HB and LIVE go on, and a reload that lifts the limit ends it."""
    names = region("one")
    d = Daemon(names, {"max_viewer_bytes_s": 40})
    w = Writer(d.object("one"))
    v = connect(d, 1, ["one"])[0]
    r = v.by_name("one")
    w.write(0, 0, b"first" + bytes(SIZE - 5))
    v.wait(lambda: r.bytes, 5, "a first message, which may be as large as it likes")
    updates = r.updates
    w.write(0, 0, b"newer" + bytes(SIZE - 5))
    beats = len(v.hbs)
    v.wait(lambda: len(v.hbs) > beats + 1, 5, "heartbeats")
    w.process.kill()
    v.wait(lambda: r.live[1] == 4, 5, "the death of the writer")
    check(r.updates <= updates + 1, "data although the budget is used up")
    d.options["max_viewer_bytes_s"] = 0
    d.reload(names)
    v.wait(lambda: r.bytes[:5] == b"newer", 5, "the newest value after the reload")
    d.stop()


if __name__ == "__main__":
    main(globals())
