"""Values that viewers set: who may, what fits, what everybody sees of it, and what the audit log says."""

from bridge_kit import (ERR, RES, Daemon, Viewer, check, equal, http, main, os, pathlib, re, subprocess, time, until, command,
                        json)

ALL, PANEL, WALL, ODD = (c * 40 for c in "apwo")
TOKENS = f"""# who may what
{ALL} name=all write=**
{PANEL} name=panel read=set.*,other write=set.one,other
{WALL} name=wall read=set.*
{ODD} name=odd suspended
"""
REGIONS = """\
  set.one: { name: INSTANCE.one, remote_write: true, layout: { a: { type: f32, min: 0, max: 10 }, n: 'char[8]', w: { type: 'struct[2]', fields: { x: i16 } } }, initial: { a: 3, n: old } }
  set.two: { name: INSTANCE.two, remote_write: true, remote_fields: [on], layout: { on: bool, off: bool } }
  other: { name: INSTANCE.other, writer: external, layout: { a: f32 } }
"""
WRITABLE = 256


def daemon(tokens=TOKENS, regions=REGIONS, **options):
    d = Daemon(regions, options, start=False)
    put_tokens(d, tokens)
    d.start(wait=False)
    d.wait_log(r"runs instance", 10)
    d.port = int(re.findall(r"dashboard: https?://[0-9.]+:(\d+)/", d.log())[-1])
    d.token = None
    return d


def put_tokens(d, text):
    path = d.dir / "token"
    path.write_text(text)
    path.chmod(0o600)


def viewer(d, token):
    v = Viewer(d, token=token)
    v.wait_list()
    return v


def put(v, name, **values):
    """The code of the answer, 0 if it is a RES."""
    answer = v.ask(39, v.by_name(name).rid if isinstance(name, str) else name, values)
    if answer[0] == RES:
        equal(answer[2:], [0, [[v.by_name(name).rid, 0]]])
        return 0
    equal(answer[0], ERR)
    check(answer[3], "a reason")
    return answer[2]


def test_what_one_sets_all_see():  # quick
    d = daemon()
    v, other = viewer(d, ALL), viewer(d, WALL)
    other.sub("set.one", enc=1)
    r = other.by_name("set.one")
    other.wait(lambda: r.values, 3, "the first values")
    equal((r.values["a"], r.values["n"]), (3, "old"), "initial values")
    equal(put(v, "set.one", **{"a": 7.5, "n": "new", "w[1].x": -5}), 0)
    other.wait(lambda: r.values["a"] == 7.5, 3, "the update")
    equal((r.values["n"], r.values["w"]), ("new", [{"x": 0}, {"x": -5}]), "all of it in one commit")
    done = subprocess.run(command("pagecast", "read", d.object("one"), "a"), capture_output=True, text=True)
    check("7.5" in done.stdout, "a local reader sees it, too:", done.stdout, done.stderr)
    equal(http(d, "/api/v1/regions/set.one", token=WALL)[0], 200)
    check(re.search(r"info .*audit: set done by token 'all' from 127\.0\.0\.1: region 'set\.one' fields \[a, n, w\[1\]\.x\]: committed",
                    d.log()), "the audit log")
    d.stop()


def test_the_region_lives_with_the_daemon():
    d = daemon()
    v = viewer(d, WALL)
    v.sub("set.one", live_only=True)
    v.wait(lambda: v.by_name("set.one").live and v.by_name("set.one").live[1] == 2, 3, "it is live before anybody set it")
    d.stop()


