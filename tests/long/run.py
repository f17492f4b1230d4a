#!/usr/bin/env python3
"""The long forms of tests that CTest runs for seconds: minutes of the same, by one command.

    tests/long/run.py stall     viewers that stop reading for ten minutes: memory stays bounded, neighbours do not notice
    tests/long/run.py load      a thousand viewers at 60 Hz; besides them 10 % stall, 5 % drop out, 5 % talk nonsense
    tests/long/run.py property  random updates, rates, drops, reloads, killed daemons: every viewer's bytes are the region's
    tests/long/run.py record    fifty regions at 60 Hz are recorded while the daemon is killed three times: nothing is invented
    tests/long/run.py all       one after the other

--minutes N (10), --viewers N (1000), --seed N for the same dice again, --build FOLDER (build/release, or build/dev).
Programs and names are unique per run; the exit status is 0 if all of them passed.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("pagecastd", "region_writer", "fan_load")
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable  # the one whose modules are Debian's


def default_build():
    """The first that has everything these tests start."""
    found = [ROOT / "build" / name for name in ("release", "dev")]
    return next((b for b in found if all((b / "bin" / p).exists() for p in PROGRAMS)), found[0])


def settings(args):
    """test -> (script and its arguments, environment)."""
    seconds = max(1, round(args.minutes * 60))
    seed = {"PAGECAST_SEED": str(args.seed)} if args.seed is not None else {}
    return {"stall": ("test_bridge_stall.py", {"PAGECAST_STALL_S": str(seconds)}),
            "load": ("test_bridge_load.py", {"PAGECAST_LOAD": f"{args.viewers}:{seconds}"}),
            "property": ("test_bridge_property.py", {"PAGECAST_PROPERTY_S": str(seconds), **seed}),
            "record": ("record.py test_a_daemon_that_is_killed_three_times_leaves_good_files", {"PAGECAST_RECORD_S": str(seconds)})}


def run(name, script, environment, build):
    print(f"== {name}: " + " ".join(f"{k}={v}" for k, v in environment.items()), flush=True)
    start, load = time.monotonic(), os.getloadavg()[0]
    done = subprocess.run([PYTHON, *str(ROOT / "tests/system" / script).split()], env={
        **os.environ, "PC_BUILD": str(build), "PAGECAST_BIN": str(build / "bin"), "PAGECAST_PLUGINS": str(build / "plugins"), "PYTHONDONTWRITEBYTECODE": "1",
        **environment})
    took = time.monotonic() - start
    print(f"== {name}: {'passed' if done.returncode == 0 else f'FAILED ({done.returncode})'} after {took:.0f} s; "
          f"load average before {load:.1f}, after {os.getloadavg()[0]:.1f}", flush=True)
    return done.returncode == 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("test", choices=["stall", "load", "property", "record", "all"])
    p.add_argument("--minutes", type=float, default=10)
    p.add_argument("--viewers", type=int, default=1000)
    p.add_argument("--seed", type=int)
    p.add_argument("--build", type=pathlib.Path, default=default_build())
    args = p.parse_args()
    missing = [name for name in PROGRAMS if not (args.build / "bin" / name).exists()]
    if missing:
        p.error(f"{args.build}/bin has no {', '.join(missing)}: cmake --preset release && cmake --build --preset release")
    tests = settings(args)
    names = list(tests) if args.test == "all" else [args.test]
    passed = [run(name, *tests[name], args.build.resolve()) for name in names]
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
