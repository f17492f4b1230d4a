#!/usr/bin/env python3
"""pagecastd for Windows with sysmon and the bridge, watched by a native viewer: right values, deaths, and what comes after."""
import os
import socket
import time

from pagecast_wine import WineDaemon, WineTest, main  # first: it knows where the others are
from pagecast_viewer import Viewer

REGION = "tutorial: {{ name: 'Local\\{}', writer: external, layout: {{ a: bool, b: f32, c: f64, buffer: 'char[10]' }}, " \
         "initial: {{ a: true, b: 1.5, c: 3.14159, buffer: hello }} }}"
WITHIN_S = 1.5  # a death that nobody announced, at a viewer (docs/liveness.md), on a machine that others use as well


class Bridge(WineTest):
    def daemon(self, port=0):
        return self.windows_daemon(
            regions=REGION.format(self.place.instance),
            plugins=f"sysmon: {{ interval: 100ms, {self.sysmon()} }}\ndash: {{ plugin: websocket, listen: '127.0.0.1:{port}' }}")

    def machine(self, name):
        """sysmon's region; others of this prefix have one, too."""
        return f"{self.place.instance}.{name}"

    def sysmon(self):
        return ", ".join(f"{name}: {self.machine(name)}" for name in ("cpu", "memory", "disks", "network", "processes", "host"))

    def writer(self):
        return self.windows("writer", "--name", self.place.instance, "--seconds", "120")

    def test_values_are_right(self):
        viewer = Viewer(self.daemon())
        viewer.sub("tutorial", *map(self.machine, ("memory", "host", "cpu", "processes", "network")))
        viewer.wait(lambda: viewer.value("tutorial", "buffer") == "hello", "the first values")
        self.assertEqual([viewer.value("tutorial", f) for f in "abc"], [True, 1.5, 3.14159])
        viewer.wait(lambda: viewer.region(self.machine("cpu")).updates > 3, "samples of the machine")
        total = int(open("/proc/meminfo").readline().split()[1]) * 1024
        self.assertAlmostEqual(viewer.value(self.machine("memory"), "total_bytes"), total, delta=65536)  # Wine leaves a page out
        self.assertEqual(viewer.value(self.machine("host"), "hostname"), socket.gethostname())
        self.assertEqual(viewer.value(self.machine("host"), "architecture"), os.uname().machine)
        self.assertEqual(viewer.value(self.machine("cpu"), "core_count"), os.cpu_count())
        self.assertAlmostEqual(viewer.value(self.machine("cpu"), "uptime_s"), float(open("/proc/uptime").read().split()[0]), delta=5)
        usage, idle = (viewer.value(self.machine("cpu"), f"{k}_percent") for k in ("usage", "idle"))
        self.assertAlmostEqual(usage + idle, 100, places=3)
        self.assertGreater(viewer.value(self.machine("processes"), "process_count"), 1)
        self.assertGreaterEqual(viewer.value(self.machine("network"), "interface_count"), 1)
        writer = self.writer()
        viewer.wait(lambda: viewer.value("tutorial", "buffer").startswith("no. "), "values of the writer")
        viewer.wait(lambda: viewer.state("tutorial") == "live", "live")
        writer.interrupt()
        viewer.wait(lambda: viewer.state("tutorial") == "closed", "a goodbye")
        viewer.check()

    def dies(self, viewer, how):
        writer = self.writer()
        viewer.wait(lambda: viewer.state("tutorial") == "live", "live")
        how(writer)
        took = viewer.wait(lambda: viewer.state("tutorial") == "dead", "dead", WITHIN_S)
        print(f"dead after {took * 1000:.0f} ms")
        return viewer.region("tutorial").epoch

    def test_a_killed_writer_is_dead_and_its_successor_live(self):
        viewer = Viewer(self.daemon())
        viewer.sub("tutorial")
        first = self.dies(viewer, lambda writer: writer.kill())
        second = self.dies(viewer, lambda writer: self.terminate(viewer.region("tutorial").pid))
        self.assertEqual(second, first + 1)
        held = viewer.value("tutorial", "buffer")
        self.assertTrue(held.startswith("no. "), held)  # the last whole commit stays
        viewer.check()

    def test_a_killed_daemon_is_noticed_and_its_successor_goes_on(self):
        daemon = self.daemon()
        port, token = daemon.dashboard
        writer, viewer = self.writer(), Viewer(daemon)
        viewer.sub("tutorial")
        viewer.wait(lambda: viewer.state("tutorial") == "live", "live")
        reader = self.windows("fork_client_live", "--name", self.place.instance, "--seconds", "120")
        reader.wait_log("^live")
        started = time.monotonic()
        daemon.kill()
        viewer.wait(lambda: viewer.closed is not None, "the connection's end", WITHIN_S)
        print(f"noticed after {(time.monotonic() - started) * 1000:.0f} ms")
        again = WineDaemon(self.place, daemon.config_path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        self.assertEqual(again.dashboard, (port, token))
        later = Viewer(again)
        later.sub("tutorial")
        later.wait(lambda: later.state("tutorial") == "live", "the writer that went on")
        before = later.region("tutorial").seq
        later.wait(lambda: later.region("tutorial").seq > before, "its next value")
        self.assertIsNone(writer.process.poll())
        seen = len(reader.lines("buffer="))
        reader.wait_log("buffer=", count=seen + 2)  # the old mapping goes on
        self.assertEqual(reader.lines("^(dead|stale|absent)"), [])
        again.stop()


if __name__ == "__main__":
    main()
