#!/usr/bin/env python3
"""Fan-out over WebSocket: the physical limit, pagecast, and servers a user would pick, in one run.

    bench/fanout/run.py --install    the peers, from Debian and npm
    bench/fanout/run.py --quick      every kind of figure, within six minutes on two cores; writes docs/performance.md
    bench/fanout/run.py --matrix     every number of viewers, regions and bytes, within 25 minutes; writes docs/performance-matrix.md
    bench/fanout/run.py --curves     what pagecast's cost grows with, point by point, within three minutes; writes docs/performance-curves.md
    bench/fanout/run.py              all of it, with longer cells, an hour and a quarter; writes docs/performance.md
    bench/fanout/run.py --moment     each kind once and small, to see that all of it works; prints the page
    bench/fanout/run.py --render     the page anew, from the last run's results; --matrix --render and --curves --render likewise

With --threads N the page says so; N + 1 cores are wanted.

Jobs go round by round, all servers of a cell one after the other, and figures are medians over the rounds; what counts is
the ratio to the limit of the same run. Server on one core, load client on another. The results are kept in
build/fanout/results.json, those of --matrix and --curves in matrix.json and curves.json beside it. profile.py says what a cell's time goes into. On a machine that others use the page says how much of it they took.
"""
import argparse
import datetime
import json
import pathlib
import resource
import sys
import tempfile
from dataclasses import asdict

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import machine
import measure
import plan
import report
from servers import SERVERS, install, installed, make_pem

PROGRAMS = ("bin/pagecastd", "bin/fan_load", "bin/fan_limit", "bin/fan_rtt", "plugins/websocket.so")
QUICK_S = 325   # the job that is under way then still ends within six minutes
MATRIX_S = 1470
CURVES_S = 170


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    p.add_argument("--peers", type=pathlib.Path, default=ROOT / "build/peers", help="folder for npm packages")
    p.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs")
    p.add_argument("--results", type=pathlib.Path, default=None, help="where figures are kept")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=None, help="of one job; 2 in a full run, 0.8 in --matrix")
    p.add_argument("--budget", type=float, default=None, help=f"seconds after which no job begins; --quick: {QUICK_S}, --matrix: {MATRIX_S}, --curves: {CURVES_S}")
    p.add_argument("--counts", type=int, nargs="*", default=[1, 100, 1000, 5000], help="numbers of viewers in a full run and in --matrix")
    p.add_argument("--servers", nargs="*", default=list(SERVERS))
    p.add_argument("--threads", type=int, default=1, help="that serve pagecast's viewers, each on a core of its own if there are enough")
    p.add_argument("--note", default="", help="a sentence for the page")
    p.add_argument("--print", action="store_true", help="print the page, write nothing below --docs")
    for flag in ("install", "quick", "matrix", "curves", "moment", "render"):
        p.add_argument(f"--{flag}", action="store_true")
    args = p.parse_args()
    args.build, args.peers = args.build.resolve(), args.peers.resolve()
    missing = [n for n in PROGRAMS if not (args.build / n).exists()]
    if missing and not (args.install or args.render):
        p.error(f"{args.build} has no {', '.join(missing)}: cmake --preset release && cmake --build --preset release")
    unknown = [n for n in args.servers if n not in SERVERS]
    if unknown:
        p.error(f"no server {', '.join(unknown)}: {', '.join(SERVERS)}")
    args.results = args.results or ROOT / "build/fanout" / ("matrix.json" if args.matrix else "curves.json" if args.curves else "results.json")
    if args.render and not args.results.exists():
        p.error(f"no results of an earlier run at {args.results}: run without --render")
    args.plan = next((name for name in ("moment", "quick", "matrix", "curves") if getattr(args, name)), "full")
    args.budget = args.budget or {"quick": QUICK_S, "matrix": MATRIX_S, "curves": CURVES_S}.get(args.plan)
    args.seconds = args.seconds or (0.8 if args.matrix else 2)
    return args


def jobs_of(args, names):
    return {"moment": plan.moment, "quick": lambda: plan.quick(names, args.rounds),
            "matrix": lambda: plan.matrix(names, args.counts, args.seconds, args.rounds),
            "curves": lambda: plan.curves(min(args.seconds, 2), 5, args.rounds),
            "full": lambda: plan.full(names, args.seconds, args.rounds, args.counts)}[args.plan]()


def run(args):
    names = ["limit", "pagecast"] if args.moment else [n for n in args.servers if installed(n, args.peers)]
    print("not installed:", ", ".join(n for n in args.servers if not installed(n, args.peers)) or "none", file=sys.stderr)
    before = machine.Machine()
    with tempfile.TemporaryDirectory(prefix="pc-fan-") as folder:
        args.pem = pathlib.Path(folder) / "server.pem"
        make_pem(args.pem)
        medians, missed, whole = measure.measure(jobs_of(args, names), args)
    told = before.told()
    return {"plan": args.plan, "date": str(datetime.date.today()), "machine": machine.description(), "told": told, "busy": machine.how_busy(told),
            "spins": measure.SERVER_CPU != measure.LOAD_CPU, "names": names, "rounds": whole, "missed": missed, "note": args.note, "threads": args.threads, "medians": medians}


def save(path, found):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"what": w, "cell": asdict(c), "server": s, "figures": f} for (w, c, s), f in found["medians"].items()]
    path.write_text(json.dumps({**found, "medians": rows}, indent=1))


def read(path):
    found = json.loads(path.read_text())
    found["medians"] = {(r["what"], plan.Cell(**r["cell"]), r["server"]): r["figures"] for r in found["medians"]}
    return found


def main():
    args = arguments()
    if args.install:
        return install(args.peers)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if args.render:
        found = read(args.results)
        found["note"] = args.note or found["note"]
    else:
        found = run(args)
    if not found["medians"]:
        sys.exit("nothing could be measured; what stood there is left as it is")
    if not args.moment and not args.render:
        save(args.results, found)
    if args.moment or args.print:
        print(report.page(found))
    else:
        print(report.write(args.docs, found), file=sys.stderr)


if __name__ == "__main__":
    main()
