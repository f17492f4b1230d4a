#!/usr/bin/env python3
"""Many viewers, and one that does not read: what they cost, and whom."""
import sys
import time

import msgpack

from pagecast_harness import SANITIZED, SystemTest, cpu_seconds, main, rss_bytes, wait_until
from pagecast_memory import Region
from pagecast_viewer import C_HELLO, C_SUB, Viewer

# limits: more viewers from one address than by default
DASH = "dash: { plugin: websocket, listen: '127.0.0.1:0', max_viewers: 200 }"


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


class Load(SystemTest):
    def test_a_hundred_viewers_at_60_hz(self):
        count, seconds = (20, 2) if SANITIZED else (100, 4)
        daemon = self.place.daemon(self.place.config(plugins=f"counter: {{ interval: 16ms, pad: 1000 }}\n{DASH}"))
        region = Region(self.place.shm, "counter")
        self.assertEqual(region.identity["payload_bytes"], 1024)
        viewers = [Viewer(daemon) for _ in range(count)]
        for viewer in viewers:
            viewer.sub("counter", hz=60)
        wait_until(lambda: all(v.region("counter").updates for v in viewers), "everybody has a first update", 30)
        before, cpu, tick, start = [v.region("counter").updates for v in viewers], cpu_seconds(daemon.pid), region.tick, time.monotonic()
        time.sleep(seconds)
        took, commits = time.monotonic() - start, region.tick - tick
        cpu = (cpu_seconds(daemon.pid) - cpu) / took
        got = [v.region("counter").updates - b for v, b in zip(viewers, before)]
        ages = [age for v in viewers for age in v.region("counter").ages]
        print(f"{count} viewers, {commits / took:.0f} commits/s: {min(got) / took:.0f}..{max(got) / took:.0f} updates/s each, "
              f"age p50 {percentile(ages, 50)} p99 {percentile(ages, 99)} ms, daemon {100 * cpu:.0f} % of a core, "
              f"RSS {rss_bytes(daemon.pid) / 2**20:.1f} MiB", file=sys.stderr)
        self.assertGreater(commits, 30 * took, "the writer kept its pace")
        # This client, in Python, is the bottleneck on a small machine: nobody is left behind, and everybody has the newest.
        self.assertGreater(min(got), (5 if SANITIZED else 20) * took, got)
        daemon.reload(self.place.config(plugins=f"counter: {{ interval: 1h, pad: 1000 }}\n{DASH}"))
        newest = region.tick
        wait_until(lambda: all(v.region("counter").wseq == region.tick for v in viewers),
                   lambda: f"the newest ({newest}) at everybody: {sorted(v.region('counter').wseq for v in viewers)[:5]}", 20)
        payload = region.snapshot()[1]
        for viewer in viewers:
            self.assertEqual(bytes(viewer.region("counter").bytes), payload)
            viewer.check()

    def test_updates_never_pause_while_the_writer_goes_on(self):
        """The bridge's thread sleeps until its next deadline and not beyond it, however late it is for it."""
        dash = DASH.replace(" }", ", hb: 250ms }")  # many deadlines that fall due while others are served
        daemon = self.place.daemon(self.place.config(plugins=f"counter: {{ interval: 10ms, pad: 1000 }}\n{dash}"))
        viewers = [Viewer(daemon) for _ in range(30)]
        for viewer in viewers:
            viewer.sub("counter", hz=60)
        held = viewers[0].region("counter")
        wait_until(lambda: held.updates, "a first update", 30)
        seen, last, longest, start = held.updates, time.monotonic(), 0, time.monotonic()
        while time.monotonic() - start < 12:
            if held.updates != seen:
                seen, last = held.updates, time.monotonic()
            longest = max(longest, time.monotonic() - last)
            time.sleep(0.005)
        print(f"longest pause {longest * 1000:.0f} ms", file=sys.stderr)
        self.assertLess(longest, 0.8)

    def test_a_viewer_that_never_reads_costs_neither_memory_nor_its_neighbour(self):
        from bridge_socket import Socket
        daemon = self.place.daemon(self.place.config(plugins=f"counter: {{ interval: 10ms, pad: 60000 }}\n{DASH}"))
        neighbour = Viewer(daemon)
        neighbour.sub("counter", hz=60)
        held = neighbour.region("counter")
        neighbour.wait(lambda: held.updates > 100, "a warm neighbour", 20)
        alone = percentile(held.ages[50:], 99)
        rss = rss_bytes(daemon.pid)
        port, token = daemon.dashboard
        deaf = Socket(port, rcvbuf=4096)
        self.assertEqual(deaf.upgrade()[0], 101)
        deaf.frame(msgpack.packb([C_HELLO, 0, {"token": token}]) + msgpack.packb([C_SUB, 1, [["**", {"hz": 60}]]]))
        mark, start = len(held.ages), time.monotonic()
        highest = rss
        while time.monotonic() - start < 8:
            highest = max(highest, rss_bytes(daemon.pid))
            time.sleep(0.1)
        beside = percentile(held.ages[mark:], 99)
        print(f"RSS {rss / 2**20:.2f} MiB, at most {(highest - rss) / 1024:.0f} KiB more; neighbour's age p99 {alone} ms alone, "
              f"{beside} ms beside; {len(held.ages) - mark} updates", file=sys.stderr)
        self.assertGreater(len(held.ages) - mark, 100)
        if not SANITIZED:
            self.assertLess(highest - rss, 1 << 20)
        self.assertLess(beside, max(4 * alone, alone + 50))
        neighbour.check()
        daemon.stop()


if __name__ == "__main__":
    main()
