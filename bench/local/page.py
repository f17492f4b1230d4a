"""Tables and the picture of what run.py measured."""
import math

COLOURS = {"memcpy": "#888888", "pagecast": "#1f77b4", "iceoryx": "#2ca02c", "ZeroMQ": "#9467bd", "Redis": "#d62728"}
SIZES = {64: "64 B", 1024: "1 KiB", 16384: "16 KiB", 65536: "64 KiB", 1048576: "1 MiB"}
WHAT = {
    "read": ("The time of a read", "p50_us", "The call that brings a value that another core has just written into the reader's own memory, with one reading of the clock "
             "(about 30 ns). iceoryx and ZeroMQ hand over what threads and processes have moved before; that is in the CPU time below."),
    "latency": ("From publishing to a reader that sleeps", "p50_us", "Just before the writer's call until the reader, which slept, has the value in its memory, at 200 values a "
                "second; p50. Redis: SET and PUBLISH, the reader sleeps in SUBSCRIBE and does GET."),
    "cpu": ("CPU of all processes per value", "cpu_us", "Writer, reader and broker together, at 200 values a second, with the filling of the value."),
}


def value(run, what, size, way):
    got = run["found"].get(("latency" if what == "cpu" else what, size, way))
    return got[WHAT[what][1]] if got else None


def ratio(run, what, size, way):
    one, limit = value(run, what, size, way), value(run, what, size, "memcpy")
    return one / limit if one is not None and limit else None


def told(us):
    return "-" if us is None else f"{1000 * us:.0f} ns" if us < 1 else f"{us:.1f} us" if us < 1000 else f"{us / 1000:.2f} ms"


def table(run, what):
    others = [w for w in run["ways"] if w != "memcpy"]
    out = ["| bytes | " + " | ".join(["memcpy", *others, *(f"{w}, x" for w in others)]) + " |", "|" + "--:|" * (2 + 2 * len(others))]
    for size in run["sizes"]:
        ratios = [ratio(run, what, size, w) for w in others]
        out.append("| " + " | ".join([SIZES.get(size, str(size)), *(told(value(run, what, size, w)) for w in ["memcpy", *others]),
                                      *("-" if r is None else f"{r:.2f}" for r in ratios)]) + " |")
    return "\n".join(out) + "\n"


def text(run):
    out = ["# Performance, local\n",
           f"Written by `bench/local/run.py`; do not edit. {run['date']}, {run['machine']}; medians of {run['rounds']} rounds. {run['busy']} {run['note']}\n",
           "One writer, one reader in another process on another core, which wants the newest value whole: pagecast, and what else does that. **memcpy**",
           "is the limit: one copy into shared memory, a futex, one copy out, and nothing that keeps a value whole; x are ratios to it. Times depend on the",
           "machine and its neighbours, ratios within the run are what counts. What pagecast's own calls cost: `bench_local`, in the README. Viewers in browsers:",
           "[performance.md](performance.md).\n"]
    for what, (title, _, words) in WHAT.items():
        out += [f"## {title}\n", words + "\n", table(run, what)]
    out += ["![Against the limit](images/performance-local.svg)\n",
            "What the others do that pagecast does not: ZeroMQ and iceoryx can keep a queue of all values, Redis and ZeroMQ reach other machines. What they do not:",
            "a plain program that maps a name sees pagecast's value, and a reader knows at once whether the writer lives.\n"]
    return "\n".join(out)


def picture(run):
    """Ratios to memcpy on a logarithmic scale."""
    kinds, ways = ("read", "latency", "cpu"), [w for w in run["ways"] if w != "memcpy"]
    best = max([ratio(run, k, s, w) or 1 for k in kinds for s in run["sizes"] for w in ways] + [10])
    floor, wide = 0.1, 560
    def at(x):
        return 150 + wide * math.log(max(x, floor) / floor) / math.log(best / floor)
    y, body = 40, "".join(f'<rect x="{150 + 120 * i}" y="8" width="12" height="12" fill="{COLOURS[w]}"/><text x="{167 + 120 * i}" y="19">{w}</text>'
                          for i, w in enumerate(ways))
    for kind in kinds:
        body += f'<text x="10" y="{y + 8}" font-weight="bold">{WHAT[kind][0]}</text>'
        y += 16
        for size in run["sizes"]:
            body += f'<text x="140" y="{y + 5 * len(ways) + 4}" text-anchor="end">{SIZES.get(size, size)}</text>'
            for way in ways:
                x = ratio(run, kind, size, way)
                if x:
                    body += f'<rect x="150" y="{y}" width="{at(x) - 150:.1f}" height="8" fill="{COLOURS[way]}"/>' \
                            f'<text x="{at(x) + 4:.1f}" y="{y + 8}" font-size="9">{x:.2f}</text>'
                y += 10
            y += 8
    body += f'<line x1="{at(1):.1f}" x2="{at(1):.1f}" y1="30" y2="{y}" stroke="#444" stroke-dasharray="4"/><text x="{at(1):.1f}" y="{y + 14}" ' \
            'text-anchor="middle">memcpy (logarithmic)</text>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 {y + 20}" font-family="sans-serif" font-size="12">'
            f'<rect width="780" height="{y + 20}" fill="white"/>{body}</svg>\n')


def write(docs, run):
    docs.joinpath("performance-local.md").write_text(text(run))
    docs.joinpath("images/performance-local.svg").write_text(picture(run))
