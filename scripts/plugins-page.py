#!/usr/bin/env python3
"""plugins-page.py BUILD: docs/plugins.md, on standard output, out of what our plugins say of themselves (`pagecast plugin info`)."""
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where more is said of a plugin than its options.
PAGES = {"exec": "exec.md", "record": "record.md", "replay": "record.md", "udp": "udp.md", "websocket": "for-viewers.md"}
HEAD = """# Plugins and their options

What stands here the plugins say themselves: the page is written by `scripts/plugins-page.py`, from `pagecast plugin info FILE`, and a test
compares both. Each plugin is a block under `plugins:` ([config.md](config.md)); with every one come `plugin`, its file if that is
not the block's name, and `required`.
"""


def info(build, file, form):
    return subprocess.run([str(build / "bin/pagecast"), "plugin", "info", str(file), form], check=True, capture_output=True, text=True).stdout


def section(build, file):
    said = json.loads(info(build, file, "--json"))
    more = f" [More.]({PAGES[said['id']]})" if said["id"] in PAGES else ""
    summary = said["summary"][0].upper() + said["summary"][1:]
    return f"\n## {said['id']}\n\n{summary}.{more}\n\n" + info(build, file, "--markdown")


def page(build):
    return HEAD + "".join(section(build, file) for file in sorted((build / "plugins").glob("*.so")))


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1])))
