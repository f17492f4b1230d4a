#!/usr/bin/env python3
"""headers.py CC [CXX]: each public header compiles as the first and only include of a strict C11 and C++11 file."""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wvla", "-Wundef", "-Werror"]
cc, *cxx = sys.argv[1:]
failed = 0
headers = sorted((ROOT / "include/pagecast").glob("*.h"))
assert headers
with tempfile.TemporaryDirectory() as folder:
    for header in headers:
        for compiler, standard, suffix, extra in [
            (cc, "c11", "c", ["-Wstrict-prototypes", "-Wmissing-prototypes"]),
            *((c, s, "cpp", []) for c in cxx for s in ("c++11", "c++20")),
        ]:
            # The file has something in it: ISO C forbids an empty one. Twice: the include guard.
            source = Path(folder) / f"alone.{suffix}"
            source.write_text(f"#include <pagecast/{header.name}>\n#include <pagecast/{header.name}>\nint pc_alone;\n")
            command = [compiler, f"-std={standard}", *WARNINGS, *extra, f"-I{ROOT / 'include'}", "-fsyntax-only", str(source)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                failed += 1
                print(f"{header.name} as {standard} with {compiler}:\n{done.stderr}")
print(f"{len(headers)} headers, {failed} failures" + ("" if cxx else "; no C++ compiler here: C11 only"))
sys.exit(1 if failed else 0)
