#!/usr/bin/env python3
"""Shipped layouts at work: maps as their programs write them, adopted, and seen by viewers."""
import os
import signal
import struct

from pagecast_harness import ROOT, SystemTest, main
from pagecast_rf2 import BYTES, HEAD, USED, VEHICLE, VEHICLES
from pagecast_viewer import UPD, Viewer

HERE = os.path.dirname(os.path.abspath(__file__))
DASH = "dash: { plugin: websocket, listen: '127.0.0.1:0' }"


class CountingViewer(Viewer):
    """Counts the bytes of updates that are no KEY, and looks at each moment that it is given."""

    def __init__(self, daemon, check):
        self.patched = self.patches = 0
        self.check = check
        super().__init__(daemon)

    def _take(self, op, rest):
        super()._take(op, rest)
        if op != UPD:
            return
        if not rest[7] & 1:
            self.patches += 1
            self.patched += len(rest[8])
        self.check(bytes(self.regions[rest[0]].bytes))


class Maps(SystemTest):
    def test_rfactor_2_costs_what_is_used_and_every_moment_is_whole(self):
        daemon = self.place.daemon(self.place.config(
            regions=f"telemetry: {{ backing: adopt, sample: 5ms, layout_file: {ROOT}/config/layouts/rf2_telemetry.yaml }}", plugins=DASH))
        game = self.place.start_python(os.path.join(HERE, "pagecast_rf2.py"), self.place.shm, "telemetry")
        game.wait_log("writing")
        moments = []

        def look(payload):
            """All vehicles are of one write, and it is the one that the head counts."""
            begin, end, used, count = struct.unpack_from("<IIii", payload)
            times = {struct.unpack_from("<d", payload, HEAD + i * VEHICLE + 12)[0] for i in range(count)}
            moments.append((begin == end, used, count, times == {begin / 50}))

        viewer = CountingViewer(daemon, look)
        viewer.sub("telemetry", live_only=True)  # its process is found a moment after its map
        viewer.wait(lambda: viewer.state("telemetry") == "live", "live")
        viewer.sub("telemetry")
        values = Viewer(daemon)
        values.sub("telemetry", enc=1)
        viewer.wait(lambda: viewer.patches >= 100, "a hundred updates", 60)
        self.assertEqual(set(moments), {(True, USED, VEHICLES, True)})
        print(f"{viewer.patched / viewer.patches:.0f} bytes an update of {BYTES}")
        self.assertLessEqual(viewer.patched / viewer.patches, BYTES / 5)
        values.wait(lambda: values.region("telemetry").updates >= 10, "ten updates of values", 60)
        self.assertEqual(len(values.region("telemetry").values["mVehicles"]), VEHICLES)
        game.signal(signal.SIGKILL)
        game.process.wait()
        viewer.wait(lambda: viewer.state("telemetry") == "dead", "dead", 10)
        whole = (self.place.shm / "telemetry").read_bytes()
        if whole[:4] == whole[4:8]:  # else it was killed in the middle, and the last whole moment stays
            viewer.wait(lambda: bytes(viewer.region("telemetry").bytes) == whole, "the same bytes")
        cars = values.region("telemetry").values["mVehicles"]
        self.assertEqual([c["mVehicleName"] for c in cars[:3]], ["Car no. 0", "Car no. 1", "Car no. 2"])


if __name__ == "__main__":
    main()
