"""The plugin of docs/plugin-guide.md, as it stands there, compiles without a warning and is one.

usage: plugin_guide.py ROOT CC PAGECASTD
"""
import pathlib
import re
import subprocess
import sys
import tempfile

root, compiler, pagecastd = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
text = (root / "docs/plugin-guide.md").read_text(encoding="utf-8")
source = re.search(r"^```c\n(.*?)^```$", text, re.M | re.S).group(1)
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "wave.c").write_text(source, encoding="utf-8")
    (folder / "try.yaml").write_text("instance: try\nplugins:\n  wave: { interval: 20ms }\n", encoding="utf-8")
    subprocess.run([compiler, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC", "wave.c",
                    "-o", "wave.so", "-I", str(root / "include"), "-lm"], cwd=folder, check=True)
    check = subprocess.run([pagecastd, "--plugin-path", ".", "--check", "try.yaml"], cwd=folder, check=True,
                           capture_output=True, text=True)
    assert check.stdout == "config OK: 0 regions, 1 plugins\n", check.stdout
    options = subprocess.run([pagecastd, "--plugin-path", ".", "--help-plugin", "wave"], cwd=folder, check=True,
                             capture_output=True, text=True)
    assert "frequency" in options.stdout, options.stdout
