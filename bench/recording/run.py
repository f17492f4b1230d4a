#!/usr/bin/env python3
"""How large recordings are, and what recording costs: against the raw payloads, and against gzip of them.

    bench/recording/run.py [--seconds 20] [--build build/release]

Real daemons, real files: this machine's own data (sysmon), a racing game's datagrams at 60 Hz (computed: a car that drives in circles over a rough
road), and fifty regions of 256 bytes at 60 Hz in which a few bytes change. Prints Markdown. "gzip" is each region's payloads one after the other, level 6.
"""
import argparse
import gzip
import math
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))


def car(t, noise):
    """A datagram of config/layouts/forza_dash.yaml."""
    d = bytearray(311)
    wheels = [noise.gauss(0, 0.02) for _ in range(4)]
    speed = 40 + 10 * math.sin(t / 7)
    struct.pack_into("<iI3f", d, 0, 1, int(t * 1000), 8500, 950, 5000 + 2500 * math.sin(t / 3))
    struct.pack_into("<3f3f3f3f", d, 20, math.sin(t) + wheels[0], wheels[1], math.cos(t), 0.1 * wheels[2], 0, speed,
                     0, 0.2, 0, t % 6.28, wheels[3], 0.01)
    for i in range(9):
        struct.pack_into("<4f", d, 68 + 16 * i, *[0.5 + w * (i + 1) for w in wheels])
    struct.pack_into("<5i", d, 212, 2011, 5, 812, 1, 6)
    struct.pack_into("<6f", d, 232, 300 * math.cos(t / 10), 12 + wheels[0], 300 * math.sin(t / 10), speed, 250000 * abs(math.sin(t / 3)), 400)
    struct.pack_into("<9f", d, 256, 180, 181, 179, 180, 4.5, 0.8 - t / 4000, speed * t, 61.5, 0)
    struct.pack_into("<2fHB", d, 292, t % 62, t, int(t / 62), 3)
    return bytes(d)


def drive(place, port, seconds):
    noise, start = random.Random(1), time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for n in range(int(seconds * 60)):
            time.sleep(max(0, start + n / 60 - time.monotonic()))
            s.sendto(car(n / 60, noise), ("127.0.0.1", port))


def fifty(place, names, seconds):
    writer = subprocess.Popen([place.bin / "region_writer", *names], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=place.env)
    assert writer.stdout.readline() == "ready\n"
    writer.stdin.write(f"every 60 {int(seconds * 60)}\n")
    writer.stdin.flush()
    writer.stdout.readline()
    writer.stdin.close()
    writer.wait()


def measure(harness, mcap, name, regions, plugins, feed, seconds):
    place = harness.Place()
    place.bin = harness.BIN
    cpu = {}
    try:
        for is_recorded in (False, True):
            files = place.folder / f"files-{is_recorded}"
            files.mkdir()
            tape = f"tape: {{ plugin: record, folder: {files} }}\n" if is_recorded else ""
            daemon = place.daemon(place.config(regions=regions, plugins=plugins + tape))
            before = harness.cpu_seconds(daemon.pid)
            feed(place)
            cpu[is_recorded] = harness.cpu_seconds(daemon.pid) - before
            daemon.stop()
        file, = files.iterdir()
        recording = mcap.Recording(file)
        payloads = {}
        for m in recording.messages:
            payloads.setdefault(id(m.channel), []).append(m.payload)
        values = sum(m.event == "value" for m in recording.messages)
        missed = sum(m.missed for m in recording.messages if m.missed != mcap.UNKNOWN)
        raw = sum(len(p) for each in payloads.values() for p in each)
        packed = sum(len(gzip.compress(b"".join(each), 6)) for each in payloads.values())
        size = file.stat().st_size
        print(f"| {name} | {values:,} | {missed:,} | {raw / 1e6:.2f} MB | {packed / 1e6:.3f} MB | {size / 1e6:.3f} MB | {raw / size:.1f} | "
              f"{packed / size:.2f} | {100 * cpu[False] / seconds:.1f} % | {100 * cpu[True] / seconds:.1f} % |", flush=True)
    finally:
        place.close()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seconds", type=float, default=20)
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    args = p.parse_args()
    os.environ["PC_BUILD"] = str(args.build.resolve())
    import pagecast_harness as harness
    import pagecast_mcap as mcap
    load = os.getloadavg()[0]
    print("| | values | missed | raw | gzip | recording | raw / recording | gzip / recording | a core without | with recorder |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    names = [f"r{i}" for i in range(50)]
    port = harness.free_port()
    layout = ROOT / "config/layouts/forza_dash.yaml"
    measure(harness, mcap, "this machine, sysmon every 100 ms", "", "sysmon: { interval: 100ms }\n", lambda place: time.sleep(args.seconds), args.seconds)
    measure(harness, mcap, "a racing game, 60 Hz", f"car: {{ writer: plugin, layout_file: {layout} }}", f"game: {{ plugin: udp, port: {port}, feeds: car }}\n",
            lambda place: drive(place, port, args.seconds), args.seconds)
    measure(harness, mcap, "50 regions of 256 bytes, 60 Hz", "\n".join(f"{n}: {{ size: 256 }}" for n in names), "",
            lambda place: fifty(place, names, args.seconds), args.seconds)
    print(f"\n{args.seconds:g} s each; load average before {load:.1f}, after {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
