"""Several threads serve viewers: who sits where, what they share, and what happens to a viewer while its thread sends."""
import pathlib
import re
import socket

from bridge_kit import SLOW, Daemon, Viewer, Writer, check, equal, http, main, time, timing, until
from test_bridge_data import begin, region

THREADS = 3


def metrics(d, token=None):
    status, _, body = http(d, "/metrics", token or d.token)
    equal(status, 200)
    return {m[1]: float(m[2]) for m in re.finditer(r"^(\S+(?:\{[^}]*\})?) ([0-9.e+-]+)$", body.decode(), re.M)}


def connections(d):
    """Of each thread; the one that asks is among them."""
    return [v for k, v in sorted(metrics(d).items()) if k.startswith("pagecast_bridge_thread_connections")]


def threads_of(d):
    names = [(p / "comm").read_text().strip() for p in pathlib.Path(f"/proc/{d.process.pid}/task").iterdir()]
    return sorted(n for n in names if n.startswith("pagecast-ws"))


def crowd(d, count, target, **options):
    viewers = []
    for _ in range(count):
        v = Viewer(d)
        v.wait_list()
        v.sub(target, **options)
        viewers.append(v)
    return viewers


def run(viewers, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for v in viewers:
            v.read(0.001)


def test_viewers_are_spread_over_the_threads():
    d = Daemon(region("one", 300), {"threads": THREADS})
    equal(threads_of(d), ["pagecast-ws", "pagecast-ws-2", "pagecast-ws-3"])
    equal(metrics(d)["pagecast_bridge_threads"], THREADS)
    viewers = crowd(d, 30, "one")
    found = connections(d)
    check(sum(found) == 31 and max(found) - min(found) <= 1, "connections:", found)
    for v in viewers[::THREADS]:  # all of one thread, as they came in turns
        v.close()
    until(lambda: sum(connections(d)) == 21, 5, "they are gone")
    more = crowd(d, 10, "one")
    found = connections(d)
    check(max(found) - min(found) <= 1, "after some left:", found)
    run(viewers[1::THREADS] + viewers[2::THREADS] + more, 0.2)
    d.stop()


def encoded(threads):
    """Encodings for each update of a viewer, and viewers that took them."""
    d = Daemon(region("one", 300), {"threads": threads, "max_viewers": 100})
    w = Writer(d.object("one"))
    viewers = crowd(d, 30, "one", hz=20)
    begin(w, "random 0 1 10 100000000")
    run(viewers, 0.5)
    before, seqs = metrics(d)["pagecast_bridge_encoded_total"], [v.by_name("one").updates for v in viewers]
    run(viewers, 3)
    count, updates = metrics(d)["pagecast_bridge_encoded_total"] - before, [v.by_name("one").updates for v in viewers]
    updates = [b - a for a, b in zip(seqs, updates)]
    check(min(updates) > 5, "updates:", updates)
    d.stop()
    return count, max(updates)


@timing
def test_viewers_of_different_threads_share_what_is_encoded():
    one, updates_one = encoded(1)
    three, updates_three = encoded(THREADS)
    print(f"      {one:.0f} encoded for {updates_one} updates with one thread, {three:.0f} for {updates_three} with {THREADS}")
    # each thread by itself would be three times as many; a viewer that fell behind costs one of its own
    check(three / updates_three < 1.7 * max(1, one / updates_one), "encoded for", updates_three, "updates:", three)


@timing
def test_a_change_wakes_the_threads_of_all_who_see_it():
    d = Daemon(region("one", 300), {"threads": THREADS})
    w = Writer(d.object("one"))
    viewers = crowd(d, 2 * THREADS, "one", hz=120)
    w.write(0, 0, b"\1")
    for v in viewers:
        v.wait(lambda: v.by_name("one").wseq == 1)
    started = time.monotonic()
    for n in range(2, 42):
        w.write(0, 0, bytes([n]))
        for v in viewers:
            v.wait(lambda: v.by_name("one").wseq == n)
    took = time.monotonic() - started
    print(f"      {1000 * took / 40:.1f} ms each")
    check(took < 40 * 0.04 * SLOW, "a thread that is not woken looks each 100 ms:", took, "s")  # with some luck after 50
    d.stop()


def settle(viewers, name):
    """Everyone has the newest state, and it is the same bytes."""
    for v in viewers:
        v.wait(lambda: v.by_name(name) and v.by_name(name).bytes is not None, 10, name)
    newest = max(v.by_name(name).seq for v in viewers)
    for v in viewers:
        v.wait(lambda: v.by_name(name).seq >= newest, 10, name, "at", newest)
    equal(len({v.by_name(name).bytes for v in viewers}), 1, "states of " + name)


def test_regions_come_go_and_change_under_viewers_of_all_threads():
    """A viewer's kit fails where an update comes before its announcement, or does not fit what the viewer has."""
    def regions(n):
        return (region("one", 200) + region("two", 300 + n % 3) + region("big", 40000 + 1000 * (n % 2)) +
                "".join(region(f"x{i}", 64) for i in range(n % 4)))
    d = Daemon(regions(0), {"threads": THREADS, "max_viewers": 100})
    w = Writer(d.object("one"))
    begin(w, "random 0 1 150 100000000")
    viewers = crowd(d, 12, "**", hz=120)
    for n in range(1, 13):
        d.reload(regions(n))
        run(viewers, 0.25)
        if n % 3 == 0:
            viewers.pop(0).close()
            viewers += crowd(d, 1, "**", hz=120)
    for v in viewers:
        v.wait(lambda: sorted(r.name for r in v.regions.values() if r.name in ("one", "two", "big") or r.name[0] == "x") ==
               ["big", "one", "two"], 10, "the last configuration")
    w.process.kill()
    w.process.wait()
    run(viewers, 0.5)
    settle(viewers, "one")
    d.stop()


def test_what_is_new_is_announced_between_the_messages_of_one_round():
    """What is due fills several messages; regions come and change while they are sent."""
    def regions(n):
        return ("".join(region(f"r{i}", 200) for i in range(150)) +
                "".join(region(f"n{n}-{i}", 64) for i in range(10)) + "".join(region(f"z{i}", 100 + n) for i in range(20)))
    d = Daemon(regions(0), {"threads": THREADS, "window_frames": 64, "window_bytes": "64MiB"})
    for first in range(0, 150, 50):  # a process of the thread sanitizer may hold 63 locks
        begin(Writer(*(d.object(f"r{i}") for i in range(first, first + 50))), "every 120 100000000")
    viewers = crowd(d, 6, "**", hz=120)
    for n in range(1, 16):
        d.reload(regions(n))
        run(viewers, 0.15)
    for v in viewers:
        v.wait(lambda: v.by_name(f"n{n}-9") and v.by_name("z19").size == 100 + n, 20, "the last configuration")
    d.stop()


def test_viewers_that_do_not_read_are_told_the_newest_in_the_end():
    """A full socket takes nothing: what was said to be sent is taken back, meanwhile regions change."""
    def regions(n):
        return region("one", 20000) + region("two", 3000 + n)
    d = Daemon(regions(0), {"threads": THREADS, "sndbuf": "4KiB", "window_frames": 64, "window_bytes": "64MiB"})
    w = Writer(d.object("one"))
    begin(w, "random 0 1 180 100000000")
    viewers = crowd(d, 6, "**", hz=120)
    for n in range(1, 6):
        time.sleep(0.4)  # nobody reads
        d.reload(regions(n))
        run(viewers, 0.3)
    w.process.kill()
    w.process.wait()
    run(viewers, 0.5)
    settle(viewers, "one")
    d.stop()


def test_tokens_change_under_viewers_of_all_threads():
    d = Daemon(region("one", 300), {"threads": THREADS, "max_viewers": 100})
    w = Writer(d.object("one"))
    begin(w, "random 0 1 150 100000000")
    old, fresh = d.token, "f" * 40

    def reload(tokens):
        (d.dir / "token").write_text(tokens)
        (d.dir / "token").chmod(0o600)
        d.ask_reload()
    viewers = crowd(d, 12, "one", hz=120)
    for turn in range(1, 4):
        reload(f"{fresh} name=fresh\n")
        equal({v.close_code() for v in viewers}, {4501}, "all of them lose their token")
        reload(f"{fresh} name=fresh\n{old} name=old\n")
        until(lambda: metrics(d, fresh)["pagecast_daemon_reloads_total"] >= 2 * turn, 10, "the reload")
        time.sleep(0.2)  # each wrong token counts
        viewers = crowd(d, 12, "one", hz=120)
        run(viewers, 0.3)
    run(viewers, 0.2)
    d.stop()


def test_a_stop_under_load_says_bye_on_every_thread():
    d = Daemon(region("one", 300), {"threads": THREADS, "max_viewers": 100})
    w = Writer(d.object("one"))
    begin(w, "random 0 1 150 100000000")
    viewers = crowd(d, 12, "one", hz=120)
    run(viewers, 0.3)
    d.begin_stop()
    equal({v.close_code() for v in viewers}, {1001})
    check(all(any(m[0] == 13 for m in v.messages) for v in viewers), "somebody was not told BYE")
    d.stop()


def test_guests_of_other_threads_leave_for_newer_ones():
    d = Daemon(region("one", 300), {"threads": THREADS, "max_half_open": 8, "handshake_timeout": "60s"})
    silent = [socket.create_connection(("127.0.0.1", d.port)) for _ in range(40)]
    v = Viewer(d)  # gets through although they are silent
    v.wait_list()
    until(lambda: sum(connections(d)) <= 8 + 2, 5, "the oldest leave")
    for s in silent:
        s.close()
    d.stop()


def test_threads_that_nobody_has_are_refused():
    d = Daemon(region("one", 300), {"threads": 17}, start=False)
    d.start(wait=False)
    d.wait_log(r"threads")
    check("auto" in d.log(), "the message says what there is")


if __name__ == "__main__":
    main(globals())
