#!/usr/bin/env python3
"""The sample clients in Python, Rust and C# against the real daemon: values, "live", and "dead" when the writer is killed."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system")]

from pagecast_harness import BUILD, Program, SystemTest, main  # noqa: E402

LIBRARY = Path(os.environ.get("PAGECAST_LIBRARY", BUILD / "lib/libpagecast.so"))
RUST, CSHARP = ROOT / "bindings/rust", ROOT / "bindings/csharp"


class Samples(SystemTest):
    def need(self, *tools):
        for tool in tools:
            if not shutil.which(tool):
                self.skipTest(f"{tool} is not installed")

    def compiled(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.place.folder, timeout=300)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")

    def current(self, language, path):
        """What the sample includes is what the generator makes of the demo's configuration."""
        made = self.place.run(BUILD / "bin/pagecast", "layout", "gen", ROOT / "config/demo.yaml", "fork_server", "--lang", language)
        self.assertEqual(made.stdout, path.read_text(), f"{path} is not what the generator makes today")

    def follows(self, *command, a="true"):
        """Starts it before the daemon: that is normal, and waited for."""
        env = {"LD_LIBRARY_PATH": str(LIBRARY.parent), "PAGECAST_LIBRARY": str(LIBRARY), "PYTHONPATH": str(ROOT / "bindings/python")}
        sample = Program(self.place, "sample", [str(part) for part in command], env)
        self.place.daemon(self.place.config(
            regions="fork_server: { layout: { a: bool, b: f32, c: f64, buffer: 'char[10]' } }"))
        writer = self.place.start("pagecast", "write", "fork_server", "a=true", "b=2.5", "c=-0.125", "buffer=grüße", "--hold")
        sample.wait_log("^live$")
        line = sample.wait_log("^#1 .*grüße")[0]
        self.assertRegex(line, rf"a\W+{a}.*b\W+2\.5.*c\W+-0\.125")
        writer.kill()
        sample.wait_log("^dead$")
        self.assertIsNone(sample.process.poll(), sample.output())
        sample.kill()

    def test_python(self):
        self.follows("/usr/bin/python3", ROOT / "examples/reader.py", a="True")

    def test_rust(self):
        self.need("rustc")
        version = re.match(r"rustc (\d+)\.(\d+)", subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout)
        if (int(version[1]), int(version[2])) < (1, 77):
            self.skipTest("rustc is older than 1.77: no offset_of!")
        self.current("rust", RUST / "examples/follow/fork_server.rs")
        rust = ("rustc", "--edition", "2021", "-D", "warnings")
        crate, program = self.place.folder / "libcrate.rlib", self.place.folder / "follow"
        self.compiled(*rust, "--crate-type", "rlib", "--crate-name", "pagecast", RUST / "src/lib.rs", "-o", crate)
        self.compiled(*rust, RUST / "examples/follow/main.rs", "--extern", f"pagecast={crate}", "-L", LIBRARY.parent, "-l", "pagecast",
                      "-o", program)
        self.follows(program)

    def test_rust_by_cargo(self):
        """As somebody builds it; it has no dependencies."""
        self.need("cargo")
        crate = shutil.copytree(RUST, self.place.folder / "rust")  # it leaves files
        done = subprocess.run(["cargo", "build", "--offline", "--example", "follow"], capture_output=True, text=True, timeout=300, cwd=crate,
                              env={**os.environ, "PAGECAST_LIBRARY_DIR": str(LIBRARY.parent)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.follows(crate / "target/debug/examples/follow")

    def test_csharp(self):
        self.need("mcs", "mono")
        self.current("csharp", CSHARP / "fork_server.cs")
        program = self.place.folder / "Follow.exe"
        self.compiled("mcs", "-unsafe", "-warnaserror", f"-out:{program}", *(CSHARP / f"{name}.cs" for name in ("Follow", "Pagecast", "fork_server")))
        self.follows("mono", program)

    def test_no_region_is_a_sentence(self):
        """Within five seconds each would find one: it is told why not."""
        self.need("mcs", "mono")
        program = self.place.folder / "Follow.exe"
        self.compiled("mcs", "-unsafe", f"-out:{program}", *(CSHARP / f"{name}.cs" for name in ("Follow", "Pagecast", "fork_server")))
        for command in (["mono", program], ["/usr/bin/python3", ROOT / "examples/reader.py"]):
            done = self.place.run(*command, "a/b", env={"LD_LIBRARY_PATH": str(LIBRARY.parent), "PAGECAST_LIBRARY": str(LIBRARY),
                                                        "PYTHONPATH": str(ROOT / "bindings/python")})
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertRegex(done.stderr, r"^a/b: .*a/b")


if __name__ == "__main__":
    main()
