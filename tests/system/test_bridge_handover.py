"""A restart by SIGUSR2: viewers come back with what they hold, and go on by differences as if only their connection had been lost."""
import random
import re
import signal

from bridge_kit import Daemon, Viewer, Writer, check, equal, main, os, pathlib
from test_bridge_data import Truth, agree, begin, end, region

LAYOUT = "  fields: { name: INSTANCE.fields, writer: external, layout: { a: u32, b: f64, text: \"char[16]\", rest: \"u32[60]\" } }\n"


def hand_over(d, between=lambda: None):
    d.process.send_signal(signal.SIGUSR2)
    d.stopping = True
    d.stop()
    between()
    d.start()


def keepsake(d):
    return pathlib.Path(f"/dev/shm/.pagecast.{d.instance}.keepsake")


def connect(d, before=None, **options):
    v = Viewer(d, keep=True, resume=before and before.hello["boot"])
    v.wait_list()
    return v


def resume(before, d, names, **options):
    """A viewer that goes on with what `before`, which has ended, holds: (it, bytes that it took to be up to date)."""
    v = connect(d, before)
    got = v.bytes
    for name in names:
        old, new = before.by_name(name), v.by_name(name)
        if new.gen == old.gen:
            new.bytes, new.seq, new.values = old.bytes, old.seq, old.values and dict(old.values)
        v.ask(33, [[new.rid, {"gen": old.gen, "seq": old.seq, **options}]])
    return v, got


def close_all(*viewers):
    for v in viewers:
        check(v.close_code() in (1001, None), "how the first bridge ends")
        v.close()


def test_viewers_go_on_by_differences_and_lose_nothing():
    d = Daemon(region("small", 4000) + region("page", 20000) + region("big", 3000000) + LAYOUT)
    truth = {"small": Truth(4000, 1), "page": Truth(20000, 2)}
    w = {n: Writer(d.object(n)) for n in ("small", "page", "big", "fields")}
    big = bytearray(random.Random(1).randbytes(3000000))
    for at in range(0, len(big), 500000):
        w["big"].write(0, at, bytes(big[at:at + 500000]))
    w["fields"].write(0, 0, os.urandom(4) + bytes(8) + b"text\0" + bytes(11) + os.urandom(240))
    v, f = connect(d), connect(d)
    for name in ("small", "page", "big"):
        v.sub(name)
    f.sub("fields", enc=1)
    v.wait(lambda: v.by_name("big").bytes == big and v.by_name("small").seq and v.by_name("page").seq, 10, "the first states")
    f.wait(lambda: f.by_name("fields").values, 3, "values")
    for turn in range(3):
        boot, gens = v.hello["boot"], {r.name: (r.rid, r.gen) for r in v.regions.values()}
        for i, name in enumerate(truth):
            begin(w[name], f"random 0 {i + 1} {50 + 50 * i} {100 + 100 * i}")
        v.run(0.3)
        old = v, f

        def meanwhile():
            big[1500000 + turn] ^= 255
            w["big"].write(0, 1500000 + turn, bytes(big[1500000 + turn:1500001 + turn]))
            w["fields"].write(0, 8, os.urandom(8))
        d.process.send_signal(signal.SIGUSR2)
        d.stopping = True
        close_all(*old)
        d.stop()
        meanwhile()
        d.start()
        v, got = resume(old[0], d, ("small", "page", "big"))
        f, _ = resume(old[1], d, ("fields",), enc=1)
        equal(v.hello["boot"], boot)
        equal({r.name: (r.rid, r.gen) for r in v.regions.values()}, gens)
        v.wait(lambda: v.by_name("big").bytes == big, 10, "what was changed in between")
        f.wait(lambda: f.by_name("fields").updates, 5, "values that were changed in between")
        equal(f.by_name("fields").changed, {"b"})
        for name in truth:
            last = end(w[name])
            v.wait(lambda: v.by_name(name).bytes == truth[name].at(last), 5, name, "at its last tick")
            agree(v, name, truth[name])
        equal({n: v.by_name(n).keys for n in ("small", "page", "big")}, {"small": 0, "page": 0, "big": 0}, "whole states")
        equal(f.by_name("fields").keys, 0, "whole values")
        check(v.bytes - got < 500000, "bytes to be up to date again:", v.bytes - got)
        fresh = connect(d)
        fresh.sub("fields", enc=1)
        fresh.wait(lambda: fresh.by_name("fields").values, 3, "values")
        equal(f.by_name("fields").values, fresh.by_name("fields").values)
        fresh.close()
        check("goes on where it ended" in d.log(), "nothing in the log")
    d.stop()
    check(not keepsake(d).exists(), "a keepsake after an orderly end")


def test_a_viewer_may_miss_a_run():
    d = Daemon(region("one", 4000) + region("other", 4000))
    w = Writer(d.object("one"), d.object("other"))
    for i in (0, 1):
        w.write(i, 0, os.urandom(4000))
    v = connect(d)
    v.sub("one")
    v.wait(lambda: v.by_name("one").seq, 3)
    v.close()
    hand_over(d, lambda: w.write(0, 10, b"first"))
    other = connect(d)
    other.sub("other")
    other.wait(lambda: other.by_name("other").seq, 3)
    hand_over(d, lambda: w.write(0, 3000, b"second"))
    back, _ = resume(v, d, ("one",))
    r = back.by_name("one")
    back.wait(lambda: r.updates, 3, "the difference")
    equal((r.keys, r.bytes[10:15], r.bytes[3000:3006]), (0, b"first", b"second"))
    d.stop()


