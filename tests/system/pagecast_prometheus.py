"""pagecast_prometheus.py - a daemon, the real Prometheus that scrapes it, and the queries of our Grafana dashboard."""
import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from pagecast_cli import CliTest
from pagecast_harness import BIN, ROOT, Program, free_port, wait_until

DASHBOARD = ROOT / "packaging/grafana/pagecast.json"
OPEN = "application/openmetrics-text"
STATES = ["absent", "starting", "live", "stale", "dead", "closed", "retired", "legacy", "unreachable"]


def queries():
    """(title, query) of every panel, for everything and rates over the last seconds."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            expr = target["expr"].replace("$__rate_interval", "4s")
            yield panel["title"], re.sub(r"\$(job|instance|region)", ".*", expr)


class PrometheusTest(CliTest):
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

    def hold(self):
        """A writer of `held` that stays."""
        holder = Program(self.place, "pagecast", [BIN / "pagecast", "write", "held", "a=1", "--hold"], stdin=subprocess.PIPE)
        wait_until(lambda: self.json("list", "held")[0]["state"] == "live", "held")
        return holder

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

    def same_as_top(self, panel, top):
        """`panel`: {title: {region, plugin or "": number, or word of State}}; `top`: what `pagecast top --json` said then."""
        [daemon] = top["daemons"]
        regions = {r["name"]: r for r in top["regions"]}
        plugins = {p["instance"]: p for p in daemon["plugins"]}
        self.assertEqual(panel["Daemons"], {"": 1})
        self.assertEqual(panel["Regions"], {"": daemon["regions"]})
        self.assertEqual(panel["Viewers"], {"": sum(p["viewers"] for p in plugins.values())})
        self.assertEqual(panel["Plugins not running"], {"": 1})
        self.assertEqual(panel["Reloads refused"], {"": 0})
        self.assertEqual(panel["Regions without a live writer"], {"": sum(r["state"] != "live" for r in regions.values())})
        self.assertEqual(panel["State"], {n: r["state"] for n, r in regions.items()})
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
