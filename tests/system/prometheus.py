#!/usr/bin/env python3
"""/metrics as promtool and Prometheus read it; the Grafana dashboard's queries against what `pagecast top` says."""
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from pagecast_cli import CliTest, Owner
from pagecast_harness import BIN, ROOT, Program, free_port, main, wait_until

DASHBOARD = ROOT / "packaging/grafana/pagecast.json"
OPEN = "application/openmetrics-text"
STATES = ["absent", "starting", "live", "stale", "dead", "closed", "retired", "legacy", "unreachable"]


def queries():
    """(title, query) of every panel, for everything and rates over the last seconds."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            expr = target["expr"].replace("$__rate_interval", "4s")
            yield panel["title"], re.sub(r"\$(job|instance|region)", ".*", expr)


class Prometheus(CliTest):
    def tools(self):
        done = subprocess.run([ROOT / "scripts/prometheus.sh"], capture_output=True, text=True)
        if done.returncode:
            self.skipTest("NEITHER promtool NOR the means to fetch it: /metrics was not judged")
        return done.stdout.strip()

    def start_daemon(self):
        self.daemon = self.place.daemon(self.place.config(
            regions="held: { writer: external, layout: { a: u32 } }\nidle: { writer: external, layout: { a: u32 } }",
            plugins='counter: { interval: 20ms }\nbad: { plugin: nosuch }\n'
                    'dash: { plugin: websocket, listen: "127.0.0.1:0" }'))
        self.port, self.token = self.daemon.dashboard

    def scrape(self, accept=OPEN, token=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics",
                                         headers={"Authorization": f"Bearer {token or self.token}", "Accept": accept})
        with urllib.request.urlopen(request) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def write_idle(self):
        self.cli("write", "idle", "a=1")

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

    # ---- a real server ----

    def start_prometheus(self):
        folder, port = self.place.folder / "prometheus", free_port()
        folder.mkdir()
        (folder / "prometheus.yml").write_text(f"""
global: {{ scrape_interval: 500ms, scrape_timeout: 500ms }}
scrape_configs:
  - job_name: pagecast
    authorization: {{ credentials: {self.token} }}
    static_configs: [{{ targets: ["127.0.0.1:{self.port}"] }}]
""")
        self.server = Program(self.place, "prometheus", [
            f"{self.tools()}/prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=1h", "--log.level=warn"])
        self.api = f"http://127.0.0.1:{port}/api/v1/query?"
        self.wait_value("up", lambda v: v == {"": 1.0})

    def ask(self, query):
        """{region, plugin or "": value}"""
        try:
            with urllib.request.urlopen(self.api + urllib.parse.urlencode({"query": query})) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 503:  # not ready yet
                return {}
            raise AssertionError(f"{query}: {error.read().decode()}") from None
        except OSError:
            return {}
        found = {}
        for one in said["data"]["result"]:
            labels = one["metric"]
            found[labels.get("region", labels.get("plugin", ""))] = float(one["value"][1])
        return found

    def wait_value(self, query, good):
        return wait_until(lambda: good(self.ask(query)) or None, lambda: f"{query}: {self.ask(query)}", 40, 0.1)

    def near(self, what, got, wanted, share=0.35, least=0.0):
        self.assertLessEqual(abs(got - wanted), max(share * abs(wanted), least), f"{what}: {got} on the dashboard, {wanted} in top")

    def test_the_dashboard_s_numbers_are_those_of_top(self):
        self.tools()
        self.start_daemon()
        self.write_idle()
        holder = Program(self.place, "pagecast", [BIN / "pagecast", "write", "held", "a=1", "--hold"], stdin=subprocess.PIPE)
        wait_until(lambda: self.json("list", "held")[0]["state"] == "live", "held")
        self.start_prometheus()
        self.wait_value("count_over_time(up[20s])", lambda v: v.get("", 0) >= 12)
        top = self.json("top", "--interval", "4s")
        panel = {title: self.ask(query) for title, query in queries()}
        [daemon] = top["daemons"]
        regions = {r["name"]: r for r in top["regions"]}
        plugins = {p["instance"]: p for p in daemon["plugins"]}
        self.assertEqual(panel["Daemons"], {"": 1})
        self.assertEqual(panel["Regions"], {"": daemon["regions"]})
        self.assertEqual(panel["Viewers"], {"": sum(p["viewers"] for p in plugins.values())})
        self.assertEqual(panel["Plugins not running"], {"": 1})
        self.assertEqual(panel["Reloads refused"], {"": 0})
        self.assertEqual(panel["Regions without a live writer"], {"": sum(r["state"] != "live" for r in regions.values())})
        self.assertEqual({n: STATES[int(v)] for n, v in panel["State"].items()}, {n: r["state"] for n, r in regions.items()})
        for name, rate in panel["Commits"].items():
            self.near(f"rate of {name}", rate, regions[name]["rate_hz"], least=0.6)
        self.assertGreater(panel["Commits"]["counter"], 10)
        self.near("age", panel["Age of the data"]["idle"], regions["idle"]["age_ms"] / 1000, share=0, least=4)
        self.assertGreater(panel["Age of the data"]["idle"], 4)
        for name, share in panel["Time in callbacks"].items():
            self.near(f"callbacks of {name}", share, plugins[name]["callback_share"], least=0.01)
        for name, longest in panel["Longest callback"].items():
            self.near(f"longest of {name}", longest, plugins[name]["longest_ms"] / 1000, least=0.02)
        self.near("memory", panel["Memory"][""], daemon["rss_bytes"])
        self.near("processor", panel["Processor"][""], daemon["cpu_share"], least=0.05)
        self.near("files", panel["Open files"][""], daemon["open_files"], least=5)
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
        holder = Program(self.place, "pagecast", [BIN / "pagecast", "write", "held", "a=1", "--hold"], stdin=subprocess.PIPE)
        self.start_prometheus()
        self.wait_value('pagecast_region_state{region="held"}', lambda v: v == {"held": 2})
        holder.kill()
        self.wait_value('pagecast_region_state{region="held"}', lambda v: v == {"held": 4})
        self.wait_value('pagecast_region_up{region="held"}', lambda v: v == {"held": 0})


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