def test_what_is_held_already_is_not_sent_again():
    d = Daemon(region("one", 4000))
    w = Writer(d.object("one"))
    w.write(0, 0, os.urandom(4000))
    v = connect(d)
    v.sub("one")
    v.wait(lambda: v.by_name("one").seq, 3)
    hand_over(d)
    back, _ = resume(v, d, ("one",))
    back.run(0.5)
    equal(back.by_name("one").updates, 0)
    tick = w.write(0, 7, b"x")
    back.wait(lambda: back.by_name("one").wseq == tick, 3, "the next change")
    equal((back.by_name("one").keys, back.by_name("one").seq), (0, v.by_name("one").seq + 1))
    d.stop()


def test_a_region_of_another_layout_comes_whole_and_the_others_do_not():
    d = Daemon(region("one", 4000) + region("two", 4000))
    w = Writer(d.object("one"), d.object("two"))
    for i in (0, 1):
        w.write(i, 0, os.urandom(4000))
    v = connect(d)
    for name in ("one", "two"):
        v.sub(name)
    v.wait(lambda: v.by_name("one").seq and v.by_name("two").seq, 3)

    def change():
        w.write(0, 0, b"changed")
        d.write_config(region("one", 4000) + region("two", 4096) + region("three", 16))
    hand_over(d, change)
    back, _ = resume(v, d, ("one", "two"))
    equal(back.hello["boot"], v.hello["boot"])
    one, two = back.by_name("one"), back.by_name("two")
    back.wait(lambda: one.updates and two.updates, 5, "both")
    equal((one.keys, one.gen, bytes(one.bytes[:7])), (0, v.by_name("one").gen, b"changed"))
    equal((two.keys, two.gen, len(two.bytes)), (1, v.by_name("two").gen + 1, 4096))
    check(back.by_name("three").rid > max(r.rid for r in v.regions.values()), "a number that was in use")
    d.stop()


def test_a_number_is_not_used_again_after_a_restart():
    """The directory knows only regions that there still are: the highest number was another region's."""
    d = Daemon(region("one", 64) + region("gone", 64))
    v = connect(d)
    v.sub("gone")
    v.wait(lambda: v.by_name("gone").seq, 3)
    rid = v.by_name("gone").rid
    d.reload(region("one", 64))
    v.wait(lambda: any(r.name == "gone" for r in v.gone), 5, "its end")
    hand_over(d, lambda: d.write_config(region("one", 64) + region("new", 64)))
    back = connect(d, v)
    equal(back.hello["boot"], v.hello["boot"])
    check(back.by_name("new").rid > rid, back.by_name("new").rid, rid)
    d.stop()


def whole_states_after(damage, log=r"not used|another version"):
    d = Daemon(region("one", 4000))
    w = Writer(d.object("one"))
    w.write(0, 0, os.urandom(4000))
    v = connect(d)
    v.sub("one")
    v.wait(lambda: v.by_name("one").seq, 3)
    if damage:
        hand_over(d, lambda: damage(keepsake(d)))
    else:
        d.process.kill()
        d.process.wait()
        check(not keepsake(d).exists(), "a keepsake after a kill")
        d.start()
    back = connect(d, v)
    check(back.hello["boot"] != v.hello["boot"], "the boot of what could not be believed")
    r = back.by_name("one")
    back.ask(33, [[r.rid, {"gen": r.gen, "seq": v.by_name("one").seq}]])
    back.wait(lambda: r.updates, 3, "its state")
    equal((r.keys, r.bytes), (1, v.by_name("one").bytes))
    if log:
        check(re.search(log, d.log()), "nothing in the log")
    d.stop()


def test_what_cannot_be_believed_is_a_new_boot():
    def flip(path):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 4
        path.write_bytes(content)

    def cut(path):
        os.truncate(path, path.stat().st_size - 8)
    whole_states_after(flip)
    whole_states_after(cut)
    whole_states_after(lambda path: path.unlink(), None)


def test_a_kill_is_a_new_boot():
    whole_states_after(None, None)


def test_snapshots_that_are_too_many_leave_the_newest():
    """60 regions of 1 MiB, with marks 90 MiB: what was looked at last goes on, the others come whole."""
    names = [f"r{i:02}" for i in range(60)]
    d = Daemon("".join(f"  {n}: {{ name: INSTANCE.{n}, writer: external, size: 1048576, slots: 2 }}\n" for n in names))
    w = Writer(*(d.object(n) for n in names))
    for i in range(len(names)):
        w.write(i, 0, b"begin")
    v = connect(d)
    for name in names:
        v.sub(name, hz=5)
    v.wait(lambda: all(v.by_name(n).seq for n in names), 30, "all of them")
    v.ask(34, names[:40])  # unused from now on, one after the other
    hand_over(d, lambda: [w.write(i, 8, b"later") for i in range(len(names))])
    back, _ = resume(v, d, names)
    back.wait(lambda: all(back.by_name(n).updates for n in names), 30, "all of them")
    keys = [back.by_name(n).keys for n in names]
    equal(keys, sorted(keys, reverse=True), "those that nobody looked at longest are given up")
    check(15 <= sum(keys) <= 25, sum(keys), "whole states")
    check(all(back.by_name(n).bytes[8:13] == b"later" for n in names), "bytes")
    d.stop()


if __name__ == "__main__":
    main(globals())
