#!/usr/bin/env python3
"""Generated headers, compiled for Windows: every field is where the vendors' headers have it. And `pagecast.exe layout`."""
import shutil
import subprocess

from pagecast_wine import ROOT, CliTest, WineTest, main, offsets_program, rows_of

FACTS = sorted((ROOT / "tests/golden/facts").glob("*.tsv"))
LAYOUTS = ROOT / "config/layouts"
# facts, shipped layout, struct of it, bytes in front of it
SHIPPED = [(f"acpmf_{n}", f"acpmf_{n}", None, 0) for n in ("physics", "graphics", "static")] + [
    ("mumble_linkedmem_windows", "mumble_link_windows", None, 0), ("mumble_linkedmem_linux", "mumble_link_linux", None, 0),
    ("freetrack_ft_sharedmem", "freetrack", None, 0), ("scs_telemetry", "scs_telemetry", None, 0),
    ("rf2_rF2MappedBufferVersionBlock", "rf2_telemetry", None, 0), ("rf2_rF2Telemetry", "rf2_telemetry", None, 8),
    ("hwinfo_sm2_header", "hwinfo_sm2", None, 0), ("hwinfo_sm2_sensor", "hwinfo_sm2", "sensor", 0),
    ("hwinfo_sm2_reading", "hwinfo_sm2", "reading", 0), ("irsdk_header", "irsdk", None, 0), ("irsdk_varheader", "irsdk", "var", 0)]


class Layout(WineTest, CliTest):
    def offsets(self, cases):
        """What one program for Windows says of the rows of all cases: (name, layout file, path of a struct in it, rows)."""
        compiler = shutil.which("x86_64-w64-mingw32-gcc-posix") or "x86_64-w64-mingw32-gcc"
        units, calls = [], ""
        for name, layout, struct_path, rows in cases:
            code = self.cli("layout", "gen", layout, *([struct_path] if struct_path else []), "--lang", "c", "--name", "map_" + name)
            (self.place.folder / f"{name}.h").write_text(code)
            unit = self.place.folder / f"{name}.c"
            unit.write_text(f"int check_{name}(void);\n" + offsets_program(f"{name}.h", "map_" + name, rows).replace("int main(", f"int check_{name}("))
            units.append(unit)
            calls += f"\tcheck_{name}();\n"
        declared = "".join(f"int check_{name}(void);\n" for name, *_ in cases)
        unit, exe = self.place.folder / "main.c", self.place.folder / "offsets.exe"
        unit.write_text(f"{declared}int main(void)\n{{\n{calls}\treturn 0;\n}}\n")
        subprocess.run([compiler, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *units, unit, "-o", exe], check=True)
        return self.windows_run(str(exe)).splitlines()

    def test_headers_made_from_tables_have_every_row_at_its_place(self):
        cases, expected = [], []
        for facts in FACTS:
            rows, total = rows_of(facts.read_text())
            made = self.place.folder / f"{facts.stem}.yaml"
            made.write_text(self.cli("layout", "from-tsv", facts))
            cases.append((facts.stem, made, None, rows))
            expected += [f"{p} {o} {s}" for p, o, s in rows] + [f"total {total}"]
        self.assertGreater(len(expected), 600)
        self.assertEqual(self.offsets(cases), expected)

    def test_headers_of_shipped_layouts_have_every_row_at_its_place(self):
        datagrams = {"forza_dash"}  # no map of a program's, and no table of one
        self.assertEqual({layout for _, layout, _, _ in SHIPPED} | datagrams, {p.stem for p in LAYOUTS.glob("*.yaml")})
        cases, expected = [], []
        for facts, layout, struct_path, shift in SHIPPED:
            rows, _ = rows_of((ROOT / f"tests/golden/facts/{facts}.tsv").read_text())
            cases.append((facts, LAYOUTS / f"{layout}.yaml", struct_path, rows))
            expected += [f"{p} {o + shift} {s}" for p, o, s in rows]
        self.assertEqual([line for line in self.offsets(cases) if not line.startswith("total ")], expected)

    def test_the_tool_itself_runs_on_windows(self):
        for facts in (FACTS[0], FACTS[-1]):
            native = self.cli("layout", "from-tsv", facts)
            self.assertEqual(self.windows_run("pagecast", "layout", "from-tsv", facts), native)
            made = self.place.folder / "made.yaml"
            made.write_text(native)
            self.assertEqual(self.windows_run("pagecast", "layout", "print", made, "--tsv"), facts.read_text())
            self.assertEqual(self.windows_run("pagecast", "layout", "gen", made, "--lang", "c"), self.cli("layout", "gen", made, "--lang", "c"))
        wrong = self.place.folder / "wrong.yaml"
        wrong.write_text("layout: { a: f33 }\n")
        self.windows_run("pagecast", "layout", "check", wrong, status=1)
        self.assertRegex(self.stderr, r"wrong\.yaml:1:\d+: expected a type")


if __name__ == "__main__":
    main()
