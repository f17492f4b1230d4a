#!/usr/bin/env python3
"""pagecast_foreign.py - a program that has never heard of pagecast: makes a map, writes it, and may leave it in any state.

    pagecast_foreign.py FOLDER NAME [--every SECONDS] [--first TICK] [--size BYTES] [--count N] [--keep] [--slow]

Writes begin, tick, words and end of its map until it is killed or has written N times; then says dead in its map and removes
the name, unless --keep. --slow leaves time in the middle of each write.
"""
import argparse
import mmap
import os
import struct
import time

WORDS = 64
BYTES = 24 + 8 * WORDS + 8
SIGNATURE, DEAD = 0x53694748, 0x44414544


def layout(without=(), words=WORDS):
    """The layout as YAML in one line, some roles left out."""
    fields = {"magic": '{ type: u32, signature: "0x53694748", dead_value: "0x44414544" }',
              "begin": "{ type: u32, role: seq_begin }", "tick": "{ type: u32, role: tick }",
              "words": f'{{ type: "u64[{words}]", offset: 24 }}', "end": "{ type: u32, role: seq_end }"}
    plain = {"magic": "u32", "begin": "u32", "tick": "u32", "end": "u32"}
    return "{ " + ", ".join(f"{n}: {plain[n] if n in without else t}" for n, t in fields.items()) + " }"


class Map:
    """The map as its program has it."""

    def __init__(self, path, size=BYTES):
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if os.fstat(fd).st_size < size:
            os.ftruncate(fd, size)
        self.m = mmap.mmap(fd, size)
        os.close(fd)
        struct.pack_into("<I", self.m, 0, SIGNATURE)

    def write(self, tick, pause=0.0):
        m = self.m
        struct.pack_into("<I", m, 4, tick)
        struct.pack_into("<I", m, 8, tick)
        half = WORDS // 2
        struct.pack_into(f"<{half}Q", m, 24, *[tick] * half)
        if pause:
            time.sleep(pause)
        struct.pack_into(f"<{WORDS - half}Q", m, 24 + 8 * half, *[tick] * (WORDS - half))
        struct.pack_into("<I", m, 24 + 8 * WORDS, tick)

    def say_dead(self):
        struct.pack_into("<I", self.m, 0, DEAD)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("name")
    p.add_argument("--every", type=float, default=0.02)
    p.add_argument("--first", type=int, default=1)
    p.add_argument("--size", type=int, default=BYTES)
    p.add_argument("--count", type=int, default=0)
    p.add_argument("--keep", action="store_true")
    p.add_argument("--slow", action="store_true")
    a = p.parse_args()
    path = os.path.join(a.folder, a.name)
    game, tick = Map(path, a.size), a.first
    print("writing", flush=True)
    while not a.count or tick < a.first + a.count:
        game.write(tick, 0.002 if a.slow else 0)
        tick += 1
        time.sleep(a.every)
    if not a.keep:
        game.say_dead()
        os.unlink(path)
    print("ended", flush=True)


if __name__ == "__main__":
    main()
