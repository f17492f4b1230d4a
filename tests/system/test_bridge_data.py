"""Updates: what a viewer holds is what the region held, whatever happens between; rates, pauses, windows, resumes."""
import random
import struct

from bridge_kit import (CONFLATED, KEY, LIVE_STATE, SLOW, Closed, Daemon, Viewer, Writer, check, equal, main, timing, os, time, until)

MASK = 2**64 - 1


class Draw:
    """splitmix64, as region_writer.c draws."""

    def __init__(self, state):
        self.state = state & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31


class Truth:
    """The payload at every tick of a region that `random I SEED` writes."""

    def __init__(self, size, seed):
        self.seed, self.states = seed, [bytes(size)]

    def at(self, tick):
        while len(self.states) <= tick:
            payload, n = bytearray(self.states[-1]), len(self.states)
            draw = Draw(self.seed ^ n * 0x2545F4914F6CDD1D)
            for _ in range(draw.next() % 5):
                at = draw.next() % len(payload)
                length = 1 + draw.next() % 16
                for i in range(at, min(at + length, len(payload))):
                    payload[i] = draw.next() & 255
            self.states.append(bytes(payload))
        return self.states[tick]


def region(name, size):
    return f"  {name}: {{ name: INSTANCE.{name}, writer: external, size: {size} }}\n"


def begin(writer, command):
    writer.process.stdin.write(command + "\n")
    writer.process.stdin.flush()


def end(writer):
    answer = writer.process.stdout.readline()
    check(answer.startswith("ok"), answer)
    return int(answer.split()[1])


def agree(viewer, name, truth):
    """All states that the viewer went through were states of the region."""
    r = viewer.by_name(name)
    for wseq, held in r.log:
        check(held == truth.at(wseq), name, "differs at tick", wseq)
    return r


def test_every_state_seen_was_a_state_of_the_region():
    sizes = {"tiny": 1, "small": 37, "field": 328, "page": 5000, "large": 70001, "larger": 1100000}
    d = Daemon("".join(region(n, s) for n, s in sizes.items()))
    w = {n: Writer(d.object(n)) for n in sizes}
    truth = {n: Truth(s, i + 1) for i, (n, s) in enumerate(sizes.items()) if n != "larger"}
    rng = random.Random(4)
    viewers = []
    for _ in range(3):
        v = Viewer(d, keep=True)
        v.wait_list()
        viewers.append(v)
        for name in truth:
            v.sub(name, hz=rng.choice([5, 30, 60, 120]))
    for i, name in enumerate(truth):
        hz = 60 if name == "large" else rng.choice([60, 200, 500])
        begin(w[name], f"random 0 {i + 1} {hz} {hz * 5}")
    stop = time.monotonic() + 6
    boot, dropped, states = viewers[0].hello["boot"], 0, 0
    while time.monotonic() < stop:
        for v in list(viewers):
            v.read(0.002)
        action = rng.random()
        v = rng.choice(viewers)
        if action < 0.01:
            v.sub(rng.choice(list(truth)), hz=rng.choice([1, 10, 60, 120]))
        elif action < 0.02:
            v.send([38, rng.choice([0, 3, 30, None, None, None])])
        elif action < 0.025 and dropped < 6:  # lose the connection, come back with what is held
            dropped += 1
            v.close()
            viewers.remove(v)
            states += sum(len(agree(v, name, truth[name]).log) for name in truth)
            back = Viewer(d, keep=True, resume=boot)
            back.wait_list()
            rows = []
            for name in truth:
                old, new = v.by_name(name), back.by_name(name)
                new.bytes, new.seq = old.bytes, old.seq
                rows.append([new.rid, {"gen": old.gen, "seq": old.seq} if old.seq else {}])
            back.ask(33, rows)
            viewers.append(back)
    last = {name: end(w[name]) for name in truth}
    for v in viewers:
        v.send([38, None])
        for name in truth:
            v.wait(lambda: v.by_name(name).bytes == truth[name].at(last[name]), 5, name, "at its last tick")
            states += len(agree(v, name, truth[name]).log)
    print(f"      {states} states compared, {dropped} connections lost")
    check(states > 300, "states:", states)
    d.stop()


def test_a_large_region_comes_whole_and_then_in_patches():
    d = Daemon(region("big", 3000000))
    w = Writer(d.object("big"))
    first = random.Random(1).randbytes(3000000)
    for at in range(0, 3000000, 500000):
        w.write(0, at, first[at:at + 500000])
    v = Viewer(d)
    v.wait_list()
    v.sub("big")
    r = v.by_name("big")
    v.wait(lambda: r.bytes == first, 10, "the KEY, in fragments")
    got = v.bytes
    tick = w.write(0, 1500000, b"changed")
    v.wait(lambda: r.wseq == tick, 3, "the patch")
    equal(r.bytes, first[:1500000] + b"changed" + first[1500007:])
    check(v.bytes - got < 1000, "bytes for the patch:", v.bytes - got)
    equal(r.keys, 1)
    d.stop()


