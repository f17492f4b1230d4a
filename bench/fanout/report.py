"""The page that run.py writes: goals first, then every kind of figure as a table."""
import re

import pictures
from goals import Found, goals, label, plain, rss_each, why
from plan import PEERS

# kind -> (what a point is, what it is against, which field of the cell, figure)
CURVES = {
    "idle_regions": ("% of a core, nothing changes", "regions, one viewer of one", "regions", "cpu"),
    "active": ("us CPU per update of one region, 60 a second", "regions, one viewer of that", "regions", "us_update"),
    "idle_viewers": ("% of a core, nothing changes", "viewers, a heartbeat a second each", "viewers", "cpu"),
    "viewers": ("us CPU per update of 1 KiB", "viewers", "viewers", "us_update"),
    "changed": ("us CPU per update of a 64 KiB region", "bytes changed", "change", "us_update"),
    "total": ("us CPU per update, 16 bytes changed", "bytes of the region", "bytes", "us_update"),
}


def times(value):
    return "-" if value is None else f"{value:.2f}"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "--:|" * len(head), *("| " + " | ".join(r) + " |" for r in rows)]) + "\n"


def order(cell):
    return cell.due, cell.viewers, cell.bytes


def judged(medians, names, only_measured=False):
    def said(goal, met):
        reason = f", [why](performance-profiles.md#{why(goal)})" if why(goal) else ""
        return {True: "yes", False: f"**no**{reason}", None: "-"}[met]
    rows = [[goal, text, said(goal, met)] for goal, text, met in goals(medians, names) if met is not None or not only_measured]
    return table(["goal", "measured", "met?"], rows).replace("--:|", ":--|")


def saturation(f, names):
    def age(cell):
        got = [f.all.get(("saturated", cell, n)) for n in names]
        return " / ".join(f"{g['p50_ms']:.0f}" if g and g["ages"] else "-" for g in got)
    others = [n for n in names if n != "limit"]
    rows = [[label(c), f"{f.get('saturated', c, 'limit', 'updates_s'):,.0f}",
             *(times(f.ratio("saturated", c, "updates_s", server=n)) for n in others),
             times(f.ratio("saturated", c, "frames_s")), age(c), *(times(f.ratio("saturated", c, "us_update", server=n)) for n in others)]
            for c in sorted(f.cells("saturated", "limit", where=plain), key=order)]
    return rows and table(["viewers x payload", "limit, updates/s", *(f"{n}, x" for n in others), "pagecast, messages x", f"age p50, ms: {' / '.join(names)}",
                           *(f"{n}, CPU x" for n in others)], rows)


def fixed(f, names):
    def ages(cell, name):
        got = f.all.get(("fixed", cell, name))
        return f"{got['p50_ms']:.1f} / {got['p99_ms']:.1f}" if got and got["ages"] else "-"
    others = [n for n in names if n != "limit"]
    rows = [[f"{label(c)} @ {c.hz:g} Hz", f"{f.get('fixed', c, 'limit', 'us_update'):.1f}",
             *(times(f.ratio("fixed", c, "us_update", server=n)) for n in others), *(ages(c, n) for n in names)]
            for c in sorted(f.cells("fixed", "limit"), key=order)]
    return rows and table(["viewers x payload @ rate", "limit, us CPU", *(f"{n}, x" for n in others), *(f"{n}, age" for n in names)], rows)


def tls(f, names):
    rows = []
    for cell in f.cells("saturated", "limit", "pagecast", where=lambda c: c.tls):
        same = next((c for c in f.cells("saturated", "limit", "pagecast", where=plain) if order(c) == order(cell)), None)
        def over_plain(server, figure):
            a, b = f.get("saturated", cell, server, figure), same and f.get("saturated", same, server, figure)
            return times(a / b if a and b else None)
        rows.append([label(cell), over_plain("limit", "updates_s"), over_plain("pagecast", "updates_s"),
                     times(f.ratio("saturated", cell, "updates_s")), over_plain("limit", "us_update"), over_plain("pagecast", "us_update")])
    return rows and table(["viewers x payload", "limit: TLS / plain", "pagecast: TLS / plain", "pagecast / limit, both TLS",
                           "limit: CPU TLS / plain", "pagecast: CPU TLS / plain"], rows)


