#!/usr/bin/env python3
"""Is every C file as clang-format 14 would write it? Other versions disagree with it here and there: skipped (77)."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
tool = shutil.which("clang-format-14") or shutil.which("clang-format")
if not tool:
    print("skipped: clang-format is not installed (Debian 12: apt install clang-format)")
    sys.exit(77)
version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
if not re.search(r"version 14\.", version):
    print(f"skipped: .clang-format is written for version 14, this is {version.strip()}")
    sys.exit(77)
listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.c", "*.h"], cwd=ROOT, capture_output=True, text=True)
files = [f for f in listed.stdout.splitlines() if (ROOT / f).is_file()]
if listed.returncode or not files:
    print("skipped: not a git checkout")
    sys.exit(77)
done = subprocess.run([tool, "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
wrong = sorted(set(re.findall(r"^([^:\s]+):\d+:\d+: error", done.stderr, re.M)))
print(f"{len(files)} files, {len(wrong)} not formatted")
for name in wrong:
    print(f"{name}: run clang-format -i {name}")
if done.returncode and not wrong:
    print(done.stderr)
sys.exit(1 if done.returncode else 0)