def test_a_change_of_nearly_all_comes_as_a_key():
    d = Daemon(region("one", 400))
    w = Writer(d.object("one"))
    v = Viewer(d)
    v.wait_list()
    v.sub("one")
    r = v.by_name("one")
    v.wait(lambda: r.keys == 1, 3, "the first KEY")
    tick = w.write(0, 0, b"\x01" * 280)
    v.wait(lambda: r.wseq == tick, 3)
    equal(r.keys, 1, "70 % is a patch")
    tick = w.write(0, 0, b"\x02" * 304)
    v.wait(lambda: r.wseq == tick, 3)
    equal(r.keys, 2, "76 % is a KEY")
    d.stop()


def test_values_are_read_without_a_schema():  # quick
    d = Daemon("""  mix:
    name: INSTANCE.mix
    writer: external
    layout:
      on: bool
      mode: { type: enum8, labels: { 0: idle, 1: running } }
      count: i16
      speed: f32
      text: 'char[8]'
      grid: 'f64[2]'
      blob: 'u8[4]'
      wheel: { type: 'struct[2]', fields: { slip: f32, id: u8 } }
""")
    w = Writer(d.object("mix"))
    payload = struct.pack("<?Bhf8s2d4s" + "fB3x" * 2, True, 1, -3, 1.5, b"hello", 0.25, 0.5, b"\x00\x01\x02\xff", 2.5, 7, 3.5, 8)
    w.write(0, 0, payload)
    v = Viewer(d)
    v.wait_list()
    v.sub("mix", enc=1)
    r = v.by_name("mix")
    v.wait(lambda: r.values, 3, "the first VAL")
    import msgpack
    equal(r.values, {"on": True, "mode": "running", "count": -3, "speed": 1.5, "text": "hello",
                     "grid": msgpack.ExtType(25, struct.pack("<2d", 0.25, 0.5)), "blob": b"\x00\x01\x02\xff",
                     "wheel": [{"slip": 2.5, "id": 7}, {"slip": 3.5, "id": 8}]})
    taken = []
    take = v.update
    v.update = lambda op, *a: (taken.append(a), take(op, *a))
    tick = w.write(0, 2, struct.pack("<h", 99))
    v.wait(lambda: r.wseq == tick, 3, "the change")
    equal(taken[-1][-1], {"count": 99}, "only the field that changed, not its neighbours")
    tick = w.write(0, 0, b"\x00")
    v.wait(lambda: r.wseq == tick, 3)
    equal(taken[-1][-1], {"on": False})
    other = Viewer(d)  # the bytes beside it, from the same region
    other.wait_list()
    other.sub("mix")
    other.wait(lambda: other.by_name("mix").bytes, 3)
    equal(other.by_name("mix").bytes[:4], b"\x00\x01\x63\x00")
    d.stop()


def test_a_raw_region_has_one_value_of_all_its_bytes():
    d = Daemon(region("raw", 6))
    w = Writer(d.object("raw"))
    w.write(0, 0, b"abc")
    v = Viewer(d)
    v.wait_list()
    equal(v.by_name("raw").sid, "")
    v.sub("raw", enc=1)
    r = v.by_name("raw")
    v.wait(lambda: r.values == {"": b"abc\0\0\0"}, 3, "VAL")
    w.write(0, 5, b"z")
    v.wait(lambda: r.values == {"": b"abc\0\0z"}, 3, "VAL")
    d.stop()


def test_a_change_of_flags_alone_is_told():
    d = Daemon(region("one", 8))
    w = Writer(d.object("one"))
    v = Viewer(d)
    v.wait_list()
    v.sub("one")
    r = v.by_name("one")
    w.write(0, 0, b"12345678")
    v.wait(lambda: r.bytes == b"12345678", 3)
    w.tell("flags 0 1")
    w.write(0, 0, b"12345678")
    v.wait(lambda: r.flags_now & 64, 3, "SOURCE_STALE without a changed byte")
    w.tell("flags 0 0")
    w.write(0, 0, b"12345678")
    v.wait(lambda: not r.flags_now & 64, 3, "and gone")
    w.tell("flags 0 16")
    w.write(0, 0, b"12345678")
    v.wait(lambda: r.flags_now & 8, 3, "REPLAY without a changed byte")
    d.stop()


