#!/usr/bin/env python3
"""The benchmarks run for a moment and print tables that can be read. How fast anything is, is not looked at.

    smoke.py BUILD local|versus|fanout|recording
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+")


def tables(text):
    """[(head, rows)]: every Markdown table; a row that is longer or shorter than its head is a failure."""
    found, lines = [], text.splitlines()
    for i, line in enumerate(lines):
        if not re.fullmatch(r"\|(:?-+:?\|)+", line):
            continue
        head = [c.strip() for c in lines[i - 1].strip("|").split("|")]
        rows = []
        for row in lines[i + 1:]:
            if not row.startswith("|"):
                break
            cells = [c.strip() for c in row.strip("|").split("|")]
            assert len(cells) == len(head), f"{len(cells)} cells below {len(head)} titles: {row}"
            rows.append(cells)
        assert rows, f"an empty table: {lines[i - 1]}"
        found.append((head, rows))
    return found


def number(cell):
    found = NUMBER.search(cell)
    assert found and "nan" not in cell and "inf" not in cell, f"no number: {cell!r}"
    return float(found[0].replace(",", ""))


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=160)
    print(done.stdout, done.stderr, sep="\n", flush=True)
    assert done.returncode == 0, f"ended with {done.returncode}"
    return done.stdout, done.stderr


def versus(build):
    page, err = run(sys.executable, ROOT / "bench/local/run.py", "--moment", "--build", build)
    assert "Traceback" not in err
    found = tables(page)
    assert len(found) == 3, "read, latency, CPU"
    for head, rows in found:
        assert head[:3] == ["bytes", "memcpy", "pagecast"], head
        for row in rows:
            assert all(number(cell) > 0 for cell in row[1:]), row


def local(build):
    out, _ = run(build / "bin/bench_local", "--moment")
    found = tables(out)
    assert [len(head) for head, _ in found] == [10, 7, 6, 2], "which tables"
    for head, rows in found:
        for row in rows:
            for title, cell in zip(head[1:], row[1:]):
                # on a busy machine nobody may get a turn within the moment
                assert title in ("diff", "gave up", "commits", "reads") or number(cell) > 0, f"{title} of {row[0]}: {cell}"


SECTIONS = ("Goals", "As fast as it goes", "At a fixed rate", "TLS", "One viewer", "At rest", "Viewers that stall",
            "One viewer that freezes, one that is slow", "What pagecast's cost grows with")


def fanout(build):
    page, err = run(sys.executable, ROOT / "bench/fanout/run.py", "--moment", "--build", build)
    assert "Traceback" not in err
    parts = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
    assert tuple(parts) == SECTIONS, f"sections: {list(parts)}"
    for name in SECTIONS:
        for head, rows in tables(parts[name]):
            for row in rows:
                if name == "Goals":
                    assert row[2] in ("yes", "**no**", "-") and row[1], row
                else:
                    assert all(number(cell) is not None for cell in row[1:]), row
        assert tables(parts[name]), f"{name}: no table"
    assert "Time was up" not in page, "something was not measured"
    assert re.search(r"Load average \d.*other programs took \d+ %", page), "the page says how busy the machine was"


def recording(build):
    out, _ = run(sys.executable, ROOT / "bench/recording/run.py", "--seconds", "1", "--build", build)
    (head, rows), = tables(out)
    assert len(rows) == 3, "sysmon, a game, fifty regions"
    for row in rows:
        for title, cell in zip(head[1:], row[1:]):
            assert number(cell) > 0 or title in ("missed", "a core without", "with recorder"), f"{title} of {row[0]}: {cell}"


def main():
    build, what = pathlib.Path(sys.argv[1]), sys.argv[2]
    try:
        {"local": local, "versus": versus, "fanout": fanout, "recording": recording}[what](build)
    except AssertionError as e:
        sys.exit(f"{what}: {e}")


if __name__ == "__main__":
    main()
