"""Whatever happens - rates, pauses, lost connections, reloads, a killed daemon - every viewer's bytes are those of the
region at that tick. Seconds here; PAGECAST_PROPERTY_S=600 for ten minutes, PAGECAST_SEED for the same dice again."""
import random
from collections import deque

from bridge_kit import Daemon, Viewer, Writer, check, main, os, time
from test_bridge_data import Draw, begin, region

SECONDS = float(os.environ.get("PAGECAST_PROPERTY_S", "8"))
SIZES = {"tiny": 3, "field": 328, "page": 5000}
STATES_KEPT = 6000


class Truth:
    """The newest states of a region that `random I SEED` writes; viewers may lag, but not for ever."""

    def __init__(self, size, seed):
        self.seed, self.tick, self.states = seed, 0, deque([bytes(size)], STATES_KEPT)

    def at(self, tick):
        while self.tick < tick:
            self.tick += 1
            payload, draw = bytearray(self.states[-1]), Draw(self.seed ^ self.tick * 0x2545F4914F6CDD1D)
            for _ in range(draw.next() % 5):
                at = draw.next() % len(payload)
                for i in range(at, min(at + 1 + draw.next() % 16, len(payload))):
                    payload[i] = draw.next() & 255
            self.states.append(bytes(payload))
        back = self.tick - tick
        check(back < len(self.states), "a viewer is", back, "commits behind")
        return self.states[-1 - back]


class World:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.extra = 0
        self.daemon = Daemon(self.regions())
        self.truth = {n: Truth(s, i + 1) for i, (n, s) in enumerate(SIZES.items())}
        self.writers = []
        for i, name in enumerate(SIZES):
            self.writers.append(Writer(self.daemon.object(name)))
            begin(self.writers[-1], f"random 0 {i + 1} {self.rng.choice([40, 100, 180])} 100000000")
        self.viewers = [self.connect() for _ in range(4)]
        self.compared = self.lost = self.kills = self.reloads = 0

    def regions(self):
        return "".join(region(n, s) for n, s in SIZES.items()) + region("extra", 10 + self.extra)

    def connect(self, before=None):
        v = Viewer(self.daemon, keep=True, resume=before and before.hello["boot"])
        v.wait_list()
        same = before and v.hello["boot"] == before.hello["boot"]
        rows = []
        for name in SIZES:
            new, old = v.by_name(name), same and before.by_name(name)
            held = old and old.seq and old.gen == new.gen
            if held:
                new.bytes, new.seq = old.bytes, old.seq
            rows.append([new.rid, {"hz": self.rng.choice([1, 7, 60, 120]), **({"gen": old.gen, "seq": old.seq} if held else {})}])
        v.ask(33, rows)
        return v

    def compare(self):
        """All states that viewers went through since the last time, oldest first."""
        for name, truth in self.truth.items():
            seen = [entry for v in self.viewers if v.by_name(name) for entry in v.by_name(name).log]
            for tick, held in sorted(seen):
                check(held == truth.at(tick), name, "differs at tick", tick)
            self.compared += len(seen)
            for v in self.viewers:
                if v.by_name(name):
                    v.by_name(name).log.clear()

    def lose(self, v):
        self.compare()
        v.close()
        self.viewers[self.viewers.index(v)] = self.connect(v)
        self.lost += 1

    def kill(self):
        self.compare()
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()
        for v in list(self.viewers):
            v.close()
            self.viewers[self.viewers.index(v)] = self.connect(v)
        self.kills += 1

    def reload(self):
        self.extra += 1
        self.daemon.reload(self.regions())
        self.reloads += 1

    def step(self):
        for v in self.viewers:
            v.read(0.002)
        dice, v = self.rng.random(), self.rng.choice(self.viewers)
        if dice < 0.01:
            v.sub(self.rng.choice(list(SIZES)), hz=self.rng.choice([1, 7, 60, 120]))
        elif dice < 0.02:
            v.send([38, self.rng.choice([0, 3, 30, None, None, None])])
        elif dice < 0.026:
            self.lose(v)
        elif dice < 0.030:
            self.reload()
        elif dice < 0.032 and self.kills < 1 + SECONDS / 8:
            self.kill()
        elif dice < 0.05:
            self.compare()


def test_every_viewers_bytes_are_the_regions_at_that_tick():
    seed = int(os.environ.get("PAGECAST_SEED", time.time_ns() % 2**32))
    print(f"      PAGECAST_SEED={seed}", flush=True)
    world = World(seed)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        world.step()
    if not world.reloads:
        world.reload()
    if not world.kills:
        world.kill()
    for v in world.viewers:  # the end of every path: all of them go on
        v.send([38, None])
        for name in SIZES:
            r = v.by_name(name)
            before = r.updates
            v.wait(lambda: r.updates > before + (name != "tiny"), 8, name, "goes on")
    world.compare()
    print(f"      {world.compared} states compared; {world.lost} connections lost, {world.kills} kills, {world.reloads} reloads")
    check(world.compared > 100, "states:", world.compared)
    world.daemon.stop()


if __name__ == "__main__":
    main(globals())
