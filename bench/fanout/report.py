"""Tables and pictures of what run.py measured."""
import datetime
import pathlib
import platform
import re

COLOURS = {"pagecast": "#1f77b4", "mosquitto": "#d62728", "nats": "#2ca02c", "node ws": "#9467bd", "limit": "#888888"}
SIZES = {64: "64 B", 1024: "1 KiB", 16384: "16 KiB"}


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", text)
    return f"{model[1] if model else platform.machine()}, {text.count('processor')} cores, Linux {platform.release().split('-')[0]}"


def ratio(found, cell, name, figure):
    one, limit = found.get((cell, name)), found.get((cell, "limit"))
    return one[figure] / limit[figure] if one and one["updates"] and limit and limit[figure] else None


def times(value):
    return "-" if value is None else f"{value:.2f}"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "--:|" * len(head), *("| " + " | ".join(r) + " |" for r in rows)]) + "\n"


def label(cell):
    return f"{cell.viewers} x {SIZES.get(cell.bytes, cell.bytes)}" + (f" x {cell.due} regions" if cell.due > 1 else "")


def saturation(found, names):
    cells = sorted({c for c, _ in found if not c.hz}, key=lambda c: (c.due, c.viewers, c.bytes))
    rows = []
    for cell in cells:
        limit = found.get((cell, "limit"))
        rows.append([label(cell), f"{limit['updates_s']:,.0f}" if limit else "-",
                     *(times(ratio(found, cell, n, "updates_s")) for n in names if n != "limit"),
                     *(times(ratio(found, cell, n, "us_update")) for n in names if n != "limit")])
    return table(["viewers x payload", "limit, updates/s", *(f"{n}, x" for n in names if n != "limit"),
                  *(f"{n}, CPU x" for n in names if n != "limit")], rows)


def fixed(found, names):
    cells = sorted({c for c, _ in found if c.hz}, key=lambda c: (c.due, c.viewers, c.bytes))
    rows = []
    for cell in cells:
        limit = found.get((cell, "limit"))
        def ages(n):
            got = found.get((cell, n))
            return f"{got['p50_ms']:.1f} / {got['p99_ms']:.1f}" if got and got["ages"] else "-"
        rows.append([f"{label(cell)} @ {cell.hz:g} Hz", f"{limit['us_update']:.1f}" if limit else "-",
                     *(times(ratio(found, cell, n, "us_update")) for n in names if n != "limit"),
                     *(ages(n) for n in names)])
    return table(["viewers x payload @ rate", "limit, us CPU", *(f"{n}, x" for n in names if n != "limit"),
                  *(f"{n}, age" for n in names)], rows)


def memory(found, names):
    cells = [c for c in sorted({c for c, _ in found if c.hz}, key=lambda c: c.viewers) if c.bytes == 64 and c.due == 1]
    return table(["viewers", *names], [[str(c.viewers), *(f"{found[c, n]['rss_kb'] / 1024:.1f} MiB" if (c, n) in found else "-"
                                                         for n in names)] for c in cells])


def apart_table(apart):
    rows = []
    for name, row in apart.items():
        frozen, slow = row.get("frozen"), row.get("throttled")
        rows.append([name, str(int(frozen["stale"])) if frozen else "-", f"{frozen['max_ms']:.0f} ms" if frozen else "-",
                     f"{slow['p50_ms']:.0f} / {slow['max_ms']:.0f} ms" if slow else "-"])
    return table(["server", "stale messages after 4 s frozen", "oldest", "age at 200 KB/s, p50 / max"], rows)


TITLES = {"idle": ("% of a core, nothing changes", "regions, one viewer of one"),
          "active": ("% of a core, one changes 60 times a second", "regions, one viewer of that"),
          "idle_viewers": ("% of a core, nothing changes", "viewers, a heartbeat a second each"), "viewers": ("us CPU per update of 1 KiB", "viewers"),
          "changed": ("us CPU per update of a 64 KiB region", "bytes changed"),
          "total": ("us CPU per update, 16 bytes changed", "bytes of the region")}


def page(found, names, lines, apart, load_before, note):
    out = ["# Performance\n", "Written by `bench/fanout/run.py`; do not edit. "
           f"{datetime.date.today()}, {machine()}; load average before the run {load_before[0]:.1f}. {note}\n"]
    if found:
        out += ["One server at a time on one core, one load client on another, loopback, medians of interleaved runs. **limit** is a",
                "minimal C server: one `send()` of a prebuilt frame per viewer and update. Absolute figures depend on the machine and its",
                "neighbours; ratios to the limit of the same run are what counts.\n",
                "## As fast as it goes\n", "Updates a second as x of the limit (more is better), and server CPU per delivered update as x of",
                "the limit (less is better).\n", saturation(found, names),
                "\n![Updates per second](images/performance-saturation.svg)\n",
                "## At a fixed rate\n", "CPU of the server per delivered update, and age of the payload at the viewer, ms, p50 / p99.\n",
                fixed(found, names), "\n## Memory at a fixed rate\n", memory(found, names)]
    if apart:
        out += ["\n## One viewer that freezes, one that is slow\n",
                "Two viewers; one does not read for 4 s of 1 KiB at 100 Hz, or reads 200 KB/s of 13.5 KB at 60 Hz.\n", apart_table(apart)]
    return "\n".join(out + [costs(lines)])