@timing
def test_rates_are_kept():
    d = Daemon(region("one", 64))
    w = Writer(d.object("one"))
    viewers = {}
    for hz in (2, 20, 60):
        viewers[hz] = Viewer(d)
        viewers[hz].wait_list()
        viewers[hz].sub("one", hz=hz)
    begin(w, "stamp 0 240 960")
    before = {hz: v.by_name("one").updates for hz, v in viewers.items()}
    stop = time.monotonic() + 3.5
    started = time.monotonic()
    while time.monotonic() < stop:
        for v in viewers.values():
            v.read(0.002)
    seconds = time.monotonic() - started
    for hz, v in viewers.items():
        got = (v.by_name("one").updates - before[hz]) / seconds
        check(hz * 0.7 <= got <= hz * 1.15 + 1, f"{hz} Hz asked for, {got:.1f} came")
        check(hz == 60 or v.by_name("one").flags_now & CONFLATED, "what was skipped is said")
    end(w)
    for v in viewers.values():
        v.wait(lambda: v.by_name("one").wseq == 960, 3, "the last commit")
    d.stop()


@timing
def test_a_60_hz_writer_is_followed_without_skips():
    d = Daemon(region("one", 64))
    w = Writer(d.object("one"))
    v = Viewer(d)
    v.wait_list()
    v.sub("one", hz=60)
    begin(w, "stamp 0 59 180")
    r = v.by_name("one")
    v.wait(lambda: r.wseq == 180, 6, "the last commit")
    print(f"      {r.updates} updates of 180 commits")
    check(r.updates > 160 / SLOW, "updates:", r.updates)
    d.stop()


@timing
def test_rate_zero_pauses_data_and_nil_lifts_it():
    d = Daemon(region("one", 64), {"hb": "200ms"})
    w = Writer(d.object("one"))
    v = Viewer(d)
    v.wait_list()
    v.sub("one")
    r = v.by_name("one")
    v.wait(lambda: r.updates == 1, 3)
    v.send([38, 0])
    v.run(0.2)
    tick = w.write(0, 0, b"paused")
    hbs, lives = len(v.hbs), len(v.lives)
    v.run(1)
    equal(r.updates, 1, "updates while paused")
    check(len(v.hbs) > hbs + 2 and len(v.lives) > lives + 2, "HB and LIVE go on")
    v.send([38, None])
    v.wait(lambda: r.wseq == tick, 1, "what came meanwhile")
    v.send([38, 2])
    begin(w, "stamp 0 60 120")
    before = r.updates
    v.run(2)
    check(2 <= r.updates - before <= 6, "updates in 2 s at a cap of 2 Hz:", r.updates - before)
    end(w)
    d.stop()


@timing
def test_a_hidden_viewer_gets_data_once_a_second():
    d = Daemon(region("one", 64))
    w = Writer(d.object("one"))
    v = Viewer(d)
    v.wait_list()
    v.sub("one")
    r = v.by_name("one")
    v.wait(lambda: r.updates == 1, 3)
    v.hidden = True
    v.send([36, v.frames, True])
    v.run(0.2)
    begin(w, "stamp 0 60 240")
    before = r.updates
    v.run(3)
    check(1 <= r.updates - before <= 5, "updates in 3 s:", r.updates - before)
    v.hidden = False
    v.send([36, v.frames, False])
    before = r.updates
    v.run(0.7)
    check(r.updates - before > 20, "updates in 0.7 s when looked at again:", r.updates - before)
    end(w)
    d.stop()


def test_the_window_holds_back_what_is_not_acknowledged():
    d = Daemon(region("one", 64))
    w = Writer(d.object("one"))
    v = Viewer(d, ack=False)
    v.wait_list()
    v.sub("one")
    r = v.by_name("one")
    begin(w, "stamp 0 60 60")
    v.run(1.3)
    equal(v.frames, 4, "messages without an ACK")
    last = end(w)
    check(r.wseq < last, "it lags behind")
    v.send([36, 1, False])
    v.wait(lambda: r.wseq == last, 1, "one place: the newest state")
    equal(v.frames, 5)
    check(r.flags_now & CONFLATED, "what was skipped is said")
    v.send([36, 5, False])
    v.run(0.3)
    equal(v.frames, 5, "nothing new, nothing sent")
    d.stop()


def test_window_bytes_hold_back_large_updates():
    d = Daemon(region("one", 100000), {"window_bytes": 65536})
    w = Writer(d.object("one"))
    v = Viewer(d, ack=False)
    v.wait_list()
    equal(v.hello["limits"]["window_bytes"], 65536)
    v.sub("one")
    v.wait(lambda: v.frames == 1, 3, "the KEY: larger than the window, but nothing else is on its way")
    w.write(0, 0, os.urandom(1000))
    v.run(0.5)
    equal(v.frames, 1)
    v.send([36, 1, False])
    v.wait(lambda: v.frames == 2, 2, "then the next")
    d.stop()


