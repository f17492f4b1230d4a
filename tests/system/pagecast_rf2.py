#!/usr/bin/env python3
"""pagecast_rf2.py - writes rFactor 2's telemetry map as its plugin does: 20 of 128 vehicles, each with most of its values new.

    pagecast_rf2.py FOLDER NAME [--every SECONDS]
"""
import argparse
import mmap
import os
import random
import struct
import time

BYTES, HEAD, VEHICLE, VEHICLES = 241680, 16, 1888, 20
USED = HEAD + VEHICLES * VEHICLE


def vehicle(number, elapsed, chance):
    """Times, then position to engine and half of what wheels have: random; names and damage stay."""
    out = bytearray(VEHICLE)
    struct.pack_into("<iddid64s64s", out, 0, number, 0.02, elapsed, 3, elapsed - 7, b"", b"")
    out[32:32 + 9] = b"Car no. " + bytes([48 + number % 10])
    out[160:1160] = chance.randbytes(1000)
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("name")
    p.add_argument("--every", type=float, default=0.02)
    args = p.parse_args()
    fd = os.open(os.path.join(args.folder, args.name), os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(fd, BYTES)
    m, chance, tick = mmap.mmap(fd, BYTES), random.Random(1), 0
    print("writing", flush=True)
    while True:
        tick += 1
        body = b"".join(vehicle(i, tick / 50, chance) for i in range(VEHICLES))
        struct.pack_into("<I", m, 0, tick)
        struct.pack_into("<ii", m, 8, USED, VEHICLES)
        m[HEAD:USED] = body
        struct.pack_into("<I", m, 4, tick)
        time.sleep(args.every)


if __name__ == "__main__":
    main()
