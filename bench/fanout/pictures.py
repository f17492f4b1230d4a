"""Pictures of what was measured, as SVG."""
from goals import Found, label, plain

COLOURS = {"pagecast": "#1f77b4", "mosquitto": "#d62728", "nats": "#2ca02c", "node ws": "#9467bd", "limit": "#888888"}


def svg(width, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
            f'<rect width="{width}" height="{height}" fill="white"/>{body}</svg>\n')


def bars(medians, names):
    f = Found(medians)
    cells = sorted(f.cells("saturated", "limit", "pagecast", where=lambda c: plain(c) and c.viewers >= 10),
                   key=lambda c: (c.due, c.viewers, c.bytes))
    names = [n for n in names if n != "limit"]
    def height(cell, name):
        return f.ratio("saturated", cell, "updates_s", server=name) or 0
    best = max([height(c, n) for c in cells for n in names] + [1])
    y, body = 40, "".join(f'<rect x="{150 + 120 * i}" y="8" width="12" height="12" fill="{COLOURS[n]}"/>'
                          f'<text x="{167 + 120 * i}" y="19">{n}</text>' for i, n in enumerate(names))
    scale = 560 / best
    for cell in cells:
        body += f'<text x="185" y="{y + 6 * len(names) + 4}" text-anchor="end">{label(cell)}</text>'
        for name in names:
            value = height(cell, name)
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


def curves(lines, titles):
    body = "".join(curve(points, *titles[key], 10 + 350 * (i % 2), 10 + 190 * (i // 2)) for i, (key, points) in enumerate(lines.items()))
    return svg(710, 10 + 190 * ((len(lines) + 1) // 2), body)
