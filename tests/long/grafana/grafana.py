#!/usr/bin/env python3
"""Our Grafana dashboard, drawn by Grafana's own code, says the numbers that `pagecast top` says.

    tests/long/grafana/grafana.py [--install] [--picture FILE]

On demand only: --install fetches Grafana's packages from npm into this folder (half a gigabyte), once. Grafana's server is no
package; what is run is the frontend's own: field options, units, value mappings, thresholds, panels (see page.tsx for what stands
in for the rest). A real daemon is scraped by a real Prometheus, the panels' queries go there, Chromium draws. Before that the
dashboard's JSON is checked against Grafana's schema, by the compiler.

Needs node 18, chromium, web/node_modules, and a build (PC_BUILD, or build/dev). FILE: default build/grafana.png.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
os.environ.setdefault("PC_BUILD", str(ROOT / "build/dev"))
sys.path.insert(0, str(ROOT / "tests/system"))
sys.dont_write_bytecode = True

from pagecast_harness import main  # noqa: E402
from pagecast_prometheus import DASHBOARD, PrometheusTest  # noqa: E402

PICTURE = os.environ.get("PAGECAST_PICTURE", str(ROOT / "build/grafana.png"))
SCALES = {"": 1, "%": 0.01, "ops/s": 1, "K ops/s": 1e3, "B/s": 1, "kB/s": 1e3, "MB/s": 1e6, "kiB/s": 1024, "B": 1, "KiB": 1024,
          "MiB": 1 << 20, "GiB": 1 << 30, "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "mins": 60, "K": 1e3, "Mil": 1e6}

# Enums of the schema are strings in JSON: `${Enum}` says so to the compiler.
CHECK = """import type {{ Dashboard }} from "@grafana/schema";
type Written<T> = T extends string ? `${{T}}` : T extends (infer E)[] ? Written<E>[] : T extends object ? {{ [K in keyof T]: Written<T[K]> }} : T;
export const dashboard: Written<Dashboard> = {};
"""


def number(text):
    """`12.5 ops/s` as Grafana writes it."""
    found = re.fullmatch(r"(-?[\d.]+)\s*(.*)", text)
    assert found and found[2] in SCALES, f"'{text}' is no number with a unit that is known here"
    return float(found[1]) * SCALES[found[2]]


class Grafana(PrometheusTest):
    def checked(self, dashboard):
        """What the compiler has to say of it."""
        source = HERE / f"node_modules/.check-{os.getpid()}.ts"
        source.write_text(CHECK.format(json.dumps(dashboard, indent=1)))
        try:
            options = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler")
            return subprocess.run(["npx", "--no-install", "tsc", *options, source], cwd=HERE, capture_output=True, text=True).stdout
        finally:
            source.unlink()

    def test_the_json_is_what_grafana_s_schema_says(self):
        dashboard = json.loads(DASHBOARD.read_text())
        self.assertEqual(self.checked(dashboard), "")
        dashboard["panels"][2]["fieldConfig"]["defaults"]["thresholds"]["mode"] = "relative"
        self.assertIn("not assignable", self.checked(dashboard))  # and it does look

    def drawn(self):
        """{title: {region, plugin or "": text}}, and the wall clock of the newest value"""
        done = subprocess.run(["node", HERE / "show.mjs", self.api.rsplit("/api/", 1)[0], PICTURE, "40"], capture_output=True, text=True,
                              env={"CHROMIUM": "/usr/bin/chromium", **os.environ})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        said = json.loads(done.stdout)
        self.assertEqual(said["problems"], [])
        own = lambda name: re.sub(r"^127\.0\.0\.1:\d+ ?", "", name)  # noqa: E731  legends begin with the instance
        return {title: {own(name): text for name, text in values.items()} for title, values in said["panels"].items()}, said["at"]

    def test_what_is_drawn_is_what_top_says(self):
        self.start_daemon()
        self.write_idle()
        holder = self.hold()
        self.start_prometheus()
        self.wait_value("count_over_time(up[20s])", lambda v: v.get("", 0) >= 12)
        drawn, at = self.drawn()
        top = self.json("top", "--interval", "4s")
        for region in top["regions"]:
            if region["name"] == "idle":
                region["age_ms"] -= 1000 * (time.time() - at)  # what has passed since then
        holder.kill()
        print(json.dumps(drawn, indent=1, ensure_ascii=False))
        self.assertEqual(list(drawn), [panel["title"] for panel in json.loads(DASHBOARD.read_text())["panels"]])
        self.same_as_top({title: values if title == "State" else {name: number(text) for name, text in values.items()}
                          for title, values in drawn.items()}, top)


if __name__ == "__main__":
    if "--install" in sys.argv:
        sys.argv.remove("--install")
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], cwd=HERE, check=True)
    if "--picture" in sys.argv:
        PICTURE = sys.argv.pop(sys.argv.index("--picture") + 1)
        sys.argv.remove("--picture")
    if not (HERE / "node_modules/@grafana/ui").exists():
        sys.exit("Grafana's packages are not here: run this once with --install")
    main()