def test_a_reconnect_resumes_with_a_difference():
    d = Daemon(region("one", 4000))
    w = Writer(d.object("one"))
    w.write(0, 0, os.urandom(4000))
    v = Viewer(d)
    v.wait_list()
    v.sub("one")
    v.wait(lambda: v.by_name("one").bytes, 3)
    held = v.by_name("one")
    v.close()
    tick = w.write(0, 100, b"while away")
    cases = [
        (v.hello["boot"], held.gen, held.seq, 0, "fits"),
        (os.urandom(16), held.gen, held.seq, 1, "another boot"),
        (None, held.gen, held.seq, 1, "no boot"),
        (v.hello["boot"], held.gen + 1, held.seq, 1, "another generation"),
        (v.hello["boot"], held.gen, held.seq + 1000, 1, "a seq from the future"),
    ]
    for boot, gen, seq, keys, why in cases:
        back = Viewer(d, resume=boot)
        back.wait_list()
        r = back.by_name("one")
        if not keys:
            r.bytes, r.seq = held.bytes, held.seq
        back.ask(33, [[r.rid, {"gen": gen, "seq": seq}]])
        back.wait(lambda: r.wseq == tick, 3, why)
        equal(r.keys, keys, "KEYs:", why)
        check(r.bytes[100:110] == b"while away", why)
        back.close()
    back = Viewer(d, resume=v.hello["boot"])  # and one that holds the newest gets nothing
    back.wait_list()
    now = r.seq
    r = back.by_name("one")
    back.ask(33, [[r.rid, {"gen": r.gen, "seq": now}]])
    back.run(0.4)
    equal(r.updates, 0, "updates of what is held already")
    d.stop()


def test_globs_stand_for_regions_that_come_later():
    first = region("rig.a", 8) + region("rig.b", 8) + region("other", 8)
    d = Daemon(first)
    v = Viewer(d)
    v.wait_list()
    a, b = v.by_name("rig.a").rid, v.by_name("rig.b").rid
    equal(v.sub("rig.*"), [5, 1, 0, [[a, 0], [b, 0]]])
    equal(v.sub("none.*"), [5, 2, 0, []])
    d.reload(first + region("rig.c", 8) + region("rig.c.deep", 8))
    v.wait(lambda: v.by_name("rig.c") and v.by_name("rig.c.deep"), 5, "the new regions")
    v.wait(lambda: v.by_name("rig.c").bytes == bytes(8), 3, "its data, unasked")
    v.run(0.3)
    equal(v.by_name("rig.c.deep").bytes, None, "that one does not match")
    equal(sorted(v.ask(34, ["rig.*"])[3]), sorted([[r.rid, 0] for r in v.regions.values() if r.name in ("rig.a", "rig.b", "rig.c")]))
    d.reload(first + region("rig.c", 8) + region("rig.d", 8))
    v.wait(lambda: v.by_name("rig.d") and not v.by_name("rig.c.deep"), 5, "rig.d comes, rig.c.deep goes")
    v.run(0.3)
    equal(v.by_name("rig.d").bytes, None, "the glob ended")
    d.stop()


def test_a_region_that_goes_ends_its_subscription_and_one_that_changes_keeps_it():  # quick
    d = Daemon(region("one", 8) + region("two", 8))
    v = Viewer(d)
    v.wait_list()
    v.sub("**")
    one = v.by_name("one")
    v.wait(lambda: one.bytes and v.by_name("two").bytes, 3)
    d.reload(region("one", 12) + region("three", 8))
    v.wait(lambda: v.by_name("one") and v.by_name("one").size == 12, 5, "a new generation")
    v.wait(lambda: not v.by_name("two"), 5, "UNANN")
    check(v.by_name("one").gen > one.gen and v.by_name("one").rid == one.rid, "the same rid, a higher gen")
    v.wait(lambda: v.by_name("one").bytes == bytes(12), 3, "a KEY of the new size")
    equal(v.by_name("one").keys, 1)
    v.wait(lambda: v.by_name("three") and v.by_name("three").bytes, 3, "and the glob took the new one")
    w = Writer(d.object("one"))
    w.write(0, 4, b"12345678")
    v.wait(lambda: v.by_name("one").bytes == bytes(4) + b"12345678", 3, "its updates")
    d.stop()


def test_no_more_than_1024_subscriptions():
    d = Daemon("".join(region(f"r{i}", 8) for i in range(1100)))
    v = Viewer(d)
    v.wait_list()
    check(len(v.regions) >= 1100, "announced:", len(v.regions))
    res = v.sub("r*", live_only=True)
    equal(len(res[3]), 1025)
    equal([c for _, c in res[3]].count(429), 1)
    v.wait(lambda: len({r[0] for _, r in v.lives}) == 1024, 5, "LIVE of all")
    equal(v.ask(33, [["r1099", {}]])[3][0][1], 429)
    equal(v.ask(33, [[v.regions[res[3][0][0]].rid, {}]])[3][0][1], 0, "one that it has may still be changed")
    d.stop()


if __name__ == "__main__":
    main(globals())
