#!/usr/bin/env python3
"""pagecast_partner.py - a program that shares a map with others the way its authors agreed: by a mutex and an event. It knows Linux, and
docs/adopt.md, and nothing of pagecast.

    pagecast_partner.py hold MUTEX              takes the mutex, says so, gives it back when its input ends
    pagecast_partner.py wait EVENT COUNT        says each time that the event was set
    pagecast_partner.py copy MUTEX MAP COUNT    copies the counter's map under the mutex; says how many copies were torn
    pagecast_partner.py write MAP EVENT EVERY   writes the map of pagecast_foreign.py and sets its event, until it is killed
    pagecast_partner.py rotate MAP EVENT EVERY  writes one of three rows in turn, as iRacing does, and sets the event after each
"""
import ctypes
import mmap
import os
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_FUTEX, FUTEX_WAIT, FUTEX_WAKE, EOWNERDEAD = 202, 0, 1, 130


def mapped(path, create=0):
    fd = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    if create and os.fstat(fd).st_size < create:
        os.ftruncate(fd, create)
    m = mmap.mmap(fd, 0)
    os.close(fd)
    return m, ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m)))


def lock(mutex):
    error = LIBC.pthread_mutex_lock(mutex)
    if error == EOWNERDEAD:
        LIBC.pthread_mutex_consistent(mutex)
    elif error:
        raise OSError(error, os.strerror(error))


def hold(mutex_path):
    m, mutex = mapped(mutex_path)
    lock(mutex)
    print("held", flush=True)
    sys.stdin.read()
    LIBC.pthread_mutex_unlock(mutex)
    print("given", flush=True)
    del m


def wait(event_path, count):
    with open(event_path, "rb") as f:  # who waits need not write
        m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
        word = struct.Struct("<I")
        LIBC.mmap.restype = ctypes.c_void_p
        place = LIBC.mmap(None, ctypes.c_size_t(4), mmap.PROT_READ, mmap.MAP_SHARED, f.fileno(), ctypes.c_size_t(0))
    print("waiting", flush=True)
    seen = word.unpack_from(m)[0]
    for i in range(int(count)):
        while word.unpack_from(m)[0] == seen:
            LIBC.syscall(SYS_FUTEX, ctypes.c_void_p(place), FUTEX_WAIT, seen, None, None, 0)
        seen = word.unpack_from(m)[0]
        print(f"woken {i + 1}", flush=True)


def copy(mutex_path, map_path, count):
    kept, mutex = mapped(mutex_path)
    with open(map_path, "rb") as f:
        m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    torn, ticks = 0, set()
    for _ in range(int(count)):
        lock(mutex)
        data = m[:]
        LIBC.pthread_mutex_unlock(mutex)
        tick = struct.unpack_from("<Q", data)[0]
        ticks.add(tick)
        torn += data.count(tick & 0xFF, 24) != len(data) - 24
        time.sleep(0.001)
    print(f"torn {torn} of {len(ticks)} different", flush=True)
    kept.size()


def announce(put, event_path, every):
    """put(tick), then the event, until killed."""
    m, event = mapped(event_path, create=4)
    print("writing", flush=True)
    tick = 0
    while True:
        tick += 1
        put(tick)
        struct.pack_into("<I", m, 0, tick)
        LIBC.syscall(SYS_FUTEX, event, FUTEX_WAKE, 2 ** 31 - 1, None, None, 0)
        time.sleep(float(every))


def write(map_path, event_path, every):
    from pagecast_foreign import Map
    announce(Map(map_path).write, event_path, every)


def rotate(map_path, event_path, every):
    m, _ = mapped(map_path, create=8192)
    struct.pack_into("<12i", m, 0, 2, 1, 60, 0, 0, 1024, 1, 112, 3, 16, 0, 0)
    struct.pack_into("<iii4x32s64s32s", m, 112, 4, 0, 1, b"Speed", b"of the car", b"m/s")  # f32, in the row's byte 0

    def put(tick):
        slot = tick % 3
        struct.pack_into("<f", m, 4096 + 1024 * slot, tick)
        struct.pack_into("<ii", m, 48 + 16 * slot, tick, 4096 + 1024 * slot)
    announce(put, event_path, every)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
