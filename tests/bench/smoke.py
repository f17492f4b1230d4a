#!/usr/bin/env python3
"""The benchmarks run for a moment and print tables that can be read. How fast anything is, is not looked at.

    smoke.py BUILD local|versus|fanout|matrix|profile|recording
"""
import pathlib
import re
import subprocess
import sys
import tempfile

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
                    assert re.fullmatch(r"yes|-|\*\*no\*\*(, \[why\]\(performance-profiles\.md#[a-z-]+\))?", row[2]) and row[1], row
                else:
                    assert all(number(cell) is not None for cell in row[1:]), row
        assert tables(parts[name]), f"{name}: no table"
    assert "Time was up" not in page, "something was not measured"
    assert re.search(r"Load average \d.*other programs took \d+ %", page), "the page says how busy the machine was"


def headings(page):
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", page.read_text(), re.M)}


def matrix(build):
    """The first cells of --matrix, and the first points of --curves, into a folder of their own."""
    with tempfile.TemporaryDirectory() as docs:
        docs = pathlib.Path(docs)
        (docs / "images").mkdir()
        run(sys.executable, ROOT / "bench/fanout/run.py", "--matrix", "--build", build, "--counts", "10", "--seconds", "0.2", "--budget", "8", "--rounds", "1",
            "--servers", "limit", "pagecast", "--docs", docs, "--results", docs / "matrix.json")
        page = (docs / "performance-matrix.md").read_text()
        parts = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
        (head, rows), = tables(parts["As fast as it goes"])
        assert [row[0] for row in rows[:3]] == ["10 x 64 B", "10 x 1 KiB", "10 x 16 KiB"] and all(number(row[2]) > 0 for row in rows[:3]), rows
        assert "images/performance-matrix.svg" in page and "10 x 16 KiB" in (docs / "images/performance-matrix.svg").read_text()
        assert "Time was up before" in page, "within 8 s not every cell is measured, and the page says so"
        run(sys.executable, ROOT / "bench/fanout/run.py", "--curves", "--build", build, "--seconds", "0.2", "--budget", "5", "--docs", docs,
            "--results", docs / "curves.json")
        page = (docs / "performance-curves.md").read_text()
        assert "nothing changes, against regions" in page and "Time was up before" in page, page
        assert "<svg" in (docs / "images/performance-curves.svg").read_text()
        sys.path.insert(0, str(ROOT / "bench/fanout"))
        import goals
        there = headings(ROOT / "docs/performance-profiles.md")
        assert set(goals.WHY.values()) <= there, f"headings that are pointed at and missing: {set(goals.WHY.values()) - there}"


SAMPLES = """
pagecast-ws    1000 
	ffffffff81000010 _copy_from_iter ([kernel.kallsyms])
	ffffffff81000020 tcp_sendmsg_locked ([kernel.kallsyms])
	ffffffff81000030 __x64_sys_sendto ([kernel.kallsyms])
	    7f0000000000 __send (/usr/lib/libc.so.6)

pagecast-ws    2000 
	ffffffff81000040 tcp_recvmsg_locked ([kernel.kallsyms])
	ffffffff81000050 __x64_sys_recvfrom ([kernel.kallsyms])
	    7f0000000001 __libc_recv (/usr/lib/libc.so.6)

pagecastd    3000 
	    7f0000000002 [unknown] (/usr/lib/libwebsockets.so.17)

pool thread    4000 
	ffffffff81000060 finish_task_switch.isra.0 ([kernel.kallsyms])

pagecast-ws    5000 
	    7f0000000003 send_data (/a/websocket.so (deleted))
"""


def profile(build):
    """Samples land in the lines of their system call or library. That perf may be used is not needed for that."""
    sys.path.insert(0, str(ROOT / "bench/fanout"))
    import profile as shares
    lines, functions, all_ = shares.profile(SAMPLES.splitlines(keepends=True))
    assert lines == {"send: copying": 1000, "kernel: recv": 2000, "libwebsockets.so.17": 3000, "kernel: switching, interrupts": 4000, "websocket.so": 5000}, lines
    assert all_ == 15000 and functions["send_data [websocket.so]"] == 5000 and functions["libwebsockets.so.17 (no symbol) [libwebsockets.so.17]"] == 3000, functions
    table = shares.table("spent in", 0, {"pagecast": ({"us_frame": 30.0}, (lines, functions, all_))}, 3)
    assert "| websocket.so | 10.00 | 33.3 % |" in table and "| what is smaller | 6.00 | 20.0 % |" in table, table


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
        {"local": local, "versus": versus, "fanout": fanout, "matrix": matrix, "profile": profile, "recording": recording}[what](build)
    except AssertionError as e:
        sys.exit(f"{what}: {e}")


if __name__ == "__main__":
    main()