def test_each_refusal_has_its_code_and_its_line():  # quick
    d = daemon()
    v, panel, wall = viewer(d, ALL), viewer(d, PANEL), viewer(d, WALL)
    cases = [
        (wall, "set.one", {"a": 1}, 403, "may not set that region"),
        (panel, "set.two", {"on": True}, 403, "may not set that region"),
        (panel, "other", {"a": 1}, 403, "not marked `remote_write: true`"),
        (v, "other", {"a": 1}, 403, "not marked `remote_write: true`"),
        (v, "set.two", {"off": True}, 403, "remote_fields"),
        (v, 99999, {"a": 1}, 404, "no such region"),
        (v, "set.one", {"b": 1}, 404, "no field b"),
        (v, "set.one", {"w[2].x": 1}, 404, "out of range"),
        (v, "set.one", {"n": "much too long"}, 413, "too long"),
        (v, "set.one", {"a": 11}, 422, "above the field's max"),
        (v, "set.one", {"a": "1"}, 422, "expected a number"),
        (v, "set.one", {"a": float("nan")}, 422, "not a number"),
        (v, "set.one", {"w": 1}, 422, "expected an array"),
        (v, "set.one", {"w[0].x": 40000}, 422, "does not fit"),
        (v, "set.one", {"a": 1, "n": 5}, 422, "expected text"),
        (v, "set.one", {}, 422, "at least one field"),
        (v, "pagecast." + d.instance, {"x": 1}, 403, "not marked"),
    ]
    v.sub("set.one", enc=1)
    for who, name, values, code, line in cases:
        before = len(d.log())
        equal(put(who, name, **values), code, name, values)
        until(lambda: re.search(r"warn .*audit: set refused by token '.*" + re.escape(line), d.log()[before:]), 2, line)
    v.run(0.3)
    equal(v.by_name("set.one").values["a"], 3, "nothing was written")
    check("much too long" not in d.log(), "values do not go into the log")
    d.stop()


def test_only_who_may_set_is_told_so():  # quick
    d = daemon()
    rows = {t: {r.name: bool(r.flags & WRITABLE) for r in viewer(d, t).regions.values()} for t in (ALL, PANEL, WALL)}
    equal({n for n, w in rows[ALL].items() if w}, {"set.one", "set.two"})
    equal(rows[PANEL], {"set.one": True, "set.two": False, "other": False})
    equal(rows[WALL], {"set.one": False, "set.two": False})
    fields = {t: {r.name: r.settable for r in viewer(d, t).regions.values()} for t in (ALL, PANEL, WALL)}
    equal({n: f for n, f in fields[ALL].items() if f}, {"set.two": ["on"]}, "of one that is open in part, which (PC-ANN-05)")
    equal([f for t in (PANEL, WALL) for f in fields[t].values() if f], [], "of those that they may not set, none")
    equal([viewer(d, t).hello["access"] for t in (ALL, PANEL, WALL)], ["rw", "rw", "r"])
    d.stop()


def test_a_token_sees_its_regions_and_nothing_else():  # quick
    d = daemon()
    v, all_ = viewer(d, WALL), viewer(d, ALL)
    rid, sid = all_.by_name("other").rid, all_.by_name("other").sid
    equal(v.ask(33, [["other", {}], [rid, {}], ["**", {}]])[3][:2], [[0, 404], [0, 404]])
    equal({row[0] for row in v.ask(33, [["**", {}]])[3]}, set(v.regions))
    equal(v.ask(34, ["other", rid])[3], [[0, 404], [0, 404]])
    equal(v.ask(35, sid)[2], 404)
    equal(put(v, rid, a=1), 404)
    v.wait(lambda: v.hbs, 3)
    equal(v.hbs[-1][1][3]["regions"], 2)
    status, _, body = http(d, "/api/v1/regions", token=WALL)
    equal({r["name"] for r in json.loads(body)["regions"]}, {"set.one", "set.two"})
    equal(http(d, "/api/v1/regions/other", token=WALL)[0], 404)
    equal(http(d, "/api/v1/regions/other", token=ALL)[0], 200)
    equal(http(d, "/api/v1/regions", token=ODD)[0], 403)
    body = http(d, "/metrics", token=WALL)[2].decode()
    check('region="set.one"' in body and "other" not in body and body.endswith("# EOF\n"), body)
    hidden = ("process_", "pagecast_plugin_", "pagecast_daemon_")  # are in regions that it may not read
    check(not any(name in body for name in hidden), body)
    check(all(name in http(d, "/metrics", token=ALL)[2].decode() for name in hidden), "but somebody may")
    equal(http(d, "/metrics")[0], 401)
    # what comes and goes later is not heard of either
    d.reload(REGIONS.replace("  other:", "  more: { name: INSTANCE.more, size: 8 }\n  set.three: { name: INSTANCE.three, size: 8 }\n  gone:"))
    v.wait(lambda: v.by_name("set.three"), 3, "a region that it may see")
    all_.wait(lambda: all_.gone and all_.by_name("more"), 3, "the others hear of all")
    v.run(0.3)
    check(not v.gone and not v.by_name("more"), "it heard of", v.gone)
    equal(Viewer(d, token=ODD).close_code(), 4503)
    d.stop()