def first(f, names):
    _, tcp = f.one("first", "tcp")
    if not tcp:
        return ""
    def row(name, key, got):
        return [name, f"{1000 * got[key]:.0f} us", f"{1000 * got['p99_ms']:.0f} us", times(got[key] / tcp["half_ms"])]
    rows = [["half a raw TCP round trip", f"{1000 * tcp['half_ms']:.0f} us", f"{500 * tcp['p99_ms']:.0f} us", "1.00"]]
    titles = {"limit": "limit", "relay": "a futex, then one send()", "pagecast": "pagecast"}
    rows += [row(title, "p50_ms", f.one("first", n)[1]) for n, title in titles.items() if f.one("first", n)[1]]
    return table(["publish -> one viewer, 64 B at 60 Hz", "p50", "p99", "p50, x of half a round trip"], rows)


def memory(f, names):
    cells = f.cells("memory", "limit", "pagecast")
    rows = [[str(c.viewers), *(f"{f.get('memory', c, n, 'rss_kb') / 1024:.1f} MiB" for n in ("limit", "pagecast"))] for c in cells]
    if len(cells) > 1:
        rows.append(["each", *(f"{rss_each(f, n):.1f} KiB" for n in ("limit", "pagecast"))])
    text = rows and table(["idle viewers", "limit", "pagecast"], rows)
    return (text or "") + "".join(at_rest(f)) or None


def at_rest(f):
    for cell in f.cells("idle", "pagecast"):
        idle = f.all["idle", cell, "pagecast"]
        viewers = f"{cell.viewers} viewers with a heartbeat a second each" if cell.viewers else "no viewers"
        yield (f"\n{cell.regions} regions, {viewers}, nothing changes: {100 * idle['cpu']:.2f} % of a core, {idle['rss_kb'] / 1024:.1f} MiB, "
               f"of which shared memory counts once for each of its mappings.\n")
    cell, floor = f.one("idle", "limit")
    if floor:
        yield f"\nThe limit, one frame a second to {cell.viewers} viewers, who say nothing: {100 * floor['cpu']:.2f} % of a core.\n"


def stalled(f, names):
    rows = [[f"{c.viewers} + {c.stall} stalled, {label(c).split(' x ', 1)[1]} @ {c.hz:g} Hz", f"{got['p50_ms']:.1f} ms", f"{got['p99_ms']:.1f} ms",
             f"{got['updates_s'] / c.viewers:.1f}", f"{got['rss_kb'] / 1024:.1f} MiB"]
            for c in f.cells("stalled", "pagecast") for got in [f.all["stalled", c, "pagecast"]]]
    return rows and table(["viewers", "age p50", "age p99", "updates/s each", "RSS"], rows)


def apart(f, names):
    rows = []
    for name in names:
        _, frozen = f.one("frozen", name)
        _, slow = f.one("throttled", name)
        if frozen or slow:
            rows.append([name, f"{frozen['stale']:.0f}" if frozen else "-", f"{frozen['max_ms']:.0f} ms" if frozen else "-",
                         f"{slow['p50_ms']:.0f} / {slow['max_ms']:.0f} ms" if slow else "-"])
    return rows and table(["server", "stale messages after the freeze", "oldest", "age at 200 KB/s, p50 / max"], rows)


def lines(f):
    """kind -> [(x, y)] of the cost curves; a point without an update in its short while is none."""
    out = {}
    for key, (_, _, field, figure) in CURVES.items():
        points = [(getattr(c, field), f.all[key, c, "pagecast"]) for c in f.cells(key, "pagecast")]
        points = [(x, 100 * got["cpu"] if figure == "cpu" else got[figure]) for x, got in points if figure == "cpu" or got["updates"]]
        if points:
            out[key] = sorted(points)
    return out


def costs(f, names):
    return "\n".join(f"\n{CURVES[key][0]}, against {CURVES[key][1]}:\n\n" +
                     table([CURVES[key][1], *(str(x) for x, _ in points)], [["", *(f"{y:.2f}" for _, y in points)]])
                     for key, points in lines(f).items())


SECTIONS = (
    ("As fast as it goes", "Updates a second as x of the limit (more is better), and server CPU per delivered update as x of the limit (less is better). "
     "*messages*: what the bridge packs several updates into. *age*: who queues delivers much, late.", saturation, "\n![Updates per second](images/performance-saturation.svg)\n"),
    ("At a fixed rate", "CPU of the server per delivered update, and age of the payload at the viewer, ms, p50 / p99.", fixed, ""),
    ("TLS", "Updates a second with TLS as a ratio to the same without, and CPU per update likewise.", tls, ""),
    ("One viewer", "How long from commit to viewer when nothing else happens. The limit makes its payload itself, in the same process; *a futex, then one send()* is "
     "the least that it takes from one process through another to a third.", first, ""),
    ("At rest", "Resident memory with viewers that are shown nothing.", memory, ""),
    ("Viewers that stall", "Ages and updates are those of the others.", stalled, ""),
    ("One viewer that freezes, one that is slow", "Two viewers; one does not read for 4 s of 1 KiB at 100 Hz, or reads 200 KB/s of 13.5 KB at 60 Hz.", apart, ""),
    ("What pagecast's cost grows with", "One thing at a time; all else stays as it is. Least and most of each in `--quick`, all points in `--curves`.", costs,
     "\n![Cost curves](images/performance-curves.svg)\n"),
)


