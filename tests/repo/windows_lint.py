#!/usr/bin/env python3
"""windows_lint.py: would other compilers for Windows take it? clang, aimed at Windows, strict and without GNU extensions or
variable-length arrays: each public header alone in C11 and C++11, and each file of the library. 77 without clang or the headers
of mingw-w64."""
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = Path("/usr/share/mingw-w64/include")
STRICT = ["--target=x86_64-w64-mingw32", "-fsyntax-only", "-pedantic", "-Wall", "-Wextra", "-Wgnu", "-Wvla", "-Werror",
          # -isystem: what their headers do is their affair
          "-isystem", str(SYSTEM), f"-I{ROOT / 'include'}"]
FLAGS = ["-DWIN32_LEAN_AND_MEAN", "-DNOMINMAX", '-DPC_VERSION="0"', f"-I{ROOT / 'lib'}"]


def check(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{command[-1]}\n{done.stderr}"


def main():
    clang = shutil.which("clang")
    if not clang or not SYSTEM.is_dir():
        print("skipped: needs clang and mingw-w64's headers (scripts/install-deps.sh test windows)")
        return 77
    headers = sorted((ROOT / "include/pagecast").glob("*.h"))
    files = sorted([*(ROOT / "lib").glob("*/*.c"), *(ROOT / "lib").glob("*/win32/*.c")])
    assert headers and files
    with tempfile.TemporaryDirectory() as folder:
        jobs = [[clang, "-std=c11", *STRICT, *FLAGS, str(file)] for file in files]
        for header in headers:
            for standard, suffix, language in (("c11", "c", "c"), ("c++11", "cpp", "c++")):
                alone = Path(folder) / f"{header.stem}.{suffix}"
                alone.write_text(f"#include <pagecast/{header.name}>\nint pc_alone;\n")
                jobs.append([clang, "-x", language, f"-std={standard}", *STRICT, str(alone)])
        with ThreadPoolExecutor(2) as pool:
            wrong = [text for text in pool.map(check, jobs) if text]
    print("\n".join(wrong))
    print(f"{len(jobs)} compilations, {len(wrong)} failed")
    return 1 if wrong else 0


sys.exit(main())
