#!/usr/bin/env python3
"""udp on Windows: datagrams become commits, a port in use is told, silence is source stale."""
import json
import socket
import struct
import time

from pagecast_wine import WineTest, command, main, wait_until, wine_env


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Udp(WineTest):
    def serve(self, port):
        self.name = f"{self.place.instance}.car"
        self.port = port
        return self.windows_daemon(f"car: {{ name: {self.name}, writer: plugin, layout: {{ n: u32, temp: f32 }} }}",
                                   f"game: {{ plugin: udp, port: {port}, stale_after: 1s, feeds: car match=00@3, from: 127.0.0.1 }}")

    def send(self, data):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(data, ("127.0.0.1", self.port))

    def read(self):
        done = self.place.run(*command("pagecast", "read", self.name, "--json"), env=wine_env())
        return json.loads(done.stdout)

    def test_datagrams_become_commits_and_silence_is_stale(self):
        daemon = self.serve(free_udp_port())
        for n in range(1, 100):
            self.send(struct.pack("<If", n, 1.5))
            self.send(b"short")
            time.sleep(0.005)  # a burst is more than its buffer takes
        wait_until(lambda: self.read()["values"]["n"] == 99, "the last datagram")
        wait_until(lambda: "stale" in json.dumps(self.read()), "its data is old")
        self.assertEqual(self.read()["state"], "live")
        self.send(struct.pack("<If", 1000, 2.5))
        wait_until(lambda: self.read()["values"] == {"n": 1000, "temp": 2.5}, "goes on")
        daemon.stop()

    def test_a_port_in_use_is_told(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            daemon = self.serve(taken.getsockname()[1])
            daemon.wait_log(r"error game: 127\.0\.0\.1 port \d+: in use by another program, or reserved")
            daemon.stop()


if __name__ == "__main__":
    main()
