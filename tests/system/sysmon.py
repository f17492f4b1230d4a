#!/usr/bin/env python3
"""The sysmon plugin in a real daemon, on the machine that runs the tests and on one made of files."""
import os
import socket
import time

from pagecast_cli import CliTest
from pagecast_harness import SANITIZED, cpu_seconds, main, wait_until

REGIONS = ["cpu", "disks", "host", "memory", "network", "processes"]


class Sysmon(CliTest):
    def sysmon(self, options="interval: 50ms"):
        return self.place.daemon(self.place.config(plugins=f"sysmon: {{ {options} }}"))

    def values(self, region):
        return self.json("read", region)["values"]

    def test_the_machine_is_shown_as_it_is(self):
        self.sysmon()
        wait_until(lambda: self.json("read", "sysmon.cpu")["tick"] > 3, "sysmon samples")
        states = {r["name"]: (r["state"], r["flags"]) for r in self.json("list", "sysmon.*")}
        self.assertEqual(states, {f"sysmon.{name}": ("live", []) for name in REGIONS})
        cpu, memory, host = self.values("sysmon.cpu"), self.values("sysmon.memory"), self.values("sysmon.host")
        kinds = ("user", "nice", "system", "iowait", "irq", "softirq", "steal", "idle")
        self.assertAlmostEqual(sum(cpu[f"{k}_percent"] for k in kinds), 100, places=2)
        self.assertEqual(len(cpu["core"]), os.sysconf("SC_NPROCESSORS_CONF"))
        self.assertEqual(cpu["core_count"], os.cpu_count())
        self.assertAlmostEqual(cpu["uptime_s"], float(open("/proc/uptime").read().split()[0]), delta=5)
        total = int(open("/proc/meminfo").readline().split()[1]) * 1024
        self.assertEqual((memory["total_bytes"], host["memory_bytes"]), (total, total))
        self.assertEqual((host["hostname"], host["kernel"]), (socket.gethostname(), f"Linux {os.uname().release}"))
        names = [i["name"] for i in self.values("sysmon.network")["interface"]]
        self.assertIn("lo", names)

    def test_this_very_process_is_found_when_it_works(self):
        self.sysmon("processes_interval: 200ms, processes_max: 256")
        name, end = open("/proc/self/comm").read().strip(), time.monotonic() + 20

        def mine():
            spin = time.monotonic() + 0.25
            while time.monotonic() < spin:
                pass
            rows = [p for p in self.values("sysmon.processes")["top"] if p["pid"] == os.getpid()]
            return rows and rows[0]["cpu_percent"] > 20 and rows[0]
        row = wait_until(mine, "this process uses its core", end - time.monotonic())
        self.assertEqual(row["name"], name)
        self.assertGreater(row["rss_bytes"], 1 << 20)

    def test_traffic_is_counted(self):
        self.sysmon()
        loopback = lambda: next(i for i in self.values("sysmon.network")["interface"] if i["name"] == "lo")  # noqa: E731
        before = loopback()["rx_bytes"]
        sender, receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        for _ in range(100):
            sender.sendto(b"x" * 10000, receiver.getsockname())
        wait_until(lambda: loopback()["rx_bytes"] >= before + 1000000, "a million bytes on lo")
        sender.close()
        receiver.close()

    def test_regions_are_switched_off_renamed_and_reloaded(self):
        daemon = self.sysmon('memory: "off", disks: off, cpu: load')
        self.assertEqual({r["name"] for r in self.json("list") if r["kind"] == "plugin" and not r["system"]},
                         {"load", "sysmon.network", "sysmon.host", "sysmon.processes"})
        epoch = self.json("read", "load")["epoch"]
        daemon.reload(self.place.config(plugins="sysmon: { memory: off, disks: off, cpu: load, interval: 20ms }"))
        before = self.json("read", "load")["tick"]
        time.sleep(1)
        self.assertGreater(self.json("read", "load")["tick"] - before, 20)  # 10 at the old interval
        self.assertEqual(self.json("read", "load")["epoch"], epoch)  # the instance was not restarted
        daemon.reload(self.place.config(plugins="sysmon: { interval: 20ms }"))
        wait_until(lambda: self.place.cli("read", "sysmon.memory", "used_percent", "--live").returncode == 0, "memory is back")

    def test_a_container_without_proc_is_stale_until_it_has_one(self):
        proc = self.place.folder / "proc"
        self.sysmon(f"interval: 50ms, procfs: {proc}, processes_interval: 50ms")
        flags = lambda name: self.json("read", f"sysmon.{name}")["flags"]  # noqa: E731
        wait_until(lambda: flags("memory") == ["source_stale"], "memory is stale")
        for name in REGIONS:
            self.assertEqual(flags(name), ["source_stale"])
        self.assertIn("live, source stale", self.cli("list", "sysmon.memory"))
        tick = self.json("read", "sysmon.memory")["tick"]
        proc.mkdir()
        (proc / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 400 kB\n")
        wait_until(lambda: flags("memory") == [], "memory is well")
        self.assertGreater(self.json("read", "sysmon.memory")["tick"], tick)
        self.assertEqual(self.cli("read", "sysmon.memory", "used_percent"), "60\n")
        [plugin] = self.json("status")[0]["plugins"]
        self.assertEqual(plugin["state"], "running")

    def test_watching_the_machine_costs_little(self):
        if SANITIZED:
            self.skipTest("sanitizers cost more than what is measured")
        daemon = self.sysmon("interval: 100ms")
        time.sleep(1)
        before = cpu_seconds(daemon.pid)
        time.sleep(5)
        self.assertLess((cpu_seconds(daemon.pid) - before) / 5, 0.05)  # measured: some 0.5 % of a core


if __name__ == "__main__":
    main()
