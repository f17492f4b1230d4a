#!/usr/bin/env python3
"""facts.py GOLDEN_CONFIG ROOT - the shipped layouts against facts from the vendors' headers, byte for byte.

facts/*.tsv: field, type, count, absolute offset, bytes, bytes of one element; compiled from the public headers for the
system that the map belongs to. Every row must be in the layout, and the layout may have no other fields."""
import re
import subprocess
import sys
from pathlib import Path

tool, root = sys.argv[1], Path(sys.argv[2])
# layout, facts, struct in the layout that they describe, bytes in front of it
PAIRS = [(f"acpmf_{n}", f"acpmf_{n}", "", 0) for n in ("physics", "graphics", "static")] + [
    ("mumble_link_windows", "mumble_linkedmem_windows", "", 0), ("mumble_link_linux", "mumble_linkedmem_linux", "", 0),
    ("freetrack", "freetrack_ft_sharedmem", "", 0), ("scs_telemetry", "scs_telemetry", "", 0),
    ("rf2_telemetry", "rf2_rF2MappedBufferVersionBlock", "", 0), ("rf2_telemetry", "rf2_rF2Telemetry", "", 8),
    ("hwinfo_sm2", "hwinfo_sm2_header", "", 0), ("hwinfo_sm2", "hwinfo_sm2_sensor", "sensor.", 0),
    ("hwinfo_sm2", "hwinfo_sm2_reading", "reading.", 0), ("irsdk", "irsdk_header", "", 0), ("irsdk", "irsdk_varheader", "var.", 0)]
SIZE = {"bool": 1, "bool32": 4, "char": 1, "wchar16": 2, "wchar32": 4, "enum8": 1, "enum16": 2, "enum32": 4}


def unit(kind):
    return SIZE.get(kind) or int(kind[1:]) // 8


def fields(name):
    """path -> (type, dimensions, absolute offset, bytes of one unit or struct); tables start at 0."""
    text = subprocess.run([tool, "print_layout", root / f"config/layouts/{name}.yaml"], check=True, capture_output=True, text=True).stdout
    out, stack = {}, [("", 0)]
    for line in text.splitlines()[1:]:
        line = line.strip()
        if line == "}":
            stack.pop()
            continue
        at, field, kind, dims, rest = re.fullmatch(r"(?:@(\d+) )?(\w+) ([a-z]+\d*)((?:\[\d+\])*)(.*)", line).groups()
        prefix, base = stack[-1]
        size = re.search(r"size=(\d+)", rest)
        offset = base + int(at or 0)
        bytes_ = int(size[1]) if kind == "struct" else unit(kind)
        out[prefix + field] = (kind, dims, offset, bytes_)
        if rest.endswith("{"):
            stack.append((prefix + field + ".", offset))
    return out


wrong, checked = [], 0
named = {}
for layout, facts, prefix, shift in PAIRS:
    have = fields(layout)
    for row in (root / f"tests/golden/facts/{facts}.tsv").read_text().splitlines()[1:]:
        field, kind, count, offset, bytes_, each = row.split("\t")[:6]
        path = prefix + field.replace("[0]", "")
        if field.startswith(("#", "(")):
            continue
        named.setdefault(layout, set()).add(path)
        got = have.get(path)
        dims = "" if count == "1" else "".join(f"[{n}]" for n in count.split("x"))
        if got and not dims and got[0] in ("char", "wchar16", "wchar32"):
            dims = "[1]"
        if not got or (got[1], got[2], got[3]) != (dims, int(offset) + shift, int(each)):
            wrong.append(f"{layout}: {path} is {got}, not {kind}{dims} at {int(offset) + shift}, {each} bytes each")
        checked += 1
for layout in named:
    extra = set(fields(layout)) - named[layout] - {"sensor", "reading", "var", "row", "sessionInfo"}
    wrong += [f"{layout}: {path} is in no facts" for path in sorted(extra)]
print("\n".join(wrong) or f"{checked} fields are where the vendors have them")
sys.exit(bool(wrong) or checked < 600)
