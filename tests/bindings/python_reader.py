#!/usr/bin/env python3
"""The Python package `pagecast` against the real daemon: what it reads is what the command line reads."""
import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system"), str(ROOT / "bindings/python")]

import pagecast  # noqa: E402
import pagecast.viewer  # noqa: E402
from pagecast_harness import SystemTest, main, wait_until  # noqa: E402

REGIONS = """
    fork_server:
      layout: { a: bool, b: f32, c: f64, buffer: "char[10]" }
      initial: { a: true, b: 1.5, c: 3.14159, buffer: hello }
    shapes:
      layout:
        mode: { type: enum8, labels: { 0: idle, 1: running } }
        grid: f32[2][3]
        title: wchar16[8]
        blob: u8[4]
        names: char[2][4]
        wheel: { type: "struct[2]", fields: { slip: f64, temp: i16 } }
      initial: { mode: running, "grid[1][2]": 7.5, title: "Größe", blob: 01ff00aa, "names[1]": abc, "wheel[1].temp": -3 }
"""
FORK = {"a": True, "b": 1.5, "c": 3.14159, "buffer": "hello"}


class PythonReader(SystemTest):
    def serve(self, plugins=""):
        os.environ["PAGECAST_SHM_DIR"] = str(self.place.shm)
        self.daemon = self.place.daemon(self.place.config(regions=REGIONS, plugins=plugins))

    def hold(self, **values):
        return self.place.start("pagecast", "write", "fork_server", *[f"{k}={v}" for k, v in values.items()], "--hold")

    def test_values_are_those_of_the_command_line(self):
        self.serve()
        with pagecast.open("fork_server") as region:
            self.assertEqual(region.values(), FORK)
        with pagecast.open("shapes") as region:
            values = region.values()
        self.assertEqual(values["mode"], "running")
        self.assertEqual(values["grid"], [[0, 0, 0], [0, 0, 7.5]])
        self.assertEqual((values["title"], values["names"]), ("Größe", ["", "abc"]))
        self.assertEqual(values["blob"], bytes.fromhex("01ff00aa"))
        self.assertEqual([w["temp"] for w in values["wheel"]], [0, -3])
        told = json.loads(self.place.cli("read", "shapes", "--json").stdout)
        told = told.get("values", told)
        self.assertEqual(told["grid"], values["grid"])
        self.assertEqual(told["title"], values["title"])

    def test_numpy_sees_the_same_places(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("numpy is not installed")
        self.serve()
        with pagecast.open("shapes") as region:
            row = region.array()
            self.assertEqual(row["grid"].tolist(), [[0, 0, 0], [0, 0, 7.5]])
            self.assertEqual(row["wheel"]["temp"].tolist(), [0, -3])
            self.assertEqual(row["names"][1], b"abc")
            self.assertEqual(row.dtype.itemsize, region.payload_bytes)
        with pagecast.open("fork_server") as region:
            live = numpy.frombuffer(region.live(), region.layout.dtype())[0]
            writer = self.hold(b=9.25)
            wait_until(lambda: live["b"] == 9.25, "the live array follows the writer")
            with self.assertRaises(ValueError):
                numpy.frombuffer(region.live(), region.layout.dtype())["b"] = 1
            writer.kill()

    def test_a_wait_ends_by_data_and_by_death(self):
        self.serve()
        with pagecast.open("fork_server") as region:
            self.assertEqual(region.wait(0.05), pagecast.Events(0))
            writer = self.hold(b=2.5)
            seen = pagecast.Events(0)
            while not seen & pagecast.Events.DATA:
                seen |= region.wait(10)
                self.assertTrue(seen)
            self.assertEqual(region.values()["b"], 2.5)
            wait_until(lambda: region.liveness == "live", "live")
            timer = threading.Timer(0.1, writer.kill)
            timer.start()
            while not region.wait(10) & pagecast.Events.DEAD:
                pass
            timer.join()
            self.assertEqual((region.liveness, region.snapshot().tick), ("dead", 1))
            self.assertEqual(region.use(lambda view: bytes(view)), region.snapshot().data)
            self.assertEqual(region.history(1).data, region.snapshot().data)

    def test_errors_have_a_name_and_a_sentence(self):
        self.serve()
        for name, status in (("nobody", "PC_EABSENT"), ("a/b", "PC_EINVAL")):
            with self.assertRaises(pagecast.PagecastError) as caught:
                pagecast.open(name)
            self.assertEqual(caught.exception.status, status)
            self.assertTrue(str(caught.exception))
        with self.assertRaises(pagecast.PagecastError) as caught:
            pagecast.open("nobody", wait_s=0.05)
        self.assertEqual(caught.exception.status, "PC_ETIMEDOUT")
        region = pagecast.open("fork_server")
        region.close()
        region.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            region.snapshot()

    def test_a_stopped_daemon_is_told_and_followed(self):
        self.serve()
        with pagecast.open("fork_server") as region:
            writer = self.hold(b=2.5)
            wait_until(lambda: region.liveness == "live", "live")
            self.daemon.stop()
            wait_until(lambda: region.liveness == "retired", "retired")
            self.serve()
            region.reopen()
            self.assertEqual(region.values(), FORK)
            writer.kill()

    def test_a_viewer_sees_values_and_the_death(self):
        self.serve("dash: { plugin: websocket, listen: '127.0.0.1:0' }")
        port, token = self.daemon.dashboard

        async def watch():
            async with pagecast.viewer.connect(f"http://127.0.0.1:{port}/#t={token}", ["fork_*"], hz=50) as viewer:
                writer = self.hold(b=2.5)
                killed = None
                async for event in viewer:
                    self.assertEqual(event.region, "fork_server")
                    if not killed and event.liveness == "live" and event.values.get("b") == 2.5:
                        writer.kill()
                        killed = time.monotonic()
                    if killed and event.liveness == "dead":
                        return event

        event = asyncio.run(asyncio.wait_for(watch(), 20))
        self.assertEqual(event.values, {**FORK, "b": 2.5})
        with self.assertRaises(pagecast.viewer.ViewerError):
            asyncio.run(self.refused(port))

    def serve_window(self, frames):
        plugins = f"counter: {{ interval: 5ms }}\ndash: {{ plugin: websocket, listen: '127.0.0.1:0', window_frames: {frames} }}"
        return self.place.config(regions=REGIONS, plugins=plugins)

    def watched(self, watch, pattern):
        port, token = self.daemon.dashboard

        async def connected():
            async with pagecast.viewer.connect(f"http://127.0.0.1:{port}/#t={token}", [pattern], hz=50) as viewer:
                return await watch(viewer)

        return asyncio.run(asyncio.wait_for(connected(), 30))

    def test_a_viewer_acknowledges_as_rarely_as_the_bridge_allows(self):
        self.daemon = self.place.daemon(self.serve_window(4))
        sent = []

        async def watch(viewer):
            send = viewer._socket.send
            viewer._socket.send = lambda data: (sent.append(data), send(data))[1]
            async for _ in viewer:
                if viewer._frames >= 90:
                    return viewer._frames

        messages = self.watched(watch, "counter")
        acks = sum(data[0] == 0x93 and data[1] == 36 for data in sent)  # alone, or before a PING
        print(f"{messages} messages, {acks} ACKs")
        self.assertGreaterEqual(acks, messages // 4 - 1, "one for each window at least")
        self.assertLessEqual(acks, messages // 3 + 5, "one for three, and a few with a heartbeat")

    def test_a_viewer_that_owes_an_ack_is_not_stuck_by_a_smaller_window(self):
        self.daemon = self.place.daemon(self.serve_window(4))

        async def watch(viewer):
            viewer._pinger.cancel()  # a PING takes what is owed with it, too
            number = 10.0
            self.place.cli("write", "fork_server", f"b={number}")
            async for event in viewer:
                if event.values.get("b") != number:
                    continue
                if number == 99:
                    return
                number = number + 1
                if viewer._frames - viewer._acked == 2:  # more than the new window: the bridge has to wait for them
                    self.daemon.reload(self.serve_window(1))
                    number = 99
                self.place.cli("write", "fork_server", f"b={number}")

        self.watched(watch, "fork_server")

    async def refused(self, port):
        async with pagecast.viewer.connect(f"http://127.0.0.1:{port}/#t=wrong") as viewer:
            async for _ in viewer:
                pass


if __name__ == "__main__":
    main()