COSTS = "What pagecast's cost grows with"
# What has a page of its own: name -> (its heading, its sections, what it holds for who reads another page)
PAGES = {"matrix": ("every cell", ("As fast as it goes", "At a fixed rate"), "Every number of viewers, regions and bytes"),
         "curves": ("what cost grows with", (COSTS,), "What cost grows with, point by point")}


FEW = "To a few viewers the bridge sends as often as `max_hz` allows, here 1000 times a second, and then rests: such cells are no goals."


SPINS = ("The load client looks all the time, so that nobody pays for waking it ([decision 35](decisions/0035-what-saturation-measures.md)); at fixed rates "
         "it sleeps.")


def picture_of(plan, make, picture):
    """The line that shows it, in the page of that plan: --quick has no picture of two points."""
    if make is costs:
        return "" if plan == "quick" else picture
    return picture.replace("performance-saturation", "performance-matrix") if plan == "matrix" else picture


def sections(run, chosen):
    f, names = Found(run["medians"]), run["names"]
    for title, text, make, picture in SECTIONS:
        body = make(f, names) if not chosen or title in chosen else None
        if body:
            more = [said + "\n" for said, holds in ((SPINS, run.get("spins")), (FEW, chosen)) if holds and make is saturation]
            yield from [f"\n## {title}\n", *([text + "\n"] if text else []), *more, body, picture_of(run["plan"], make, picture)]


def page(run):
    heading, chosen, _ = PAGES.get(run["plan"], ("", (), ""))
    peers = ", ".join(n for n in run["names"] if n in PEERS) or "none"
    other = ("Every kind of figure: [performance.md](performance.md)." if chosen else
             " ".join(f"{PAGES[n][2]}: [performance-{n}.md](performance-{n}.md)." for n in PAGES if n in run.get("pages", ())))
    out = [f"# Performance: {heading}\n" if heading else "# Performance\n",
           f"Written by `bench/fanout/run.py{' --' + run['plan'] if run['plan'] != 'full' else ''}`; do not edit. {run['date']}, {run['machine']}; "
           f"{run['told']['seconds'] / 60:.1f} minutes, whole rounds: {run['rounds']}, figures are medians. {run['busy']} {run['note']}\n",
           "One server at a time on one core, one load client on another, loopback, all servers in turn for each cell. **limit** is a minimal",
           "C server: one `send()` of a prebuilt frame per viewer and update. Absolute figures depend on the machine and its neighbours; ratios",
           f"to the limit of the same run are what counts. Others in this run: {peers}. The local side: [performance-local.md](performance-local.md). {other}\n"]
    if run.get("threads", 1) > 1:
        out.append(f"pagecast served with `threads: {run['threads']}`, on as many cores if the machine has one more; the others had one.\n")
    if run["missed"]:
        out.append(f"Time was up before, or the server failed at, some of: {', '.join(run['missed'])}.\n")
    out += ["## Goals\n", "Each is judged by its worst cell. What eats the rest, and what was tried: [performance-profiles.md](performance-profiles.md).\n",
            judged(run["medians"], run["names"], bool(chosen)), *sections(run, chosen)]
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" +\n", "\n", "\n".join(out))).rstrip() + "\n"


def write(docs, run):
    """The page and its pictures; what stood there is replaced. @return the page's path"""
    images, plan = docs / "images", run["plan"]
    path = docs / (f"performance-{plan}.md" if plan in PAGES else "performance.md")
    path.write_text(page({**run, "pages": [n for n in PAGES if docs.joinpath(f"performance-{n}.md").exists()]}))
    if plan != "curves":
        bars = pictures.bars(run["medians"], run["names"])
        images.joinpath("performance-matrix.svg" if plan == "matrix" else "performance-saturation.svg").write_text(bars)
    if plan in ("curves", "full"):
        images.joinpath("performance-curves.svg").write_text(pictures.curves(lines(Found(run["medians"])), CURVES_TITLES))
    return path


CURVES_TITLES = {key: (title, against) for key, (title, against, _, _) in CURVES.items()}