def test_tokens_rotate_without_losing_who_stays():
    d = daemon()
    stay, leave, pause = viewer(d, ALL), viewer(d, PANEL), viewer(d, WALL)
    stay.sub("**")
    fresh = "f" * 40
    put_tokens(d, f"{ALL} name=all write=**\n{WALL} name=wall suspended\n{fresh} name=fresh\n")
    d.ask_reload()
    equal(leave.close_code(), 4501)
    equal(pause.close_code(), 4503)
    equal(put(stay, "set.one", a=1), 0)
    equal(Viewer(d, token=PANEL).close_code(), 4501)
    viewer(d, fresh)
    put_tokens(d, f"{ALL} name=all read=set.one write=set.one\n")
    d.ask_reload()
    equal(stay.close_code(), 1012, "other rights: come back with them")
    equal(set(r.name for r in viewer(d, ALL).regions.values()), {"set.one"})
    d.stop()


def test_a_wrong_token_file_changes_nothing():
    d = daemon()
    v = viewer(d, ALL)
    for text, line in ((f"{ALL} write=\n", r"token:1:48: expected a name or glob"), ("x\n", r"token:1:1: expected a token"),
                       (f"\n{ALL}\n{ALL}\n", r"token:3:1: this token stands in an earlier line")):
        put_tokens(d, text)
        before = len(d.log())
        d.ask_reload()
        until(lambda: re.search(line, d.log()[before:]), 3, line)
        equal(put(v, "set.one", a=1), 0, "the viewer and its rights are as before")
    put_tokens(d, TOKENS)
    (d.dir / "token").chmod(0o644)
    before = len(d.log())
    d.ask_reload()
    until(lambda: re.search(r"token can be read or written by others: chmod 600", d.log()[before:]), 3, "the mode")
    check((d.dir / "token").read_text() == TOKENS, "what somebody wrote is not overwritten")
    check(not any(t in d.log() for t in (ALL, PANEL, WALL)), "no token stands in the log")
    d.stop()


def test_a_new_layout_comes_without_losing_viewers():
    d = daemon()
    v = viewer(d, ALL)
    gen = v.by_name("set.one").gen
    d.reload(REGIONS.replace("{ a: { type: f32, min: 0, max: 10 },", "{ a: { type: f32, min: 0, max: 10 }, extra: u8,"))
    v.wait(lambda: v.by_name("set.one").gen > gen, 3, "the new generation")
    equal(put(v, "set.one", extra=9), 0)
    d.reload(REGIONS.replace("remote_write: true, remote_fields: [on], ", ""))
    v.wait(lambda: not v.by_name("set.two").flags & WRITABLE, 3, "no longer writable")
    equal(put(v, "set.two", on=True), 403)
    d.stop()


def test_without_tokens_nobody_sets_anything():
    d = Daemon(REGIONS, {"auth": "none"})
    v = Viewer(d)
    v.wait_list()
    equal(put(v, "set.one", a=1), 403)
    d.stop()


def test_of_two_bridges_the_first_writes():
    port_line = '  first: { plugin: websocket, listen: "127.0.0.1:0", token_file: TOKENFILE }\n'
    d = Daemon(REGIONS, start=False)
    put_tokens(d, TOKENS)
    d.more_plugins = port_line.replace("TOKENFILE", str(d.dir / "token"))
    d.write_config(REGIONS)
    d.start(wait=False)
    d.wait_log(r"runs instance", 10)
    d.port = int(re.findall(r"dash: dashboard: http://[0-9.]+:(\d+)/", d.log())[-1])
    d.token = None
    equal(put(viewer(d, ALL), "set.one", a=1), 409)
    check("viewers cannot set it" in d.log(), "and the log says why")
    d.port = int(re.findall(r"first: dashboard: http://[0-9.]+:(\d+)/", d.log())[-1])
    equal(put(viewer(d, ALL), "set.one", a=1), 0)
    d.stop()


def test_many_sets_are_bounded_and_all_answered():
    d = daemon()
    v = viewer(d, ALL)
    rid = v.by_name("set.one").rid
    v.send(*[[39, 1000 + i, rid, {"a": i % 10}] for i in range(100)])
    answers = v.wait(lambda: (lambda a: len(a) == 100 and a)([m for m in v.messages if m[0] in (RES, ERR) and m[1] >= 1000]), 5,
                     "a hundred answers")
    codes = {m[2] for m in answers}
    check(codes <= {0, 429} and 0 in codes, codes)
    v.sub("set.one", enc=1)
    d.stop()


if __name__ == "__main__":
    main(globals())
