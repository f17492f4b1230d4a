#!/usr/bin/env python3
"""udp: datagrams are what the regions hold; wrong ones, too many, none at all, and a port in use are survived."""
import json
import os
import socket
import struct
import time

from pagecast_harness import SystemTest, main, rss_bytes, wait_until, SANITIZED
from pagecast_memory import plugins

LAYOUT = "{ packet: u8, n: { type: u32, offset: 4 }, temp: f64 }"  # 16 bytes
REGION = "car: { writer: plugin, layout: %s }" % LAYOUT


def datagram(n, temp=0.0, packet=1):
    return struct.pack("<BxxxId", packet, n, temp)


def free_udp_port(address="127.0.0.1"):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


class Udp(SystemTest):
    def serve(self, options="feeds: car", regions=REGION, port=None, **more):
        self.port = port or free_udp_port(more.pop("address", "127.0.0.1"))
        if "stale_after" not in options:
            options += ", stale_after: 0s"  # whose commits would be counted, on a machine that is slow enough
        self.text = self.place.config(regions=regions, plugins=f"game: {{ plugin: udp, port: {self.port}, {options} }}")
        self.daemon = self.place.daemon(self.text, **more)
        return self.daemon

    def send(self, data, address="127.0.0.1", port=None, source=None):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as s:
            if source:
                s.bind((source, 0))
            s.sendto(data, (address, port or self.port))

    def read(self, name="car"):
        return json.loads(self.place.cli("read", name, "--json").stdout)

    def values(self, name="car"):
        return self.read(name)["values"]

    def is_stale(self, name="car"):
        return "stale" in json.dumps(self.read(name).get("flags", []))

    def counts(self, instance="game"):
        metrics = plugins(self.place.shm, self.place.instance)[instance]["metrics"]
        return {m["name"]: m["value"] for m in metrics if m["name"]}

    def wait_counts(self, **want):
        """The status region is written once a second."""
        wait_until(lambda: self.counts().items() >= want.items(), lambda: f"{want}, but {self.counts()}")

    def error(self, instance="game"):
        return plugins(self.place.shm, self.place.instance)[instance]["error"]

    def test_datagrams_become_commits(self):  # quick
        self.serve()
        self.send(datagram(7, 21.5))
        wait_until(lambda: self.values()["n"] == 7, "the first datagram")
        self.assertEqual(self.values()["temp"], 21.5)
        self.send(datagram(8, -1))
        wait_until(lambda: self.values()["n"] == 8, "the second datagram")
        self.assertEqual(self.read()["tick"], 2)
        self.wait_counts(datagrams=2, commits=2, unmatched=0, wrong_size=0)
        self.daemon.stop()
        self.assertEqual(self.place.leftovers(), [])

    def test_the_same_over_ipv6(self):  # quick
        self.serve("feeds: car, address: '::1'", address="::1")
        self.send(datagram(7), "::1")
        wait_until(lambda: self.values()["n"] == 7, "the datagram")

    def test_one_port_feeds_several_regions(self):  # quick
        self.serve("feeds: ['one match=01@0', 'two match=02@0 offset=4 size=at-least', 'all size=prefix']",
                   f"one: {{ writer: plugin, layout: {LAYOUT} }}\ntwo: {{ writer: plugin, layout: {{ n: u32 }} }}\n"
                   "all: { writer: plugin, size: 8 }")
        self.send(datagram(5, packet=1))
        self.send(datagram(6, packet=2))
        self.send(datagram(7, packet=3))
        wait_until(lambda: self.read("all")["tick"] == 3, "all three")
        self.assertEqual((self.values("one")["n"], self.values("two")["n"]), (5, 6))
        self.assertEqual((self.read("one")["tick"], self.read("two")["tick"]), (1, 1))
        self.send(b"\xff")
        wait_until(lambda: self.read("all")["tick"] == 4, "the short one")
        raw = bytes(self.read_payload("all"))
        self.assertEqual(raw, b"\xff" + datagram(7, packet=3)[1:8])

    def read_payload(self, name):
        return (self.place.shm / name).read_bytes()

    def test_what_does_not_fit_changes_nothing_and_is_counted(self):  # quick
        self.serve("feeds: car match=01@0")
        self.send(datagram(1))
        wait_until(lambda: self.values()["n"] == 1, "the good one")
        huge = b"\x01" * 60000
        for bad in (b"", b"\x01", datagram(2)[:15], datagram(2) + b"\0", huge):
            self.send(bad)
        self.send(datagram(3, packet=9))
        self.wait_counts(datagrams=7, commits=1, wrong_size=4, unmatched=2)
        self.assertEqual((self.values()["n"], self.read()["tick"]), (1, 1))
        self.daemon.wait_log(r"error +game: dropped 1 datagram\(s\), the last: 1 bytes from 127\.0\.0\.1; region car has 16 from byte 0 on")
        self.assertEqual(len(self.daemon.lines("dropped")), 1, "one line in ten seconds")
        self.assertIn("dropped", self.error())

    def test_silence_is_source_stale_and_the_writer_lives(self):
        self.serve("feeds: car, stale_after: 300ms")
        time.sleep(0.8)
        self.assertEqual(self.read()["tick"], 0, "what was never written does not become old")
        self.send(datagram(1))
        wait_until(lambda: self.values()["n"] == 1, "a datagram")
        wait_until(self.is_stale, "it is old", 5)
        self.assertEqual((self.read()["state"], self.read()["tick"], self.values()["n"]), ("live", 2, 1))
        time.sleep(0.8)
        self.assertEqual(self.read()["tick"], 2, "said once")

        def is_fresh():  # sent again for each look: a slow machine looks after more than 300 ms
            self.send(datagram(2))
            found = self.read()
            return found["values"]["n"] == 2 and "stale" not in json.dumps(found.get("flags", []))

        wait_until(is_fresh, "it is fresh again", 5)
        self.daemon.kill()
        self.daemon = self.place.daemon(self.text)
        wait_until(self.is_stale, "what a killed daemon left is old", 5)

    def test_senders_are_filtered_and_a_reload_changes_that_in_place(self):
        self.serve("feeds: car, from: [127.0.0.2, 127.1.0.0/16]")
        self.send(datagram(1), source="127.0.0.1")
        self.wait_counts(refused=1)
        self.assertIn("from 127.0.0.1, which is not in 'from'", self.error())
        for n, source in ((2, "127.0.0.2"), (3, "127.1.2.3")):
            self.send(datagram(n), source=source)
            wait_until(lambda: self.values()["n"] == n, f"{source} is taken")
        said = self.daemon.reload(self.text.replace("from: [127.0.0.2, 127.1.0.0/16]", "from: 127.0.0.1"))
        self.assertNotIn("error", said)
        self.send(datagram(4), source="127.0.0.2")
        self.send(datagram(5), source="127.0.0.1")
        wait_until(lambda: self.values()["n"] == 5, "127.0.0.1 is taken now")
        self.wait_counts(refused=2)
        said = self.daemon.reload(self.text.replace("from: [127.0.0.2, 127.1.0.0/16]", "from: localhost"))
        self.assertIn("found 'localhost'", said)
        self.send(datagram(6), source="127.0.0.1")
        wait_until(lambda: self.values()["n"] == 6, "a refused reload changes nothing")

    def test_a_reload_moves_to_another_port(self):
        self.serve()
        old, new = self.port, free_udp_port()
        self.send(datagram(1))
        wait_until(lambda: self.values()["n"] == 1, "the old port")
        self.daemon.reload(self.text.replace(f"port: {old}", f"port: {new}"))
        self.send(datagram(2), port=new)
        wait_until(lambda: self.values()["n"] == 2, "the new port")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", old))  # is free again

    def test_a_port_in_use_is_told_and_tried_again(self):
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        taken.bind(("127.0.0.1", 0))
        try:
            self.serve(port=taken.getsockname()[1])
            self.daemon.wait_log(rf"error +game: 127\.0\.0\.1 port {self.port}: in use by another program")
        finally:
            taken.close()

        def arrives():
            self.send(datagram(4))
            return self.values()["n"] == 4
        wait_until(arrives, "it took the port once it was free", 20, every=0.1)

    def test_two_instances_do_not_share_a_port(self):
        regions = f"car: {{ writer: plugin, layout: {LAYOUT} }}\nbus: {{ writer: plugin, layout: {LAYOUT} }}"
        port, other = free_udp_port(), free_udp_port()
        config = lambda second: self.place.config(regions, f"""
            game: {{ plugin: udp, port: {port}, feeds: car }}
            more: {{ plugin: udp, port: {second}, feeds: bus }}
        """)
        self.port = port
        self.daemon = self.place.daemon(config(port))
        self.daemon.wait_log(rf"error +more: 127\.0\.0\.1 port {port}: in use")
        self.daemon.reload(config(other))
        self.send(datagram(1), port=port)
        self.send(datagram(2), port=other)
        wait_until(lambda: self.values("car")["n"] == 1 and self.values("bus")["n"] == 2, "each its own")

    def test_a_flood_harms_nobody(self):
        self.serve(regions=REGION + "\nother: { size: 64 }")
        self.send(datagram(0))
        wait_until(lambda: self.read()["tick"] == 1, "the first one")
        before = rss_bytes(self.daemon.pid)
        end, n = time.monotonic() + 3, 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", self.port))
            while time.monotonic() < end:
                for _ in range(500):
                    n += 1
                    s.send(datagram(n))
                if n % 20000 == 0:
                    self.assertEqual(self.read("car")["state"], "live")
        self.assertIn("other", self.place.cli("list").stdout)
        if not SANITIZED:
            self.assertLess(rss_bytes(self.daemon.pid) - before, 4 << 20)
        self.assertEqual(self.daemon.lines("took"), [], "no callback over its budget")

        def last():
            self.send(datagram(n + 1))
            return self.values()["n"] == n + 1
        wait_until(last, "goes on after it", 10, every=0.1)
        wait_until(lambda: self.counts()["datagrams"] == self.counts()["commits"] > 1000, self.counts)

    def test_a_group_is_joined(self):  # quick
        group = f"239.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
        self.serve(f"feeds: car, group: {group}, interface: lo")
        self.daemon.wait_log(rf"warn +game: listening on {group} port {self.port}: anybody on the network may set its regions")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            s.sendto(datagram(9), (group, self.port))
        wait_until(lambda: self.values()["n"] == 9, "a datagram to the group")
        self.send(datagram(10))
        self.wait_counts(datagrams=1)
        time.sleep(1.2)  # the status region is written once a second
        self.wait_counts(datagrams=1)

    def test_wrong_options_are_named(self):  # quick
        for options, said in (
                ("feeds: car, address: localhost", "address: expected a numeric address such as 127.0.0.1 or ::1, found 'localhost'"),
                ("feeds: car, address: 239.1.1.1", "address: '239.1.1.1' is a multicast group: name it as `group`"),
                ("feeds: car, group: 127.0.0.1", "group: '127.0.0.1' is no multicast group"),
                ("feeds: car, group: 239.1.1.1, interface: nowhere0", "interface: there is no 'nowhere0' here"),
                ("feeds: car, address: 127.0.0.1, group: 239.1.1.1", "give `address` or `group`"),
                ("feeds: [car, car offset=3]", "feeds: region car is there twice"),
                ("feeds: car sise=3", "car: expected match=, offset= or size=, found 'sise=3'"),
                ("feeds: car size=10", "car: 16 bytes from 0 on do not fit into a datagram of 10 bytes"),
                ("feeds: nothing", "feeds: there is no region 'nothing'"),
                ("feeds: car, address: 192.0.2.1", "192.0.2.1 port %d: not an address of this machine"),
                ("feeds: car, from: [1.2.3.4/40]", "found '1.2.3.4/40'")):
            with self.subTest(options):
                self.serve(options)
                wait_until(lambda: (said % self.port if "%d" in said else said) in self.error(), f"the error is said: {said}")
                self.daemon.stop()

    def test_the_example_takes_the_game_s_datagrams(self):  # quick
        from pagecast_harness import ROOT
        text = (ROOT / "config/examples/udp-racing.yaml").read_text()
        self.port = free_udp_port()
        text = text.replace("instance: racing", self.place.config().split("regions:")[0])
        text = text.replace("port: 5300", f"port: {self.port}").replace("../layouts", str(ROOT / "config/layouts"))
        text = "\n".join(line for line in text.splitlines() if "websocket" not in line)
        self.daemon = self.place.daemon(text)
        sent = bytearray(311)
        struct.pack_into("<iI3f", sent, 0, 1, 4711, 8000.0, 900.0, 6543.0)
        struct.pack_into("<f", sent, 244 + 12, 55.5)   # Speed, behind the position
        struct.pack_into("<B", sent, 307, 4)
        self.send(bytes(sent))
        wait_until(lambda: self.values()["TimestampMS"] == 4711, "the datagram")
        values = self.values()
        self.assertEqual((values["CurrentEngineRpm"], values["Gear"]), (6543.0, 4))


if __name__ == "__main__":
    main()