COSTS = "\n## What pagecast's cost grows with\n"


def costs(lines, when=""):
    out = [COSTS, when]
    for key, points in lines.items():
        out += [f"\n{TITLES[key][0]}, against {TITLES[key][1]}:\n",
                table([TITLES[key][1], *(str(x) for x, _ in points)], [["", *(f"{y:.2f}" for _, y in points)]])]
    return "\n".join(out + ["\n![Cost curves](images/performance-curves.svg)\n"])


# ---- pictures ----

def svg(width, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
            f'<rect width="{width}" height="{height}" fill="white"/>{body}</svg>\n')


def bars(found, names):
    cells = sorted({c for c, _ in found if not c.hz and c.viewers >= 100}, key=lambda c: (c.due, c.viewers, c.bytes))
    names = [n for n in names if n != "limit"]
    best = max([ratio(found, c, n, "updates_s") or 0 for c in cells for n in names] + [1])
    y, body = 40, "".join(f'<rect x="{150 + 120 * i}" y="8" width="12" height="12" fill="{COLOURS[n]}"/>'
                          f'<text x="{167 + 120 * i}" y="19">{n}</text>' for i, n in enumerate(names))
    scale = 560 / best
    for cell in cells:
        body += f'<text x="185" y="{y + 6 * len(names) + 4}" text-anchor="end">{label(cell)}</text>'
        for name in names:
            value = ratio(found, cell, name, "updates_s") or 0
            body += f'<rect x="190" y="{y}" width="{value * scale:.1f}" height="10" fill="{COLOURS[name]}"/>' \
                    f'<text x="{194 + value * scale:.1f}" y="{y + 9}" font-size="9">{value:.2f}</text>'
            y += 12
        y += 10
    at = 190 + scale
    return svg(800, y + 20, body + f'<line x1="{at}" x2="{at}" y1="30" y2="{y}" stroke="#444" stroke-dasharray="4"/>'
               f'<text x="{at}" y="{y + 14}" text-anchor="middle">the limit</text>')


def curve(points, title, x_title, left, top):
    wide, high, body = 330, 170, ""
    biggest_x, biggest_y = max(x for x, _ in points), max([y for _, y in points] + [1e-9])
    def at(x, y):
        return left + 45 + (wide - 60) * x / biggest_x, top + high - 35 - (high - 65) * y / biggest_y
    places = [at(*p) for p in points]
    body += f'<text x="{left + wide / 2}" y="{top + 16}" text-anchor="middle">{title}</text>'
    body += f'<text x="{left + wide / 2}" y="{top + high - 4}" text-anchor="middle" font-size="10">{x_title}</text>'
    body += f'<path d="M {left + 45} {top + 25} V {top + high - 35} H {left + wide - 10}" fill="none" stroke="#444"/>'
    body += '<polyline fill="none" stroke="#1f77b4" stroke-width="2" points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in places) + '"/>'
    for (x, y), (a, b) in zip(points, places):
        body += f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#1f77b4"/>'
    body += f'<text x="{left + 40}" y="{places[-1][1] + 4:.1f}" text-anchor="end" font-size="10">{points[-1][1]:.3g}</text>'
    body += f'<text x="{places[-1][0]:.1f}" y="{top + high - 22}" text-anchor="end" font-size="10">{points[-1][0]}</text>'
    return body


def write(docs, text, found, names, lines):
    docs.joinpath("performance.md").write_text(text)
    images = docs / "images"
    images.joinpath("performance-saturation.svg").write_text(bars(found, names))
    draw_curves(docs, lines)


def write_curves(docs, lines, load_before, note):
    """This part of the page anew; the others stay as they are."""
    page_ = docs / "performance.md"
    when = f"Taken {datetime.date.today()}, load average before {load_before[0]:.1f}. {note}\n"
    page_.write_text(page_.read_text().split(COSTS)[0] + costs(lines, when))
    draw_curves(docs, lines)


def draw_curves(docs, lines):
    body = "".join(curve(points, *TITLES[key], 10 + 350 * (i % 2), 10 + 190 * (i // 2)) for i, (key, points) in enumerate(lines.items()))
    docs.joinpath("images/performance-curves.svg").write_text(svg(710, 10 + 190 * ((len(lines) + 1) // 2), body))
