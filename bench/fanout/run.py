#!/usr/bin/env python3
"""Fan-out over WebSocket: the physical limit, pagecast, and servers a user would pick, in one run.

    bench/fanout/run.py --install    the peers, from Debian and npm
    bench/fanout/run.py --quick      every kind of figure, within six minutes on two cores; writes docs/performance.md
    bench/fanout/run.py              every cell, an hour and a quarter; writes the same page
    bench/fanout/run.py --moment     each kind once and small, to see that all of it works; prints the page
    bench/fanout/run.py --render     the page anew, from the last run's results

Jobs go round by round, all servers of a cell one after the other, and figures are medians over the rounds; what counts is
the ratio to the limit of the same run. Server on one core, load client on another. The results are kept in
build/fanout/results.json. On a machine that others use the page says how much of it they took.
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
QUICK_S = 325  # the job that is under way then still ends within six minutes


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    p.add_argument("--peers", type=pathlib.Path, default=ROOT / "build/peers", help="folder for npm packages")
    p.add_argument("--docs", type=pathlib.Path, default=ROOT / "docs")
    p.add_argument("--results", type=pathlib.Path, default=ROOT / "build/fanout/results.json")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=2, help="of one job in a full run")
    p.add_argument("--budget", type=float, default=None, help="seconds after which no job begins; --quick: %d" % QUICK_S)
    p.add_argument("--counts", type=int, nargs="*", default=[1, 100, 1000, 5000], help="numbers of viewers in a full run")
    p.add_argument("--servers", nargs="*", default=list(SERVERS))
    p.add_argument("--note", default="", help="a sentence for the page")
    p.add_argument("--print", action="store_true", help="print the page, write nothing below --docs")
    for flag in ("install", "quick", "moment", "render"):
        p.add_argument(f"--{flag}", action="store_true")
    args = p.parse_args()
    args.build, args.peers = args.build.resolve(), args.peers.resolve()
    missing = [n for n in PROGRAMS if not (args.build / n).exists()]
    if missing and not (args.install or args.render):
        p.error(f"{args.build} has no {', '.join(missing)}: cmake --preset release && cmake --build --preset release")
    unknown = [n for n in args.servers if n not in SERVERS]
    if unknown:
        p.error(f"no server {', '.join(unknown)}: {', '.join(SERVERS)}")
    if args.render and not args.results.exists():
        p.error(f"no results of an earlier run at {args.results}: run without --render")
    if args.quick and args.budget is None:
        args.budget = QUICK_S
    return args


def jobs_of(args, names):
    if args.moment:
        return plan.moment()
    return plan.quick(names, args.rounds) if args.quick else plan.full(names, args.seconds, args.rounds, args.counts)


def run(args):
    names = ["limit", "pagecast"] if args.moment else [n for n in args.servers if installed(n, args.peers)]
    print("not installed:", ", ".join(n for n in args.servers if not installed(n, args.peers)) or "none", file=sys.stderr)
    before = machine.Machine()
    with tempfile.TemporaryDirectory(prefix="pc-fan-") as folder:
        args.pem = pathlib.Path(folder) / "server.pem"
        make_pem(args.pem)
        medians, missed, whole = measure.measure(jobs_of(args, names), args)
    told = before.told()
    return {"plan": "moment" if args.moment else "quick" if args.quick else "full", "date": str(datetime.date.today()),
            "machine": machine.description(), "told": told, "busy": machine.how_busy(told), "names": names, "rounds": whole, "missed": missed, "note": args.note,
            "medians": medians}


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
        report.write(args.docs, found)
        print(f"{args.docs}/performance.md", file=sys.stderr)


if __name__ == "__main__":
    main()
