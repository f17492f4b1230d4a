#!/usr/bin/env python3
"""The tutorial's client in Python: whole commits only, asleep until there is one, and it says whether the writer lives.

    PYTHONPATH=bindings/python python3 examples/reader.py [NAME]

Needs libpagecast (installed, or PAGECAST_LIBRARY=/path/to/libpagecast.so). Any region with a layout will do.
"""
import sys

import pagecast


def follow(name):
    was = seen = None
    with pagecast.open(name, wait_s=5) as region:
        while True:
            now = region.liveness
            if now != was:
                print(now, flush=True)
                was = now
            try:
                moment = region.snapshot()
                if moment.tick != seen and region.layout:
                    print(f"#{moment.tick}", region.layout.unpack(moment.data), flush=True)
                seen = moment.tick
                if now in ("closed", "retired"):
                    region.reopen()  # a writer that said goodbye may come back in another object
            except pagecast.PagecastError as error:
                if error.status not in ("PC_EAGAIN", "PC_ESTALE", "PC_EABSENT", "PC_ENOTREADY"):
                    raise
            region.wait(0.2)


if __name__ == "__main__":
    region_name = sys.argv[1] if len(sys.argv) > 1 else "fork_server"
    try:
        follow(region_name)
    except KeyboardInterrupt:
        pass
    except pagecast.PagecastError as refused:
        sys.exit(f"{region_name}: {refused}")
