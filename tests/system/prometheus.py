#!/usr/bin/env python3
"""/metrics as promtool and Prometheus read it; the Grafana dashboard's queries against what `pagecast top` says."""
import re
import subprocess
import sys

from pagecast_harness import main, wait_until
from pagecast_prometheus import OPEN, STATES, PrometheusTest, queries


class Prometheus(PrometheusTest):
    def test_promtool_finds_nothing(self):
        tools = self.tools()
        self.start_daemon()
        kind, text = self.scrape("text/plain")
        self.assertEqual(kind, "text/plain; version=0.0.4; charset=utf-8")
        done = subprocess.run([f"{tools}/promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_both_formats_say_the_same(self):
        self.start_daemon()
        samples = lambda t: {line.rsplit(" ", 1)[0] for line in t.splitlines() if not line.startswith("#")}  # noqa: E731
        # between two looks a region or a plugin may come: once a second its state is published
        wait_until(lambda: samples(self.scrape()[1]) == samples(self.scrape("text/plain")[1]), "both have the same samples")
        kind, text = self.scrape()
        self.assertTrue(kind.startswith("application/openmetrics-text; version=1.0.0"))
        self.assertTrue(text.endswith("\n# EOF\n"))
        families = re.findall(r"# TYPE (\S+) (\S+)", text)
        self.assertEqual(len(families), len(set(families)))
        for name, of in families:
            self.assertRegex(text, rf"(?m)^# HELP {name} \S")
            sample = name + {"counter": "_total", "info": "_info"}.get(of, "")
            if not name.startswith("pagecast_plugin_"):
                self.assertRegex(text, rf"(?m)^{sample}(\{{.*\}})? ", f"{name} has no sample")
        for wanted in ("pagecast_plugin_state{plugin=\"bad\"} 4\n", "pagecast_plugin_state{plugin=\"counter\"} 2\n",
                       "process_open_fds ", "process_cpu_seconds_total ", "pagecast_plugin_callback_seconds_total{plugin=\"dash\"} ",
                       "pagecast_plugin_measured{plugin=\"dash\",metric=\"viewers\"} 0\n"):
            self.assertIn("\n" + wanted, text)
        self.assertGreater(float(re.search(r"pagecast_plugin_errors_total\{plugin=\"bad\"\} (\S+)", text)[1]), 0)

    def test_a_heartbeat_that_was_never_seen_has_no_age(self):
        self.start_daemon()
        self.write_idle()
        self.daemon.kill()
        self.start_daemon()  # it finds a writer that closed before its time
        text = self.scrape()[1]
        self.assertIn('\npagecast_region_write_age_seconds{region="idle"}', text)
        self.assertNotIn('\npagecast_region_heartbeat_age_seconds{region="idle"}', text)
        self.assertIn('\npagecast_region_heartbeat_age_seconds{region="counter"}', text)

    def test_the_dashboard_s_numbers_are_those_of_top(self):
        self.tools()
        self.start_daemon()
        self.write_idle()
        holder = self.hold()
        self.start_prometheus()
        self.wait_value("count_over_time(up[20s])", lambda v: v.get("", 0) >= 12)
        top = self.json("top", "--interval", "4s")
        panel = {title: self.ask(query) for title, query in queries()}
        panel["State"] = {name: STATES[int(value)] for name, value in panel["State"].items()}
        self.same_as_top(panel, top)
        holder.kill()

    def test_every_panel_finds_something(self):
        self.tools()
        self.start_daemon()
        self.write_idle()
        self.start_prometheus()
        self.wait_value("count_over_time(up[20s])", lambda v: v.get("", 0) >= 6)
        names = set(re.findall(r"^([a-z_]+)", "\n".join(line for line in self.scrape()[1].splitlines() if line[:1] != "#"), re.M))
        for title, query in queries():
            self.assertTrue(self.ask(query), f"{title}: {query}")
            for metric in re.findall(r"\b((?:pagecast|process)_[a-z_]+)", query):
                self.assertIn(metric, names, title)

    def test_a_dead_writer_is_seen_there_too(self):
        self.tools()
        self.start_daemon()
        holder = self.hold()
        self.start_prometheus()
        self.wait_value('pagecast_region_state{region="held"}', lambda v: v == {"held": 2})
        holder.kill()
        self.wait_value('pagecast_region_state{region="held"}', lambda v: v == {"held": 4})
        self.wait_value('pagecast_region_up{region="held"}', lambda v: v == {"held": 0})


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
